"""A real Chromium over its own protocol: opens one page, and tells what the page did."""

import json
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
from websockets.sync.client import ClientConnection, connect

BINARY = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
    "--disable-background-networking", "--disable-component-update", "--disable-dev-shm-usage",
    "--remote-debugging-port=0",
)  # fmt: skip
SECONDS = 60


class Browser:
    """One tab. `noticed` holds each event that Chromium told: requests, exceptions, lines of its console."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket
        self._number = 0
        self.noticed: list[dict[str, Any]] = []

    def ask(self, method: str, **parameters: Any) -> Any:
        """Ask one thing of Chromium and return its answer."""
        self._number += 1
        self._socket.send(json.dumps({"id": self._number, "method": method, "params": parameters}))
        while True:
            told = json.loads(self._socket.recv(timeout=SECONDS))
            if told.get("id") == self._number:
                assert "error" not in told, told
                return told["result"]
            self.noticed.append(told)

    def open(self, url: str, *, width: int = 1100, scheme: str = "light") -> None:
        """Open an address in a window of this width, and return when it is loaded and drawn; forget what was before."""
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.ask(f"{domain}.enable")
        self.ask("Page.setLifecycleEventsEnabled", enabled=True)
        self._go("about:blank")
        self.noticed.clear()
        self.ask("Emulation.setDeviceMetricsOverride", width=width, height=900, deviceScaleFactor=1, mobile=False)
        self.ask("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
        self._go(url)
        self.settle()

    def _go(self, url: str) -> None:
        """Return when this very document is loaded: what a document before it tells late does not count."""
        loader = self.ask("Page.navigate", url=url)["loaderId"]
        while not any(_loaded(told, loader) for told in self.noticed):
            self.noticed.append(json.loads(self._socket.recv(timeout=SECONDS)))

    def settle(self) -> None:
        """Return when what was asked for has been painted."""
        self.value("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => done(true))))")

    def value(self, expression: str) -> Any:
        """Return what an expression is in the page."""
        answer = self.ask("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        return answer["result"].get("value")

    def press(self, key: str) -> None:
        """Press one key and let it go."""
        codes = {"Tab": 9, "Enter": 13}
        for kind in ("rawKeyDown", "char", "keyUp") if key == "Enter" else ("rawKeyDown", "keyUp"):
            text = {"text": "\r"} if kind == "char" else {}
            self.ask("Input.dispatchKeyEvent", type=kind, key=key, code=key, windowsVirtualKeyCode=codes[key], **text)

    def requests(self) -> list[str]:
        """Return the addresses that were asked for."""
        return [one["params"]["request"]["url"] for one in self.noticed if one["method"] == "Network.requestWillBeSent"]

    def complaints(self) -> list[str]:
        """Return what went wrong: exceptions, errors and warnings of the console, breaches of the policy."""
        kinds = {"Runtime.exceptionThrown", "Runtime.consoleAPICalled", "Log.entryAdded"}
        return [json.dumps(one["params"]) for one in self.noticed if one["method"] in kinds]


@contextmanager
def browser(folder: Path) -> Iterator[Browser]:
    """Run Chromium with a profile in `folder` for as long as it takes."""
    assert BINARY is not None
    profile = folder / "profile"
    with (folder / "chromium.log").open("wb") as log:
        process = subprocess.Popen(
            [BINARY, *FLAGS, f"--user-data-dir={profile}", "about:blank"], stdout=log, stderr=subprocess.PIPE
        )
        try:
            with connect(_tab(_port(process)), max_size=None, open_timeout=SECONDS) as socket:
                yield Browser(socket)
        finally:
            process.send_signal(signal.SIGTERM)
            process.communicate(timeout=SECONDS)


def _loaded(told: dict[str, Any], loader: str) -> bool:
    parameters = told["params"]
    return told["method"] == "Page.lifecycleEvent" and (parameters["name"], parameters["loaderId"]) == ("load", loader)


def _port(process: subprocess.Popen[bytes]) -> int:
    """Read on which port Chromium listens; it says so in one line."""
    assert process.stderr is not None
    for line in process.stderr:
        if b"DevTools listening on" in line:
            return int(line.rsplit(b":", 1)[1].split(b"/")[0])
    raise AssertionError("Chromium ended before it listened")


def _tab(port: int) -> str:
    pages = httpx.get(f"http://127.0.0.1:{port}/json/list", timeout=SECONDS).json()
    return str(next(page["webSocketDebuggerUrl"] for page in pages if page["type"] == "page"))
