"""What the autonomy gate is shown: one draft with everything that is known about it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgeReply:
    """A model's opinion of one exact text; `score` is 0..1, None when it brought none."""

    score: float | None
    text_hash: str
    model: str | None = None
    prompt_digest: str | None = None
    error: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimSeen:
    """One claim of the draft: whether rows support it, and how many rows it names."""

    supported: bool
    rows: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One waiting draft. None anywhere means "not known", and what is not known refuses.

    `stored_hash` is the row's, `actual_hash` that of subject and body as they are. `missing_footer`
    names lost parts of the footer; `banned` the words found that no message may hold.
    """

    draft_id: str
    graph: str
    version: str
    stored_hash: str | None
    actual_hash: str | None
    subject: str | None
    body: str | None
    language: str | None
    languages: tuple[str, ...]
    claims: tuple[ClaimSeen, ...] | None
    risk: str | None
    suppressed: bool | None
    stop: str | None  # a stop condition that holds, "" when none does, None when not looked
    newer_mail: bool | None
    fits_recipient: bool | None
    banned: tuple[str, ...] | None
    missing_footer: tuple[str, ...] | None
    confidence: float | None
    writer_prompt: str | None = None
    judge: JudgeReply | None = None
