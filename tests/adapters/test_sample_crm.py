import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

from fleet.adapters.sample import load_sample, make_sample
from fleet.adapters.sample_deals import SOURCE_EFFECT
from fleet.stats.ranking import auc
from tests.support.crm_store import CrmStore

NOW = datetime(2026, 3, 4, 9, 30, tzinfo=UTC)
SAMPLE = make_sample(NOW)


def test_same_day_gives_same_sample_and_another_day_another() -> None:
    assert make_sample(NOW.replace(hour=23)) == SAMPLE
    assert make_sample(NOW + timedelta(days=1)) != SAMPLE


def test_sample_has_the_promised_size() -> None:
    sizes = {table: len(rows) for table, rows in SAMPLE.items()}
    assert sizes["companies"] >= 200
    assert sizes["contacts"] >= 1_000
    assert sizes["opportunities"] == 2_000
    assert sizes["emails"] == 3_000
    assert (sizes["people"], sizes["products"]) == (20, 15)


def test_two_hundred_mails_of_last_night_wait_and_no_row_lies_in_the_future() -> None:
    open_mails = [mail for mail in SAMPLE["emails"] if mail["handled_at"] is None]
    assert len(open_mails) == 200
    assert {mail["at"][:10] for mail in open_mails} == {"2026-03-03"}
    assert {mail["direction"] for mail in open_mails} == {"in"}
    assert max(mail["at"] for mail in SAMPLE["emails"]) < "2026-03-04"
    assert max(act["at"] for act in SAMPLE["activities"]) < "2026-03-04"


def test_mails_come_in_seven_languages_and_all_kinds() -> None:
    languages = Counter(mail["language"] for mail in SAMPLE["emails"])
    assert set(languages) == {"en", "de", "fr", "es", "it", "pt", "nl"}
    kinds = {mail["kind"] for mail in SAMPLE["emails"]}
    assert kinds == {"person", "out_of_office", "bounce", "opt_out"}


def test_every_address_is_under_example() -> None:
    addresses = [mail[side] for mail in SAMPLE["emails"] for side in ("from_address", "to_address")]
    addresses += [row["email"].lower() for row in SAMPLE["contacts"] if row["email"]]
    assert {address.rpartition(".")[2] for address in addresses} == {"example"}


def test_nothing_is_sent_to_a_contact_after_it_opted_out() -> None:
    left = {row["address"]: row["at"] for row in SAMPLE["suppression"]}
    assert left
    late = [m for m in SAMPLE["emails"] if m["at"] > left.get(m["to_address"], "9999")]
    assert late == []


def test_outcomes_follow_from_features_but_not_fully() -> None:
    closed = [deal for deal in SAMPLE["opportunities"] if deal["outcome"]]
    labels = [int(deal["outcome"] == "won") for deal in closed]
    scores = [
        SOURCE_EFFECT[deal["extra"]["source"]] + 0.35 * deal["extra"]["touches_before"]
        for deal in closed
    ]
    found = auc(labels, scores)
    assert found is not None
    assert 0.62 < found < 0.85
    assert 0.25 < sum(labels) / len(labels) < 0.5


def test_dangling_keys_are_null_and_reported() -> None:
    for fix in SAMPLE["data_fixes"]:
        row = next(r for r in SAMPLE[fix["table_name"]] if r["id"] == fix["row_id"])
        assert row[fix["field"]] is None
    assert len(SAMPLE["data_fixes"]) >= 40


def test_load_is_quick_labelled_and_happens_once(tmp_path: Path) -> None:
    store = CrmStore(tmp_path)
    began = time.perf_counter()
    counts = load_sample(store, NOW)
    assert time.perf_counter() - began < 15  # 5 s on an idle machine; the suite shares two cores
    assert counts == {table: len(rows) for table, rows in SAMPLE.items()}
    assert {row["origin"] for row in store.rows("companies")} == {"generated sample"}
    assert set(load_sample(store, NOW + timedelta(days=3)).values()) == {0}
    assert store.count("emails") == 3_000
