"""One recommendation from the store: walk, rank, check afresh, word, and keep if asked."""

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from fleet import __version__
from fleet.adapters.clock import stamp
from fleet.adapters.store.crm import insert_new
from fleet.adapters.store.eval_cases import ADMITTED
from fleet.adapters.store.graph_walk import annotate, read_rows, read_suppressed, walk
from fleet.adapters.store.schema import METADATA
from fleet.domain import Provenance, RowRef, Source
from fleet.policy import digest, section
from fleet.ports import Store
from fleet.recommender import (
    PathFact,
    Ranked,
    RankPolicy,
    Ref,
    Worded,
    find_fault,
    path_fact,
    rank,
    word_by_rule,
)
from fleet.recommender.graph_values import DEALS, DOUBT, Key

Explain = Callable[[Sequence[PathFact]], Worded]
FIX, CASE = "fix-", "case-"  # begin the ids of the two rows that one doubt makes
MOST_DOUBTS = 90  # of one subgraph; D1 binds at most 100 parameters


def recommend(
    store: Store, seed: Ref, policies: dict[str, Any], now: datetime, *, kind: str | None, k: int,
    explain: Explain | None = None,
) -> dict[str, Any]:  # fmt: skip
    """Return the documented answer; raises RowNotFound when the seed is no row.

    `explain` may word what is shown; it ranks nothing, and what its check drops is counted.
    """
    policy = section(policies, "recommender", RankPolicy)
    graph = walk(store, seed, policy)
    annotate(store, graph)
    if graph.doubted:
        graph.cut_keys(_confirmed(store, graph.doubted), "two people say this key is wrong")
    ranked = rank(graph, policy, kind=kind, k=k)
    fresh = read_rows(store, dict.fromkeys(ref for item in ranked for ref in _cited(item)))
    suppressed = read_suppressed(store, fresh.values())
    inside = graph.nodes.keys() | graph.counted()
    dropped, kept = list(graph.dropped), []
    for item in ranked:
        fault = find_fault(item, fresh, suppressed, inside)
        if fault:
            target = {"table": item.target[0], "id": item.target[1]}
            dropped.append({"reason": fault, "target": target})
        else:
            kept.append(item)
    known = {**graph.nodes, **fresh}  # of a counted deal the walk reads no name
    facts = [path_fact(item, known, f"p{place}") for place, item in enumerate(kept, 1)]
    worded = explain(facts) if explain and facts else Worded()
    dropped += worded.dropped
    shown = [
        _wire(item, fact, worded, digest(policy), now)
        for item, fact in zip(kept, facts, strict=True)
    ]
    return {
        "for": {"table": seed[0], "id": seed[1]},
        "recommendations": shown,
        "looked_at": {
            "rows": len(inside),
            "edges": len(graph.edges),
            "capped": list(dict.fromkeys(graph.capped)),
        },
        "dropped": dropped,
    }


def _cited(item: Ranked) -> list[Ref]:
    """Return the rows that back a recommendation: its path, then what is counted."""
    counted = ((DEALS, deal) for tally in item.support.values() for deal in tally.cited())
    return list(dict.fromkeys([*(step.ref for step in item.path), *counted]))


def _wire(
    item: Ranked, fact: PathFact, worded: Worded, policy_digest: str, now: datetime
) -> dict[str, Any]:
    evidence = tuple(RowRef(*ref) for ref in _cited(item))
    told = worded.texts.get(fact.id)
    reason = told or word_by_rule(fact)
    provenance = Provenance(
        confidence=item.confidence,
        reason=reason,
        source=Source.HEURISTIC,
        evidence=evidence,
        model=worded.model if told else None,
        prompt_digest=worded.prompt_digest if told else None,
        policy_digest=policy_digest,
        code_version=__version__,
        recorded_at=stamp(now),
    )
    return {
        "target": {"table": item.target[0], "id": item.target[1]},
        "score": item.score,
        "reason": reason,
        "path": [step.as_json() for step in item.path],
        "evidence": [ref.as_json() for ref in evidence],
        "features": item.features,
        "counterfactual": item.counterfactual and item.counterfactual | {"words": fact.without},
        "worded_by": "model" if told else "rule",
        "provenance": provenance.as_json(),
    }


def save_recommendations(store: Store, answer: dict[str, Any], *, dated: bool = True) -> int:
    """Keep what was shown, each with its provenance and its rows as they were; once an answer.

    Not `dated`, an answer that says the same at another time is the same one.
    """
    rows = []
    refs = [(s["table"], s["id"]) for item in answer["recommendations"] for s in item["path"]]
    seen = {
        ref: {str(name): value for name, value in row.items()}  # not the driver's kind of text
        for ref, row in read_rows(store, dict.fromkeys(refs)).items()
    }
    for item in answer["recommendations"]:
        made = item["provenance"]["recorded_at"] if dated else [item["score"], item["reason"]]
        text = json.dumps([answer["for"], item["path"], made])
        known = ("confidence", "reason", "source", "evidence", "policy_digest", "code_version",
                 "recorded_at")  # fmt: skip
        rows.append(
            {
                "id": "rec-" + hashlib.sha256(text.encode()).hexdigest()[:20],
                "for_table": answer["for"]["table"],
                "for_id": answer["for"]["id"],
                "target_table": item["target"]["table"],
                "target_id": item["target"]["id"],
                "score": item["score"],
                "path": item["path"],
                "detail": {
                    "features": item["features"],
                    "counterfactual": item["counterfactual"],
                    "rows": [seen.get((s["table"], s["id"])) for s in item["path"]],
                },
                **{name: item["provenance"][name] for name in known},
            }
        )
    return insert_new(store, METADATA.tables["recommendations"], rows)


def _confirmed(store: Store, doubted: Mapping[str, Key]) -> set[Key]:
    """Return the doubted keys whose eval case a second person has admitted."""
    cases = METADATA.tables["eval_cases"]
    by_case = {CASE + fix_id.removeprefix(FIX): key for fix_id, key in doubted.items()}
    query = sa.select(cases.c.id).where(
        cases.c.id.in_(list(by_case)[:MOST_DOUBTS]), cases.c.status == ADMITTED
    )
    return {by_case[row["id"]] for row in store.read(query)}


def wrong_edge(
    store: Store, row: RowRef, *, actor: str, now: datetime, recommendation: dict[str, Any]
) -> None:
    """Turn a rep's "this edge is wrong" into a data fix and a quarantined negative eval case.

    Once a second person admits the case, the key is walked no more while its fix is open.
    """
    key = hashlib.sha256(f"{row}{json.dumps(recommendation['path'])}".encode()).hexdigest()[:20]
    fix = {
        "id": FIX + key, "table_name": row.table, "row_id": row.id, "field": row.field,
        "problem": f"{DOUBT}: {row}", "status": "open",
        "created_by": actor, "created_at": stamp(now),
    }  # fmt: skip
    case = {
        "id": CASE + key, "prompt": "recommender.explain", "origin": "rep feedback",
        "status": "quarantined", "case_input": {"path": recommendation["path"]},
        "expected": {"shown": False}, "reason_code": "wrong_edge", "created_by": actor,
        "created_at": stamp(now),
    }  # fmt: skip
    fixes, cases = METADATA.tables["data_fixes"], METADATA.tables["eval_cases"]
    if not store.read(sa.select(fixes.c.id).where(fixes.c.id == fix["id"])):
        store.write(sa.insert(fixes).values(**fix), sa.insert(cases).values(**case))
