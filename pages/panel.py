"""Campaign room: brief the panel, follow its talk, start what it planned."""

from fleet.ui import frame, panel, resources

if resources.is_ready():
    panel.show()
else:
    frame.preparing()
