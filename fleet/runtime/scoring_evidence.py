"""Open deals scored by their evidence, as long as too few outcomes are known to learn from."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from fleet import __version__
from fleet.adapters.clock import stamp
from fleet.adapters.store.leads import KIND
from fleet.domain import Provenance, RowRef, Source
from fleet.policy import digest, section
from fleet.propensity.evidence import LLM, RULES, Judged
from fleet.propensity.snapshots import Deal, History, LeadPolicy, features_on
from fleet.runtime.propensity_path import PropensityPath

if TYPE_CHECKING:
    from fleet.runtime.fleet import Fleet

AT_ONCE = 8
AGE = "age in days"  # grows by itself


def score_by_evidence(
    fleet: "Fleet", deals: Sequence[Deal], history: History
) -> tuple[str, list[dict[str, Any]]]:
    """Return (who judged, rows of `scores`): one an open deal, and its best deal's for a contact.

    Rules judge all; the model, where there is one, the likeliest of them, as many as policy allows.
    """
    policy = section(fleet.policies, "lead_scoring", LeadPolicy)
    path = PropensityPath(fleet.policies, fleet.chat)
    today = fleet.clock.now()
    features = {deal.id: features_on(deal, today.date(), history, policy) for deal in deals}
    judged = {deal.id: path.by_rules(features[deal.id]) for deal in deals}
    if path.chat:
        judged |= _asked(path, features, judged)
    rows, best = list[dict[str, Any]](), dict[str, tuple[float, Deal]]()

    def keep(table: str, row_id: str, deal: Deal) -> None:
        mark = _mark(features[deal.id])
        rows.append(_row(table, row_id, deal, judged[deal.id], path, stamp(today), mark))

    for deal in deals:
        chance = judged[deal.id].propensity
        if chance is None:
            continue
        keep("opportunities", deal.id, deal)
        known = best.get(deal.contact_id or "")
        if deal.contact_id and (known is None or chance > known[0]):
            best[deal.contact_id] = (chance, deal)
    for contact_id, (_, deal) in best.items():
        keep("contacts", contact_id, deal)
    asked = any(found.method == LLM for found in judged.values())
    return LLM if asked else RULES, rows


def mark_of(fleet: "Fleet", deals: Sequence[Deal], history: History) -> dict[str, str]:
    """Return a digest of each deal's evidence, its age left out: it differs when that changed."""
    policy = section(fleet.policies, "lead_scoring", LeadPolicy)
    today = fleet.clock.now().date()
    return {deal.id: _mark(features_on(deal, today, history, policy)) for deal in deals}


def _mark(features: Mapping[str, str]) -> str:
    kept = {name: text for name, text in features.items() if name != AGE}
    return hashlib.sha256(json.dumps(kept, sort_keys=True).encode()).hexdigest()[:16]


def _asked(
    path: PropensityPath, features: Mapping[str, Mapping[str, str]], judged: Mapping[str, Judged]
) -> dict[str, Judged]:
    order = sorted(judged, key=lambda deal_id: (-(judged[deal_id].propensity or 0.0), deal_id))
    first = [each for each in order if judged[each].propensity is not None]
    first = first[: path.policy.leads_a_run]
    with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="leads") as pool:
        found = pool.map(lambda deal_id: path.score_row(features[deal_id]), first)
        return dict(zip(first, found, strict=True))


def _row(
    table: str, row_id: str, deal: Deal, found: Judged, path: PropensityPath, at: str, mark: str
) -> dict[str, Any]:
    refs = [RowRef("opportunities", deal.id)]
    refs += [RowRef("companies", deal.company_id)] if deal.company_id else []
    refs += [RowRef("contacts", deal.contact_id)] if deal.contact_id else []
    provenance = Provenance(
        confidence=found.confidence, reason=found.reason,
        source=Source.MODEL if found.method == LLM else Source.RULE, evidence=tuple(refs),
        model=found.model, prompt_digest=found.prompt_digest, policy_digest=digest(path.policy),
        code_version=__version__, recorded_at=at,
    ).as_json()  # fmt: skip
    wire = found.as_json()
    return {
        "id": f"{KIND}:{table}:{row_id}", "kind": KIND, "subject_table": table,
        "subject_id": row_id, "value": found.propensity, "low": found.low, "high": found.high,
        "label": found.band, "method": found.method,
        "detail": {"opportunity_id": deal.id, "evidence_digest": mark} | {
            name: wire[name] for name in ("propensity", "low", "high", "band", "factors", "missing",
                                          "method", "model_version")
        },
        **provenance,
    }  # fmt: skip
