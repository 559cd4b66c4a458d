import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from fleet.adapters.crm_import import import_crm
from fleet.adapters.crm_import_mapping import find_mapping, read_mapping
from fleet.errors import InputError
from tests.support.crm_store import CrmStore

NOW = datetime(2026, 3, 4, tzinfo=UTC)
MAVEN = Path(__file__).resolve().parents[3] / "shared" / "data" / "maven_crm"
ACCOUNTS = "account,sector,year_established,revenue,employees,office_location,subsidiary_of\n"
PIPELINE = (
    "opportunity_id,sales_agent,product,account,deal_stage,engage_date,close_date,close_value\n"
)


def write_maven(
    folder: Path, accounts: str = "", pipeline: str = "", encoding: str = "utf-8"
) -> None:
    files = {
        "accounts.csv": ACCOUNTS + (accounts or "Acme,retail,1999,1.5,10,Kenya,\n"),
        "products.csv": "product,series,sales_price\nGTX Pro,GTX,4821\n",
        "sales_teams.csv": "sales_agent,manager,regional_office\nAnn Lee,Bo Ray,East\n",
        "sales_pipeline.csv": PIPELINE
        + (pipeline or "A1,Ann Lee,GTXPro,acme,Won,2017-01-02,2017-02-03,4800\n"),
    }
    for name, text in files.items():
        (folder / name).write_bytes(text.encode(encoding))


def run(store: CrmStore, folder: Path, tmp_path: Path) -> dict[str, Any]:
    return import_crm(store, folder, read_mapping("maven"), NOW, tmp_path / "rejects")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "export"
    path.mkdir()
    return path


@pytest.mark.skipif(not MAVEN.is_dir(), reason="the shared Maven export is not here")
def test_maven_export_is_repaired_reported_and_unchanged_on_return(tmp_path: Path) -> None:
    store = CrmStore(tmp_path)
    first = import_crm(store, MAVEN, find_mapping(MAVEN), NOW, tmp_path / "rejects")
    assert first == {
        "imported": {"people": 35, "companies": 85, "products": 7, "opportunities": 6177},
        "unchanged": 0,
        "repaired": [
            {"table": "companies", "field": "industry", "from": "technolgy", "to": "technology",
             "rows": 12},
            {"table": "opportunities", "field": "product_id", "from": "GTXPro", "to": "GTX Pro",
             "rows": 1035},
            {"table": "opportunities", "field": "company_id", "from": "", "to": None, "rows": 989},
        ],
        "rejected": 0,
        "rejects_file": None,
    }  # fmt: skip
    again = import_crm(store, MAVEN, find_mapping(MAVEN), NOW, tmp_path / "rejects")
    assert set(again["imported"].values()) == {0}
    assert again["unchanged"] == 6304
    assert sum(row["parent_id"] is not None for row in store.rows("companies")) == 15
    outcomes = [row["outcome"] for row in store.rows("opportunities")]
    assert (outcomes.count("won"), outcomes.count("lost")) == (2950, 1772)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16", "utf-16-le"])
def test_reads_every_common_encoding(folder: Path, tmp_path: Path, encoding: str) -> None:
    write_maven(folder, accounts="Müller,retail,1999,1.5,10,Österreich,\n", encoding=encoding)
    store = CrmStore(tmp_path)
    run(store, folder, tmp_path)
    assert [(r["name"], r["country"]) for r in store.rows("companies")] == [
        ("Müller", "Österreich")
    ]


@pytest.mark.parametrize("mark", [";", "\t"])
def test_finds_the_delimiter(folder: Path, tmp_path: Path, mark: str) -> None:
    write_maven(folder)
    for file in folder.iterdir():
        file.write_text(file.read_text().replace(",", mark))
    store = CrmStore(tmp_path)
    answer = run(store, folder, tmp_path)
    assert answer["imported"] == {"people": 1, "companies": 1, "products": 1, "opportunities": 1}


def test_bad_rows_are_counted_with_line_and_reason(folder: Path, tmp_path: Path) -> None:
    rows = (
        "A1,Ann Lee,GTX Pro,Acme,Won,2017-01-02,2017-02-03,4800\n"
        "A2,Ann Lee,GTX Pro,Acme,Won,2017-01-02,2017-02-03,nan\n"
        "A3,Ann Lee,GTX Pro,Acme,Won,soon,2017-02-03,1\n"
        "A1,Ann Lee,GTX Pro,Acme,Won,2017-01-02,2017-02-03,4800\n"
        ",Ann Lee,GTX Pro,Acme,Won,2017-01-02,2017-02-03,1\n"
        'A4,Ann Lee,GTX Pro,"Acme,Won,2017-01-02,2017-02-03,1\n'
        "A5,Ann Lee,GTX Pro,Acme,Won,2017-01-02,2017-02-03,7\n"
        "A6,Ann Lee,GTX P"
    )
    write_maven(folder, pipeline=rows)
    store = CrmStore(tmp_path)
    answer = run(store, folder, tmp_path)
    assert [row["id"] for row in store.rows("opportunities")] == ["A1", "A5"]
    assert answer["rejected"] == 6
    entries = [json.loads(line) for line in Path(answer["rejects_file"]).read_text().splitlines()]
    assert [entry["line"] for entry in entries] == [3, 4, 5, 6, 7, 9]
    assert entries[0]["reason"] == "close_value: 'nan' is not a finite number"
    assert entries[2]["reason"] == "same key as line 2: 'A1'"
    assert entries[4]["reason"] == "a quote is opened and never closed"


def test_dangling_and_ambiguous_keys_become_null_never_a_guess(
    folder: Path, tmp_path: Path
) -> None:
    accounts = "Acme-Co,retail,1999,1,1,Kenya,\nAcme Co,retail,1999,1,1,Kenya,\n"
    rows = (
        "A1,Ann Lee,GTX Pro,AcmeCo,Won,2017-01-02,2017-02-03,1\n"
        "A2,Ann Lee,GTX Pro,Ghost,Won,2017-01-02,2017-02-03,1\n"
    )
    write_maven(folder, accounts=accounts, pipeline=rows)
    store = CrmStore(tmp_path)
    answer = run(store, folder, tmp_path)
    assert [row["company_id"] for row in store.rows("opportunities")] == [None, None]
    assert answer["rejected"] == 0
    entries = [json.loads(line) for line in Path(answer["rejects_file"]).read_text().splitlines()]
    assert [entry["kept"] for entry in entries] == [True, True]
    assert [fix["row_id"] for fix in store.rows("data_fixes")] == ["A1", "A2"]


def test_a_changed_row_is_updated_and_the_rest_left_alone(folder: Path, tmp_path: Path) -> None:
    write_maven(folder)
    store = CrmStore(tmp_path)
    run(store, folder, tmp_path)
    write_maven(folder, accounts="Acme,retail,1999,1.5,99,Kenya,\n")
    answer = run(store, folder, tmp_path)
    assert answer["imported"] == {"people": 0, "companies": 1, "products": 0, "opportunities": 0}
    assert answer["unchanged"] == 3
    company = store.rows("companies")[0]
    assert (company["employees"], company["row_version"]) == (99, 2)


def test_a_missing_file_or_column_stops_before_anything_is_written(
    folder: Path, tmp_path: Path
) -> None:
    write_maven(folder)
    store = CrmStore(tmp_path)
    (folder / "sales_pipeline.csv").write_text("opportunity_id,sales_agent\nA,B\n")
    with pytest.raises(InputError, match="lacks column 'product'"):
        run(store, folder, tmp_path)
    (folder / "sales_pipeline.csv").unlink()
    with pytest.raises(InputError, match=r"lacks sales_pipeline\.csv"):
        run(store, folder, tmp_path)
    assert store.count("people") == 0


def test_hubspot_export_brings_owners_ids_and_outcomes(folder: Path, tmp_path: Path) -> None:
    (folder / "companies.csv").write_text(
        "Record ID,Company name,Company Domain Name,Company owner\n"
        "101,Tarn Foods,https://www.tarn.example/home,Ann Lee\n"
    )
    (folder / "contacts.csv").write_text(
        "Record ID,First Name,Last Name,Email,Associated Company IDs\n"
        "7,JÃ¼rgen,Vogel,J.Vogel@TARN.example,101;102\n8,,,no.name@tarn.example,999\n",
        encoding="utf-8",
    )
    (folder / "deals.csv").write_text(
        "Record ID,Deal Name,Deal Stage,Close Date,Amount,Associated Company IDs,Deal owner\n"
        '5,"Two\nlines",Closed Won,2026-01-31 10:00,"1,200.50",101,Ann Lee\n'
    )
    store = CrmStore(tmp_path)
    import_crm(store, folder, read_mapping("hubspot"), NOW, tmp_path / "rejects")
    assert [row["name"] for row in store.rows("people")] == ["Ann Lee"]
    assert store.rows("companies")[0]["domain"] == "tarn.example"
    contacts = [(r["id"], r["name"], r["email"], r["company_id"]) for r in store.rows("contacts")]
    assert contacts == [
        ("hs-7", "Jürgen Vogel", "j.vogel@tarn.example", "hs-101"),
        ("hs-8", "no.name@tarn.example", "no.name@tarn.example", None),
    ]
    deal = store.rows("opportunities")[0]
    assert (deal["name"], deal["outcome"], deal["closed_at"], deal["amount"]) == (
        "Two\nlines", "won", "2026-01-31", 1200.5,
    )  # fmt: skip


def test_salesforce_export_keeps_open_deals_open(folder: Path, tmp_path: Path) -> None:
    (folder / "Account.csv").write_text("Id,Name,ParentId\n001A,Head,\n001B,Arm,001A\n")
    (folder / "Contact.csv").write_text(
        "Id,FirstName,LastName,AccountId,HasOptedOutOfEmail\n003A,Jo,Mulder,001B,true\n"
    )
    (folder / "Opportunity.csv").write_text(
        "Id,Name,StageName,AccountId,CloseDate,OwnerId\n006A,Deal,Prospecting,001B,2026-09-01,005X\n"
    )
    store = CrmStore(tmp_path)
    answer = import_crm(store, folder, find_mapping(folder), NOW, tmp_path / "rejects")
    assert answer["rejected"] == 0
    assert store.rows("companies")[1]["parent_id"] == "001A"
    assert store.rows("contacts")[0]["do_not_contact"] is True
    deal = store.rows("opportunities")[0]
    assert (deal["outcome"], deal["closed_at"], deal["expected_close"]) == (
        None,
        None,
        "2026-09-01",
    )
