"""Defects: what goes wrong in finished runs, by kind, version and week."""

from fleet.ui import defects, frame, resources

if resources.is_ready():
    defects.show()
else:
    frame.preparing()
