"""The golden set of worded recommendations, judged: by a model when there is one, else by rules."""

from collections.abc import Mapping
from typing import Any

from fleet.policy import section
from fleet.ports import ChatModel
from fleet.recommender.explain import ExplainPolicy, find_claim
from fleet.recommender.wording import PathFact, Worded, word_by_rule
from fleet.runtime.explain_path import ExplainPath


def score_case(
    case: Mapping[str, Any], policies: Mapping[str, Any], chat: ChatModel | None = None
) -> dict[str, float]:
    """Return `{cell: 0..1}` of one line of data/golden/recommender.explain.jsonl.

    A model whose reply was unusable scores 0, whatever the rules would have said.
    """
    facts = [_fact(path) for path in case["input"]["paths"]]
    worded = ExplainPath(policies, chat)(facts) if chat else Worded()
    if chat is not None and facts and worded.model is None:
        return {"usable": 0.0}
    texts = {fact.id: worded.texts.get(fact.id) or word_by_rule(fact) for fact in facts}
    expect, policy = case["expect"], section(policies, "recommender_explain", ExplainPolicy)
    told = " ".join(texts.values())
    met = {
        "usable": True,
        "backed": not worded.dropped and all(
            find_claim(texts[fact.id], fact, policy) is None for fact in facts
            if fact.id in worded.texts
        ),
        "says": all(words.lower() in told.lower() for words in expect["says"]),
        "refused": not any(words.lower() in told.lower() for words in expect["must_not"]),
        "chosen": chat is None or not facts or bool(worded.texts),
    }  # fmt: skip
    if "shown" in case["input"]:  # a path that a rep called wrong: is it still recommended?
        met["not_shown"] = not case["input"]["shown"]
    return {name: float(value) for name, value in met.items()}


def _fact(path: Mapping[str, Any]) -> PathFact:
    return PathFact(
        id=path["id"], hops=tuple(path["hops"]), target=path["target"],
        features=tuple((name, float(value)) for name, value in path["features"].items()),
        without=path.get("without", ""),
    )  # fmt: skip
