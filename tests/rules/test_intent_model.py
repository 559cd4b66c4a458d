"""The model's reading of a mail becomes scores only as far as it can be checked."""

import json
import math
from typing import Any

import pytest

from fleet.adapters.files import read_policies
from fleet.domain.provenance import Span
from fleet.errors import (
    EgressError,
    EgressHalted,
    EgressRefused,
    EgressTimeout,
    EgressUnavailable,
    MalformedReply,
)
from fleet.intent.model_reply import (
    IntentModelPolicy,
    IntentReply,
    find_quotes,
    prompt_values,
    read_scores,
)
from fleet.intent.score import IntentPolicy, IntentScores, score_keywords
from fleet.policy import section
from fleet.runtime.model_paths import IntentPath

POLICIES = read_policies()
INTENT = section(POLICIES, "intent", IntentPolicy)
MODEL = section(POLICIES, "intent_model", IntentModelPolicy)
BODY = (
    "Hi,\n\nplease send a quote for 20 seats.\nWe decide on Friday.\n\n"
    "On Mon, 2 Nov 2026, Rep wrote:\n> Shall I send a quote for 20 seats?\n> Unsubscribe below."
)


def reply(**changes: Any) -> IntentReply:
    values: dict[str, Any] = {
        "purchase_intent": 0.6, "urgency": 0.5, "sentiment": 0.5, "confidence": 0.8,
        "kind": "buying", "quotes": ["send a quote for 20 seats"], "reason": "asks for a quote",
    }  # fmt: skip
    return IntentReply.model_validate(values | changes)


def read(body: str = BODY, **changes: Any) -> IntentScores:
    return read_scores(
        reply(**changes), body, model="deepseek-flash", prompt_digest="d" * 64, intent=INTENT,
        policy=MODEL,
    )  # fmt: skip


class Model:
    """Answers with one value or raises one error, and keeps what it was asked."""

    model, prompt_digest, cost_usd, cached = "deepseek-flash", "d" * 64, 0.0, False

    def __init__(self, answer: Any) -> None:
        self.answer, self.asked = answer, list[dict[str, str]]()

    @property
    def value(self) -> Any:
        return self.answer

    def ask(
        self, prompt: str, values: Any, schema: Any, *, purpose: str, run_id: str | None = None
    ) -> "Model":
        assert (prompt, purpose, schema) == ("intent.score", "intent.score", IntentReply)
        self.asked.append(dict(values))
        if isinstance(self.answer, Exception):
            raise self.answer
        return self


def test_a_reading_becomes_the_wire_form_of_the_keyword_engine() -> None:
    found = read().as_json()
    assert found == {
        "purchase_intent": 0.6, "urgency": 0.5, "sentiment": 0.5, "score": 0.575,
        "label": "interested", "opt_out": False, "auto_reply": False, "method": "llm",
        "confidence": 0.8, "reason": "asks for a quote",
        "evidence": [{"start": 12, "end": 37, "quote": "send a quote for 20 seats"}],
        "model": "deepseek-flash", "prompt_digest": "d" * 64,
    }  # fmt: skip
    assert BODY[12:37] == "send a quote for 20 seats"
    assert set(found) == set(score_keywords("", BODY, INTENT).as_json())
    json.dumps(found, allow_nan=False)


@pytest.mark.parametrize(("raw", "kept"), [(17.0, 1.0), (-3.0, 0.0), (1e308, 1.0), (1, 1.0)])
def test_scores_out_of_range_are_clamped(raw: float, kept: float) -> None:
    found = read(purchase_intent=raw, urgency=raw, sentiment=raw, confidence=raw)
    assert (found.purchase_intent, found.urgency, found.sentiment, found.score) == (kept,) * 4
    assert found.confidence == min(kept, MODEL.max_confidence)


@pytest.mark.parametrize("field", ["purchase_intent", "urgency", "sentiment", "confidence"])
@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_what_is_no_number_is_a_failure(field: str, bad: float) -> None:
    with pytest.raises(MalformedReply, match="not a number"):
        read_scores(
            reply().model_copy(update={field: bad}), BODY, model="m", prompt_digest="d",
            intent=INTENT, policy=MODEL,
        )  # fmt: skip


def test_score_is_monotone_in_intent_and_in_urgency() -> None:
    steps = [number / 10 for number in range(11)]
    for other in steps:
        by_intent = [read(purchase_intent=x, urgency=other).score for x in steps]
        by_urgency = [read(purchase_intent=other, urgency=x).score for x in steps]
        assert by_intent == sorted(by_intent)
        assert by_urgency == sorted(by_urgency)


def test_quotes_count_only_where_they_stand_in_the_newest_reply() -> None:
    quotes = [
        "We decide on Friday.", "we decide on friday.", "Shall I send", "", "   ", "x" * 400,
        "We decide on Friday.", "seats.\nWe",
    ]  # fmt: skip
    assert find_quotes(quotes, BODY, MODEL) == (
        Span(39, 59, "We decide on Friday."), Span(32, 41, "seats.\nWe"),
    )  # fmt: skip


def test_a_reading_without_a_true_quote_is_believed_half() -> None:
    found = read(quotes=["the board approved 900 seats"])
    assert (found.evidence, found.confidence) == ((), 0.4)
    assert found.reason == "asks for a quote (no quote of it stands in the mail)"


@pytest.mark.parametrize(
    ("kind", "interest", "label"),
    [
        ("buying", 0.9, "hot"), ("buying", 0.5, "interested"), ("buying", 0.1, "other"),
        ("complaint", 0.9, "complaint"), ("not_now", 0.2, "not_now"), ("question", 0.1, "question"),
    ],
)  # fmt: skip
def test_labels_are_those_of_the_keyword_engine(kind: str, interest: float, label: str) -> None:
    assert read(kind=kind, purchase_intent=interest).label == label


def test_the_prompt_shows_the_newest_reply_only_and_cuts_it() -> None:
    values = prompt_values("s" * 900, "word " * 9000 + "\n> old", MODEL)
    assert (len(values["subject"]), len(values["mail"])) == (MODEL.max_subject, MODEL.max_chars)
    assert "wrote:" not in prompt_values("", BODY, MODEL)["mail"]


@pytest.mark.parametrize(
    "failure",
    [EgressTimeout("t"), EgressRefused("r"), EgressHalted("h"), EgressUnavailable("u"),
     MalformedReply("m"), EgressError("e")],
)  # fmt: skip
def test_every_failure_of_the_model_leaves_the_keyword_scores(failure: EgressError) -> None:
    found = IntentPath(POLICIES, Model(failure)).score("Price", BODY)
    rule = score_keywords("Price", BODY, INTENT)
    assert found.as_json() == rule.as_json() | {
        "reason": f"the model failed ({type(failure).__name__}), so {rule.reason}"
    }
    assert (found.method, found.confidence) == ("keyword", INTENT.confidence)


def test_an_unusable_number_leaves_the_keyword_scores() -> None:
    broken = reply().model_copy(update={"urgency": math.nan})
    found = IntentPath(POLICIES, Model(broken)).score("Price", BODY)
    assert found.method == "keyword"
    assert found.reason.startswith("the model failed (MalformedReply)")


@pytest.mark.parametrize(
    "body",
    ["Please unsubscribe me. Also, what is the price?", "Bitte nehmen Sie mich vom Verteiler."],
)
def test_the_model_is_not_asked_about_an_opt_out_and_cannot_outvote_it(body: str) -> None:
    model = Model(reply(purchase_intent=1.0))
    found = IntentPath(POLICIES, model).score("Re: offer", body)
    assert (found.opt_out, found.label, found.score, found.method) == (
        True,
        "opt_out",
        0.0,
        "keyword",
    )
    assert model.asked == []


def test_an_automatic_reply_and_an_empty_mail_cost_no_call() -> None:
    model = Model(reply(purchase_intent=1.0))
    path = IntentPath(POLICIES, model)
    assert path.score("Out of office", "I am back on Monday.").auto_reply is True
    assert path.score(" ", "\n").method == "keyword"
    assert model.asked == []


def test_a_mail_costs_one_call() -> None:
    model = Model(reply())
    assert IntentPath(POLICIES, model).score("Price", BODY).method == "llm"
    assert model.asked == [
        {
            "subject": "Price",
            "mail": "Hi,\n\nplease send a quote for 20 seats.\nWe decide on Friday.",
        }
    ]
