"""`nacre quarantine`: what could not be used is seen, and comes back once it was mended."""

import json
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from ingest.lake import Lake
from pipelines.cli import nacre
from pipelines.home import Home

LINE = '{"id": "wh_mended", "company_id": "ABC1234", "data": {"note": "[bold]\\u001b[31m"}}'


def run(*arguments: str) -> Any:
    return CliRunner().invoke(nacre, ["quarantine", *arguments])


def planted(home: Home, folder: Path) -> str:
    """Import one line that lacks its event_name, and one that is no JSON but a terminal's control sequence."""
    file = folder / "lines.ndjson"
    file.write_text(LINE + "\n\x1b[2Jgone\n")
    report = json.loads(CliRunner().invoke(nacre, ["import", str(file), "--json"]).output)
    assert (report["quarantined"], home.root.exists()) == (2, True)
    by_reason = {one["reason"]: one["quarantine_id"] for one in json.loads(run("list", "--json").output)}
    return str(by_reason["not_the_envelope"])


@pytest.mark.thorough
def test_replay_after_an_edit(home: Home, tmp_path: Path, build_home: Any) -> None:
    """A dry run writes nothing; the replay is accepted once, then known; the event is in the warehouse."""
    name = planted(home, tmp_path)
    edit = ("replay", name, "--assume", "event_name=notes.note_added", "--json")
    outcomes = [json.loads(run(*edit, *more).output)[0]["outcome"] for more in (["--dry-run"], [], [])]
    assert outcomes == ["accepted", "accepted", "already"]
    outcome = build_home(home)
    assert (outcome.counts["events"], outcome.counts["quarantined"], outcome.failures) == (1, 2, [])


def test_refused_replay_ends_with_one(home: Home, tmp_path: Path) -> None:
    """What is still unusable is refused again, and the command ends with 1; an unknown id is named."""
    name = planted(home, tmp_path)
    unknown = run("show", "q-none")
    assert (run("replay", name).exit_code, unknown.exit_code, "q-none" in unknown.output) == (1, 1, True)
    assert run("replay", "--assume", "nonsense").exit_code == 2


@pytest.mark.parametrize("promised", ["0" * 16, sha256(b"PAR1").hexdigest()[:16]])
def test_a_damaged_segment_is_named(home: Home, tmp_path: Path, promised: str) -> None:
    """Each command names a segment that changed, or never was one, and ends with 1; it tells the others."""
    name = planted(home, tmp_path)
    (whole,) = Lake(home.root).segments("quarantine")
    victim = whole.path.with_name(f"20260101T000000.000000Z-w-{promised}.parquet")
    victim.write_bytes(b"PAR1")
    for command in (["list"], ["show", name], ["replay", "--dry-run", name], ["show", "q-none"]):
        answer = run(*command)
        assert (answer.exit_code, victim.name in answer.stderr.replace("\n", "")) == (1, True)
        assert (name[:20] in answer.stdout) == ("q-none" not in command)
    whole.path.unlink()
    assert run("list").stdout == run("replay").stdout == "Nothing else is in quarantine.\n"


def test_no_control_sequence_reaches_the_terminal(home: Home, tmp_path: Path) -> None:
    """Neither the list nor a shown body passes a sender's escape sequence or markup on to the terminal."""
    planted(home, tmp_path)
    ids = [one["quarantine_id"] for one in json.loads(run("list", "--json").output)]
    printed = run("list").output + "".join(run("show", name).output for name in ids)
    assert ("\x1b" in printed, "\\x1b[2Jgone" in printed, "[bold]" in printed) == (False, True, True)
