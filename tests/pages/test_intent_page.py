"""The scored inbox, drawn without a browser over a real store, and the place to try a mail."""

import json
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import streamlit as st

from fleet.__main__ import main
from fleet.adapters.files import read_policies
from fleet.adapters.store.review_queue import ReviewQueue
from fleet.adapters.store.schema import companies, contacts, emails, scores
from fleet.runtime.model_paths import IntentPath
from fleet.ui.intent_text import Mark, find_marks, marked
from tests.support.console_home import make_home
from tests.support.pages import run_page, said

HOSTILE = "**bold** [x](https://evil.test) <script>alert(1)</script> please send a quote"
BUYS = "We want to buy 40 seats and sign the contract this week. Please send the price."
ASKS = "Can you tell me the price of the starter pack? It is urgent."
LEAVES = "Please remove me from your list."


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("FLEET_HOME", str(tmp_path))
    for name in ("FLEET_STORE_URL", "FLEET_GATEWAY_URL"):
        monkeypatch.delenv(name, raising=False)
    st.cache_resource.clear()
    return tmp_path


page = partial(run_page, "intent")


def put_mail(queue: ReviewQueue, key: str, text: str, *, scored: bool = True, **more: Any) -> None:
    """Put a mail of a contact into the store, scored by the fleet's own engine."""
    put = queue.store.insert_many  # type: ignore[attr-defined] # engine store
    put(companies, [{"id": f"co-{key}", "name": f"Company {key}"}])
    put(contacts, [{"id": f"ct-{key}", "name": f"Name {key}", "company_id": f"co-{key}"}])
    at = f"2026-11-2{len(key)}T09:00:00.000000Z"
    mail = {
        "id": f"em-{key}", "message_id": key, "thread_id": key, "direction": "in",
        "from_address": f"{key}@buyer.test", "to_address": "rep@seller.test",
        "subject": f"Subject {key}", "body": text, "reply": text, "kind": "person", "at": at,
        "contact_id": f"ct-{key}", "handled_at": at, "handled_as": "created",
    }  # fmt: skip
    put(emails, [mail | more])
    if not scored:
        return
    found = IntentPath(read_policies(), None).score(mail["subject"], text).as_json()
    put(
        scores,
        [{
            "id": f"intent:em-{key}", "kind": "intent", "subject_table": "emails",
            "subject_id": f"em-{key}", "value": found["score"], "label": found["label"],
            "method": found["method"], "detail": found, "confidence": found["confidence"],
            "reason": found["reason"], "source": "rule", "recorded_at": at,
            "evidence": [{"table": "emails", "id": f"em-{key}"}],
        }],
    )  # fmt: skip


def test_an_empty_store_says_how_mail_comes_in(home: Path) -> None:
    make_home(home)
    shown = page()
    assert shown.title[0].value == "No mail has come in"
    assert "`fleet import mail PATH`" in said(shown)
    next(button for button in shown.button if button.label == "Try a mail here").click().run()
    assert "nothing is stored" in said(shown)


def test_mails_that_wait_are_counted_and_can_be_read(home: Path) -> None:
    put_mail(make_home(home), "a", BUYS, scored=False, handled_at=None, handled_as=None)
    shown = page()
    assert shown.title[0].value == "No mail is scored yet"
    assert "1 wait to be read" in said(shown)
    assert "Name a waits to be read" in shown.subheader[0].value


def test_the_strongest_mail_comes_first_with_its_words_marked(home: Path) -> None:
    queue = make_home(home)
    put_mail(queue, "ask", ASKS)
    put_mail(queue, "buyer", BUYS)
    shown = page()
    assert shown.title[0].value == "1 mail wants to buy, 1 more is interested"
    table = shown.dataframe[0].value
    assert list(table["From"]) == ["Name buyer", "Name ask"]
    assert list(table["What"]) == ["Wants to buy", "Is interested"]
    assert table["Wants to buy"][0] > table["Wants to buy"][1]
    assert shown.subheader[0].value == "Name buyer wants to buy"
    assert "want to :small[**1**] :blue-background[buy] 40 :small[**2**] " in said(shown)
    assert "**Why** keywords\\: buy" in said(shown)


def test_an_address_opens_a_mail_a_label_and_an_order(home: Path) -> None:
    queue = make_home(home)
    put_mail(queue, "ask", ASKS)
    put_mail(queue, "buyer", BUYS)
    assert page(mail="em-ask").subheader[0].value == "Name ask is interested"
    assert list(page(label="hot").dataframe[0].value["From"]) == ["Name buyer"]
    assert page(order="urgency").dataframe[0].value["Urgency"].iloc[0] == pytest.approx(0.8)
    gone = page(mail="em-none")
    assert "There is no inbound mail em\\-none in the store" in said(gone)


def test_a_filter_that_hides_all_says_so_and_can_be_taken_off(home: Path) -> None:
    put_mail(make_home(home), "buyer", BUYS)
    shown = page()
    shown.text_input(key="intent.words").input("nobody of this name").run()
    assert "No mail passes this filter" in said(shown)
    next(button for button in shown.button if button.label == "Show all").click().run()
    assert list(shown.dataframe[0].value["From"]) == ["Name buyer"]
    shown.text_input(key="intent.words").input("COMPANY BUY").run()
    assert list(shown.dataframe[0].value["From"]) == ["Name buyer"]


def test_an_opt_out_stopped_before_any_score_and_its_words_are_red(home: Path) -> None:
    queue = make_home(home)
    put_mail(queue, "buyer", BUYS)
    put_mail(queue, "gone", LEAVES, scored=False, kind="opt_out", handled_as="skipped:opt_out")
    shown = page(view="stopped")
    assert list(shown.dataframe[0].value["What"]) == ["Opt-out"]
    assert shown.subheader[0].value == "Name gone wants no further mail"
    assert ":red-background[" in said(shown)
    assert "a rule said so before any score" in said(shown)
    assert page(mail="em-gone").subheader[0].value == "Name gone wants no further mail"


def test_what_a_simulation_played_is_counted_and_left_out(home: Path) -> None:
    queue = make_home(home)
    put_mail(queue, "buyer", BUYS)
    put_mail(queue, "played", BUYS, message_id="<simulated-reply-1.7@buyer.test>")
    shown = page()
    assert list(shown.dataframe[0].value["From"]) == ["Name buyer"]
    assert "Left out: 1 of a simulated past." in said(shown)


def test_scores_that_are_not_whole_are_drawn_as_far_as_they_go(home: Path) -> None:
    queue = make_home(home)
    put_mail(queue, "bare", BUYS, scored=False)
    queue.store.insert_many(  # type: ignore[attr-defined] # engine store
        scores,
        [{
            "id": "odd", "kind": "intent", "subject_table": "emails", "subject_id": "em-bare",
            "value": None, "label": None, "method": "abacus", "confidence": 0.1, "reason": HOSTILE,
            "detail": {"urgency": "high", "evidence": [3, {"quote": "seats"}]}, "source": "rule",
            "recorded_at": "2026", "evidence": [],
        }],
    )  # fmt: skip
    shown = page(order="newest")
    assert shown.subheader[0].value == "Name bare has no label"
    assert ":small[**1**] :blue-background[seats]" in said(shown)
    assert "://evil.test" not in said(shown).replace("\\", "")


def test_the_place_to_try_a_mail_answers_as_the_command_does(
    home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    make_home(home)
    body = f"{BUYS}\n\nOn Mon, 2 Nov 2026, Ana wrote:\n> Please remove me from your list."
    file = tmp_path / "mail.jsonl"
    file.write_text(json.dumps({"id": "1", "subject": "Hi", "body": body}), "utf-8")
    capsys.readouterr()
    assert main(["score", "intent", str(file), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    shown = page(view="try")
    shown.text_input(key="intent.try.subject").input("Hi")
    shown.text_area(key="intent.try.body").input(body)
    next(button for button in shown.button if button.label == "Score it").click().run()
    assert not shown.exception
    assert {"id": "1"} | shown.session_state["intent.try.found"]["scores"] == told
    assert "characters of quoted history or signature were not read" in said(shown)


def test_a_mail_longer_than_what_is_read_is_scored_all_the_same_and_told(home: Path) -> None:
    make_home(home)
    shown = page(view="try")
    field = shown.text_area(key="intent.try.body")
    assert field.max_chars == 0  # the browser drops what is longer than a limit, without a word
    field.input(f"{BUYS} {'The weather is mild here. ' * 900}")
    next(button for button in shown.button if button.label == "Score it").click().run()
    assert not shown.exception
    assert shown.session_state["intent.try.found"]["scores"]["label"] == "hot"
    assert "Read and shown: at most 20,000 of its 23," in said(shown)


def test_each_sample_is_scored_at_once_and_hostile_text_stays_text(home: Path) -> None:
    make_home(home)
    shown = page(view="try")
    shown.pills(key="intent.try.sample").set_value("Opts out").run()
    assert ":red-background[" in said(shown)
    shown.text_area(key="intent.try.body").input(HOSTILE)
    next(button for button in shown.button if button.label == "Score it").click().run()
    assert "<script" not in said(shown).replace("\\<", "")
    assert "://evil.test" not in said(shown).replace("\\", "")


@pytest.mark.parametrize(
    ("evidence", "marks"),
    [
        ([{"start": 3, "end": 6, "quote": "buy"}], [Mark(3, 6, 1)]),
        ([{"start": 0, "end": 3, "quote": "buy"}], [Mark(3, 6, 1)]),  # moved: looked up
        ([{"start": 3, "quote": "buy"}, {"start": 4, "quote": "uy"}], [Mark(3, 6, 1)]),
        ([{"start": 3, "quote": "sell"}, "buy", None, {"quote": ""}], []),
        ("buy", []),
        (None, []),
    ],
)
def test_only_quotes_that_stand_in_the_mail_are_marked(evidence: Any, marks: list[Mark]) -> None:
    assert find_marks("to buy now", evidence) == marks


def test_a_mark_over_two_lines_is_tinted_in_both() -> None:
    assert marked("a b\nc d", [Mark(2, 5, 1)], "blue") == (
        "a :small[**1**] :blue-background[b]  \n:blue-background[c] d"
    )
