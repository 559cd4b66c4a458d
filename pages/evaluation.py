"""Evaluation: did the runs do well, what keeps going wrong, and where."""

from fleet.ui import evaluation, frame, resources

if resources.is_ready():
    evaluation.show()
else:
    frame.preparing()
