"""Prompt evals: every prompt path against its bar, and the cases that people's refusals left."""

from fleet.ui import evals, frame, resources

if resources.is_ready():
    evals.show()
else:
    frame.preparing()
