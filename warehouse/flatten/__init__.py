"""JSON to typed columns: one table for each event_name, child tables for its arrays of objects."""

from warehouse.flatten.run import FlattenReport, TableReport, flatten, pending_event_names

__all__ = ["FlattenReport", "TableReport", "flatten", "pending_event_names"]
