"""Propensity: which model gives the chances, and how far it can be trusted."""

from fleet.ui import frame, propensity, resources

if resources.is_ready():
    propensity.show()
else:
    frame.preparing()
