"""Guard: which defects a run has, and whether a version has drifted.

Deterministic; compares with a reference that only a promotion replaces. Effect size stands beside
every p value, p values are adjusted across features, and two windows in a row or one critical shift
are needed to alarm. It never re-learns its baseline silently.
"""

from fleet.monitor.drift import DriftReport, compare_tables
from fleet.monitor.policy import DriftPolicy

__all__ = ["DriftPolicy", "DriftReport", "compare_tables"]
