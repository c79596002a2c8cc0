"""nacre report in a real Chromium: drawn, without a request or a complaint, for every eye, window and keyboard."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pipelines.report import write_report
from tests.pipelines.chromium import BINARY, Browser, browser
from tests.pipelines.report_pages import publish_empty, tell
from tests.pipelines.test_report_numbers import LEDGER, given

pytestmark = [
    pytest.mark.thorough,
    pytest.mark.skipif(BINARY is None, reason="no Chromium is installed here"),
]

INKED = """
    [...document.querySelectorAll("canvas")].map(canvas => {
        const seen = new Set(new Uint32Array(canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height)
            .data.buffer));
        return [canvas.id, canvas.width > 200 && canvas.height > 100 && seen.size > 10];
    })
"""
WIDER = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
PAPER = "getComputedStyle(document.body).backgroundColor"
FOCUSED = """
    (one => [one.tagName, one.textContent.trim().slice(0, 30), parseInt(getComputedStyle(one).outlineWidth)])(
        document.activeElement)
"""
OPEN = "document.querySelectorAll('details[open]').length"
TINT = "Chart.getChart('funnel-steps-chart').data.datasets[0].backgroundColor"
CONTRASTS = """
    (() => {
        const style = getComputedStyle(document.documentElement);
        const light = name => {
            const [r, g, b] = style.getPropertyValue(name).trim().slice(1).match(/../g).map(pair => {
                const part = parseInt(pair, 16) / 255;
                return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
            });
            return 0.2126 * r + 0.7152 * g + 0.0722 * b + 0.05;
        };
        const ratio = (one, other) => Math.max(light(one) / light(other), light(other) / light(one));
        const texts = ["--ink", "--quiet", "--link", "--worry"].flatMap(
            name => [ratio(name, "--paper"), ratio(name, "--card")]);
        const tints = [1, 2, 3, 4, 5, 6, 7].map(number => ratio(`--series-${number}`, "--card"));
        return [Math.min(...texts) >= 4.5, Math.min(...tints) >= 3];
    })()
"""


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The addresses of a page of an empty warehouse and of one of a small one."""
    folder: Path = tmp_path_factory.mktemp("pages")
    published = publish_empty(folder)
    empty = write_report(published, folder / "empty.html")
    tell(published, given(), LEDGER)
    return {"empty": empty.path.as_uri(), "small": write_report(published, folder / "small.html").path.as_uri()}


@pytest.fixture(scope="module")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """A browser; each test opens its page anew."""
    with browser(tmp_path_factory.mktemp("chromium")) as found:
        yield found


@pytest.mark.parametrize(("width", "scheme"), [(1100, "light"), (1100, "dark"), (390, "dark")])
def test_every_chart_is_drawn_and_nothing_else_is_loaded(
    chromium: Browser, pages: dict[str, str], width: int, scheme: str
) -> None:
    """Each canvas has ink, the page asks for nothing but itself, the console is silent, nothing is wider than it."""
    chromium.open(pages["small"], width=width, scheme=scheme)
    drawn: list[Any] = chromium.value(INKED)
    assert (len(drawn), {inked for _, inked in drawn}) == (10, {True})
    assert (chromium.requests(), chromium.complaints(), chromium.value(WIDER)) == ([pages["small"]], [], 0)


def test_empty_page_is_quiet(chromium: Browser, pages: dict[str, str]) -> None:
    """The page of an empty warehouse makes no request and no complaint either."""
    chromium.open(pages["empty"], width=390, scheme="dark")
    assert (chromium.requests(), chromium.complaints(), chromium.value(WIDER)) == ([pages["empty"]], [], 0)


def test_dark_and_light_are_both_readable(chromium: Browser, pages: dict[str, str]) -> None:
    """The page follows the scheme also while it is open; texts and bars stand out from what is behind them."""
    chromium.open(pages["small"])
    light = chromium.value(f"[{PAPER}, ...{CONTRASTS}]")
    before = chromium.value(TINT)
    chromium.ask("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": "dark"}])
    chromium.settle()
    dark = chromium.value(f"[{PAPER}, ...{CONTRASTS}]")
    after = chromium.value(TINT)
    assert (light, dark, before == after) == (
        ["rgb(251, 250, 247)", True, True],
        ["rgb(20, 24, 27)", True, True],
        False,
    )


def test_keyboard_reaches_and_opens_the_tables(chromium: Browser, pages: dict[str, str]) -> None:
    """Tab begins at the skip link; Enter opens a table, the next stop is in it, and each stop has a ring around it."""
    chromium.open(pages["small"])
    stops = []
    for key in ("Tab", "Enter", "Tab", "Tab", "Tab", "Enter", "Tab"):
        chromium.press(key)
        stops += [chromium.value(FOCUSED)] if key == "Tab" else []
    assert (stops, chromium.value(OPEN)) == (
        [
            ["A", "Skip to the content", 3],
            ["A", "12", 3],
            ["A", "19", 3],
            ["SUMMARY", "Table: Time from the first sub", 3],
            ["DIV", "timeapproveddeclinedexpensessh", 3],
        ],
        1,
    )


def test_each_chart_has_a_name_and_a_table(chromium: Browser, pages: dict[str, str]) -> None:
    """Every canvas is an image with a name, and its figure holds a table and a title; ids are there once."""
    chromium.open(pages["small"])
    figures = chromium.value(
        "[...document.querySelectorAll('canvas')].map(one => [one.getAttribute('role'),"
        " one.getAttribute('aria-label').startsWith('Chart: ' + one.closest('figure').querySelector('h3').textContent),"
        " one.closest('figure').querySelectorAll('details table').length])"
    )
    ids = chromium.value("[...document.querySelectorAll('[id]')].map(one => one.id)")
    assert ({tuple(figure) for figure in figures}, len(ids) - len(set(ids))) == ({("img", True, 1)}, 0)
