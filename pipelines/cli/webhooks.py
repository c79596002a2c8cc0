"""`nacre webhooks`: register the endpoint with Oyster."""

from dataclasses import asdict

import click
from rich.table import Table

from ingest.oyster import Webhook, connect
from ingest.settings import load_settings
from pipelines.cli.console import out, print_json, shown


@click.group("webhooks")
def command() -> None:
    """List, register and delete endpoints with Oyster.

    The developer application is named by NACRE_OYSTER_CLIENT_ID, NACRE_OYSTER_CLIENT_SECRET and, once,
    NACRE_OYSTER_REFRESH_TOKEN; renewed tokens are kept in NACRE_HOME.

    \b
    Example:
      nacre webhooks register https://your.host/webhooks/oyster
      nacre webhooks list
      nacre webhooks delete ID
    """


@command.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print the endpoints as JSON.")
def list_(as_json: bool) -> None:
    """List the registered endpoints.

    \b
    Example:
      nacre webhooks list --json
    """
    with connect(load_settings().home) as api:
        found = api.webhooks()
    _show(found, as_json=as_json)


@command.command("register")
@click.argument("url")
@click.option("--json", "as_json", is_flag=True, help="Print the endpoint as JSON.")
def register(url: str, as_json: bool) -> None:
    """Register URL, with the first secret of NACRE_SECRETS as the shared secret.

    \b
    Example:
      nacre webhooks register https://your.host/webhooks/oyster
    """
    settings = load_settings()
    secret = settings.require_secrets()[0]
    with connect(settings.home) as api:
        made = api.register_webhook(url, secret)
    _show([made], as_json=as_json)
    if not as_json:
        out().print("Keep the id: Oyster asks for it when the endpoint is updated or deleted.")


@command.command("delete")
@click.argument("webhook_id", metavar="ID")
def delete(webhook_id: str) -> None:
    """Delete the endpoint with this ID; Oyster stops sending to it.

    \b
    Example:
      nacre webhooks delete 3f9c2a
    """
    with connect(load_settings().home) as api:
        api.delete_webhook(webhook_id)
    out().print(shown(f"Deleted {webhook_id}."))


def _show(found: list[Webhook], *, as_json: bool) -> None:
    if as_json:
        print_json([asdict(webhook) for webhook in found])
        return
    table = Table(header_style="bold")
    table.add_column("id")
    table.add_column("url")
    for webhook in found:
        table.add_row(shown(webhook.webhook_id), shown(webhook.url))
    out().print(table if found else "No endpoint is registered.")
