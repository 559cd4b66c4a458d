"""Score leads: train on outcomes in the store when they changed, then score every open deal.

Trained on deals as they looked while they were open, judged on a later slice; without a usable
signal every lead gets the base rate, and with too few outcomes a judgement of its evidence; each
score says which.
"""

import hashlib
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fleet import __version__
from fleet.adapters.clock import stamp
from fleet.adapters.store.audit import Entry, write_audited
from fleet.adapters.store.lead_outcomes import MODEL_SUBJECT, count_played, keep_given
from fleet.adapters.store.leads import KIND, keep_scores, read_deals, read_history
from fleet.adapters.store.played import PLAYED
from fleet.domain import Provenance, RowRef, Source
from fleet.policy import digest, section
from fleet.propensity.columns import PropensityPolicy
from fleet.propensity.model import Model, Scored
from fleet.propensity.snapshots import (
    FEATURES,
    NOT_USED,
    Deal,
    History,
    LeadPolicy,
    Snapshot,
    features_on,
    look_back,
    split_in_time,
)

if TYPE_CHECKING:
    from fleet.runtime.fleet import Fleet

TOO_FEW = "too few outcomes to learn from: leads are judged by their evidence"


def model_folder(fleet: "Fleet") -> Path:
    """Return where the model trained on this store's outcomes lies."""
    return fleet.settings.home / "models" / "propensity"


def read_report(folder: Path) -> dict[str, Any] | None:
    """Return the report of the model in `folder`; None without one, or beside another model."""
    try:
        report = json.loads((folder / "report.json").read_text("utf-8"))
        form = json.loads((folder / "model.json").read_text("utf-8"))
    except (OSError, ValueError):
        return None
    return dict(report) if report.get("model_version") == form.get("version") else None


def score_leads(fleet: "Fleet", note: Callable[[str], None] | None = None) -> dict[str, Any]:
    """Train when the outcomes changed, score every open deal and its contact, and keep the scores.

    Returns `{scored, changed, dropped, model_version, chosen, note}`. With too few outcomes leads
    are judged by their evidence: `chosen` is `llm` or `rules`, and None when no deal is open.
    """
    policy = section(fleet.policies, "lead_scoring", LeadPolicy)
    deals = read_deals(fleet.store, policy)
    history = read_history(fleet.store, deals)
    report = _model_of(fleet, look_back(deals, history, policy), policy, note)
    still_open = {deal.id: deal for deal in deals if deal.outcome is None}
    if report is None:
        from fleet.runtime.scoring_evidence import score_by_evidence

        who, rows = score_by_evidence(fleet, list(still_open.values()), history)
        told: dict[str, Any] = {
            "model_version": None, "chosen": who if rows else None, "note": TOO_FEW,
        }  # fmt: skip
    else:
        form = json.loads((model_folder(fleet) / "model.json").read_text("utf-8"))
        rows = score_by_model(fleet, Model(form), report, list(still_open.values()), history)
        told = {name: report[name] for name in ("model_version", "chosen", "note")}
    keep_given(fleet.store, rows, still_open)
    changed, dropped = keep_scores(fleet.store, rows)
    return {"scored": len(rows), "changed": changed, "dropped": dropped, **told}


def _model_of(
    fleet: "Fleet", shots: Sequence[Snapshot], policy: LeadPolicy,
    note: Callable[[str], None] | None,
) -> dict[str, Any] | None:  # fmt: skip
    """Return the report of a model of exactly these snapshots, training one when there is none."""
    rules = section(fleet.policies, "propensity", PropensityPolicy)
    learn, judge = split_in_time(shots, policy.judge_share)
    closed = len({shot.deal_id for shot in shots})
    enough = closed >= rules.min_rows and all(
        len({shots[row].label for row in part}) > 1 for part in (learn, judge)
    )
    if not enough:
        return None
    table = [[shot.features[name] for name in FEATURES] for shot in shots]
    labels = [shot.label for shot in shots]
    text = json.dumps([table, labels, digest(policy), digest(rules), __version__])
    key, folder = hashlib.sha256(text.encode()).hexdigest(), model_folder(fleet)
    known = read_report(folder)
    if known and known.get("data_digest") == key:
        return known
    from fleet.adapters.propensity_fit import fit_table
    from fleet.adapters.propensity_train import Split

    if note:
        note(f"training on {closed} closed deals")
    about = {
        "data_digest": key, "deals": closed, "simulated": count_played(fleet.store),
        "trained_at": stamp(fleet.clock.now()),
        "judged_from": shots[judge[0]].day.isoformat(),
        "not_used": [dict(zip(("column", "kind", "reason"), row, strict=True)) for row in NOT_USED],
    }  # fmt: skip
    report = fit_table(
        FEATURES, table, labels, folder, rules, split=Split(learn, judge), about=about,
        groups=[shot.deal_id for shot in shots],
    )  # fmt: skip
    _record(fleet, report, known)
    return report


def _record(fleet: "Fleet", report: dict[str, Any], before: dict[str, Any] | None) -> None:
    """Put a training into the audit log: a model never takes over silently."""
    told = {name: report[name] for name in ("chosen", "why", "deals", "auc", "brier", "ece")}
    told |= {"version": report["model_version"], "before": before and before["model_version"]}
    if PLAYED in fleet.policies:  # as everything that is done in played days
        told |= {PLAYED: True}
    entry = Entry(fleet.clock.now(), "propensity", "propensity.fit", MODEL_SUBJECT, told)
    write_audited(fleet.store, [], [entry])


def score_by_model(
    fleet: "Fleet", model: Model, report: dict[str, Any], deals: Sequence[Deal], history: History
) -> list[dict[str, Any]]:
    """Return rows of `scores`: one an open deal, and its best deal's for each contact."""
    policy = section(fleet.policies, "lead_scoring", LeadPolicy)
    now = fleet.clock.now()
    rows, best = [], dict[str, tuple[float, Deal, Scored]]()
    for deal in deals:
        found = model.score(features_on(deal, now.date(), history, policy))
        rows.append(_row("opportunities", deal.id, deal, found, model, report, stamp(now)))
        rank = best.get(deal.contact_id or "")
        if deal.contact_id and (rank is None or found.propensity > rank[0]):
            best[deal.contact_id] = (found.propensity, deal, found)
    for contact_id, (_, deal, found) in best.items():
        rows.append(_row("contacts", contact_id, deal, found, model, report, stamp(now)))
    return rows


def _row(
    table: str, row_id: str, deal: Deal, found: Scored, model: Model, report: dict[str, Any],
    at: str,
) -> dict[str, Any]:  # fmt: skip
    trained = model.method == "trained"
    signal = trained or bool(found.factors)
    strongest = ", ".join(
        f"{f['feature']} {f['value']} {f['effect']:+.2f}" for f in found.factors[:3]
    )
    why = strongest or "nothing known of this deal moves it"
    provenance = Provenance(
        confidence=round(max(0.0, 1 - (found.high - found.low)), 4),
        reason=f"learned from {report['deals']} closed deals: {why}"
        if signal
        else f"no usable signal: the base rate of {report['deals']} closed deals",
        source=Source.TRAINED if trained else Source.RULE,
        evidence=tuple(_evidence(deal)),
        policy_digest=report["data_digest"],
        code_version=__version__,
        recorded_at=at,
    ).as_json()
    return {
        "id": f"{KIND}:{table}:{row_id}", "kind": KIND, "subject_table": table,
        "subject_id": row_id, "value": round(found.propensity, 6), "low": round(found.low, 6),
        "high": round(found.high, 6), "label": found.band, "method": model.method,
        "detail": {
            "opportunity_id": deal.id, "propensity": round(found.propensity, 6),
            "low": round(found.low, 6), "high": round(found.high, 6), "band": found.band,
            "factors": list(found.factors), "missing": list(found.missing),
            "method": model.method, "model_version": model.version,
        },
        **provenance,
    }  # fmt: skip


def _evidence(deal: Deal) -> list[RowRef]:
    refs = [RowRef("opportunities", deal.id)]
    if deal.company_id:
        refs.append(RowRef("companies", deal.company_id))
    if deal.contact_id:
        refs.append(RowRef("contacts", deal.contact_id))
    return refs
