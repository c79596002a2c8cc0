"""What the command line takes: texts that are text, and names of files, which may be any bytes."""

from pathlib import Path
from typing import Any

import click


class Text(click.types.StringParamType):
    """A text in UTF-8: nothing else can be bound into a query, written as JSON or looked for in a body."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Refuse bytes that the shell could pass on but that are no text."""
        text = super().convert(value, param, ctx)
        try:
            text.encode()
        except UnicodeEncodeError:
            self.fail("it is not UTF-8", param, ctx)
        return text


class OutFile(click.Path):
    """A file to write, for `--out`."""

    def __init__(self) -> None:
        """Take no folder."""
        super().__init__(dir_okay=False, path_type=Path)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Refuse a name that is none."""
        if not str(value):
            self.fail("it is empty; name a file", param, ctx)
        return super().convert(value, param, ctx)


def take_text_only(command: click.Command) -> None:
    """Make every text that a command or those under it take one in UTF-8; names of files are a `click.Path`."""
    for parameter in command.params:
        if type(parameter.type) is click.types.StringParamType:
            parameter.type = Text()
    for below in getattr(command, "commands", {}).values():
        take_text_only(below)
