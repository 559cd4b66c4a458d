"""What goes into a spool comes out of it, in order; what is dropped stands as it was said."""

import pytest

from fleet.adapters import spool
from fleet.adapters.spool import Spool
from fleet.traces.model import Step, StepKind, ToolCall


def step(number: int) -> Step:
    call = ToolCall(id=None, name="look", arguments={"q": [number, None]}, output="ok")
    return Step(
        id=str(number), parent_id=None, position=number, kind=StepKind.TOOL, name="look",
        input={"text": "\ud800 <b>"}, output="x" * number, started_at=0.5, tool_calls=(call,),
    )  # fmt: skip


@pytest.mark.parametrize("batch", [1, 7, 10_000])
def test_values_come_back_in_order(monkeypatch: pytest.MonkeyPatch, batch: int) -> None:
    monkeypatch.setattr(spool, "BATCH", batch)
    values = [(step(number), {"n": number}) for number in range(20)]
    with Spool((Step, ToolCall)) as kept:
        for value in values:
            kept.add(value, 2)
        assert list(kept) == values
        assert list(kept) == values


def test_what_is_dropped_is_not_kept() -> None:
    with Spool((Step, ToolCall), {Step: {"output": None, "tool_calls": ()}}) as kept:
        kept.add(step(3))
        (found,) = kept
    assert found.output is None
    assert found.tool_calls == ()
    assert (found.id, found.input, found.kind) == ("3", {"text": "\ud800 <b>"}, StepKind.TOOL)


def test_an_empty_spool_yields_nothing() -> None:
    with Spool((Step,)) as kept:
        assert list(kept) == []
