"""The report for a browser on this machine: one page, read only, to loopback alone and under no other name.

A process of its own that imports nothing but the standard library; `nacre dev` starts it.
"""

import argparse
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar

HOST = "127.0.0.1"
HEALTH = "/health/live"
NO_REPORT = """<!doctype html><html lang="en"><meta charset="utf-8"><meta http-equiv="refresh" content="15">
<meta name="color-scheme" content="light dark"><title>nacre report</title>
<p>There is no report yet. It is written after a publication; <code>nacre build</code> publishes,
<code>nacre report</code> writes at once.</p></html>
"""


class ReportHandler(BaseHTTPRequestHandler):
    """Answers with the page as it is now; other paths and other names of this machine get nothing."""

    server_version = "nacre"
    sys_version = ""
    timeout = 30
    report: ClassVar[Path]

    def do_GET(self) -> None:
        """Answer with the page."""
        status, content = self._answer()
        self._head(status, content)
        self.wfile.write(content)

    def do_HEAD(self) -> None:
        """Answer as to a GET, without the page."""
        self._head(*self._answer())

    def _answer(self) -> tuple[HTTPStatus, bytes]:
        port = self.connection.getsockname()[1]
        if self.headers.get("Host") not in {f"{HOST}:{port}", f"localhost:{port}"}:
            return HTTPStatus.MISDIRECTED_REQUEST, b"open the report as http://127.0.0.1\n"
        if self.path == HEALTH:
            return HTTPStatus.OK, b"alive\n"
        if self.path != "/":
            return HTTPStatus.NOT_FOUND, b"the report is at /\n"
        try:
            return HTTPStatus.OK, self.report.read_bytes()
        except FileNotFoundError:
            return HTTPStatus.NOT_FOUND, NO_REPORT.encode()

    def _head(self, status: HTTPStatus, content: bytes) -> None:
        is_page = content.startswith(b"<!doctype html>")
        self.send_response(status)
        self.send_header("Content-Type", "text/html; charset=utf-8" if is_page else "text/plain; charset=utf-8")
        self.send_header("Content-Length", str(len(content)))
        self.send_header("Cache-Control", "no-store")
        self.send_header("X-Content-Type-Options", "nosniff")
        self.send_header("X-Frame-Options", "DENY")
        self.send_header("Referrer-Policy", "no-referrer")
        self.end_headers()


def serve(report: Path, port: int) -> None:
    """Serve the page at `report`, whatever it holds when it is asked for, until the process is ended."""
    handler = type("Handler", (ReportHandler,), {"report": report})
    with ThreadingHTTPServer((HOST, port), handler) as server:
        server.daemon_threads = True
        server.serve_forever()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("report", type=Path)
    parser.add_argument("port", type=int)
    arguments = parser.parse_args()
    serve(arguments.report, arguments.port)
