"""The planner that asks the model; the rule planner makes the plan whenever it brings nothing."""

from collections.abc import Mapping
from typing import Any

from fleet.adapters.store.inbox import read_mail
from fleet.adapters.store.steps import charge
from fleet.errors import EgressError, InputError
from fleet.orchestrator.rdav.planner import open_mails, plan_by_rules
from fleet.orchestrator.rdav.policy import RdavPolicy
from fleet.orchestrator.rdav.schema import PlanReply, as_plan
from fleet.policy import section
from fleet.ports import ChatModel
from fleet.runtime.fleet import Fleet
from fleet.runtime.rdav_prompt import PROMPT, plan_values

NO_MAIL = "(no mail)"


class ModelPlanner:
    """One call a plan; safe to use from many threads at once."""

    def __init__(self, fleet: Fleet, chat: ChatModel) -> None:
        self._store, self._chat = fleet.store, chat
        self._policy = section(fleet.policies, "orchestrator", RdavPolicy)

    def plan(self, run_id: str, context: Mapping[str, Any], replans: int) -> dict[str, Any]:
        """Return the model's plan, unchecked; by rules on a hostile mail or a failed call."""
        del replans
        ruled = plan_by_rules(context, self._policy)
        if not ruled["steps"] or any(mail["hostile"] for mail in context["mails"].values()):
            return ruled  # nothing to ask, or nothing that should be asked
        try:
            found = self._chat.ask(
                PROMPT, self.values(context), PlanReply, purpose=PROMPT, run_id=run_id
            )
        except (EgressError, InputError) as error:
            return ruled | {"reason": f"{ruled['reason']} ({type(error).__name__}: by rules)"}
        charge(self._store, run_id, found)
        return as_plan(found.value)

    def values(self, context: Mapping[str, Any]) -> dict[str, str]:
        """Return the prompt's values for a contact."""
        mails = open_mails(context)
        newest = read_mail(self._store, mails[0]) if mails else None
        return plan_values(context, str(newest["reply"]) if newest else NO_MAIL, self._policy)
