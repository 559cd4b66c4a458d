"""What a recommendation says: by rule from its path, or a model's words that its path backs."""

from types import SimpleNamespace
from typing import Any

import pytest

from fleet.adapters.files import read_policies
from fleet.errors import EgressUnavailable
from fleet.policy import section
from fleet.recommender import Ranked, Step, word_reason
from fleet.recommender.explain import ExplainPolicy, ExplainReply, find_claim
from fleet.recommender.wording import PathFact, word_by_rule, word_counterfactual
from fleet.runtime.explain_path import ExplainPath

POLICIES = read_policies()
POLICY = section(POLICIES, "recommender_explain", ExplainPolicy)
FACT = PathFact(
    id="p1", hops=("account Northwind", "deal Line 4 upgrade, won", "contact Ines Roth"),
    target="Ines Roth", features=(("intent", 0.81), ("recency", 0.5)),
    without="without deal Line 4 upgrade, won it moves from place 1 to 3",
)  # fmt: skip
ROWS = {
    ("companies", "c1"): {"name": "Northwind"},
    ("opportunities", "o1"): {"name": "Line 4 upgrade", "outcome": "won"},
    ("contacts", "p1"): {"name": "Ines Roth"},
}


def ranked(counterfactual: dict[str, Any] | None) -> Ranked:
    steps = [Step(ref, None) for ref in ROWS]
    return Ranked(("contacts", "p1"), 0.7, 0.5, tuple(steps), {"intent": 0.81}, counterfactual)


def test_rules_word_the_path_and_what_weighs_most() -> None:
    assert word_reason(ranked(None), ROWS) == (
        "account Northwind -> deal Line 4 upgrade, won -> contact Ines Roth; intent 0.81"
    )
    assert word_by_rule(PathFact("p1", ("account A",), "A", ())) == (
        "account A; no evidence beyond the path"
    )


@pytest.mark.parametrize(
    ("rank", "without", "words"),
    [
        (1, None, "without deal Line 4 upgrade, won no key leads to it"),
        (2, 2, "without deal Line 4 upgrade, won it stays at place 2"),
        (1, 4, "without deal Line 4 upgrade, won it moves from place 1 to 4"),
    ],
)
def test_a_hop_taken_away_is_said_in_words(rank: int, without: int | None, words: str) -> None:
    found = {"table": "opportunities", "id": "o1", "rank": rank, "rank_without": without}
    assert word_counterfactual(ranked(found), ROWS) == words
    assert word_counterfactual(ranked(None), ROWS) == ""


@pytest.mark.parametrize(
    "text",
    [
        "Northwind won the Line 4 upgrade with Ines Roth; intent 0.81 weighs most.",
        "Ines Roth stands 2 keys from Northwind. Her intent weighs most.",
    ],
)
def test_words_that_the_path_backs_are_kept(text: str) -> None:
    assert find_claim(text, FACT, POLICY) is None


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "it is empty or too long"),
        ("Ines Roth " * 80, "it is empty or too long"),
        ("The contact is worth a call.", "it does not name its target"),
        ("Ines Roth will spend 90000.", "the number 90000 is not on its path"),
        ("Ines Roth works with Fabrikam.", "the name 'Fabrikam' is not on its path"),
        ("Ines Roth, see https://x.example", "it holds an address"),
        ("Ines Roth, ines@northwind.example", "it holds an address"),
    ],
)
def test_words_that_the_path_does_not_back_are_dropped(text: str, why: str) -> None:
    assert find_claim(text, FACT, POLICY) == why


class Chat:
    """A model that words given paths, or fails."""

    def __init__(self, *found: tuple[str, str]) -> None:
        self.found = found

    def ask(self, prompt: str, values: Any, schema: type[Any], **_: Any) -> Any:
        assert (prompt, schema, set(values)) == ("recommender.explain", ExplainReply, {"paths"})
        if not self.found:
            raise EgressUnavailable("down")
        value = ExplainReply(explanations=[{"path": p, "text": t} for p, t in self.found])
        return SimpleNamespace(value=value, model="m", prompt_digest="d")


def test_a_model_chooses_among_path_ids_and_nothing_else() -> None:
    chat = Chat(("p1", "Ines Roth is near."), ("p7", "Ines Roth again."), ("p1", "Ines Roth too."))
    worded = ExplainPath(POLICIES, chat)([FACT])
    assert worded.texts == {"p1": "Ines Roth is near."}
    assert [(d["path"], d["reason"].rpartition(": ")[2]) for d in worded.dropped] == [
        ("p7", "it cites no path that was shown"), ("p1", "it words a path twice"),
    ]  # fmt: skip
    assert (worded.model, worded.prompt_digest) == ("m", "d")


def test_a_model_that_fails_leaves_the_rules_and_is_counted() -> None:
    worded = ExplainPath(POLICIES, Chat())([FACT])
    assert (worded.texts, worded.model) == ({}, None)
    assert worded.dropped[0]["reason"] == "the model failed (EgressUnavailable): worded by rule"
