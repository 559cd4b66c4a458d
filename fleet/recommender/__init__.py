"""Scorer: who or what next, with paths over foreign keys. Never shows a hop that is not a row."""
