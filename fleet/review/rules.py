"""How risky a draft is, and which reasons a rejection may give.

Decides the risk class. Refuses a reason outside the taxonomy.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from fleet.domain import Risk
from fleet.errors import InputError
from fleet.review.values import ClaimRow, NewDraft

UNSUPPORTED = "unsupported claims"
HIGH_VALUE = "much money at stake"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewPolicy:
    """Table [review] of the policies."""

    lease_s: int
    high_value: float
    low_confidence: float
    high_flags: tuple[str, ...]
    max_body: int
    max_note: int
    reasons: Mapping[str, str]
    due_hours: Mapping[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboxPolicy:
    """Table [outbox] of the policies."""

    lease_s: int
    max_attempts: int
    retry_s: int
    timeout_s: float
    max_references: int


def risk(draft: NewDraft, policy: ReviewPolicy) -> tuple[Risk, tuple[str, ...]]:
    """Return the risk class and why, worst reasons first."""
    reasons = []
    if draft.value is not None and draft.value >= policy.high_value:
        reasons.append(HIGH_VALUE)
    reasons += list(draft.flags)
    if draft.kind != "reply":
        reasons.append("the recipient did not write first")
    if draft.provenance.confidence < policy.low_confidence:
        reasons.append("low confidence")
    return regrade(reasons, open_claims(draft.claims), policy)


def regrade(
    reasons: Iterable[str], unsupported: int, policy: ReviewPolicy
) -> tuple[Risk, tuple[str, ...]]:
    """Return the risk class and reasons again after the count of unsupported claims changed."""
    rest = [reason for reason in reasons if not reason.startswith(UNSUPPORTED)]
    high = [f"{UNSUPPORTED}: {unsupported}"] if unsupported else []
    high += [reason for reason in rest if reason == HIGH_VALUE or reason in policy.high_flags]
    medium = [reason for reason in rest if reason not in high]
    return Risk.HIGH if high else Risk.MEDIUM if medium else Risk.LOW, (*high, *medium)


def open_claims(claims: Iterable[ClaimRow]) -> int:
    """Count the claims that block an approval."""
    return sum(claim.open for claim in claims)


def check_reason(code: str, policy: ReviewPolicy) -> str:
    """Return the code when the taxonomy has it; raises InputError naming the codes."""
    if code not in policy.reasons:
        raise InputError(f"{code!r} is no reason to reject: give one of {sorted(policy.reasons)}")
    return code


def check_text(subject: str, body: str, policy: ReviewPolicy) -> None:
    """Refuse an edited text that cannot be sent; raises InputError."""
    if not body.strip():
        raise InputError("the body is empty: write something, or reject the draft")
    if len(body) > policy.max_body:
        raise InputError(f"the body has {len(body)} characters: at most {policy.max_body}")
    if "\0" in body or "\0" in subject or "\n" in subject or "\r" in subject:
        raise InputError("the text holds a character that no mail can carry: remove it")
    try:
        (subject + body).encode()
    except UnicodeEncodeError:
        raise InputError("the text is not valid Unicode: save it as UTF-8") from None
