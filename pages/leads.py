"""Leads: who first, why, and how sure."""

from fleet.ui import frame, leads, resources

if resources.is_ready():
    leads.show()
else:
    frame.preparing()
