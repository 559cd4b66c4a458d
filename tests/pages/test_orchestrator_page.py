"""The page of plans: the tree, the three off-path cases, and a decision with one click."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from fleet.adapters.store.schema import opportunities
from tests.support.console_home import ROOT
from tests.support.off_path import AMBIGUOUS, ENV, OffPath
from tests.support.rdav_store import ASKS


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[OffPath]:
    for name, value in (ENV | {"FLEET_HOME": str(tmp_path)}).items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("FLEET_STORE_URL", raising=False)
    st.cache_resource.clear()
    made = OffPath(tmp_path)
    yield made
    made.fleet.close()


def page(kind: str | None = None) -> AppTest:
    test = AppTest.from_file(str(ROOT / "pages" / "orchestrator.py"), default_timeout=60).run()
    if kind:
        test.button_group[0].set_value(kind).run()
    assert not test.exception
    return test


def press(test: AppTest, label: str) -> AppTest:
    next(button for button in test.button if button.label == label).click().run()
    assert not test.exception
    return test


def tree(test: AppTest) -> list[tuple[str, str, str, str]]:
    """Return the plan's rows as words, without badges and small print."""
    rows = test.table[0].value
    return [
        tuple(str(cell).split("  \n")[0].replace("\u2003", "  ") for cell in row)  # type: ignore[misc]  # four columns
        for row in rows.itertuples(index=False)
    ]


def said(test: AppTest) -> str:
    return " ".join(item.value for item in (*test.markdown, *test.text)).replace("\\", "")


def test_an_ambiguous_mail_is_shown_with_its_text_and_why_it_waits(world: OffPath) -> None:
    world.ambiguous()
    test = page("handed_over")
    assert test.title[0].value == "1 step waits for you; 1 contact ended in a named state"
    assert AMBIGUOUS in test.text[0].value
    assert "Held because its evidence is 0.25 sure, it needs 0.30." in said(test)
    assert "Ambiguous mail:" in said(test)
    assert tree(test) == [
        (
            "**Goal: Answer the contact's mail**",
            ":small[1 of 2 allowed]", ":small[1 done]", ":small[1 proved]",
        ),
        ("└ **1 Score the mail**", ":green-badge[▲ ALLOW]", ":green-badge[▲ done]",
         ":green-badge[▲ proved]"),
        ("  └ **2 Draft a reply**", ":orange-badge[◆ HOLD]", ":orange-badge[◆ waits for you]",
         ":gray[○ not acted]"),
    ]  # fmt: skip


def test_a_flaky_enrichment_is_shown_with_its_tries(world: OffPath) -> None:
    world.flaky()
    test = page("flaky")
    assert "Flaky enrichment:" in said(test)
    proofs = " ".join(str(row) for row in test.table[0].value["Verify"])
    assert "it took 3 tries" in proofs


def test_a_reply_in_the_middle_is_shown_as_overtaken(world: OffPath) -> None:
    world.replied()
    test = page("superseded")
    assert "Reply mid-automation:" in said(test)
    acts = [row[2] for row in tree(test)]
    assert acts == [":small[1 done]", ":green-badge[▲ done]", ":gray-badge[○ overtaken]"]
    assert "stopped: they replied" in said(test)


def test_one_click_approves_acts_and_proves(world: OffPath) -> None:
    world.ambiguous()
    test = press(page(), "Approve")
    assert [
        (row["status"], bool(row["decided_by"])) for row in world.steps(action="draft_reply")
    ] == [("done", True)]
    assert [draft["status"] for draft in world.drafts()] == ["pending"]
    assert test.title[0].value == "No step waits; 1 contact ended in a named state"
    assert test.toast[0].value == "Done, and the rows prove it."


def test_one_click_rejects_with_the_reason_kept(world: OffPath) -> None:
    world.ambiguous()
    test = page()
    next(box for box in test.text_input if box.label == "Why").input("I call her instead")
    press(test, "Reject")
    (row,) = world.steps(action="draft_reply")
    assert row["status"] == "rejected"
    assert world.drafts() == []
    (case,) = world.cases()
    assert (case["note"], case["status"]) == ("I call her instead", "quarantined")


def test_a_changed_stage_is_approved_as_changed(world: OffPath) -> None:
    world.flaky()
    test = page()
    assert "qualification → proposal" in said(test)
    box = next(item for item in test.selectbox if item.label == "To stage")
    box.set_value("negotiation").run()
    press(test, "Approve the change")
    assert world.row(opportunities, "op-flo")["stage"] == "negotiation"
    assert sorted(row["status"] for row in world.steps(action="update_stage")) == ["done", "edited"]


def test_a_decision_that_somebody_else_took_first_is_said(world: OffPath) -> None:
    from fleet.runtime.rdav_decide import decide_step

    world.ambiguous()
    test = page()
    (held,) = world.steps(status="waiting")
    decide_step(world.fleet, held["id"], approve=False, actor="bob")
    press(test, "Approve")
    assert "is rejected: it waits for nobody" in test.toast[0].value.replace("\\", "")
    assert world.drafts() == []


def test_without_any_plan_the_page_says_how_to_make_one(world: OffPath) -> None:
    del world
    assert page().title[0].value == "No contact has a plan yet"


@pytest.mark.parametrize(
    ("case", "shown"),
    [
        ("handed_over", "its evidence is 0.25 sure, it needs 0.30"),
        ("flaky", "it took 3 tries"),
        ("superseded", "overtaken"),
    ],
)
def test_a_case_that_never_happened_can_be_played(world: OffPath, case: str, shown: str) -> None:
    world.run(contact_id=world.person("ann", "Ann Other", ASKS))  # a plan on the path
    test = press(page(case), "Play an example")
    assert "A played example" in said(test)
    assert shown in " ".join(str(cell) for cell in test.table[0].value.to_numpy().ravel())
    assert {row["run_id"].split(":")[1] for row in world.steps()} == {"ct-ann"}
