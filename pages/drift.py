"""Drift: whether a version still behaves as it did when it was let go."""

from fleet.ui import drift, frame, resources

if resources.is_ready():
    drift.show()
else:
    frame.preparing()
