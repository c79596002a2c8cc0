"""Whatever is typed, piped or closed, a command ends with its answer or with one sentence, never with a traceback."""

import io
import json
import os
import re
import resource
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click
import duckdb
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner, Result

from pipelines.cli import COMMANDS, nacre
from pipelines.cli.errors import mendable
from pipelines.home import Home
from pipelines.pending import remember_publication
from pipelines.reconciling import IdsFileError, listed_in, open_list
from tests.short_form import shortened

ROOT = Path(__file__).parents[2]
ODD = "\udcff"
"""A byte that is no UTF-8, as Python gives it from the command line."""


def run(*arguments: str, given: bytes | None = None) -> Result:
    return CliRunner().invoke(nacre, list(arguments), input=given)


def told(result: Result, *parts: str) -> bool:
    """Whether a command failed with one sentence that holds all this."""
    ours = isinstance(result.exception, SystemExit) and result.exit_code in {1, 2}
    return ours and "Error: " in result.output and all(part in result.output for part in parts)


@pytest.fixture
def small(home: Home) -> Home:
    """A home with a published file that holds nothing."""
    duckdb.connect(str(home.published)).close()
    remember_publication(home, complete=True)
    return home


def leaves(command: click.Command, name: str) -> Iterator[tuple[str, click.Command]]:
    """Each command with its whole name."""
    below = getattr(command, "commands", {})
    if not below:
        yield name, command
    for part, one in below.items():
        yield from leaves(one, f"{name} {part}")


def every_command() -> Iterator[tuple[str, click.Command]]:
    context = click.Context(nacre)
    for name in COMMANDS:
        command = nacre.get_command(context, name)
        assert command
        yield from leaves(command, name)


def test_what_is_no_text_is_refused_by_every_command() -> None:
    """A text with bytes that are no UTF-8 is refused where it is read, of every option and argument that takes one."""
    texts = 0
    for name, command in every_command():
        for parameter in command.params:
            if isinstance(parameter.type, click.types.StringParamType):
                texts += 1
                with pytest.raises(click.BadParameter, match="not UTF-8"):
                    parameter.type_cast_value(click.Context(command), [ODD] if _is_many(parameter) else ODD)
            elif isinstance(parameter.type, click.Path) and parameter.opts == ["--out"]:
                with pytest.raises(click.BadParameter, match="empty"):
                    parameter.type_cast_value(click.Context(command), "")
        assert command.help, name
    assert texts > 10


def _is_many(parameter: click.Parameter) -> bool:
    return parameter.multiple or parameter.nargs == -1


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        (["sql", " "], "no result"),
        (["sql", ";"], "no result"),
        (["sql", f"select '{ODD}'"], "not UTF-8"),
        (["sql", "select 1", "--limit", "-1"], "--limit"),
        (["sql", "select 1", "--format", "parquet", "--out", ""], "name a file"),
        (["simulate", "--events", "1", "--url", "ftp://x"], "no URL"),
        (["report", "--out", ""], "name a file"),
        (["report", "--out", "."], "directory"),
        (["forget", f"wh_{ODD}", "--dry-run"], "not UTF-8"),
    ],
)
def test_what_cannot_be_used_is_told(
    small: Home, monkeypatch: pytest.MonkeyPatch, arguments: list[str], part: str
) -> None:
    """One sentence says what is wrong with it."""
    monkeypatch.setenv("NACRE_SECRETS", "s")
    assert told(run(*arguments), part)
    assert small.published.exists()


def test_a_query_on_stdin_that_is_no_text_is_told(small: Home) -> None:
    """Bytes that are no UTF-8 are refused with their place."""
    assert told(run("sql", "-", given=b"select '\xff'"), "not UTF-8", "byte 8")
    assert run("sql", "-", given="select 'é' as a".encode()).exit_code == 0
    assert small.published.exists()


def test_a_list_that_is_no_text_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An exported list is refused by the line that is no UTF-8, in a file and on standard input."""
    file = tmp_path / "ids.txt"
    file.write_bytes(b"\xef\xbb\xbfe1\ne2\xff\n")
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(file.read_bytes())))
    for path in (file, Path("-")):
        with open_list(path) as opened, pytest.raises(IdsFileError, match="line 2 of the list: not UTF-8"):
            list(listed_in(opened))


def test_a_draft_that_is_no_text_is_told(small: Home, tmp_path: Path) -> None:
    """`nacre catalogue diff` names the line of a file that is no UTF-8, and a file of control characters."""
    file = tmp_path / "draft.yaml"
    for content, part in ((b"a: b\nc: \xff", "line 2"), (b"a: \x00", "not YAML")):
        file.write_bytes(content)
        assert told(run("catalogue", "diff", str(file)), part), run("catalogue", "diff", str(file)).output
    assert small.published.exists()


def test_a_home_is_named_as_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its path is no markup, and no pattern by which Dagster would miss its settings, or take those of a neighbour."""
    for name in ("[red]x", "[/x]", "x*"):
        monkeypatch.setenv("NACRE_HOME", str(tmp_path / name))
        assert told(run("status"), f"NACRE_HOME cannot be used: {tmp_path / name} has a character")


def test_names_of_files_reach_no_terminal_as_markup(home: Home) -> None:
    """Whatever the name of a file that cannot be read, it is shown as it is, and what is no sign of it escaped."""
    for name, told_as in (("nofile[/x]", "nofile[/x]"), ("no[bold]file", "no[bold]file"), ("a\x1b[2J", "a\\x1b[2J")):
        answer = run("import", name)
        assert (answer.exit_code, f"Not read {told_as}: cannot" in answer.stderr) == (1, True)
    assert not home.published.exists()


def test_json_holds_every_column_and_value(small: Home) -> None:
    """A repeated name gets a number behind it; what JSON has no number for, and keys that are no texts, are texts."""
    answer = run("sql", "select 1 as a, 2 as a, 3 as a_1, 4 as b", "--json")
    assert json.loads(answer.output) == [{"a": 1, "a_2": 2, "a_1": 3, "b": 4}]
    query = (
        "select 'nan'::double as n, ['-inf'::float, 1.5] as l, {'x': 'inf'::double} as s,"
        " map {date '2026-01-31': 1} as m"
    )
    strict = json.loads(run("sql", query, "--json").output, parse_constant=pytest.fail)
    assert strict == [{"n": "nan", "l": ["-inf", 1.5], "s": {"x": "inf"}, "m": {"2026-01-31": 1}}]
    assert "2026-01-31" in run("sql", query).output
    assert small.published.exists()


@contextmanager
def little_room() -> Iterator[None]:
    """No file may become larger than a page."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.parametrize("shape", ["csv", "parquet"])
def test_a_file_stays_where_another_cannot_be_written(small: Home, tmp_path: Path, shape: str) -> None:
    """Where the disk takes no more, `--out` leaves the file that was there, and nothing beside it."""
    file = tmp_path / "out" / "rows"
    file.parent.mkdir()
    file.write_text("before")
    file.chmod(0o640)
    query = ["sql", "select hash(range) as a, 1 as a from range(20000)", "--format", shape, "--out", str(file)]
    with little_room():
        answer = run(*query)
    assert told(answer, "Check the path"), answer.output
    assert (file.read_text(), list(file.parent.iterdir())) == ("before", [file])
    assert (run(*query).exit_code, file.stat().st_mode & 0o777, list(file.parent.iterdir())) == (0, 0o640, [file])
    if shape == "parquet":
        assert pq.read_table(file).column_names == ["a", "a_1"]
    assert small.published.exists()


@pytest.mark.parametrize("kept", [0, 100, 5000, -4096])
def test_a_damaged_published_file_is_named(small: Home, kept: int) -> None:
    """Cut off anywhere or changed, it is said to be damaged, with the step that mends it; the disk is not blamed."""
    with duckdb.connect(str(small.published)) as connection:
        connection.execute("create table t as select hash(range) as n from range(500000)")
    whole = small.published.read_bytes()
    small.published.write_bytes(whole[:kept])
    answer = run("sql", "select sum(n) from t")
    assert told(answer, "nacre build"), answer.output
    small.published.write_bytes(whole[: len(whole) // 2] + b"changed" + whole[len(whole) // 2 + 7 :])
    with duckdb.connect(str(small.published), read_only=True) as connection, pytest.raises(duckdb.Error) as raised:
        connection.execute("select sum(n) from t").fetchall()
    assert "nacre build" in (mendable(raised.value) or "")


def started(shell: str, home: Home, **more: str) -> "subprocess.CompletedProcess[bytes]":
    """Run a line of the shell in which $nacre is the command."""
    environment = {"PATH": os.environ["PATH"], "NACRE_HOME": str(home.root), "PYTHONPATH": os.pathsep.join(sys.path)}
    nacre = f"'{sys.executable}' -m pipelines.cli"
    line = shell.replace("$nacre", nacre)
    return subprocess.run(["bash", "-c", line], env=environment | more, capture_output=True, check=False)


@pytest.mark.parametrize(
    ("line", "code"),
    shortened(
        [
            ("$nacre import - <&-", 0),
            ("$nacre status >&-", 0),
            ("$nacre --help >/dev/full", 1),
            ("$nacre import - <&- 2>&-", 0),
            ("$nacre status >&- 2>&- <&-", 0),
            ("$nacre sql - <&-", 1),
            ("$nacre status >/dev/full", 1),
        ],
        4,
    ),
)
def test_closed_and_full_streams(home: Home, line: str, code: int) -> None:
    """A stream that was closed is as /dev/null, and one that takes nothing is told on the other."""
    done = started(line, home)
    assert (done.returncode, b"Traceback" in done.stderr) == (code, False), done.stderr
    assert code == 0 or "2>&-" in line or b"Error: " in done.stderr


@pytest.mark.parametrize(
    "more", [{"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}, {"PYTHONIOENCODING": "latin-1"}]
)
def test_what_a_terminal_cannot_show_is_escaped(small: Home, more: dict[str, str]) -> None:
    """In an encoding without the sign, as in the C locale, an output has its number instead of a traceback."""
    done = started('$nacre sql "select null as n"', small, **more)
    is_shown = any(sign in done.stdout for sign in ("∅".encode(), b"\\u2205"))  # click forces UTF-8 in the C locale
    assert (done.returncode, is_shown, done.stderr) == (0, True, b"")


def test_a_shell_takes_the_examples_as_they_stand(tmp_path: Path) -> None:
    """The examples of every help and of the pages reach the command without an error of the shell."""
    texts = [command.help or "" for _, command in every_command()]
    texts += [page.read_text(encoding="utf-8") for page in (ROOT / "docs").glob("*.md")]
    examples = [line for text in texts for line in re.findall(r"^ +(nacre .*)$", text, re.MULTILINE)]
    script = "\n".join(['nacre() { printf "%s\\n" "$@"; }', *examples])
    done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=False, cwd=tmp_path)
    assert (done.stderr, len(examples) > 40) == ("", True)
    assert done.stdout.splitlines().count("$['employee']['email']") == 2
