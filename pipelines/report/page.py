"""One HTML page that needs nothing beside it: styles, script and numbers are in it, and it may load nothing else."""

import base64
import hashlib
import json
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from pipelines.report import approvals, completeness, costs, waiting
from pipelines.report.facts import Facts
from pipelines.report.figures import Section
from pipelines.report.wording import moment

HERE = Path(__file__).parent
CHARTS = HERE / "vendor" / "chart.umd.min.js"


def page(facts: Facts) -> str:
    """Return the page. Whatever comes from an event is escaped, in the HTML and in the numbers of the charts."""
    shown = sections(facts)
    drawn = any(figure.chart for section in shown for figure in section.figures)
    styles, scripts = _read(HERE / "page.css"), [_library(), _read(HERE / "page.js")] if drawn else []
    environment = Environment(
        loader=FileSystemLoader(HERE), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    return environment.get_template("page.html").render(
        policy=_policy(styles, scripts),
        styles=styles,
        scripts=scripts,
        charts=_charts(shown),
        made=moment(facts.at),
        is_empty=not facts.one("status_ledger")["delivered"],
        tiles=completeness.tiles(facts),
        sections=shown,
    )


def sections(facts: Facts) -> list[Section]:
    """Return the questions of the page, in order, with what answers them."""
    return [
        approvals.times(facts),
        approvals.funnel(facts),
        waiting.pending(facts),
        costs.spend(facts),
        approvals.approvers(facts),
        completeness.completeness(facts),
    ]


def _charts(shown: list[Section]) -> str:
    """Return the numbers of all charts as JSON that ends no script element and opens no comment."""
    charts: list[dict[str, Any]] = [
        figure.chart.as_json(figure.key) for section in shown for figure in section.figures if figure.chart
    ]
    text = json.dumps(charts, separators=(",", ":"))
    for sign in "<>&":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return text


def _policy(styles: str, scripts: list[str]) -> str:
    """Return the content security policy: these styles, these scripts, nothing else, no network."""
    allowed = " ".join(_hash(script) for script in scripts) or "'none'"
    return (
        f"default-src 'none'; style-src {_hash(styles)}; script-src {allowed}; img-src data:;"
        " base-uri 'none'; form-action 'none'"
    )


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def _library() -> str:
    """Return Chart.js without its last line, which names a file that is not here."""
    return _read(CHARTS).partition("\n//# sourceMappingURL=")[0]


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8")
