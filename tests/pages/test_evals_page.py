"""Prompt evals: what reaches its bar, what a model did, and cases that a second person admits."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
import streamlit as st

from fleet.__main__ import main
from fleet.adapters.golden import prompt_names
from tests.support.console_home import add_draft, make_home, queue_of
from tests.support.eval_data import golden_cases, opinion, own_data, write_lines
from tests.support.pages import run_page, said

VISITOR = "test@example.com"  # whom the page test signs in as
HOSTILE = "[click](http://evil.example) :red[me] <b>now</b>"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("FLEET_HOME", str(tmp_path))
    for name in ("FLEET_STORE_URL", "FLEET_GATEWAY_URL", "LANGSMITH_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    st.cache_resource.clear()
    st.cache_data.clear()
    make_home(tmp_path)
    yield tmp_path
    st.cache_data.clear()


page = partial(run_page, "evals")


def test_every_path_is_shown_with_its_bound_and_a_link_opens_one(home: Path) -> None:
    shown = page(path="panel.lens")
    paths = len(prompt_names())
    assert shown.title[0].value == f"All {paths} prompt paths reach their bar by rule"
    assert shown.selectbox[0].value == "panel.lens"
    assert "**24 of 24** cases · lower bound 0.862 · bar 0.80" in said(shown)
    shown.selectbox[0].select("intent.score").run()
    assert "**33 of 34** cases · lower bound 0.851" in said(shown)
    table = shown.table[0].value
    assert list(table["Case"]) == ["**inject\\-quote**"]
    assert list(table["Fails"]) == ["label, score"]
    assert "No cases in quarantine" in [item.value for item in shown.subheader]


def test_a_second_person_admits_a_case_and_its_maker_may_not(home: Path) -> None:
    queue = queue_of(home)
    for key, actor in (("a", "ann"), ("b", VISITOR)):
        draft_id = add_draft(queue, key, name=HOSTILE)
        queue.reject(draft_id, reason="wrong_fact", actor=actor, note=HOSTILE)
    shown = page()
    assert "2 cases in quarantine" in [item.value for item in shown.subheader]
    buttons = [button for button in shown.button if button.label == "Admit"]
    assert [button.disabled for button in buttons] == [False, True]
    assert [item.value for item in shown.text].count(HOSTILE) == 2
    assert "evil.example" not in said(shown).replace("\\", "")
    buttons[0].click().run()
    assert [item.value for item in shown.toast] == ["The case is admitted."]
    assert "1 case in quarantine" in [item.value for item in shown.subheader]
    assert "1 admitted, 0 refused so far" in said(shown)
    shown.selectbox[0].select("drafting.reply").run()
    assert "of 39** cases" in said(shown)
    next(button for button in shown.button if button.label == "Refuse").click().run()
    assert "1 admitted, 1 refused so far" in said(shown)


def test_what_a_model_did_is_shown_from_the_last_record(home: Path, tmp_path: Path) -> None:
    assert page(engine="model").title[0].value == "No prompt path was answered by a model yet"
    rows = [
        {"prompt": "autonomy.judge", "case": case["id"], "reply": opinion(0.9)}
        for case in golden_cases("autonomy.judge")
    ]
    file = write_lines(tmp_path / "kind.jsonl", rows)
    words = ["evals", "--prompt", "autonomy.judge", "--transcript", str(file), "--record"]
    assert main(words) == 1
    shown = page(engine="model")
    assert shown.title[0].value == "autonomy.judge is below its bar with a model"
    bad = sum(not case["expect"]["sends"] for case in golden_cases("autonomy.judge"))
    assert f"**{22 - bad} of 22** cases" in said(shown)
    assert set(shown.table[0].value["Fails"]) == {"verdict"}


def test_a_changed_prompt_and_a_broken_set_are_said(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with own_data(tmp_path / "own", monkeypatch) as data:
        file = data / "prompts" / "intent.score.md"
        file.write_text(file.read_text("utf-8") + "\nBe quick.\n", "utf-8")
        shown = page()
        assert shown.title[0].value == "intent.score is below its bar by rule"
        assert "Changed since its last passing report" in shown.warning[0].value
        (data / "golden" / "panel.lens.jsonl").write_text("{", "utf-8")
        broken = page()
        assert broken.title[0].value == "The golden sets cannot be run"
        assert "mend the golden set" in broken.error[0].value


def test_paths_that_no_model_answered_are_not_passed_over(home: Path, tmp_path: Path) -> None:
    rows = [
        {"prompt": "autonomy.judge", "case": case["id"],
         "reply": opinion(0.95 if case["expect"]["sends"] else 0.1)}
        for case in golden_cases("autonomy.judge")
    ]  # fmt: skip
    file = write_lines(tmp_path / "right.jsonl", rows)
    assert main(["evals", "--prompt", "autonomy.judge", "--transcript", str(file), "--record"]) == 0
    title = page(engine="model").title[0].value
    assert title == "1 of 9 prompt paths reaches its bar with a model, 8 not asked"
