"""A call of a tool that does not exist is misuse; it was not ignored when another one succeeded."""

from typing import Any

from fleet.adapters.files import read_policies
from fleet.monitor.defect_policy import DefectPolicy
from fleet.monitor.defects import find_defects
from fleet.policy import section
from fleet.traces.read import read_runs

POLICY = section(read_policies(), "monitor.defects", DefectPolicy)
WRONG = {"tool": "get_prise", "args": {}, "error": "Unknown tool get_prise"}
RIGHT = {"tool": "get_price", "args": {}, "output": {"price": 120}}
SAYS = {"kind": "llm", "output": "The price is 120."}


def codes(*steps: dict[str, Any]) -> list[str]:
    (run,) = read_runs({"trace_id": "r", "steps": list(steps)}, "f#1")
    return [defect.code for defect in find_defects(run, POLICY)]


def test_an_unknown_tool_is_mended_by_the_right_one() -> None:
    assert codes(WRONG, RIGHT, SAYS) == ["misuse"]


def test_an_unknown_tool_that_nothing_replaces_is_ignored() -> None:
    assert codes(RIGHT, WRONG, SAYS) == ["misuse", "ignored_error"]
