"""The cascade: vetoes, structure, judge, calibrated composite; bound to the hash of the draft.

Decides approve or refuse for one exact text. Fails closed: what is missing refuses.
"""

import math
from dataclasses import dataclass
from typing import Any

from fleet.evaluation.autonomy.calibration import Calibration
from fleet.evaluation.autonomy.policy import AutonomyPolicy
from fleet.evaluation.autonomy.values import Case
from fleet.evaluation.autonomy.vetoes import check_structure, find_vetoes


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """The machine's answer to one interrupt; it holds for `text_hash` and for no other text.

    `raw` is the weighted mean of the signals, `composite` what it means in approvals by people.
    """

    draft_id: str
    text_hash: str
    approves: bool
    composite: float | None
    raw: float | None
    vetoes: tuple[str, ...]
    signals: dict[str, float | None]
    reason: str
    judge_model: str | None
    judge_prompt: str | None

    def as_json(self) -> dict[str, Any]:
        """Return the stored form."""
        return {
            "draft_id": self.draft_id, "text_hash": self.text_hash, "approves": self.approves,
            "composite": self.composite, "raw": self.raw, "vetoes": list(self.vetoes),
            "signals": self.signals, "judge_model": self.judge_model,
            "judge_prompt": self.judge_prompt,
        }  # fmt: skip


def judge_draft(
    case: Case, policy: AutonomyPolicy, calibration: Calibration | None = None
) -> Verdict:
    """Judge one draft; approves only when nothing stands against it and the composite is high."""
    structure = check_structure(case, policy)
    vetoes = (
        *find_vetoes(case),
        *(f"structure: {name}" for name, holds in structure.items() if not holds),
    )
    if policy.judge_required and case.judge is None:
        vetoes = (*vetoes, "there is no judge")
    signals = _signals(case, structure)
    if signals["judge"] is not None and signals["judge"] < policy.judge_floor:
        vetoes = (
            *vetoes,
            f"the judge gives {signals['judge']:.2f}, {policy.judge_floor:.2f} is least",
        )
    raw = _weighted(signals, policy)
    composite = raw if calibration is None or raw is None else calibration.apply(raw)
    if composite is None or not math.isfinite(composite):
        composite = None
    approves = not vetoes and composite is not None and composite >= policy.composite_bar
    return Verdict(
        draft_id=case.draft_id, text_hash=case.actual_hash or "", approves=approves,
        composite=_rounded(composite), raw=_rounded(raw), vetoes=vetoes, signals=signals,
        reason=_reason(vetoes, composite, policy.composite_bar),
        judge_model=case.judge.model if case.judge else None,
        judge_prompt=case.judge.prompt_digest if case.judge else None,
    )  # fmt: skip


def _signals(case: Case, structure: dict[str, bool]) -> dict[str, float | None]:
    claims = case.claims or ()
    backed = sum(claim.supported and claim.rows > 0 for claim in claims)
    return {
        "evidence": backed / len(claims) if claims else None,
        "structure": sum(structure.values()) / len(structure),
        "confidence": _share(case.confidence),
        "judge": _share(case.judge.score) if case.judge else None,
    }


def _share(value: float | None) -> float | None:
    known = value is not None and math.isfinite(value) and 0 <= value <= 1
    return value if known else None


def _weighted(signals: dict[str, float | None], policy: AutonomyPolicy) -> float | None:
    """The weighted mean; without evidence, structure or confidence there is none."""
    weights = {
        "evidence": policy.weight_evidence, "structure": policy.weight_structure,
        "confidence": policy.weight_confidence, "judge": policy.weight_judge,
    }  # fmt: skip
    known = {name: value for name, value in signals.items() if value is not None}
    if not {"evidence", "structure", "confidence"} <= set(known):
        return None
    total = math.fsum(weights[name] for name in known)
    if total <= 0:
        return None
    return min(1.0, math.fsum(weights[name] * value for name, value in known.items()) / total)


def _reason(vetoes: tuple[str, ...], composite: float | None, bar: float) -> str:
    if vetoes:
        more = f", and {len(vetoes) - 1} more" if len(vetoes) > 1 else ""
        return f"people decide: {vetoes[0]}{more}"
    if composite is None:
        return "people decide: it could not be judged"
    side = "reaches" if composite >= bar else "is under"
    return f"composite {composite:.2f} {side} the bar {bar:.2f}"


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 6)
