"""Starts a command and tells what it took: `launcher.py FD COMMAND…` writes status, seconds, CPU seconds, KiB to FD.

Linux counts the size that a process had before it became the command to the command's peak. So nothing large may start
what is measured: this file imports next to nothing, and is run without site packages.
"""

import os
import sys
import time


def main() -> None:
    told, command = int(sys.argv[1]), sys.argv[2:]
    os.set_inheritable(told, False)
    began = time.perf_counter()
    started = os.posix_spawnp(command[0], command, os.environ)
    _, status, usage = os.wait4(started, 0)
    seconds = time.perf_counter() - began
    said = (os.waitstatus_to_exitcode(status), seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss)
    os.write(told, " ".join(map(str, said)).encode())


if __name__ == "__main__":
    main()
