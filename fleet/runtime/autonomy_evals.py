"""The golden set of the judge's prompt path: by the model when there is one, else by nobody."""

from collections.abc import Mapping
from typing import Any

from fleet.errors import EgressError
from fleet.evaluation.autonomy.golden import golden_case, score_reply
from fleet.evaluation.autonomy.policy import AutonomyPolicy
from fleet.evaluation.autonomy.values import JudgeReply
from fleet.policy import section
from fleet.ports import ChatModel
from fleet.runtime.autonomy_judge import PROMPT


def score_case(
    case: Mapping[str, Any], policies: Mapping[str, Any], chat: ChatModel | None = None
) -> dict[str, float]:
    """Return `{cell: 0..1}` of one line of data/golden/autonomy.judge.jsonl."""
    policy = section(policies, "autonomy", AutonomyPolicy)
    return score_reply(case, _asked(case, chat) if chat else None, policy)


def _asked(case: Mapping[str, Any], chat: ChatModel) -> JudgeReply:
    from fleet.evaluation.autonomy import model_judge as replies  # it stands on pydantic

    draft = golden_case(case)
    values = replies.judge_values(draft, case["input"]["mail"])
    if values is None:
        return JudgeReply(score=None, text_hash=draft.draft_id, error="the text is too long")
    try:
        found = chat.ask(PROMPT, values, replies.Opinion, purpose=PROMPT)
    except EgressError as error:
        return JudgeReply(score=None, text_hash=draft.draft_id, error=type(error).__name__)
    return replies.read_opinion(
        found.value, draft, model=found.model, prompt_digest=found.prompt_digest
    )
