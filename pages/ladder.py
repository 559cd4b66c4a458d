"""Ladder: which version may do what, and until when."""

from fleet.ui import frame, ladder_page, resources

if resources.is_ready():
    ladder_page.show()
else:
    frame.preparing()
