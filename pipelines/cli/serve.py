"""`nacre serve`: receive webhooks."""

import click

from ingest.server import serve
from ingest.settings import load_settings


@click.command("serve")
@click.option("--host", help="Address to listen on  [default: NACRE_HOST or 127.0.0.1]")
@click.option("--port", type=click.IntRange(0, 65535), help="Port; 0 takes a free one  [default: NACRE_PORT or 8000]")
@click.option("--workers", type=click.IntRange(1, 64), default=1, show_default=True, help="Server processes.")
def command(host: str | None, port: int | None, workers: int) -> None:
    """Receive webhooks at /webhooks/oyster until SIGTERM or Ctrl-C.

    Answers 202 only for what is durable in the lake. NACRE_SECRETS (or NACRE_SECRETS_FILE) holds the shared secrets.

    \b
    Example:
      NACRE_SECRETS=choose-a-long-one nacre serve
      NACRE_SECRETS_FILE=/etc/nacre/secrets nacre serve --host 0.0.0.0 --port 8080 --workers 2
    """
    given = {name: value for name, value in {"host": host, "port": port}.items() if value is not None}
    try:
        status = serve(load_settings(**given), workers)
    except OSError as error:
        message = f"cannot listen there: {error.strerror}; choose another place with --host or --port"
        raise click.ClickException(message) from error
    raise click.exceptions.Exit(status)
