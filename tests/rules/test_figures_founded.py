"""A figure of a reply is founded by a number seen before, rounded as it is written, and no other."""

import json
from pathlib import Path
from typing import Any

import pytest

from fleet.adapters.files import read_policies
from fleet.evaluation.figures import LONGEST, Figure, Seen, figures_in
from fleet.evaluation.policy import EvaluationPolicy
from fleet.evaluation.signals import measure
from fleet.policy import section
from fleet.traces.read import read_runs

ROOT = Path(__file__).resolve().parents[2]
POLICY = section(read_policies(ROOT / "data" / "policies.toml"), "evaluation", EvaluationPolicy)


def unfounded(seen: str, said: str) -> list[str]:
    """Return the figures of a reply that nothing founds, when a tool gave `seen` before."""
    call = {"id": "c", "function": {"name": "look", "arguments": "{}"}}
    messages: list[dict[str, Any]] = [
        {"role": "user", "content": "Please say how it stands."},
        {"role": "assistant", "content": "", "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "c", "name": "look", "content": seen},
        {"role": "assistant", "content": said},
    ]
    [run] = read_runs({"messages": messages}, "f#1")
    measured = measure(run, POLICY.findings)
    quotes = [found.quote for found in measured.findings if found.code == "figure_ungrounded"]
    return ", ".join(quotes).split(", ") if quotes else []


SMALL = json.dumps({"rows": list(range(10)), "seats": [4.6, 5.4, 11.7, 12.4], "id": 7})


@pytest.mark.parametrize(
    ("seen", "said"),
    [
        ('{"total": 76709.85}', "The total is 76,710."),
        ('{"total": 76709.85}', "The total is 76709.9."),
        ('{"total": 76709.85}', "The total is 76,709.85."),
        ('{"total": "76,709.85"}', "The total is 76710."),
        ('{"total": 76709.85}', "The total is 76,709."),  # its digits before the point
        ('{"share": 0.1249}', "That is 12.5 % of all."),
        ('{"share": 0.1249}', "That is 12.49% of all."),
        ('{"share": 0.1249}', "That is 12.5 percent."),
        ('{"share": 12.49}', "That is 12.5 %."),
        ('{"growth": 1.254}', "It grew by 125 %."),
        ('{"fall": -0.1534}', "It fell by 15.3 %."),
        ('{"share": 0.5}', "That is 50 %."),
        ('{"big": 3.73e12}', "That makes 3,730,000,000,000."),
        ('{"price": 249.85}', "It costs about 250."),
        ('{"n": 1250.0}', "There are 1,250."),
    ],
)
def test_a_figure_is_founded_by_the_number_it_rounds(seen: str, said: str) -> None:
    assert unfounded(seen, said) == []


@pytest.mark.parametrize(
    ("seen", "said", "wrong"),
    [
        ('{"total": 76709.85}', "The total is 76,711.", "76,711"),
        ('{"total": 76709.85}', "The total is 76,700.", "76,700"),
        ('{"total": 76709.85}', "The total is 76710.0.", "76710.0"),
        ('{"total": 76709.85}', "The total is 76709.7.", "76709.7"),
        ('{"total": 76709.85}', "The total is 767,098.5.", "767,098.5"),
        ('{"share": 0.1249}', "That is 12.4 % of all.", "12.4"),
        ('{"share": 0.1249}', "That is 12.6 % of all.", "12.6"),
        ('{"share": 0.1249}', "There are 12.5 of them.", "12.5"),
        ('{"share": 0.1249}', "That is 12 %.", "12"),
        ('{"n": 12}', "That is 12.7.", "12.7"),
        ('{"day": "2024-05-12"}', "That is 12.7 %.", "12.7"),
        ('{"version": "3.250.1"}', "That costs 250.1.", "250.1"),
        (SMALL, "There are 15.", "15"),
        (SMALL, "There are 13.", "13"),
        (SMALL, "There are 300 %, or 500 %.", "300, 500"),
        (SMALL, "There are 501.", "501"),
        ('{"a": 152, "b": 103}', "Together 255.", "255"),
    ],
)
def test_a_wrong_figure_stays_unfounded(seen: str, said: str, wrong: str) -> None:
    assert unfounded(seen, said) == wrong.split(", ")


@pytest.mark.parametrize("figure", [f"{n}" for n in (15, 23, 38, 46, 57, 64, 79, 81, 92)])
def test_two_digits_are_not_rounded_to(figure: str) -> None:
    near = [int(figure) - 0.5, int(figure) - 0.4, int(figure) + 0.4, int(figure) + 0.5]
    text = " ".join(f"{number}" for number in near if int(number) != int(figure))
    assert unfounded(text, f"There are {figure}.") == [figure]


def test_only_what_was_seen_before_the_reply_founds_it() -> None:
    seen = Seen()
    [figure] = figures_in("76,710")
    assert seen.founds(figure, set()) is False
    seen.add("76709.85")
    assert seen.founds(figure, set()) is True
    seen.add("and 3")
    assert seen.founds(figure, set()) is True


def test_figures_carry_how_they_are_written() -> None:
    assert list(figures_in("5 and 0.75, but 1,250.50 % and 12")) == [
        Figure(text="1,250.50", value=1250.5, half=0.005, digits=6, percent=True),
        Figure(text="12", value=12.0, half=0.5, digits=2, percent=False),
    ]


def test_hostile_numbers_are_passed_over() -> None:
    seen = Seen()
    seen.add("9" * 50_000 + " 1" + ",111" * 20_000 + "x 1e999 1.2.3.4 250.4")
    [figure] = figures_in("250")
    assert seen.founds(figure, set()) is True
    assert list(figures_in("7" * (LONGEST + 1))) == []
    assert seen.ordered == [250.4, float("inf")]
