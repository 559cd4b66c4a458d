"""Guard: PROMOTE, HOLD or ROLLBACK of one version from a window of verdicts.

Dimensions after arXiv:2603.15676, plus routing, cost and human override; bounds are confidence
sequences, so a look after every verdict is safe. Precedence: integrity, critical or under the
floor, missing or thin, every bar and no regression, else HOLD. It never treats missing evidence as
a pass, and asks neither a model nor a clock.
"""

from fleet.release_gate.judge import decide
from fleet.release_gate.policy import DimensionRule, GatePolicy
from fleet.release_gate.window import Window, read_window

__all__ = ["DimensionRule", "GatePolicy", "Window", "decide", "read_window"]
