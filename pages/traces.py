"""Traces: what ran, step by step."""

from fleet.ui import frame, resources, traces

if resources.is_ready():
    traces.show()
else:
    frame.preparing()
