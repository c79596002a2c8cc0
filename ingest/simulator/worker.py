"""A process that makes every so-manieth block of a period for another one."""

import marshal
import signal
import sys

from .making import LENGTH_BYTES, Maker
from .period import Period


def main() -> None:
    """Write the blocks to standard output, each behind its length."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # it is for who reads to be interrupted
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # and without a reader there is nothing left to do
    *of, number, processes = map(int, sys.argv[1:])
    period, out = Period(*of), sys.stdout.buffer
    maker = Maker(period)
    for block in period.blocks()[number::processes]:
        packed = marshal.dumps(maker.make(block), 2)  # the last version that looks for no repeated objects
        out.write(len(packed).to_bytes(LENGTH_BYTES))
        out.write(packed)
        out.flush()


if __name__ == "__main__":
    main()
