"""A library over DuckDB: load, flatten, publish and prove the warehouse."""
