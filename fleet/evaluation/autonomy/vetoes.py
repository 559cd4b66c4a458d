"""Deterministic vetoes and structural checks: before any judge, and no score outvotes them.

Decides whether a draft can be judged at all. Refuses whatever is not known.
"""

import math
import re
from collections.abc import Callable, Iterable

from fleet.evaluation.autonomy.policy import AutonomyPolicy
from fleet.evaluation.autonomy.values import Case

PLACEHOLDER = re.compile(
    r"\{\{|\}\}|\[(?:name|first name|company|product)\]|<[A-Z_]{3,}>|\bTBD\b", re.I
)
HIGH = "high"


def banned_in(text: str, words: Iterable[str]) -> tuple[str, ...]:
    r"""Return the banned words and phrases a text holds, case and line breaks aside.

    >>> banned_in("It is Risk-free,\nguaranteed.", ["risk-free", "guarantee", "100%"])
    ('risk-free',)
    """
    flat = " ".join(text.lower().split())
    return tuple(w for w in words if re.search(rf"(?<!\w){re.escape(w.lower())}(?!\w)", flat))


def find_vetoes(case: Case) -> tuple[str, ...]:
    """Return every reason for which people must decide; empty when none holds."""
    found = [veto for check in VETOES for veto in check(case)]
    return tuple(found)


def _hashes(case: Case) -> list[str]:
    if not case.stored_hash or not case.actual_hash:
        return ["the text has no hash"]
    if case.stored_hash != case.actual_hash:
        return ["the text is not the one its hash names"]
    return []


def _suppressed(case: Case) -> list[str]:
    if case.suppressed is None:
        return ["suppression could not be read"]
    return ["the recipient is suppressed"] if case.suppressed else []


def _stopped(case: Case) -> list[str]:
    if case.stop is None:
        return ["stop conditions could not be read"]
    return [f"stop condition: {case.stop}"] if case.stop else []


def _newer(case: Case) -> list[str]:
    if case.newer_mail is None:
        return ["the thread could not be read"]
    return ["the recipient wrote again"] if case.newer_mail else []


def _claims(case: Case) -> list[str]:
    if case.claims is None:
        return ["claims were not checked"]
    bare = sum(not claim.supported or claim.rows < 1 for claim in case.claims)
    return [f"{bare} claims without a row"] if bare else []


def _risk(case: Case) -> list[str]:
    if case.risk not in ("low", "medium", HIGH):
        return ["the risk is not known"]
    return ["the risk is high"] if case.risk == HIGH else []


def _banned(case: Case) -> list[str]:
    if case.banned is None:
        return ["banned words were not looked for"]
    return [f"banned words: {', '.join(case.banned[:3])}"] if case.banned else []


def _recipient(case: Case) -> list[str]:
    if case.fits_recipient is None:
        return ["nobody knows whose address it is"]
    return [] if case.fits_recipient else ["the address is not the one that wrote"]


def _judge(case: Case) -> list[str]:
    reply = case.judge
    if reply is None:
        return []
    if reply.error:
        return [f"the judge failed: {reply.error[:80]}"]
    if reply.score is None or not math.isfinite(reply.score) or not 0 <= reply.score <= 1:
        return ["the judge gave no score"]
    if reply.text_hash != case.actual_hash:
        return ["the judge saw another text"]
    if reply.prompt_digest is None or reply.prompt_digest == case.writer_prompt:
        return ["the judge has no prompt of its own"]
    return []


VETOES: tuple[Callable[[Case], list[str]], ...] = (
    _suppressed, _stopped, _newer, _hashes, _claims, _risk, _banned, _recipient, _judge,
)  # fmt: skip


def check_structure(case: Case, policy: AutonomyPolicy) -> dict[str, bool]:
    """Return each structural check by name; all false without a text."""
    subject, body = case.subject or "", case.body or ""
    words = len(body.split())
    return {
        "subject": 0 < len(subject.strip()) <= policy.max_subject,
        "length": policy.min_words <= words <= policy.max_words,
        "language": case.language is not None and case.language in case.languages,
        "footer": case.missing_footer is not None and not case.missing_footer,
        "no_placeholder": bool(body) and not PLACEHOLDER.search(subject + "\n" + body),
        "claims": case.claims is not None and len(case.claims) >= policy.min_claims,
    }
