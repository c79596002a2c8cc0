"""Whatever dies at any moment, the next run finishes, and nothing tells that there was a death."""

from pathlib import Path

import pytest

from tests.faults.syscalls import why_not
from tests.proof.drivers import Forks
from tests.proof.kills import Killed, Stage
from tests.proof.scenes import SCENES

COMPACTION = SCENES[2]
POINTS = [("rename", 6), ("fdatasync", 4)]


@pytest.mark.thorough
def test_a_death_leaves_nothing_behind(tmp_path: Path) -> None:
    """Killed while it compacts, loads or publishes, the next run leads to what an undisturbed rebuild says."""
    result = Killed(COMPACTION.name)
    with Forks() as driver:
        stage = Stage(driver, COMPACTION, tmp_path)
        for point in POINTS:
            if why_not():
                stage.kill_after(result, point[1] / 50)
            else:
                stage.kill_at(result, point)
    assert (result.kills, result.wrong) == (len(POINTS), [])
