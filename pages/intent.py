"""Inbox: what each mail wants, and the words that say so."""

from fleet.ui import frame, intent, resources

if resources.is_ready():
    intent.show()
else:
    frame.preparing()
