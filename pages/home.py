"""Home: what waits for the reviewer now."""

from fleet.ui import frame, home, resources

if resources.is_ready():
    home.show()
else:
    frame.preparing()
