"""The keyword engine: scores 0..1 from cue classes, with the words that gave them.

`score` rises with purchase intent and with urgency, whatever the rest. One pass over the words of
lowered text finds all cues; each class counts once, so that repeating a word cannot raise a score.
Text that names no cue keeps a low score and a low confidence: not seen is not refused.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from fleet.domain.provenance import Span
from fleet.intent.cues import find_cues, meant_cues
from fleet.intent.words import CUES
from fleet.mailbox.auto_reply import is_automatic
from fleet.mailbox.mail_tokens import tokens_of_mail
from fleet.mailbox.opt_out import detect_opt_out
from fleet.mailbox.quotes import newest_text

KEYWORD = "keyword"
LONGEST_READ = 20_000  # characters of the newest reply that are scored
SHOWN = 6
REPLY_ONLY = frozenset({"no", "bad"})  # a subject may quote what it answers


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)  # a key, looked up for every mail
class IntentPolicy:
    """Weights of the cue classes; every number from the policy file."""

    base_intent: float
    buy: float
    commit: float
    price: float
    meet: float
    no: float
    later: float
    urgent: float
    question: float
    good: float
    bad: float
    intent_weight: float
    urgency_weight: float
    hot_bar: float
    interested_bar: float
    confidence: float
    low_confidence: float


@dataclass(frozen=True, slots=True, kw_only=True)
class IntentScores:
    """What a mail wants, 0..1 each; `evidence` quotes the body it was given."""

    purchase_intent: float
    urgency: float
    sentiment: float
    score: float
    label: str
    opt_out: bool
    auto_reply: bool
    method: str
    confidence: float
    reason: str
    evidence: tuple[Span, ...] = ()
    model: str | None = None
    prompt_digest: str | None = None

    def as_json(self) -> dict[str, Any]:
        """Return the wire form, without the id."""
        return {
            "purchase_intent": round(self.purchase_intent, 4),
            "urgency": round(self.urgency, 4),
            "sentiment": round(self.sentiment, 4),
            "score": round(self.score, 4),
            "label": self.label,
            "opt_out": self.opt_out,
            "auto_reply": self.auto_reply,
            "method": self.method,
            "confidence": self.confidence,
            "reason": self.reason,
            "evidence": [span.as_json() for span in self.evidence],
            "model": self.model,
            "prompt_digest": self.prompt_digest,
        }


def combine(purchase_intent: float, urgency: float, policy: IntentPolicy) -> float:
    """Weigh the two into one score in 0..1, monotone in both."""
    total = policy.intent_weight * purchase_intent + policy.urgency_weight * urgency
    return min(1.0, max(0.0, total / (policy.intent_weight + policy.urgency_weight)))


def score_keywords(subject: str, body: str, policy: IntentPolicy) -> IntentScores:
    """Score a mail by its newest reply; evidence spans are offsets into `body`."""
    start, reply = newest_text(body)
    reply = reply[:LONGEST_READ]
    tokens = tokens_of_mail(subject, reply)
    opted_out = detect_opt_out(subject, reply, tokens)
    auto = is_automatic(subject, reply, tokens)
    found = meant_cues(tokens.reply)
    cues = frozenset(found)
    if named := find_cues(tokens.subject):
        cues |= {match.lastgroup or "" for match in named} - REPLY_ONLY
    places = [found[name] for name in CUES if name in found][:SHOWN] if found else []
    if opted_out and opted_out.end > opted_out.start:
        place = (opted_out.start, opted_out.end)
        places = [place, *(other for other in places if other != place)]
    judged = _judged(cues, "?" in reply, opted_out is not None, auto, policy)
    if not places:
        return judged
    return IntentScores(
        purchase_intent=judged.purchase_intent, urgency=judged.urgency,
        sentiment=judged.sentiment, score=judged.score, label=judged.label,
        opt_out=judged.opt_out, auto_reply=auto, method=KEYWORD,
        confidence=judged.confidence, reason=judged.reason,
        evidence=tuple([
            Span(start + left, start + right, body[start + left : start + right])
            for left, right in places
        ]),
    )  # fmt: skip


@lru_cache(maxsize=8_192)  # few sets of cues there are
def _judged(
    cues: frozenset[str], asks: bool, opted_out: bool, auto: bool, policy: IntentPolicy
) -> IntentScores:
    """Return what a set of cues comes to, whatever words gave them."""
    cues |= {"buy"} if "commit" in cues else set()  # who commits wants to buy
    intent = policy.base_intent + sum(
        getattr(policy, name) for name in ("buy", "commit", "price", "meet") if name in cues
    )
    intent += policy.question if asks and cues & {"buy", "price", "meet"} else 0.0
    intent -= sum(getattr(policy, name) for name in ("no", "later") if name in cues)
    intent = 0.0 if opted_out or auto else min(1.0, max(0.0, intent))
    urgency = 0.0 if opted_out or auto else min(1.0, policy.urgent * ("urgent" in cues))
    sentiment = 0.5 + policy.good * ("good" in cues) - policy.bad * ("bad" in cues)
    sentiment = min(1.0, max(0.0, sentiment - policy.bad / 2 * ("no" in cues)))
    sure = policy.confidence if cues or opted_out or auto else policy.low_confidence
    return IntentScores(
        purchase_intent=intent, urgency=urgency, sentiment=sentiment,
        score=combine(intent, urgency, policy),
        label=_label(cues, intent, asks, opted_out, auto, policy),
        opt_out=opted_out, auto_reply=auto, method=KEYWORD, confidence=sure,
        reason=f"keywords: {', '.join(sorted(cues)) or 'no cue'}",
    )  # fmt: skip


def _label(
    cues: frozenset[str], intent: float, asks: bool, opted_out: bool, auto: bool,
    policy: IntentPolicy,
) -> str:  # fmt: skip
    if opted_out:
        return "opt_out"
    if auto:
        return "auto_reply"
    if "no" in cues:
        return "not_interested"
    if "bad" in cues:
        return "complaint"
    if intent >= policy.hot_bar:
        return "hot"
    if intent >= policy.interested_bar:
        return "interested"
    if "later" in cues:
        return "not_now"
    return "question" if asks else "other"
