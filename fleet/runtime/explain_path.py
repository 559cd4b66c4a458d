"""The prompt path that words recommendations: the model once, rules where it cannot."""

from collections.abc import Mapping, Sequence
from typing import Any

from fleet.errors import EgressError
from fleet.policy import section
from fleet.ports import ChatModel
from fleet.recommender.explain import ExplainPolicy, ExplainReply, read_wording
from fleet.recommender.wording import PathFact, Worded

EXPLAIN = "recommender.explain"


class ExplainPath:
    """Words the paths of one answer in one call; what it leaves out is worded by rule."""

    def __init__(self, policies: Mapping[str, Any], chat: ChatModel) -> None:
        self._chat = chat
        self.policy = section(policies, "recommender_explain", ExplainPolicy)

    def __call__(self, facts: Sequence[PathFact]) -> Worded:
        """Return the wordings that passed the check; none when the model failed."""
        shown = facts[: self.policy.max_paths]
        if not shown:
            return Worded()
        values = {"paths": "\n".join(fact.line() for fact in shown)}
        try:
            found = self._chat.ask(EXPLAIN, values, ExplainReply, purpose=EXPLAIN)
        except EgressError as error:
            why = f"the model failed ({type(error).__name__}): worded by rule"
            return Worded(dropped=({"reason": why, "path": ""},))
        return read_wording(
            found.value, shown, self.policy, model=found.model, prompt_digest=found.prompt_digest
        )
