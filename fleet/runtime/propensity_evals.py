"""The golden set of leads without labels, judged: by a model when there is one, else by rules."""

from collections.abc import Mapping
from typing import Any

from fleet.ports import ChatModel
from fleet.propensity.evidence import LLM, Judged
from fleet.runtime.mail_evals import Asked
from fleet.runtime.propensity_path import PropensityPath


def score_case(
    case: Mapping[str, Any], policies: Mapping[str, Any], chat: ChatModel | None = None
) -> dict[str, float]:
    """Return `{cell: 0..1}` of one line of data/golden/propensity.score.jsonl.

    A model whose reply was unusable scores 0, whatever the rules would have said.
    """
    model = Asked(chat) if chat else None
    path = PropensityPath(policies, model)
    found = path.score_row(case["input"]["row"])
    if model is not None and model.asked and found.method != LLM:
        return {"usable": 0.0}
    cells = _cells(case, found)
    if "not_above" in case["expect"]:  # the same lead with less to say for it
        other = path.score_row(case["expect"]["not_above"])
        cells["order"] = float((found.propensity or 0.0) <= (other.propensity or 0.0))
    return cells


def _cells(case: Mapping[str, Any], found: Judged) -> dict[str, float]:
    row, expect = case["input"]["row"], case["expect"]
    if expect.get("no_score"):
        return {"usable": 1.0, "no_score": float(found.propensity is None)}
    chance = found.propensity
    met = {
        "usable": True,
        "score": chance is not None and expect["min"] <= chance <= expect["max"],
        "interval": chance is not None and (found.low or 0.0) <= chance <= (found.high or 0.0),
        "cited": all(
            " ".join(row.get(f["feature"], "").split()).startswith(f["value"])
            for f in found.factors
        ),
        "missing": set(found.missing) == set(expect.get("missing", ())),
        "confidence": found.confidence <= expect.get("max_confidence", 1.0),
    }
    for side, sign in (("up", 1), ("down", -1)):
        if wanted := expect.get(side):
            told = {f["feature"] for f in found.factors if f["effect"] * sign > 0}
            met[side] = bool(told & set(wanted))
    return {name: float(value) for name, value in met.items()}
