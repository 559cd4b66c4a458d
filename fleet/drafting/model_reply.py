"""The model's reply to a mail, and its conversion into a message of ours.

The model writes the middle of a text and names the rows it used. Recipient, thread, subject,
greeting, closing and footer are ours; its claims are checked like anybody's.
"""

from collections.abc import Mapping, Sequence

from pydantic import BaseModel, Field

from fleet.domain import Email
from fleet.domain.provenance import RowRef
from fleet.drafting.claims import Claim
from fleet.drafting.compose import Composed, greeting_line, reply_subject
from fleet.drafting.facts import Facts
from fleet.drafting.footer import finish_body, split_footer
from fleet.drafting.model_facts import DraftModelPolicy, Line
from fleet.drafting.model_text import check_language, check_voice, plain_text
from fleet.drafting.policy import DraftingPolicy
from fleet.errors import MalformedReply

LLM = "llm"


class DraftReply(BaseModel):
    """One reply: its middle, its language, and the rows it states."""

    body: str = Field(description="plain text, no greeting, no closing, no signature")
    language: str = Field(description="ISO 639-1 code")
    used: list[str] = Field(description="ids of the rows whose values the text states")


def read_draft(
    reply: DraftReply, facts: Facts, mail: Email, lines: Sequence[Line], language: str,
    policy: DraftingPolicy,
) -> Composed:  # fmt: skip
    """Convert a reply into a finished message to the sender of `mail`.

    Raises MalformedReply with the reason when nothing a person could use is left of it.
    """
    if reply.language.strip().lower()[:2] != language:
        raise MalformedReply(f"it is not in the thread's language ({language})")
    text = plain_text(reply.body, facts, policy)
    if not text:
        raise MalformedReply("it is empty")
    check_language(text, language)
    whole = greeting_line(facts, language, mail.id) + "\n\n" + text
    body = finish_body(whole, facts, policy, language)
    check_voice(body[: split_footer(body, facts, policy)], policy)
    return Composed(
        subject=reply_subject(mail.subject, policy.voice.max_subject), body=body,
        language=language, method=LLM, used=_rows(reply.used, lines),
    )  # fmt: skip


def draft_confidence(
    claims: Sequence[Claim], intent: Mapping[str, object], policy: DraftModelPolicy
) -> float:
    """Return how far a model's draft may be believed: no further than its weakest leg, 0..1."""
    read = intent.get("confidence")
    legs = [policy.max_confidence, read if isinstance(read, int | float) else 0.0]
    if not all(claim.supported for claim in claims):
        legs += [policy.unsupported, sum(claim.supported for claim in claims) / len(claims)]
    return round(min(legs), 4)


def _rows(used: Sequence[str], lines: Sequence[Line]) -> tuple[RowRef, ...]:
    """Return the rows it names of those it was shown; an id of its own invention is dropped."""
    shown = {f"{line.ref.table}:{line.ref.id}": line.ref for line in lines}
    return tuple(dict.fromkeys(shown[name] for name in used if name in shown))
