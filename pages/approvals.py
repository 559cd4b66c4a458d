"""Approvals: read, change, approve or refuse one draft after another."""

from fleet.ui import approvals, frame, resources

if resources.is_ready():
    approvals.show()
else:
    frame.preparing()
