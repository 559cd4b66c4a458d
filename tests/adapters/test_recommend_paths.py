from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

import pytest
import sqlalchemy as sa

from fleet.adapters.files import read_policies
from fleet.adapters.recommending import recommend, save_recommendations, wrong_edge
from fleet.adapters.sample import load_sample
from fleet.adapters.store.graph_statements import (
    HUB,
    RELATIONS,
    children_statement,
    demand_statement,
    interest_statement,
    newest_statement,
)
from fleet.adapters.store.schema import METADATA
from fleet.adapters.store.statements import widened
from fleet.domain import RowRef
from fleet.errors import RowNotFound
from fleet.recommender import PathFact, Worded
from tests.support.crm_store import CrmStore

NOW = datetime(2026, 3, 4, tzinfo=UTC)
POLICIES = read_policies()


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> CrmStore:
    made = CrmStore(tmp_path_factory.mktemp("recommend"))
    load_sample(made, NOW)
    return made


@pytest.mark.parametrize("seed", [("companies", "co-0007"), ("contacts", "ct-0100")])
def test_every_hop_is_a_row_joined_by_its_key(store: CrmStore, seed: tuple[str, str]) -> None:
    answer = recommend(store, seed, POLICIES, NOW, kind=None, k=5)
    assert len(answer["recommendations"]) == 5
    tables = {name: {r["id"]: r for r in store.rows(name)} for name in
              ("companies", "contacts", "opportunities", "products", "emails")}  # fmt: skip
    for item in answer["recommendations"]:
        path = item["path"]
        assert path[0] == {"table": seed[0], "id": seed[1], "via": None}
        assert {key: path[-1][key] for key in ("table", "id")} == item["target"]
        for before, step in pairwise(path):
            table, column = step["via"].split(".")
            child, parent = (step, before) if step["table"] == table else (before, step)
            both = [(child, parent)] if before["table"] != step["table"] else [
                (step, before), (before, step)]  # fmt: skip
            assert any(tables[table][c["id"]][column] == p["id"] for c, p in both)


def test_answer_is_the_same_twice(store: CrmStore) -> None:
    seed = ("companies", "co-0007")
    first = recommend(store, seed, POLICIES, NOW, kind="company", k=3)
    assert recommend(store, seed, POLICIES, NOW, kind="company", k=3) == first
    assert {item["target"]["table"] for item in first["recommendations"]} <= {"companies"}


def test_no_row_is_refused(store: CrmStore) -> None:
    with pytest.raises(RowNotFound):
        recommend(store, ("companies", "nobody"), POLICIES, NOW, kind=None, k=5)


def test_planted_dangling_key_is_dropped_and_counted(tmp_path: Path) -> None:
    store = CrmStore(tmp_path)
    tables = METADATA.tables
    store.write(sa.insert(tables["companies"]).values(id="c1", name="One"))
    with store.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA foreign_keys = OFF")
        connection.exec_driver_sql(
            "INSERT INTO opportunities (id, company_id, product_id) VALUES ('o1', 'c1', 'ghost')"
        )
        connection.commit()
    answer = recommend(store, ("companies", "c1"), POLICIES, NOW, kind=None, k=5)
    assert [item["target"]["id"] for item in answer["recommendations"]] == ["o1"]
    assert answer["dropped"] == [
        {"reason": "dangling key", "table": "opportunities", "id": "o1",
         "via": "opportunities.product_id", "key": "ghost"}
    ]  # fmt: skip


def test_lonely_row_gets_an_empty_answer(tmp_path: Path) -> None:
    store = CrmStore(tmp_path)
    store.write(sa.insert(METADATA.tables["companies"]).values(id="c1", name="One"))
    answer = recommend(store, ("companies", "c1"), POLICIES, NOW, kind=None, k=5)
    assert answer["recommendations"] == []
    assert answer["looked_at"] == {"rows": 1, "edges": 0, "capped": []}


def test_suppressed_contact_is_never_shown(tmp_path: Path) -> None:
    store, tables = CrmStore(tmp_path), METADATA.tables
    store.write(
        sa.insert(tables["companies"]).values(id="c1", name="One"),
        sa.insert(tables["contacts"]).values(
            id="p1", name="P", company_id="c1", email="P@x.example"
        ),
        sa.insert(tables["suppression"]).values(
            id="s1", address="p@x.example", scope="all", reason="opt-out", origin="test", at="2026"
        ),
    )
    answer = recommend(store, ("companies", "c1"), POLICIES, NOW, kind=None, k=5)
    assert answer["recommendations"] == []
    assert answer["dropped"] == [{"reason": "suppressed contact", "table": "contacts", "id": "p1"}]


def test_wrong_edge_makes_one_fix_and_one_quarantined_case(store: CrmStore) -> None:
    answer = recommend(store, ("companies", "co-0007"), POLICIES, NOW, kind=None, k=1)
    assert save_recommendations(store, answer) == 1
    assert save_recommendations(store, answer) == 0
    before = store.count("data_fixes")
    item = answer["recommendations"][0]
    edge = RowRef("contacts", "ct-0940", "company_id")
    for _ in range(2):
        wrong_edge(store, edge, actor="rep", now=NOW, recommendation=item)
    assert store.count("data_fixes") == before + 1
    assert [case["status"] for case in store.rows("eval_cases")] == ["quarantined"]


STATEMENTS = {
    **{f"children by {'.'.join(relation[:2])}": children_statement(number)
       for number, relation in enumerate(RELATIONS) if number != HUB},
    **{f"newest by {'.'.join(RELATIONS[number][:2])}": newest_statement(number, 12)
       for number in (2, 3, 5)},
    "interest": interest_statement(),
    "demand": demand_statement(2),
}  # fmt: skip


@pytest.mark.parametrize("name", STATEMENTS)
def test_every_hop_searches_an_index(store: CrmStore, name: str) -> None:
    query = STATEMENTS[name].statement.compile(store.engine)
    given = {key: value if value is not None else 10 if key in {"most", "open", "won"} else "x"
             for key, value in query.params.items()}  # fmt: skip
    text, order, _ = widened(query, given)
    with store.engine.connect() as connection:
        connection.exec_driver_sql("ANALYZE")
        values = tuple(given[key] for key in order)
        rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {text}", values).fetchall()
    plan = [str(row[3]) for row in rows]
    assert not [line for line in plan if "BLOOM" in line]
    assert not [line for line in plan if line.startswith("SCAN") and "anon" not in line]
    assert [line for line in plan if line.startswith("SEARCH") and "INDEX" in line]
    assert not [line for line in plan if line == "USE TEMP B-TREE FOR ORDER BY"]


def test_a_suppressed_domain_hides_its_people(tmp_path: Path) -> None:
    store, tables = CrmStore(tmp_path), METADATA.tables
    store.write(
        sa.insert(tables["companies"]).values(id="c1", name="One"),
        sa.insert(tables["contacts"]).values(
            id="p1", name="P", company_id="c1", email="Ann@X.example"
        ),
        sa.insert(tables["contacts"]).values(
            id="p2", name="Q", company_id="c1", email="bo@y.example"
        ),
        sa.insert(tables["suppression"]).values(
            id="s1", address="@x.example", scope="all", reason="opt-out", origin="test", at="2026"
        ),
    )
    answer = recommend(store, ("companies", "c1"), POLICIES, NOW, kind=None, k=5)
    assert [item["target"]["id"] for item in answer["recommendations"]] == ["p2"]
    assert answer["dropped"] == [{"reason": "suppressed contact", "table": "contacts", "id": "p1"}]


def test_a_hub_is_cut_and_said_to_be(tmp_path: Path) -> None:
    store, tables = CrmStore(tmp_path), METADATA.tables
    store.write(sa.insert(tables["companies"]).values(id="c1", name="One"))
    store.inner.insert_many(
        tables["contacts"],
        [{"id": f"p{n:04}", "name": "P", "company_id": "c1"} for n in range(500)],
    )
    answer = recommend(store, ("companies", "c1"), POLICIES, NOW, kind=None, k=50)
    fanout = POLICIES["recommender"]["max_fanout"]
    assert len(answer["recommendations"]) == fanout
    assert answer["looked_at"]["capped"] == ["companies:c1 by contacts.company_id"]


def test_words_of_a_model_are_shown_with_their_source_and_rules_fill_in(tmp_path: Path) -> None:
    store, tables = CrmStore(tmp_path), METADATA.tables
    store.write(
        sa.insert(tables["companies"]).values(id="c1", name="One"),
        sa.insert(tables["contacts"]).values(id="p1", name="Pia", company_id="c1"),
        sa.insert(tables["contacts"]).values(id="p2", name="Quin", company_id="c1"),
    )

    def explain(facts: Sequence[PathFact]) -> Worded:
        assert [fact.target for fact in facts] == ["Pia", "Quin"]
        return Worded(texts={"p1": "Pia works at One."}, dropped=({"reason": "odd", "path": "p2"},),
                      model="m", prompt_digest="d")  # fmt: skip

    answer = recommend(store, ("companies", "c1"), POLICIES, NOW, kind=None, k=5, explain=explain)
    first, second = answer["recommendations"]
    assert (first["reason"], first["worded_by"]) == ("Pia works at One.", "model")
    assert (first["provenance"]["model"], first["provenance"]["prompt_digest"]) == ("m", "d")
    assert first["provenance"]["source"] == "heuristic"
    assert second["worded_by"] == "rule"
    assert second["reason"].startswith("account One -> contact Quin; ")
    assert second["provenance"].get("model") is None
    assert answer["dropped"] == [{"reason": "odd", "path": "p2"}]
