"""The place of each defect in the fault taxonomy of arXiv:2603.06847v1 (6 March 2026).

The five architectural dimensions are that paper's. Its symptom classes and root-cause categories
are not published by name outside the paper, so `symptom` and `root_cause` say in plain words what
is seen and what usually lies behind it. `ref` is the detector's number (D1..D12, then our own).
"""

from dataclasses import dataclass

CONTROL = "Cognitive Control & Orchestration"
ACTUATION = "Agency & Actuation"
CONTEXT = "Perception, Context & Memory"
RUNTIME = "Runtime & Environment Grounding"
RELIABILITY = "System Reliability & Observability"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a defect code belongs."""

    ref: str
    dimension: str
    symptom: str
    root_cause: str


TAXONOMY: dict[str, Place] = {
    "tool_loop": Place(
        "D1", CONTROL, "the same action is repeated without effect",
        "state of what was done is lost or not read",
    ),
    "wander": Place(
        "D2", CONTROL, "steps bring nothing new, the run grows long",
        "no progress check in the control logic",
    ),
    "redundant_read": Place(
        "D3", CONTEXT, "a known resource is read again", "results are not kept in the context",
    ),
    "schema_repair": Place(
        "D4", ACTUATION, "structured output had to be repaired",
        "model output does not fit the declared schema",
    ),
    "misuse": Place(
        "D5", ACTUATION, "a tool call is refused as malformed or unknown",
        "tool description and call do not match",
    ),
    "ignored_error": Place(
        "D5", ACTUATION, "a failed call is passed over", "error results are not handled",
    ),
    "contract_breach": Place(
        "D6", CONTROL, "a required step is missing or out of order",
        "the guard is advice to the model, not a rule of the graph",
    ),
    "ungrounded_output": Place(
        "D7", CONTEXT, "a statement has no source in the run", "retrieval gap filled by the model",
    ),
    "persona_breach": Place(
        "D8", CONTEXT, "the text leaves the role it was given",
        "instructions lost, or the template was not filled",
    ),
    "silent_semantic_error": Place(
        "D9", RELIABILITY, "a well-formed result is wrong and nothing fails",
        "success is claimed, not checked",
    ),
    "failure_to_stop": Place(
        "D10", CONTROL, "work goes on after the goal", "the end condition is not evaluated",
    ),
    "latency_violation": Place(
        "D11", RUNTIME, "a step or run takes longer than promised",
        "slow dependency without a limit",
    ),
    "route_violation": Place(
        "D11", CONTROL, "the run takes a way that was not decided",
        "routing state and routing decision differ",
    ),
    "swallowed_exception": Place(
        "D12", RELIABILITY, "an exception is hidden behind a success",
        "exceptions are caught and dropped",
    ),
    "escalation_fault": Place(
        "H1", RELIABILITY, "the hand-over to a person is missing, failed or ignored",
        "no owner for the escalation path",
    ),
}  # fmt: skip
CODES = tuple(TAXONOMY)
