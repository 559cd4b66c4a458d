"""Runs: durable work with its state, its steps, and the ways to help it."""

from fleet.ui import frame, resources, runs

if resources.is_ready():
    runs.show()
else:
    frame.preparing()
