"""What was seen in the data of an event_name, and the tables and columns that follow from it."""
