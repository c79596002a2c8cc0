"""JSON to typed columns: one table for each event_name, child tables for its arrays of objects."""

from warehouse.flatten.run import FlattenReport, TableReport, flatten, pending_event_names
from warehouse.flatten.together import Outcome, flatten_all, flatten_each

__all__ = ["FlattenReport", "Outcome", "TableReport", "flatten", "flatten_all", "flatten_each", "pending_event_names"]
