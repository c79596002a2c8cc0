"""Compiles warehouse/native when the project is installed; `python hatch_build.py` does so again after a change.

The compiler is Zig's C compiler, which comes as a package of exact version: nothing is asked of the machine. The code
is made for the least processor of its architecture, so that an installation may move between machines.
"""

import subprocess
import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

FOLDER = Path(__file__).parent / "warehouse" / "native"
LIBRARY = FOLDER / "libnacre.so"
FLAGS = ["-O3", "-std=c11", "-shared", "-fPIC", "-mcpu=baseline", "-Wall", "-Wextra", "-Werror", "-fvisibility=hidden"]


class CompileNative(BuildHookInterface):  # type: ignore[misc] # hatchling's plugins are not typed
    """Puts the compiled library into the wheel, or beside its sources where these are installed for editing."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002 # hatchling's signature
        """Compile, and say that the wheel is for this kind of machine."""
        compile_library()
        build_data["artifacts"].append(str(LIBRARY.relative_to(self.root)))
        build_data["pure_python"] = False
        build_data["infer_tag"] = True


def compile_library(library: Path = LIBRARY) -> Path:
    """Compile all sources of the folder into one library; raises CalledProcessError with the compiler's words."""
    sources = sorted(map(str, FOLDER.glob("*.c")))
    making = library.with_suffix(".making")
    subprocess.run([sys.executable, "-m", "ziglang", "cc", *FLAGS, "-o", str(making), *sources], check=True)  # noqa: S603
    making.replace(library)
    return library


if __name__ == "__main__":
    compile_library()
