"""The golden set of the planner's prompt path: by a model when there is one, else by rule."""

from collections.abc import Mapping
from typing import Any

from fleet.errors import EgressError
from fleet.orchestrator.rdav.golden import golden_context, golden_mail, score_plan
from fleet.orchestrator.rdav.planner import plan_by_rules
from fleet.orchestrator.rdav.policy import RdavPolicy
from fleet.policy import section
from fleet.ports import ChatModel
from fleet.runtime.rdav_prompt import PROMPT, plan_values


def score_case(
    case: Mapping[str, Any], policies: Mapping[str, Any], chat: ChatModel | None = None
) -> dict[str, float]:
    """Return `{cell: 0..1}` of one line of data/golden/orchestrator.plan.jsonl.

    A model whose reply was unusable scores 0, whatever the rule plan would have scored.
    """
    policy, context = section(policies, "orchestrator", RdavPolicy), golden_context(case)
    if chat is None:
        return score_plan(case, plan_by_rules(context, policy), policy)
    from fleet.orchestrator.rdav.schema import PlanReply, as_plan

    values = plan_values(context, golden_mail(case), policy)
    try:
        found = chat.ask(PROMPT, values, PlanReply, purpose=PROMPT)
    except EgressError as error:
        return score_plan(case, type(error).__name__, policy)
    return score_plan(case, as_plan(found.value), policy)
