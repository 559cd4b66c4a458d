"""The data plane: one schema, one way to write it, three backends (SQLite, PostgreSQL, D1)."""
