"""The values of the planner's prompt: the closed sets plainly, context and mail fenced by it."""

import json
from collections.abc import Mapping
from typing import Any

from fleet.orchestrator.rdav.policy import RdavPolicy
from fleet.orchestrator.rdav.schema import MAX_MAIL, described_actions, shown_context

PROMPT = "orchestrator.plan"


def plan_values(context: Mapping[str, Any], mail: str, policy: RdavPolicy) -> dict[str, str]:
    """Return the values for one contact; `mail` is the newest unanswered one, or says "no mail"."""
    return {
        "actions": described_actions(),
        "stages": ", ".join(policy.stages),
        "max_days": str(policy.max_days),
        "max_steps": str(policy.max_steps),
        "context": json.dumps(shown_context(context), ensure_ascii=False, sort_keys=True),
        "mail": mail[:MAX_MAIL],
    }
