"""The endpoint's rival: a Starlette route that does nothing, on the same server with the same settings.

`python -m tests.benchmarks.noop` prints its port. It does not even read the body; with `read` it does that.
"""

import sys

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ingest.server import listen


async def noop(_: Request) -> Response:
    return Response(b'{"status":"accepted"}', 202, media_type="application/json")


async def read(request: Request) -> Response:
    await request.body()
    return await noop(request)


def main() -> None:
    listener = listen("127.0.0.1", 0)
    sys.stdout.write(f"{listener.getsockname()[1]}\n")
    sys.stdout.flush()
    endpoint = read if sys.argv[1:] == ["read"] else noop
    app = Starlette(routes=[Route("/webhooks/oyster", endpoint, methods=["POST"])])
    config = uvicorn.Config(
        app,
        http="httptools",
        loop="uvloop",
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
    )
    uvicorn.Server(config).run(sockets=[listener])


if __name__ == "__main__":
    main()
