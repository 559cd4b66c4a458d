"""Release gate: what a version may do next, and the evidence behind it."""

from fleet.ui import frame, gate, resources

if resources.is_ready():
    gate.show()
else:
    frame.preparing()
