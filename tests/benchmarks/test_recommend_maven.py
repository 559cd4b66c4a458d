"""Next accounts to win, on a later slice of the Maven export; printed, with what it cannot show."""

import csv
import math
import random
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from fleet.adapters.crm_import import import_crm
from fleet.adapters.crm_import_keys import make_id
from fleet.adapters.crm_import_mapping import read_mapping
from fleet.adapters.files import read_policies
from fleet.adapters.recommending import recommend
from tests.support.crm_store import CrmStore

MAVEN = Path(__file__).resolve().parents[3] / "shared" / "data" / "maven_crm"
CUT = date(2017, 10, 1)
WINDOW = timedelta(days=7)
K = 5


def cut_export(folder: Path) -> list[dict[str, str]]:
    """Write the export as it was on the day of the cut; return the deals won in the window."""
    for name in ("accounts.csv", "products.csv", "sales_teams.csv"):
        (folder / name).write_bytes((MAVEN / name).read_bytes())
    with (MAVEN / "sales_pipeline.csv").open() as handle:
        deals = list(csv.DictReader(handle))
    known = [deal for deal in deals if deal["engage_date"] and deal["engage_date"] < str(CUT)]
    later = [
        deal
        for deal in deals
        if deal["deal_stage"] == "Won" and str(CUT) <= deal["close_date"] < str(CUT + WINDOW)
    ]
    with (folder / "sales_pipeline.csv").open("w", newline="") as handle:
        writer = csv.DictWriter(handle, deals[0])
        writer.writeheader()
        for deal in known:
            future = deal["close_date"] >= str(CUT)
            hidden = {"deal_stage": "Engaging", "close_date": "", "close_value": ""}
            writer.writerow(deal | hidden if future else deal)
    return later


def hit(ranked: list[str], truth: set[str]) -> float:
    return float(any(item in truth for item in ranked[:K]))


def ndcg(ranked: list[str], truth: set[str]) -> float:
    gain = sum(1 / math.log2(n + 2) for n, item in enumerate(ranked[:K]) if item in truth)
    best = sum(1 / math.log2(n + 2) for n in range(min(K, len(truth))))
    return gain / best


def interval(values: list[float]) -> tuple[float, float, float]:
    rng = random.Random(1)
    means = sorted(sum(rng.choices(values, k=len(values))) / len(values) for _ in range(1_000))
    return round(sum(values) / len(values), 3), round(means[25], 3), round(means[975], 3)


@pytest.mark.skipif(not MAVEN.is_dir(), reason="the shared Maven export is not here")
def test_next_accounts_are_measured_against_popularity_and_chance(tmp_path: Path) -> None:
    folder = tmp_path / "export"
    folder.mkdir()
    later = cut_export(folder)
    store = CrmStore(tmp_path)
    now = datetime(2017, 10, 1, tzinfo=UTC)
    import_crm(store, folder, read_mapping("maven"), now, tmp_path / "rejects")
    deals = [row for row in store.rows("opportunities") if row["outcome"] == "won"]
    popular = Counter(row["company_id"] for row in deals)
    accounts = [row["id"] for row in store.rows("companies")]
    favourite = {
        account: Counter(d["product_id"] for d in deals if d["company_id"] == account)
        for account in accounts
    }
    rng = random.Random(2)
    results: dict[str, tuple[list[float], list[float]]] = {
        name: ([], []) for name in ("paths", "popularity", "random")
    }
    for seed in accounts:
        top = favourite[seed].most_common(1)[0][0]
        truth = {
            make_id(deal["account"], is_name=True, prefix="")
            for deal in later
            if make_id(deal["product"].replace("GTXPro", "GTX Pro"), is_name=True, prefix="") == top
        } - {seed}
        if not truth:
            continue
        answer = recommend(store, ("companies", seed), read_policies(), now, kind="company", k=K)
        others = [account for account in accounts if account != seed]
        ranked = {
            "paths": [item["target"]["id"] for item in answer["recommendations"]],
            "popularity": sorted(others, key=lambda item: (-popular[item], item)),
            "random": rng.sample(others, K),
        }
        for name, order in ranked.items():
            results[name][0].append(hit(order, truth))
            results[name][1].append(ndcg(order, truth))
    for name, (hits, gains) in results.items():
        print(name, "n", len(hits), "hit@5", interval(hits), "nDCG@5", interval(gains))
    # The outcome of this data set is close to chance; only a ranker that is broken falls below it.
    assert len(results["paths"][0]) >= 40
    assert interval(results["paths"][1])[2] >= interval(results["random"][1])[1]
