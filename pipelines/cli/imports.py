"""`nacre import`: take envelopes from NDJSON files into the lake."""

import click

from ingest.imports import ImportReport, import_files, size_of
from ingest.settings import load_settings
from pipelines.cli.console import byte_bar, err, out, print_json, shown


@click.command("import")
@click.argument("files", nargs=-1, required=True, metavar="FILE…", type=click.Path(allow_dash=True))
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON.")
def command(files: tuple[str, ...], as_json: bool) -> None:
    """Take envelopes from NDJSON files into the lake: one JSON object a line, gzip too, - for stdin.

    The same validation and the same lake as over HTTP: a bad line goes to quarantine with its file and line number
    and stops nothing. Importing a file again is harmless: ids are counted once.

    \b
    Example:
      nacre import events.ndjson older.ndjson.gz
      zstdcat dump.zst | nacre import -
    """
    with byte_bar("import", size_of(files), hidden=as_json) as progress:
        report = import_files(load_settings(), files, progress)
    if as_json:
        print_json(_as_dict(report))
    else:
        _say(report)
    if report.errors:
        raise click.exceptions.Exit(1)


def _as_dict(report: ImportReport) -> dict[str, object]:
    return {
        "accepted": report.accepted,
        "quarantined": report.quarantined,
        "segments": [segment.name for segment in report.segments],
        "files": [
            {"path": file.path, "accepted": file.accepted, "quarantined": file.quarantined, "error": file.error}
            for file in report.files
        ],
    }


def _say(report: ImportReport) -> None:
    out().print(
        f"{report.accepted:,} events in the lake, {report.quarantined:,} lines in quarantine,"
        f" {len(report.segments):,} segments.",
        highlight=False,
    )
    for sentence in report.errors:
        err().print("[bold red]Not read[/]", shown(sentence), highlight=False, soft_wrap=True)
    out().print("Next: nacre build", highlight=False)
