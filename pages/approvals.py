"""Approvals: read, change, approve or refuse one draft after another."""

from fleet.ui import approvals, frame, resources

queue = resources.queue()
if queue is None:
    frame.preparing()
else:
    approvals.render(queue)
