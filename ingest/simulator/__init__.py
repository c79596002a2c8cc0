from .ndjson import WriteReport, write_ndjson
from .traffic import DAYS, UNTIL, Traffic
from .truth import ExpenseTruth, truth

__all__ = [
    "DAYS",
    "UNTIL",
    "ExpenseTruth",
    "Traffic",
    "WriteReport",
    "truth",
    "write_ndjson",
]
