"""Guard: whether a graph must terminate, and whether a run still makes progress.

Static: every cycle carries a bound on the cycle, every node is reachable and reaches an exit, every
wait ends; then `max_steps` is a proved upper bound. Runtime: an incremental detector without a
model. It never asks a model anything, and never drops a lead.
"""

from fleet.liveness.detector import Detector
from fleet.liveness.policy import LivenessPolicy
from fleet.liveness.topology import Certificate, GraphSpec, Violation, certify, parse_graph
from fleet.liveness.tracks import Finding

__all__ = [
    "Certificate",
    "Detector",
    "Finding",
    "GraphSpec",
    "LivenessPolicy",
    "Violation",
    "certify",
    "parse_graph",
]
