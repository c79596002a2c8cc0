"""The one place where names and texts become SQL."""


def quote(identifier: str) -> str:
    """Return the identifier quoted for SQL, whatever characters it holds."""
    return '"' + identifier.replace('"', '""') + '"'


def literal(text: str) -> str:
    """Return the text as an SQL string literal; values are bound where SQL allows it, this is for where it does not."""
    return "'" + text.replace("'", "''") + "'"
