"""What a rebuild that died has left beside the live files: it holds nothing that the lake has not."""

import shutil

from pipelines.home import Home


def remove_leftovers(home: Home) -> None:
    """Remove the unfinished rebuilt file and all beside it; the caller holds the build lock."""
    for path in home.rebuilt.parent.glob(home.rebuilt.name + "*"):
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink()
