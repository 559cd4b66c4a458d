"""Leads, drawn without a browser over deals that teach: order, reasons, paths, doubts."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
import streamlit as st
from streamlit.testing.v1 import AppTest

from fleet.__main__ import main
from fleet.adapters.store.eval_cases import admit
from fleet.adapters.store.open import open_store
from fleet.adapters.store.schema import (
    companies,
    contacts,
    data_fixes,
    emails,
    eval_cases,
    opportunities,
    scores,
)
from fleet.ports import Store
from tests.support.console_home import ROOT, make_home
from tests.support.lead_world import OPEN, lead_home
from tests.support.pages import run_page, said

BEST = "p163"  # a director by referral: among the highest chances


@pytest.fixture(scope="module")
def scored(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home whose leads are scored; each test works on a copy of it."""
    folder = tmp_path_factory.mktemp("leads")
    queue = lead_home(folder)
    assert main(["run", "recommend", "--home", str(folder), "--json"]) == 0
    queue.store.close()  # type: ignore[attr-defined] # engine store
    return folder


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("FLEET_HOME", str(tmp_path))
    monkeypatch.delenv("FLEET_STORE_URL", raising=False)
    st.cache_resource.clear()
    return tmp_path


@pytest.fixture
def store(home: Path, scored: Path) -> Iterator[Store]:
    import shutil

    shutil.copytree(scored, home, dirs_exist_ok=True)
    opened = open_store(f"sqlite:///{home / 'fleet.db'}")
    yield opened
    opened.close()


page = partial(run_page, "leads")


def press(test: AppTest, key: str) -> AppTest:
    next(button for button in test.button if str(button.key).startswith(key)).click().run()
    assert not test.exception
    return test


def test_scored_deals_without_a_contact_are_told_and_not_scored_in_vain(store: Store) -> None:
    store.write(sa.delete(scores).where(scores.c.subject_table == "contacts"))
    shown = page()
    assert "no contact stands on any of the" in said(shown)
    assert "No lead is scored yet" not in said(shown)
    assert [button.label for button in shown.button] == []


def test_an_empty_store_says_why_and_offers_the_one_next_step(home: Path) -> None:
    make_home(home)
    shown = page()
    assert "No lead is scored yet" in said(shown)
    assert [button.label for button in shown.button] == ["Score leads"]


@pytest.mark.usefixtures("store")
def test_leads_stand_by_chance_with_interval_reason_and_next_step() -> None:
    shown = page()
    table = shown.dataframe[0].value
    assert len(table) == OPEN
    assert list(table["Chance"]) == sorted(table["Chance"], reverse=True)
    assert "Person 163" in set(table["Lead"][:3])
    low, high = (float(part) for part in table["95 % interval"][0].split(" to "))
    assert low <= table["Chance"][0] <= high
    assert all(picture.startswith("data:image/svg+xml,") for picture in table["0 to 1"])
    assert set(table["Next"]) <= {"Contact", "Ask first", "Wait"}
    assert set(table["Why here"][:2]) <= {"Came by referral", "Seniority: director"}


@pytest.mark.usefixtures("store")
def test_an_address_opens_a_lead_and_an_unknown_one_is_said() -> None:
    shown = page(**{"for": f"contact:{BEST}"})
    assert shown.subheader[0].value == "Person 163: look at this account next"
    assert "There is no contact ghost" in said(page(**{"for": "contact:ghost"}))


@pytest.mark.usefixtures("store")
def test_what_a_hop_or_a_key_is_worth_is_told_in_words() -> None:
    words = said(page(**{"for": f"contact:{BEST}"}))
    assert "without contacts\\.company\\_id it ranks 2nd, now 1st." in words
    assert "Take a hop away: without" in words


def test_a_row_is_shown_as_it_was_when_it_was_recommended(store: Store) -> None:
    shown = press(page(**{"for": f"contact:{BEST}"}), "row:main 0")
    assert "when a path over it was recommended." in said(shown)
    renamed = sa.update(contacts).where(contacts.c.id == BEST).values(name="Renamed")
    store.write(renamed)
    shown = press(page(**{"for": f"contact:{BEST}"}), "row:main 0")
    assert "1 of the fields that the ranking reads changed since" in said(shown)
    row = next(t.value for t in shown.dataframe if "As it was" in t.value).iloc[0]
    assert (row["Field"], row["Now"], row["As it was"]) == ("name", "Renamed", "Person 163")


def test_a_wrong_edge_becomes_a_data_fix_and_a_case_and_stays_flagged(store: Store) -> None:
    shown = press(page(**{"for": f"contact:{BEST}"}), "row:main 1")
    press(shown, "wrong:")
    fixes, cases = store.read(sa.select(data_fixes)), store.read(sa.select(eval_cases))
    assert [(f["table_name"], f["row_id"], f["field"], f["status"]) for f in fixes] == [
        ("contacts", BEST, "company_id", "open")
    ]
    assert [(c["prompt"], c["status"], c["expected"]) for c in cases] == [
        ("recommender.explain", "quarantined", {"shown": False})
    ]
    evals = AppTest.from_file(str(ROOT / "pages" / "evals.py"), default_timeout=60).run()
    assert "contacts\\:p163 → companies\\:c163" in said(evals)
    again = page(**{"for": f"contact:{BEST}"})
    assert ":orange-badge[:material/flag: doubted]" in said(again)
    assert "dropped" not in said(again)  # the key joins its rows until somebody mends it
    press(press(again, "row:main 1"), "wrong:")
    assert len(store.read(sa.select(data_fixes))) == 1


def test_a_key_that_two_people_call_wrong_is_walked_no_more_and_its_case_says_so(
    store: Store, capsys: pytest.CaptureFixture[str]
) -> None:
    def cells() -> dict[str, Any]:
        assert main(["evals", "--prompt", "recommender.explain", "--json"]) in (0, 1, 10)
        report = json.loads(capsys.readouterr().out.splitlines()[0])
        return dict(report["cells"])

    press(press(page(**{"for": f"contact:{BEST}"}), "row:main 1"), "wrong:")
    capsys.readouterr()
    assert "not_shown" not in cells()
    case = store.read(sa.select(eval_cases.c.id))[0]["id"]
    admit(store, case, actor="a second person", now=datetime.now(UTC))
    assert cells()["not_shown"] == {"passed": 1, "n": 1}
    shown = page(**{"for": f"contact:{BEST}"})
    assert "1 dropped: two people say this key is wrong" in said(shown)
    assert shown.subheader[0].value == "Person 163: move this deal next"
    words = [str(button.label) for button in shown.button if str(button.key).startswith("row:main")]
    assert words == [":small[contacts\\:p163]", ":small[opportunities\\:o163]"]
    store.write(sa.update(data_fixes).values(status="done"))
    assert "dropped" not in said(page(**{"for": f"contact:{BEST}"}))


def test_the_rows_that_speak_for_a_lead_are_walked_and_weighed(store: Store) -> None:
    won = {
        "id": "old", "name": "Old deal", "company_id": "c163", "outcome": "won",
        "opened_at": "2026-01-02", "closed_at": "2026-02-02",
    }  # fmt: skip
    store.insert_many(opportunities, [won])  # type: ignore[attr-defined] # engine store
    shown = page(**{"for": f"contact:{BEST}"})
    names = [str(button.label) for button in shown.button if str(button.key).startswith("row:main")]
    assert names == [f":small[{name}]" for name in (
        "opportunities\\:old", "companies\\:c163", "contacts\\:p163",
    )]  # fmt: skip
    assert "Take a hop away: without opportunities\\:old it keeps that place." in said(shown)
    assert [tab.label for tab in shown.tabs][1].startswith("What next, ")


def test_a_contact_that_is_suppressed_is_no_lead(store: Store) -> None:
    silent = sa.update(contacts).where(contacts.c.id == BEST).values(do_not_contact=True)
    store.write(silent)
    shown = page()
    assert len(shown.dataframe[0].value) == OPEN - 1
    assert "Person 163" not in set(shown.dataframe[0].value["Lead"])


def test_a_lead_whose_mail_wants_to_buy_says_that_first(store: Store) -> None:
    from fleet.adapters.store.schema import scores

    at = "2026-11-25T09:00:00.000000Z"
    store.insert_many(  # type: ignore[attr-defined] # engine store
        emails,
        [{
            "id": "em", "message_id": "m", "thread_id": "t", "direction": "in", "kind": "person",
            "from_address": "a@buyer.test", "to_address": "b@seller.test", "subject": "s",
            "body": "b", "reply": "b", "at": at, "contact_id": BEST,
        }],
    )  # fmt: skip
    store.insert_many(  # type: ignore[attr-defined] # engine store
        scores,
        [{
            "id": "intent:em", "kind": "intent", "subject_table": "emails", "subject_id": "em",
            "value": 0.8, "label": "hot", "method": "keyword", "detail": {}, "confidence": 0.5,
            "reason": "r", "source": "rule", "evidence": [], "recorded_at": at,
        }],
    )  # fmt: skip
    table = page().dataframe[0].value.set_index("Lead")
    assert (table["Intent"]["Person 163"], table["Why here"]["Person 163"]) == (
        "0.80", "Newest mail wants to buy",
    )  # fmt: skip


def test_leads_of_rows_that_vanished_are_drawn_without_them(store: Store) -> None:
    store.write(sa.delete(opportunities).where(opportunities.c.id == "o163"))
    store.write(sa.delete(companies).where(companies.c.id == "c163"))
    shown = page(**{"for": f"contact:{BEST}"})
    assert shown.subheader[0].value == "Person 163: nothing to recommend"
