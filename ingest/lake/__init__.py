"""The lake: raw deliveries as immutable Parquet segments, the source of truth. Only this package knows its paths."""

from ingest.lake.durable import LakeUnwritable
from ingest.lake.lake import Lake
from ingest.lake.layout import Kind, Segment
from ingest.lake.rows import EventRow, QuarantineRow

__all__ = ["EventRow", "Kind", "Lake", "LakeUnwritable", "QuarantineRow", "Segment"]
