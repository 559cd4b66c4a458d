"""Campaigns: what each one did, what it holds, and the ways to stop it."""

from fleet.ui import campaigns, frame, resources

if resources.is_ready():
    campaigns.show()
else:
    frame.preparing()
