"""Overview for managers: what may ship, and what needs a person."""

from fleet.ui import frame, manager, resources

if resources.is_ready():
    manager.show()
else:
    frame.preparing()
