"""The model's reading of a mail, and its conversion into scores that can be trusted as far as said.

The model judges interest, urgency and sentiment; nothing else is its to decide. Opt-outs and
automatic replies were found by rules before it was asked, the score is combined by our formula, and
a quote counts only where it stands in the newest reply, letter by letter.
"""

import math
from dataclasses import dataclass, replace
from typing import Literal

from pydantic import BaseModel, Field

from fleet.domain.provenance import Span
from fleet.errors import MalformedReply
from fleet.intent.score import SHOWN, IntentPolicy, IntentScores, combine
from fleet.mailbox.quotes import newest_text

LLM = "llm"
Kind = Literal["buying", "question", "complaint", "not_interested", "not_now", "other"]


@dataclass(frozen=True, slots=True, kw_only=True)
class IntentModelPolicy:
    """`[intent_model]`: what the model is shown, and how far it is believed."""

    max_chars: int
    max_subject: int
    max_quote: int
    max_reason: int
    max_confidence: float
    unquoted: float


class IntentReply(BaseModel):
    """One reading of one mail."""

    purchase_intent: float = Field(description="0.0 to 1.0")
    urgency: float = Field(description="0.0 to 1.0")
    sentiment: float = Field(description="0.0 to 1.0, 0.5 is neutral")
    confidence: float = Field(description="0.0 to 1.0")
    kind: Kind
    quotes: list[str] = Field(description="words of the mail, copied exactly")
    reason: str = Field(description="one short sentence")


def prompt_values(subject: str, body: str, policy: IntentModelPolicy) -> dict[str, str]:
    """Return the untrusted values of the prompt: the newest reply only, cut to its limit."""
    _, reply = newest_text(body)
    return {"subject": subject[: policy.max_subject], "mail": reply[: policy.max_chars]}


def read_scores(
    reply: IntentReply, body: str, *, model: str, prompt_digest: str, intent: IntentPolicy,
    policy: IntentModelPolicy,
) -> IntentScores:  # fmt: skip
    """Convert a reply; evidence spans are offsets into `body`.

    Raises MalformedReply when a number is not one.
    """
    interest, urgency = _share(reply.purchase_intent), _share(reply.urgency)
    sentiment, sure = _share(reply.sentiment), _share(reply.confidence)
    spans = find_quotes(reply.quotes, body, policy)
    confidence = min(sure, policy.max_confidence)
    reason = " ".join(reply.reason.split())[: policy.max_reason] or "no reason given"
    if not spans:
        confidence *= policy.unquoted
        reason += " (no quote of it stands in the mail)"
    return IntentScores(
        purchase_intent=interest, urgency=urgency, sentiment=sentiment,
        score=combine(interest, urgency, intent), label=_label(reply.kind, interest, intent),
        opt_out=False, auto_reply=False, method=LLM, confidence=round(confidence, 4),
        reason=reason, evidence=spans, model=model, prompt_digest=prompt_digest,
    )  # fmt: skip


def find_quotes(quotes: list[str], body: str, policy: IntentModelPolicy) -> tuple[Span, ...]:
    """Locate quotes in the newest reply; what does not stand there exactly is dropped."""
    start, reply = newest_text(body)
    reply = reply[: policy.max_chars]  # the model has seen no more
    found: list[Span] = []
    for raw in quotes:
        quote = raw.strip()
        at = reply.find(quote) if 0 < len(quote) <= policy.max_quote else -1
        span = Span(start + at, start + at + len(quote), quote)
        if at >= 0 and span not in found:
            found.append(span)
    return tuple(found[:SHOWN])


def failed_over(rule: IntentScores, failure: str) -> IntentScores:
    """Return the rule engine's scores, saying that and why the model gave none."""
    return replace(rule, reason=f"the model failed ({failure}), so {rule.reason}")


def _share(value: float) -> float:
    if not math.isfinite(value):
        raise MalformedReply("a score of the model is not a number")
    return min(1.0, max(0.0, float(value)))


def _label(kind: Kind, interest: float, intent: IntentPolicy) -> str:
    """Name the mail in the vocabulary of the rule engine; buying is graded by interest."""
    if kind != "buying":
        return kind
    if interest >= intent.hot_bar:
        return "hot"
    return "interested" if interest >= intent.interested_bar else "other"
