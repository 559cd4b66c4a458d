"""The judge of drafts through the gateway; without one there is no judge, and the rules say so."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from fleet.adapters.store.inbox import read_mail
from fleet.adapters.store.review_reads import find
from fleet.errors import EgressError
from fleet.evaluation.autonomy.values import Case, JudgeReply

if TYPE_CHECKING:
    from fleet.runtime.fleet import Fleet

PROMPT = "autonomy.judge"  # never the prompt that wrote the draft
Judge = Callable[[Case], JudgeReply]


def model_judge(fleet: "Fleet") -> Judge | None:
    """Return the judge of this fleet, or None without a gateway."""
    chat = fleet.chat
    if chat is None:
        return None

    def judge(case: Case) -> JudgeReply:
        from fleet.evaluation.autonomy import model_judge as replies  # it stands on pydantic

        row = find(fleet.store, case.draft_id)
        mail = read_mail(fleet.store, row["email_id"]) if row["email_id"] else None
        values = replies.judge_values(case, mail["reply"] if mail else None)
        if values is None:
            return _failed(case, "the text is too long")
        try:
            found = chat.ask(PROMPT, values, replies.Opinion, purpose=PROMPT, run_id=row["run_id"])
        except EgressError as error:
            return _failed(case, type(error).__name__)
        return replies.read_opinion(
            found.value, case, model=found.model, prompt_digest=found.prompt_digest
        )

    return judge


def _failed(case: Case, why: str) -> JudgeReply:
    return JudgeReply(score=None, text_hash=case.actual_hash or "", error=why)
