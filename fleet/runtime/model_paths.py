"""The prompt paths: ask the model when there is one, fall back to the rule engine, say which.

Every path fails open: a model that is absent, refused, halted or unreadable costs confidence, never
the run. What a path returns is safe to keep whether a model wrote it or not.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from fleet.domain import Email
from fleet.drafting.claims import Claim, check_claims
from fleet.drafting.compose import Composed, compose_reply, pick_language
from fleet.drafting.facts import Facts
from fleet.drafting.policy import DraftingPolicy
from fleet.errors import EgressError, MalformedReply
from fleet.intent.score import IntentPolicy, IntentScores, score_keywords
from fleet.policy import section
from fleet.ports import ChatModel

INTENT = "intent.score"
DRAFTING = "drafting.reply"
BY_RULE = "composed by rule from rows"


class IntentPath:
    """Scores mails: rules first, since they alone decide opt-outs; then the model, once."""

    def __init__(self, policies: Mapping[str, Any], chat: ChatModel | None) -> None:
        self._chat = chat
        self._policy = section(policies, "intent", IntentPolicy)
        if chat is not None:
            from fleet.intent.model_reply import IntentModelPolicy  # on pydantic; rules do without

            self._model = section(policies, "intent_model", IntentModelPolicy)

    def score(self, subject: str, body: str, *, run_id: str | None = None) -> IntentScores:
        """Score the newest reply of `body`; safe to call from many threads at once."""
        rule = score_keywords(subject, body, self._policy)
        if self._chat is None or rule.opt_out or rule.auto_reply:
            return rule
        return self._asked(self._chat, rule, subject, body, run_id)

    def _asked(
        self, chat: ChatModel, rule: IntentScores, subject: str, body: str, run_id: str | None
    ) -> IntentScores:
        from fleet.intent import model_reply

        values = model_reply.prompt_values(subject, body, self._model)
        if not any(text.strip() for text in values.values()):
            return rule
        try:
            found = chat.ask(INTENT, values, model_reply.IntentReply, purpose=INTENT, run_id=run_id)
            return model_reply.read_scores(
                found.value, body, model=found.model, prompt_digest=found.prompt_digest,
                intent=self._policy, policy=self._model,
            )  # fmt: skip
        except EgressError as error:
            return model_reply.failed_over(rule, type(error).__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """A message with its checked claims, and who wrote it; `model` is None when a rule did."""

    composed: Composed
    claims: tuple[Claim, ...]
    confidence: float
    reason: str
    model: str | None = None
    prompt_digest: str | None = None


class DraftingPath:
    """Writes replies: the model once when there is one, else the rules; claims are checked."""

    def __init__(self, policies: Mapping[str, Any], chat: ChatModel | None) -> None:
        self._chat = chat
        self._policy = section(policies, "drafting", DraftingPolicy)
        self._rule_confidence = section(policies, "intent", IntentPolicy).confidence
        if chat is not None:
            from fleet.drafting.model_facts import DraftModelPolicy

            self._model = section(policies, "drafting_model", DraftModelPolicy)

    def reply(
        self, facts: Facts, mail: Email, intent: Mapping[str, Any], *, run_id: str | None = None
    ) -> Written:
        """Write the reply to `mail`; `intent` is the wire form of its scores."""
        reason = BY_RULE
        if self._chat is not None:
            try:
                return self._asked(self._chat, facts, mail, intent, run_id)
            except MalformedReply as error:
                reason = f"{BY_RULE}; the model's reply was refused: {error}"
            except EgressError as error:
                reason = f"{BY_RULE}; the model failed ({type(error).__name__})"
        composed = compose_reply(facts, mail, intent, self._policy)
        claims = check_claims(composed.body, facts, self._policy)
        return Written(
            composed=composed, claims=claims, confidence=self._rule_confidence, reason=reason
        )

    def _asked(
        self, chat: ChatModel, facts: Facts, mail: Email, intent: Mapping[str, Any],
        run_id: str | None,
    ) -> Written:  # fmt: skip
        from fleet.drafting import model_facts, model_reply

        policy = self._model
        language = pick_language(facts, self._policy)
        lines = model_facts.fact_lines(facts, language, policy)
        values = model_facts.prompt_values(
            facts, lines, language, str(intent["label"]), drafting=self._policy, policy=policy
        )
        found = chat.ask(DRAFTING, values, model_reply.DraftReply, purpose=DRAFTING, run_id=run_id)
        composed = model_reply.read_draft(found.value, facts, mail, lines, language, self._policy)
        claims = check_claims(composed.body, facts, self._policy)
        return Written(
            composed=composed, claims=claims,
            confidence=model_reply.draft_confidence(claims, intent, policy),
            reason=f"written by the model from {len(composed.used)} rows, "
            f"{sum(claim.supported for claim in claims)} of {len(claims)} claims supported",
            model=found.model, prompt_digest=found.prompt_digest,
        )  # fmt: skip
