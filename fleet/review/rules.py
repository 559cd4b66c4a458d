"""How risky a draft is, and which reasons a rejection may give.

Decides the risk class. Refuses a reason outside the taxonomy.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from fleet.domain import Risk
from fleet.errors import InputError
from fleet.review.values import ClaimRow, NewDraft


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
    high = []
    unsupported = open_claims(draft.claims)
    if unsupported:
        high.append(f"{unsupported} unsupported claim{'s' if unsupported > 1 else ''}")
    if draft.value is not None and draft.value >= policy.high_value:
        high.append("much money at stake")
    high += [flag for flag in draft.flags if flag in policy.high_flags]
    medium = [flag for flag in draft.flags if flag not in policy.high_flags]
    if draft.kind != "reply":
        medium.append("the recipient did not write first")
    if draft.provenance.confidence < policy.low_confidence:
        medium.append("low confidence")
    level = Risk.HIGH if high else Risk.MEDIUM if medium else Risk.LOW
    return level, (*high, *medium)


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
