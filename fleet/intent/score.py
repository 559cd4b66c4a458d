"""The keyword engine: scores 0..1 from cue classes, with the words that gave them.

`score` rises with purchase intent and with urgency, whatever the rest. One pass over the words of
lowered text finds all cues; each class counts once, so that repeating a word cannot raise a score.
Text that names no cue keeps a low score and a low confidence: not seen is not refused.
"""

import re
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from fleet.domain.provenance import Span
from fleet.intent.words import CUES, EXCUSED, NEGATORS, TURNS
from fleet.mailbox.auto_reply import is_automatic
from fleet.mailbox.opt_out import detect_opt_out, lowered
from fleet.mailbox.quotes import newest_text

KEYWORD = "keyword"
LONGEST_READ = 20_000  # characters of the newest reply that are scored
SHOWN = 6
NEGATED_WITHIN = 5  # words between a negator and the cue that it takes back
LOOKED_BACK = 80  # characters in which those words stand


@dataclass(frozen=True, slots=True, kw_only=True)
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
        names = ("purchase_intent", "urgency", "sentiment", "score")
        wire: dict[str, Any] = {name: round(getattr(self, name), 4) for name in names}
        for name in ("label", "opt_out", "auto_reply", "method", "confidence", "reason"):
            wire[name] = getattr(self, name)
        wire["evidence"] = [span.as_json() for span in self.evidence]
        return wire | {"model": self.model, "prompt_digest": self.prompt_digest}


def combine(purchase_intent: float, urgency: float, policy: IntentPolicy) -> float:
    """Weigh the two into one score in 0..1, monotone in both."""
    total = policy.intent_weight * purchase_intent + policy.urgency_weight * urgency
    return min(1.0, max(0.0, total / (policy.intent_weight + policy.urgency_weight)))


def _patterns() -> dict[str, re.Pattern[str]]:
    """Return one small pattern for each two letters that a cue can start with."""
    order = [
        "no",
        *(name for name in CUES if name != "no"),
    ]  # a negated cue wins over its plain one
    by_start: dict[str, dict[str, list[str]]] = {}
    for name in order:
        for phrase in sorted(set(CUES[name]), key=len, reverse=True):
            by_start.setdefault(phrase[:2], {}).setdefault(name, []).append(phrase)
    return {start: _pattern(groups) for start, groups in by_start.items()}


def _pattern(groups: dict[str, list[str]]) -> re.Pattern[str]:
    parts = []
    for name, phrases in groups.items():
        words = "|".join(
            re.escape(p).replace(r"\*", r"[^\W_]*").replace(r"\ ", r"\s+") for p in phrases
        )
        parts.append(f"(?P<{name}>{words})")
    return re.compile(rf"(?:{'|'.join(parts)})(?!\w)")


CUE = _patterns()
WORD = re.compile(r"\w+")


def _cues(low: str) -> list[re.Match[str]]:
    """Return the cues of a lowered text from left to right, none inside another."""
    found, free = [], 0
    for word in WORD.finditer(low):
        at = word.start()
        pattern = CUE.get(low[at : at + 2])
        if pattern is None or at < free:
            continue
        match = pattern.match(low, at)
        if match:
            found.append(match)
            free = match.end()
    return found


CLAUSE = re.compile(r"[.!?;:,\n]")
# what a cue says once it is taken back; who needs no price asks for nothing
TAKEN_BACK = {"buy": "no", "commit": "later", "meet": "no", "good": "bad"}


def _meant(low: str, cue: re.Match[str]) -> str:
    """Return the class that a cue counts for; empty when a negator takes it back.

    "not ready to buy" is no wish to buy, and "no rush" no hurry.
    """
    name = cue.lastgroup or ""
    if name in {"no", "later", "bad"}:
        return name
    led = CLAUSE.split(low[max(0, cue.start() - LOOKED_BACK) : cue.start()])[-1]
    words = WORD.findall(led.replace("'", "").replace("’", ""))[-NEGATED_WITHIN:]
    negated = False
    for word, after in pairwise([*words, ""]):
        if word in TURNS:
            negated = False
        elif word in NEGATORS and after not in EXCUSED:
            negated = True
    if words and words[0] in EXCUSED:
        negated = False  # "why not buy now"
    return TAKEN_BACK.get(name, "") if negated else name


def score_keywords(subject: str, body: str, policy: IntentPolicy) -> IntentScores:
    """Score a mail by its newest reply; evidence spans are offsets into `body`."""
    start, reply = newest_text(body)
    reply = reply[:LONGEST_READ]
    opted_out = detect_opt_out(subject, reply)
    if opted_out and opted_out.end > opted_out.start:
        left, right = start + opted_out.start, start + opted_out.end
        opted_out = Span(left, right, body[left:right])
    head = subject.lower()
    low = lowered(reply)
    auto = is_automatic(subject, reply)
    found: dict[str, Span] = {}
    for match in _cues(low):
        name = _meant(low, match)
        if name and name not in found:
            left, right = start + match.start(), start + match.end()
            found[name] = Span(left, right, body[left:right])
    subject_cues = {match.lastgroup or "" for match in _cues(head)}
    cues = set(found) | (subject_cues - {"no", "bad"})
    cues |= {"buy"} if "commit" in cues else set()  # who commits wants to buy
    return _scores(cues, found, "?" in reply, opted_out, auto, policy)


def _scores(
    cues: set[str], found: dict[str, Span], asks: bool, opted_out: Span | None, auto: bool,
    policy: IntentPolicy,
) -> IntentScores:  # fmt: skip
    intent = policy.base_intent + sum(
        getattr(policy, name) for name in ("buy", "commit", "price", "meet") if name in cues
    )
    intent += policy.question if asks and cues & {"buy", "price", "meet"} else 0.0
    intent -= sum(getattr(policy, name) for name in ("no", "later") if name in cues)
    intent = 0.0 if opted_out or auto else min(1.0, max(0.0, intent))
    urgency = 0.0 if opted_out or auto else min(1.0, policy.urgent * ("urgent" in cues))
    sentiment = 0.5 + policy.good * ("good" in cues) - policy.bad * ("bad" in cues)
    sentiment = min(1.0, max(0.0, sentiment - policy.bad / 2 * ("no" in cues)))
    spans = tuple(found[name] for name in CUES if name in found)[:SHOWN]
    if opted_out and opted_out.end > opted_out.start:
        spans = (opted_out, *(span for span in spans if span != opted_out))
    score = combine(intent, urgency, policy)
    label = _label(cues, intent, asks, opted_out, auto, policy)
    named = ", ".join(sorted(cues)) or "no cue"
    return IntentScores(
        purchase_intent=intent, urgency=urgency, sentiment=sentiment, score=score, label=label,
        opt_out=opted_out is not None, auto_reply=auto, method=KEYWORD,
        confidence=policy.confidence if cues or opted_out or auto else policy.low_confidence,
        reason=f"keywords: {named}", evidence=spans,
    )  # fmt: skip


def _label(
    cues: set[str], intent: float, asks: bool, opted_out: Span | None, auto: bool,
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
