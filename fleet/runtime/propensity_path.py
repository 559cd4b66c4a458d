"""The prompt path of leads without labels: the model reads their evidence, else rules do."""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from fleet.errors import EgressError
from fleet.policy import section
from fleet.ports import ChatModel
from fleet.propensity.evidence import (
    LLM,
    EvidenceRow,
    Judged,
    ReasonerPolicy,
    evidence_rows,
    judge_by_rules,
    unknown,
)
from fleet.propensity.policy import PropensityPolicy

PROPENSITY = "propensity.score"
NOT_KNOWN = "not known"


class PropensityPath:
    """Judges leads by their evidence rows; safe to call from many threads at once."""

    def __init__(
        self, policies: Mapping[str, Any], chat: ChatModel | None, *, at_once: int = 1
    ) -> None:
        self.chat, self.at_once = chat, at_once
        self.policy = section(policies, "propensity_reasoner", ReasonerPolicy)
        self._blank = section(policies, "propensity", PropensityPolicy).missing_words

    def score_row(
        self, row: Mapping[str, str | None], *, base_rate: float | None = None,
        run_id: str | None = None,
    ) -> Judged:  # fmt: skip
        """Judge a row of texts by column; blank cells are missing."""
        rows, missing = evidence_rows(row, self._blank, self.policy)
        return self.score(rows, missing, base_rate=base_rate, run_id=run_id)

    def chances(self, rows: Sequence[Mapping[str, str | None]]) -> list[float | None]:
        """Return the model's chance of each row; None where it brought none."""
        with ThreadPoolExecutor(self.at_once, thread_name_prefix="leads") as pool:
            found = list(pool.map(self.score_row, rows))
        return [judged.propensity if judged.method == LLM else None for judged in found]

    def by_rules(self, row: Mapping[str, str | None]) -> Judged:
        """Judge a row by rules alone."""
        rows, missing = evidence_rows(row, self._blank, self.policy)
        return judge_by_rules(rows, missing, self.policy)

    def score(
        self, rows: Sequence[EvidenceRow], missing: Sequence[str], *,
        base_rate: float | None = None, run_id: str | None = None,
    ) -> Judged:  # fmt: skip
        """Judge evidence rows, by the model once when there is one; no evidence is no score."""
        if not rows:
            return unknown(missing)
        if self.chat is None:
            return judge_by_rules(rows, missing, self.policy)
        from fleet.propensity import model_reply  # on pydantic; rules do without

        values = {
            "base_rate": NOT_KNOWN if base_rate is None else f"{base_rate:.3f}",
            "evidence": model_reply.evidence_text(rows),
        }
        try:
            found = self.chat.ask(
                PROPENSITY, values, model_reply.PropensityReply, purpose=PROPENSITY, run_id=run_id
            )
            return model_reply.read_judgement(
                found.value, rows, missing, self.policy, model=found.model,
                prompt_digest=found.prompt_digest,
            )  # fmt: skip
        except EgressError as error:
            why = f"the model failed ({type(error).__name__}), so by "
            return judge_by_rules(rows, missing, self.policy, why)
