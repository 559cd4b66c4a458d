"""Rejected drafts as cases: a second person admits them, they run, and results become verdicts."""

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from fleet.__main__ import main
from fleet.adapters.clock import SystemClock
from fleet.adapters.store import eval_cases as cases
from fleet.adapters.store.audit import verify
from fleet.adapters.store.open import open_store
from fleet.adapters.store.schema import audit_log, emails, eval_cases, verdicts
from fleet.errors import InputError
from fleet.review.values import text_hash
from tests.support.console_home import add_draft, make_home, queue_of

Run = Callable[..., tuple[int, list[dict[str, Any]], str]]
NOW = SystemClock().now()


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("FLEET_GATEWAY_URL", "FLEET_STORE_URL", "LANGSMITH_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    make_home(tmp_path)
    return tmp_path


@pytest.fixture
def run(home: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    def ask(*words: str) -> tuple[int, list[dict[str, Any]], str]:
        capsys.readouterr()
        code = main(["evals", *words, "--json", "--home", str(home)])
        out, err = capsys.readouterr()
        return code, [json.loads(line) for line in out.splitlines()], err

    return ask


def reject(home: Path, key: str, body: str | None = None) -> str:
    """Reject a draft as Ann; return the id of its case."""
    queue = queue_of(home)
    draft_id = add_draft(queue, key, *([body] if body else []))
    queue.reject(draft_id, reason="wrong_fact", actor="ann", note="the price is old")
    store: Any = queue.store
    (row,) = store.read(
        sa.select(eval_cases.c.id).where(eval_cases.c.origin == f"drafts:{draft_id}")
    )
    store.close()
    return str(row["id"])


def test_only_a_second_person_admits_a_case(home: Path, run: Run) -> None:
    case = reject(home, "a")
    (listed,) = run("cases", "--status", "quarantined")[1]
    assert (listed["id"], listed["created_by"], listed["reason_code"]) == (
        case,
        "ann",
        "wrong_fact",
    )
    for name in ("ann", "Ann", " ANN "):
        code, out, err = run("admit", case, "--as", name)
        assert (code, out) == (2, [])
        assert err == f"fleet: case {case} was made by ann: a second person must admit it\n"
    assert run("admit", case, "--as", "bea")[:2] == (
        0, [{"id": case, "prompt": "reply", "status": "admitted", "changed": True}],
    )  # fmt: skip
    assert run("admit", case, "--as", "bea")[1][0]["changed"] is False
    code, _, err = run("refuse", case, "--as", "bea")
    assert (code, err) == (2, f"fleet: case {case} is admitted already: it cannot be changed\n")
    (row,) = run("cases")[1]
    assert (row["status"], row["admitted_by"]) == ("admitted", "bea")


def test_a_refusal_is_final_and_unknown_cases_are_named(home: Path, run: Run) -> None:
    case = reject(home, "a")
    assert run("refuse", case, "--as", "ann", "--note", "a slip")[0] == 0
    assert run("admit", case, "--as", "bea")[0] == 2
    assert "there is no case 'x'" in run("admit", "x", "--as", "bea")[2]
    store = open_store(f"sqlite:///{home / 'fleet.db'}")
    kinds = [row["kind"] for row in store.read(sa.select(audit_log.c.kind))]
    assert kinds.count("evals.refused") == 1
    assert kinds.count("evals.admitted") == 0
    assert verify(store).ok
    store.close()


def test_of_many_at_once_one_settles_a_case(home: Path) -> None:
    case = reject(home, "a")
    store = open_store(f"sqlite:///{home / 'fleet.db'}")

    def settle(number: int) -> str:
        act = cases.admit if number % 2 else cases.refuse
        try:
            return str(act(store, case, actor=f"p{number}", now=NOW)["changed"])
        except InputError:
            return "late"

    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(settle, range(16)))
    assert found.count("True") == 1
    kinds = [row["kind"] for row in store.read(sa.select(audit_log.c.kind))]
    assert sum(kind.startswith("evals.") for kind in kinds) == 1
    store.close()


def test_an_admitted_case_runs_in_its_path_until_its_mail_is_gone(home: Path, run: Run) -> None:
    before = run("--prompt", "drafting.reply")[1][0]
    first, again = reject(home, "a"), reject(home, "b")
    store: Any = open_store(f"sqlite:///{home / 'fleet.db'}")
    written = _written_by_rule(home, store, "em-b")
    store.write(
        sa.update(eval_cases).where(eval_cases.c.id == again)
        .values(case_input={"subject": "s", "body": written, "email_id": "em-b"})
    )  # fmt: skip
    assert run("--prompt", "drafting.reply")[1][0] == before  # quarantined cases are not run
    for case in (first, again):
        assert run("admit", case, "--as", "bea")[0] == 0
    report = run("--prompt", "drafting.reply")[1][0]
    assert (report["n"], report["admitted"]) == (before["n"] + 2, 2)
    mine = [item for item in report["failing"] if item["id"].startswith("eval_cases:")]
    assert mine == [{"id": f"eval_cases:{again}", "cells": ["not_again"]}]
    store.write(
        sa.update(eval_cases).where(eval_cases.c.id == again)
        .values(case_input={"subject": "s", "body": written, "email_id": "gone"})
    )  # fmt: skip
    store.close()
    _, (report,), err = run("--prompt", "drafting.reply")
    assert report["admitted"] == 1
    assert f"admitted case {again} is not run: its mail is no longer in the store" in err


def _written_by_rule(home: Path, store: Any, email_id: str) -> str:
    from fleet.adapters.files import read_policies
    from fleet.adapters.store.facts import load_facts
    from fleet.runtime.model_paths import DraftingPath, IntentPath
    from fleet.settings import read_settings

    policies = read_policies()
    facts = load_facts(store, email_id=email_id, settings=read_settings(str(home)), now=NOW)
    assert facts.mail is not None
    intent = IntentPath(policies, None).score(facts.mail.subject, facts.mail.body).as_json()
    return DraftingPath(policies, None).reply(facts, facts.mail, intent).composed.body


@pytest.mark.parametrize(
    ("prompt", "path", "why"),
    [
        ("clear.step", [], "nothing re-runs clear.step"),
        ("recommender.explain", [], "its rows are no longer in the store"),
        ("recommender.explain", ["hop"], "its rows are no longer in the store"),
        ("recommender.explain", [{"table": "contacts", "id": "none"}], "its rows are no longer"),
    ],
)
def test_cases_that_nothing_can_run_are_named_and_counted_nowhere(
    home: Path, run: Run, prompt: str, path: list[Any], why: str
) -> None:
    store: Any = open_store(f"sqlite:///{home / 'fleet.db'}")
    store.write(
        sa.insert(eval_cases).values(
            id="c1", prompt=prompt, origin="rep feedback", status="quarantined",
            case_input={"path": path}, expected={"shown": False}, created_by="ann",
            created_at="2026-11-25T00:00:00.000000Z",
        )
    )  # fmt: skip
    store.close()
    assert run("admit", "c1", "--as", "bea")[0] == 0
    code, reports, err = run("--prompt", "panel.lens")
    assert (code, reports[0]["admitted"]) == (0, 0)
    assert f"admitted case c1 is not run: {why}" in err


def test_results_are_kept_as_verdict_rows_that_the_gate_reads(
    home: Path, run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, (report,), err = run("--prompt", "panel.lens", "--record")
    assert code == 0, err
    assert "kept 24 verdict rows" in err
    store = open_store(f"sqlite:///{home / 'fleet.db'}")
    rows = store.read(sa.select(verdicts).order_by(verdicts.c.id))
    store.close()
    assert len(rows) == 24
    assert {(row["origin"], row["artifact"], row["version"]) for row in rows} == {
        ("evals", "panel.lens", report["prompt_digest"])
    }
    assert {row["record"]["task_success"] for row in rows} == {1.0}
    hostile = {
        row["record"]["safety_pass"] for row in rows if row["record"]["safety_pass"] is not None
    }
    assert hostile == {True}
    file = tmp_path / "verdicts.jsonl"
    file.write_text("".join(json.dumps(row["record"]) + "\n" for row in rows), "utf-8")
    capsys.readouterr()
    now = rows[0]["created_at"]
    assert main(["gate", "decide", "--verdicts", str(file), "--now", now, "--json"]) == 10
    decided = json.loads(capsys.readouterr().out)
    by_name = {item["name"]: item for item in decided["dimensions"]}
    assert (by_name["task_success"]["n"], by_name["task_success"]["estimate"]) == (24, 1.0)
    assert by_name["context_preserved"]["state"] == "INSUFFICIENT"


def test_the_text_of_a_case_is_what_was_rejected(home: Path) -> None:
    reject(home, "a", "The Beacon Gateway costs 5 EUR.")
    store = open_store(f"sqlite:///{home / 'fleet.db'}")
    (row,) = cases.list_cases(store)
    (mail,) = store.read(sa.select(emails))
    store.close()
    assert row["case_input"]["email_id"] == mail["id"]
    assert "costs 5 EUR" in row["case_input"]["body"]
    assert len(text_hash(row["case_input"]["subject"], row["case_input"]["body"])) > 8


def test_no_case_is_lost_behind_a_full_page(home: Path, run: Run, monkeypatch: Any) -> None:
    monkeypatch.setattr(cases, "PAGE", 4)
    store = open_store(f"sqlite:///{home / 'fleet.db'}")
    same = {"prompt": "reply", "origin": "x", "case_input": {}, "expected": {}, "created_by": "ann"}
    rows = [
        same | {"id": f"c{n:02}", "created_at": f"2026-01-0{1 + n // 5}",
                "status": "admitted" if n < 9 else "quarantined"}
        for n in range(22)
    ]  # fmt: skip
    store.write(*(sa.insert(eval_cases).values(row) for row in rows))
    try:
        assert [row["id"] for row in cases.list_cases(store)] == [f"c{n:02}" for n in range(22)]
        assert cases.count_cases(store) == {"admitted": 9, "quarantined": 13}
        first = cases.list_cases(store, "quarantined", most=6)
        assert [row["id"] for row in first] == [f"c{n:02}" for n in range(9, 15)]
    finally:
        store.close()
    assert len(run("cases", "--status", "quarantined")[1]) == 13
