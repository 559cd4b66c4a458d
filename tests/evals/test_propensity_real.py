"""Propensity on real leads: leaks refused by name, honest figures, and no signal said plainly."""

import csv
import json
import random
from pathlib import Path
from typing import Any

import pytest

from fleet.__main__ import main

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"
real = pytest.mark.skipif(not DATA.exists(), reason="public data is not beside the checkout")


def fit(
    capsys: pytest.CaptureFixture[str], file: Path, label: str, model: Path, *more: str
) -> dict[str, Any]:
    capsys.readouterr()
    code = main(
        ["propensity", "fit", str(file), "--label", label, "--model", str(model), "--json", *more]
    )
    out, err = capsys.readouterr()
    assert code == 0, err
    report: dict[str, Any] = json.loads(out)
    return report


def leaks(report: dict[str, Any]) -> set[str]:
    return {r["column"] for r in report["refused"] if r["kind"] == "leak"}


@real
def test_x_education_without_its_leaks(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    report = fit(capsys, DATA / "x_education" / "Leads_dev.csv", "Converted", tmp_path / "m")
    assert leaks(report) == {
        "Tags", "Lead Quality", "Last Activity", "Last Notable Activity", "Lead Profile",
        "Asymmetrique Activity Index", "Asymmetrique Profile Index", "Asymmetrique Activity Score", "Asymmetrique Profile Score",
    }  # fmt: skip
    print(f"X Education: AUC {report['auc']:.3f}, ECE {report['ece']:.3f}")
    assert 0.860 <= report["auc"] <= 0.90
    assert report["ece"] <= 0.03


@real
def test_bank_marketing_without_the_call_duration(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    report = fit(capsys, DATA / "bank_marketing" / "bank-additional_dev.csv", "y", tmp_path / "m")
    assert leaks(report) == {"duration"}
    print(f"bank: AUC {report['auc']:.3f}, ECE {report['ece']:.3f}")
    assert 0.737 <= report["auc"] <= 0.82
    assert report["ece"] <= 0.03


@real
def test_maven_deals_hold_no_usable_signal(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with (DATA / "maven_crm" / "sales_pipeline.csv").open(encoding="utf-8") as file:
        deals = [row for row in csv.DictReader(file) if row["deal_stage"] in ("Won", "Lost")]
    table = tmp_path / "deals.csv"
    with table.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(
            file,
            [
                "opportunity_id",
                "sales_agent",
                "product",
                "account",
                "engage_date",
                "close_value",
                "result",
            ],
        )
        writer.writeheader()
        for row in deals:
            writer.writerow(
                {
                    k: row[k]
                    for k in (
                        "opportunity_id",
                        "sales_agent",
                        "product",
                        "account",
                        "engage_date",
                        "close_value",
                    )
                }
                | {"result": row["deal_stage"]}
            )
    report = fit(capsys, table, "result", tmp_path / "m")
    assert "close_value" in leaks(report)
    assert report["chosen"] == "base rate"
    assert report["note"] == "no usable signal: the base rate is returned"


def made(folder: Path, rows: int = 600) -> Path:
    rng = random.Random(4)
    file = folder / "leads.csv"
    with file.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(["lead_id", "source", "size", "deal_stage", "won"])
        for number in range(rows):
            source, size = rng.choice(["web", "fair", "mail"]), rng.randint(1, 500)
            won = int(rng.random() < 0.15 + 0.5 * (source == "fair") + size / 2_000)
            writer.writerow([f"l{number}", source, size, "closed" if won else "", won])
    return file


def test_scores_rows_from_the_exported_numbers(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    report = fit(capsys, made(tmp_path), "won", tmp_path / "m")
    assert leaks(report) == {"deal_stage"}
    assert report["chosen"] in ("logistic", "boosting")
    new = tmp_path / "new.csv"
    new.write_text("lead_id,source,size\na,fair,400\nb,web,10\nc,,\nd,never seen,10\n", "utf-8")
    assert main(["propensity", "score", str(new), "--model", str(tmp_path / "m"), "--json"]) == 0
    a, b, c, d = (json.loads(line) for line in capsys.readouterr().out.splitlines())
    assert [a["id"], b["id"]] == ["a", "b"]
    assert a["propensity"] > b["propensity"]
    assert all(r["low"] <= r["propensity"] <= r["high"] for r in (a, b, c, d))
    assert (c["missing"], d["missing"]) == (["source", "size"], ["source"])
    assert a["factors"][0]["feature"] in ("source", "size")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("", "holds no rows"),
        ("x,won\n1,1\n", "has 1 labelled row: at least 50 are needed"),
        ("x,won\n" + "1,1\n" * 90, "never varies"),
        ("x,won\n" + "1,1\n2,0\n" * 5, "at least"),
        ("x,lost\n1,1\n", "has no column 'won'"),
        ("x,won\n1,maybe\n", "holds 'maybe'"),
    ],
)
def test_bad_input_is_one_line_and_writes_nothing(
    tmp_path: Path, content: str, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "bad.csv"
    file.write_text(content, "utf-8")
    assert (
        main(["propensity", "fit", str(file), "--label", "won", "--model", str(tmp_path / "m")])
        == 2
    )
    err = capsys.readouterr().err
    assert words in err
    assert err.count("\n") == 1
    assert not (tmp_path / "m").exists()


def olist(folder: Path) -> Path:
    """Join the leads with the deals they became: the label, and nothing else of the deals."""
    with (DATA / "olist" / "olist_closed_deals_dataset.csv").open(encoding="utf-8") as file:
        won = {row["mql_id"] for row in csv.DictReader(file)}
    source = DATA / "olist" / "olist_marketing_qualified_leads_dataset.csv"
    with source.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    table = folder / "olist.csv"
    with table.open("w", encoding="utf-8", newline="") as out:
        writer = csv.DictWriter(out, [*rows[0], "converted"])
        writer.writeheader()
        writer.writerows(row | {"converted": int(row["mql_id"] in won)} for row in rows)
    return table


@real
def test_olist_triples_its_rate_which_is_found_and_weighted(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    more = ("--time", "first_contact_date", "--id", "mql_id")
    report = fit(capsys, olist(tmp_path), "converted", tmp_path / "m", *more)
    shift = report["prior_shift"]
    assert shift["found"]
    assert shift["rate_before"] < 0.05 < 0.12 < shift["rate_after"]
    assert shift["at_time"][2:] in ("-12-2017", "-01-2018")
    assert shift["ece_after"] < 0.6 * shift["ece_before"]
    assert shift["ece_after"] == pytest.approx(report["ece"])
    print(f"Olist later quarter: AUC {report['auc']:.3f}, ECE {shift['ece_before']:.3f} before, "
          f"{shift['ece_after']:.3f} after; all rows AUC {report['out_of_fold']['auc']:.3f}")  # fmt: skip
    assert 0.571 <= report["auc"] <= 0.66
    assert 0.655 <= report["out_of_fold"]["auc"] <= 0.705
    assert {name for name in report["candidates"]} == {"base rate", "rules", "logistic", "boosting"}
    assert report["lift_by_decile"][0]["decile"] == 1
    assert {"column", "value", "n", "chance", "rate", "low", "high", "reliability"} <= set(
        report["segments"][0]
    )
