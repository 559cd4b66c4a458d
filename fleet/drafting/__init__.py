"""Compose a message, and check each claim in it against rows."""
