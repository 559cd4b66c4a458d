"""Liveness: what must end, who waits, and what went round."""

from fleet.ui import frame, liveness, resources

if resources.is_ready():
    liveness.show()
else:
    frame.preparing()
