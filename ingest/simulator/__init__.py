from .ndjson import WriteReport, write_ndjson
from .sending import SendReport, Undelivered, endpoint_url, send
from .traffic import DAYS, UNTIL, Traffic
from .truth import ExpenseTruth, truth

__all__ = [
    "DAYS",
    "UNTIL",
    "ExpenseTruth",
    "SendReport",
    "Traffic",
    "Undelivered",
    "WriteReport",
    "endpoint_url",
    "send",
    "truth",
    "write_ndjson",
]
