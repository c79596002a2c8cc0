"""The house rules that no linter knows: who imports whom, sizes, names, what may not stand in a file."""

import ast
import re
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).parent.parent
ROOMS = ("ingest", "warehouse", "pipelines")
VAGUE = {"utils", "helpers", "common", "base", "manager", "misc"}


def modules() -> list[Path]:
    return sorted(path for room in ROOMS for path in (ROOT / room).rglob("*.py"))


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


def in_a_new_process(code: str) -> str:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    return done.stdout.strip()


def test_imports_point_one_way() -> None:
    """The rooms import each other only as the contract in pyproject.toml allows."""
    code = "from importlinter.cli import lint_imports; import sys; sys.exit(lint_imports())"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, cwd=ROOT)
    assert done.returncode == 0, done.stdout


def test_endpoint_imports_neither_dagster_nor_duckdb() -> None:
    """What `nacre serve` runs never imports Dagster or DuckDB."""
    code = "import sys, pipelines.cli.serve; print({'dagster', 'duckdb', 'pandas'} & set(sys.modules))"
    assert in_a_new_process(code) == "set()"


def test_help_imports_no_command() -> None:
    """`nacre --help` lists every command and imports none of them, so that it is instant."""
    code = (
        "import sys\n"
        "from click.testing import CliRunner\n"
        "from pipelines.cli import COMMANDS, nacre\n"
        "shown = CliRunner().invoke(nacre, ['--help']).output\n"
        "print([name for name in COMMANDS if name not in shown],"
        " sorted({name.split('.')[0] for name in sys.modules} & {'dagster', 'duckdb', 'pydantic', 'rich', 'ingest'}),"
        " [name for name in sys.modules if name.startswith('pipelines.')])"
    )
    assert in_a_new_process(code) == "[] [] ['pipelines.cli']"


def test_nothing_new_is_answered_without_dagster() -> None:
    """The modules that answer `nothing new` do not import Dagster."""
    code = "import sys, pipelines.cli.build, pipelines.cli.status, pipelines.cli.sql; print('dagster' in sys.modules)"
    assert in_a_new_process(code) == "False"


def test_sizes() -> None:
    """No module over 300 lines, no function over 60, none with more than 8 arguments, no vague module name."""
    found = []
    for path in modules():
        text = path.read_text(encoding="utf-8")
        nodes = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
        found += [(name_of(path), node.name) for node in nodes if (node.end_lineno or 0) - node.lineno + 1 > 60]
        found += [(name_of(path), node.name) for node in nodes if _arguments(node) > 8]
        found += [(name_of(path), "module")] if text.count("\n") > 300 or path.stem in VAGUE else []
    assert found == []


def _arguments(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    names = [one.arg for one in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs)]
    return len([name for name in names if name not in {"self", "cls"}])


def test_no_formatted_text_is_executed() -> None:
    """Outside the one compiler that flattens, no f-string is passed to execute(): values are bound."""
    executed = [
        (name_of(path), node.lineno)
        for path in modules()
        if not path.is_relative_to(ROOT / "warehouse" / "flatten")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in {"execute", "executemany", "sql"}
        and any(isinstance(argument, ast.JoinedStr) for argument in node.args)
    ]
    assert executed == []


def test_every_runtime_dependency_has_its_reason() -> None:
    """docs/dependencies.md has one line of reason for each runtime dependency, and for nothing else."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    needed = sorted(re.split(r"[^A-Za-z0-9-]", line)[0] for line in project["dependencies"])
    page = (ROOT / "docs" / "dependencies.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `([a-z0-9-]+)` \| (\S.{10,}) \|$", page, re.MULTILINE)
    assert sorted(name for name, _ in rows) == needed


def test_locks_name_hashes_and_no_registry() -> None:
    """Every locked package has a hash, and no lock names a host to take it from."""
    for name in ("requirements.lock", "requirements-bootstrap.lock"):
        text = (ROOT / name).read_text(encoding="utf-8")
        packages = re.findall(r"^[A-Za-z0-9_.-]+==.*?(?=^[A-Za-z0-9]|\Z)", text, re.MULTILINE | re.DOTALL)
        unhashed = [found.split()[0] for found in packages if "--hash=sha256:" not in found]
        assert (unhashed, re.findall(r"https?://|--(?:extra-)?index|--find-links", text)) == ([], [])


def test_no_file_is_large() -> None:
    """No file of the repository is over a megabyte: data that a measurement left is not committed."""
    assert [name_of(path) for path in _tracked() if path.stat().st_size > 2**20] == []


def test_no_file_names_this_machine() -> None:
    """No file of the repository holds a path that exists on one person's machine only."""
    private = re.compile("/" + r"(?:home|root|Users|work)/[\w.-]+")
    found = []
    for path in _tracked():
        if path.suffix not in {".png", ".parquet", ".gz"}:
            hits = private.findall(path.read_text(encoding="utf-8", errors="replace"))
            found += [(name_of(path), hit) for hit in hits]
    assert found == []


def _tracked() -> list[Path]:
    listed = subprocess.run(["git", "ls-files"], capture_output=True, text=True, check=False, cwd=ROOT)
    return [path for name in listed.stdout.split() if (path := ROOT / name).is_file()]
