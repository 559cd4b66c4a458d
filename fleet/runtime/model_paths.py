"""The prompt paths: ask the model when there is one, fall back to the rule engine, say which.

Every path fails open: a model that is absent, refused, halted or unreadable costs confidence, never
the run. What a path returns is safe to keep whether a model wrote it or not.
"""

from collections.abc import Mapping
from typing import Any

from fleet.errors import EgressError
from fleet.intent.score import IntentPolicy, IntentScores, score_keywords
from fleet.policy import section
from fleet.ports import ChatModel

INTENT = "intent.score"


class IntentPath:
    """Scores mails: rules first, since they alone decide opt-outs; then the model, once."""

    def __init__(self, policies: Mapping[str, Any], chat: ChatModel | None) -> None:
        self._chat = chat
        self._policies = policies
        self._policy = section(policies, "intent", IntentPolicy)

    def score(self, subject: str, body: str, *, run_id: str | None = None) -> IntentScores:
        """Score the newest reply of `body`; safe to call from many threads at once."""
        rule = score_keywords(subject, body, self._policy)
        if self._chat is None or rule.opt_out or rule.auto_reply:
            return rule
        return self._asked(self._chat, rule, subject, body, run_id)

    def _asked(
        self, chat: ChatModel, rule: IntentScores, subject: str, body: str, run_id: str | None
    ) -> IntentScores:
        from fleet.intent import model_reply  # it stands on pydantic, which rules do without

        policy = section(self._policies, "intent_model", model_reply.IntentModelPolicy)
        values = model_reply.prompt_values(subject, body, policy)
        if not any(text.strip() for text in values.values()):
            return rule
        try:
            found = chat.ask(INTENT, values, model_reply.IntentReply, purpose=INTENT, run_id=run_id)
            return model_reply.read_scores(
                found.value, body, model=found.model, prompt_digest=found.prompt_digest,
                intent=self._policy, policy=policy,
            )  # fmt: skip
        except EgressError as error:
            return model_reply.failed_over(rule, type(error).__name__)
