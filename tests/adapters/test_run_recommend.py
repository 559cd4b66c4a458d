"""`fleet run recommend` over a real store: leads scored, kept, dropped, and told about."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from fleet.__main__ import main
from fleet.adapters.store.schema import contacts, opportunities, recommendations, scores
from fleet.ports import Store
from tests.support.lead_world import OPEN, lead_home, today

SCORED = 2 * OPEN  # a deal and its contact each


def run(home: Path, capsys: pytest.CaptureFixture[str], *words: str) -> dict[str, Any]:
    capsys.readouterr()
    assert main(["run", "recommend", *words, "--home", str(home), "--json"]) == 0
    answer: dict[str, Any] = json.loads(capsys.readouterr().out)
    return answer


def kept(store: Store) -> dict[str, dict[str, Any]]:
    query = sa.select(scores).where(scores.c.kind == "propensity").order_by(scores.c.id)
    return {f"{row['subject_table']}:{row['subject_id']}": row for row in store.read(query)}


def test_every_open_deal_and_its_contact_is_scored_with_provenance(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    store = lead_home(tmp_path).store
    answer = run(tmp_path, capsys)
    assert answer == {
        "handled": OPEN, "created": 2 * OPEN, "held": 0, "failed": 0, "repeated": 0, "skipped": {},
    }  # fmt: skip
    found = kept(store)
    assert len(found) == SCORED
    for name, row in found.items():
        table, _, row_id = name.partition(":")
        assert (table, row_id[1:]) in {
            (t, f"{n:03}") for t in ("contacts", "opportunities") for n in range(160, 166)
        }
        assert row["method"] == "trained"
        assert row["source"] == "trained"
        assert 0 <= row["low"] <= row["value"] <= row["high"] <= 1
        assert row["confidence"] == pytest.approx(1 - (row["high"] - row["low"]), abs=1e-3)
        assert row["evidence"][0] == {"table": "opportunities", "id": f"o{row_id[1:]}"}
        assert row["detail"]["model_version"]
    best, worst = found["contacts:p163"], found["contacts:p160"]  # a director by referral, a clerk
    assert best["value"] > 0.5 > worst["value"]
    raised = {f["feature"]: f["value"] for f in best["detail"]["factors"] if f["effect"] > 0}
    assert raised == {"lead source": "referral", "seniority": "director"}


def test_a_second_run_writes_nothing_and_a_new_outcome_trains_anew(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    store = lead_home(tmp_path).store
    run(tmp_path, capsys)
    before = kept(store)
    again = run(tmp_path, capsys)
    assert (again["created"], again["repeated"]) == (0, 2 * OPEN)
    assert kept(store) == before
    closed = {"outcome": "won", "closed_at": today().isoformat()}
    store.write(sa.update(opportunities).where(opportunities.c.id == "o161").values(**closed))
    run(tmp_path, capsys)
    after = kept(store)
    assert set(before) - set(after) == {"opportunities:o161", "contacts:p161"}
    versions = [
        {row["detail"]["model_version"] for row in rows.values()} for rows in (before, after)
    ]
    assert [len(found) for found in versions] == [1, 1]
    assert versions[0] != versions[1]


def test_each_kept_recommendation_holds_its_rows_as_they_were(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    store = lead_home(tmp_path).store
    run(tmp_path, capsys, "--limit", "1")
    rows = store.read(sa.select(recommendations))
    assert {row["for_id"] for row in rows} == {max(kept(store).values(), key=_chance)["subject_id"]}
    for row in rows:
        assert [then["id"] for then in row["detail"]["rows"]] == [
            step["id"] for step in row["path"]
        ]


def _chance(row: dict[str, Any]) -> tuple[bool, float]:
    return row["subject_table"] == "contacts", row["value"]


def test_few_outcomes_let_rules_judge_the_evidence_and_drop_what_was_learned(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    store = lead_home(tmp_path).store
    run(tmp_path, capsys)
    assert len(kept(store)) == SCORED
    store.write(sa.delete(opportunities).where(opportunities.c.id > "o002",
                                               opportunities.c.id < "o158"))  # fmt: skip
    answer = run(tmp_path, capsys)
    assert (answer["handled"], answer["skipped"]) == (OPEN, {})
    found = kept(store)
    assert len(found) == SCORED
    assert {(row["method"], row["source"]) for row in found.values()} == {("rules", "rule")}
    assert {row["detail"]["model_version"] for row in found.values()} == {"rules"}
    best, worst = found["contacts:p163"], found["contacts:p160"]  # a director by referral, a clerk
    assert best["value"] > worst["value"]
    assert all(row["confidence"] < 0.5 for row in found.values())


def test_without_a_signal_every_lead_gets_the_base_rate_and_says_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    store = lead_home(tmp_path, signal=False).store
    run(tmp_path, capsys)
    found = kept(store)
    assert len({row["value"] for row in found.values()}) == 1
    assert {row["method"] for row in found.values()} == {"rules"}
    assert {row["source"] for row in found.values()} == {"rule"}
    assert all(row["reason"].startswith("no usable signal") for row in found.values())


def test_who_may_not_be_written_to_is_never_recommended(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    store = lead_home(tmp_path).store
    store.write(sa.update(contacts).where(contacts.c.id == "p163").values(do_not_contact=True))
    run(tmp_path, capsys)
    targets = {row["target_id"] for row in store.read(sa.select(recommendations))}
    assert "p163" not in targets


def test_a_deal_without_a_contact_is_scored_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    store = lead_home(tmp_path).store
    store.write(
        sa.update(opportunities).where(opportunities.c.id == "o164").values(contact_id=None)
    )
    answer = run(tmp_path, capsys)
    assert answer["handled"] == OPEN - 1
    assert "opportunities:o164" in kept(store)
    assert "contacts:p164" not in kept(store)


@pytest.mark.parametrize("limit", ["0", "-3"])
def test_a_limit_that_is_no_count_is_refused(tmp_path: Path, limit: str) -> None:
    lead_home(tmp_path, closed=2)
    assert main(["run", "recommend", "--limit", limit, "--home", str(tmp_path)]) == 2


def test_asking_where_there_is_no_store_makes_none(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    home = tmp_path / "nowhere"
    assert main(["recommend", "--for", "company:co-0001", "--home", str(home)]) == 2
    assert "holds no store: run 'fleet init" in capsys.readouterr().err
    assert not home.exists()


def test_a_person_who_may_not_be_written_to_is_told_as_the_reason(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["init", "--sample", "--home", str(tmp_path)])
    with closing(sqlite3.connect(tmp_path / "fleet.db")) as store, store:
        store.execute("update contacts set do_not_contact = 1 where id = 'ct-0001'")
    capsys.readouterr()
    assert main(["recommend", "--for", "contact:ct-0001", "--home", str(tmp_path)]) == 0
    first, last = capsys.readouterr().out.splitlines()
    assert first == "nothing to recommend: what was found was dropped"
    assert "a contact is suppressed" in last
