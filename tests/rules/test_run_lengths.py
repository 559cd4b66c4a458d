"""A run is long against its peers: runs of its name, else of its source, never of another tool."""

import pytest

from fleet.adapters.run_lengths import Lengths
from fleet.traces.model import Step, StepKind, TraceFormat, Trajectory


def run(source: TraceFormat, name: str | None, steps: int) -> Trajectory:
    listed = tuple(
        Step(id=str(n), parent_id=None, position=n, kind=StepKind.LLM, name="x")
        for n in range(steps)
    )
    return Trajectory(id="r", source=source, name=name, steps=listed)


@pytest.mark.parametrize(
    ("source", "name", "usual"),
    [
        (TraceFormat.OPENAI, None, 3), (TraceFormat.MLFLOW, "one of a kind", 40),
        (TraceFormat.MLFLOW, "common", 20), (TraceFormat.LANGFUSE, None, None),
    ],
)  # fmt: skip
def test_peers_are_of_one_name_or_of_one_source(
    source: TraceFormat, name: str | None, usual: float | None
) -> None:
    lengths = Lengths(4)
    for n in range(9):
        lengths.add(run(TraceFormat.OPENAI, None, 3))
        lengths.add(run(TraceFormat.MLFLOW, f"own {n}", 40 + n % 3))
    for steps in (10, 20, 20, 30):
        lengths.add(run(TraceFormat.MLFLOW, "common", steps))
    lengths.add(run(TraceFormat.LANGFUSE, None, 7))
    assert lengths.medians().usual(run(source, name, 5)) == usual
