"""The edge: authenticates, validates and appends deliveries to the lake."""
