"""Pages of `nacre report` for tests: warehouses to make them of, and what a reader finds in them."""

import json
import re
from collections.abc import Sequence
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import duckdb

from tests.warehouse.given import advance, events, load
from warehouse import processes, views
from warehouse.build import open_build
from warehouse.publish import publish

Cells = list[list[str]]


def publish_empty(folder: Path) -> Path:
    """Publish a warehouse that has every view and no event."""
    path = folder / "warehouse.duckdb"
    con = open_build(folder / "build.duckdb", memory_limit="500MB", threads=1)
    processes.advance(con)
    views.refresh(con)
    publish(con, folder / "build.duckdb", path)
    con.close()
    return path


def tell(path: Path, lines: str, statements: Sequence[str] = ()) -> None:
    """Put events into a published warehouse, and what else the statements say."""
    with duckdb.connect(str(path)) as con:
        con.execute("set TimeZone = 'UTC'")
        load(con, events(lines))
        advance(con)
        for statement in statements:
            con.execute(statement)


class Page(HTMLParser):
    """What stands in a page: its texts, tables by figure, elements, links, and the numbers of its charts."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.html, self.text, self.links = html, "", []
        self.tables: dict[str, Cells] = {}
        self.elements: dict[str, int] = {}
        self.blocks: dict[str, list[str]] = {"script": [], "style": []}
        self._figure, self._open = "", ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        named = dict(attrs)
        self.elements[tag] = self.elements.get(tag, 0) + 1
        if tag == "wbr":
            return
        self.links += [value for name, value in attrs if name in {"href", "src", "srcset", "action", "data", "poster"}]
        self._open = tag
        if tag == "figure":
            self._figure = named["id"]
        elif tag == "table":
            self.tables[self._figure] = []
        elif tag == "tr":
            self.tables[self._figure].append([])
        elif tag in {"th", "td"}:
            self.tables[self._figure][-1].append("")
        elif tag in self.blocks:
            self.blocks[tag].append("")

    def handle_endtag(self, tag: str) -> None:  # noqa: ARG002 - HTMLParser's
        self._open = ""

    def handle_data(self, data: str) -> None:
        if self._open in {"th", "td"}:
            self.tables[self._figure][-1][-1] += data
        if self._open in self.blocks:
            self.blocks[self._open][-1] += data
        else:
            self.text += data

    def rows(self, figure: str) -> Cells:
        """Return the rows of a figure's table, without its head."""
        return self.tables[figure][1:]

    def charts(self) -> dict[str, dict[str, Any]]:
        """Return the numbers of the charts by figure."""
        return {chart["id"]: chart for chart in json.loads(self.blocks["script"][0])}

    def policy(self) -> str:
        """Return the content security policy that the page gives itself."""
        (found,) = re.findall(r'Content-Security-Policy" content="([^"]*)"', self.html)
        return str(found).replace("&#39;", "'")
