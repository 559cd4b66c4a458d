"""`fleet panel run|show` from the outside: wire format, exit codes, one line, kept once."""

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import orjson
import pytest
import sqlalchemy as sa

from fleet.__main__ import main
from fleet.adapters.files import read_policies
from fleet.adapters.store.audit import verify
from fleet.adapters.store.open import open_store
from fleet.adapters.store.panels import list_panels
from fleet.adapters.store.schema import audit_log, model_calls, panels, traces
from fleet.runtime.panel import Panels, keep_run, stored_run
from tests.support.console_home import make_home
from tests.support.panel_briefs import RENEWAL, raw
from tests.support.panel_model import gateway_script
from tests.support.scripted_gateway import ScriptedGateway, always, status


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("FLEET_STORE_URL", raising=False)
    make_home(tmp_path)
    return tmp_path


def write(folder: Path, value: Any) -> str:
    file = folder / "brief.json"
    file.write_bytes(value if isinstance(value, bytes) else orjson.dumps(value))
    return str(file)


def rows(home: Path, table: sa.Table) -> list[dict[str, Any]]:
    store = open_store(f"sqlite:///{home / 'fleet.db'}")
    try:
        return store.read(sa.select(table))
    finally:
        store.close()


def test_run_prints_one_document_and_show_the_same_bytes(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()
    words = ["--home", str(home), "--json"]
    assert main(["panel", "run", write(home, RENEWAL), *words]) == 0
    first = capsys.readouterr().out
    answer = json.loads(first)
    assert first.count("\n") == 1
    assert set(answer) == {
        "id", "source", "touches", "dissent", "rounds", "objections", "transcript", "provenance",
    }  # fmt: skip
    assert main(["panel", "run", write(home, RENEWAL), *words]) == 0
    assert capsys.readouterr().out == first
    assert main(["panel", "show", answer["id"], *words]) == 0
    assert capsys.readouterr().out == first
    assert [row["id"] for row in rows(home, panels)] == [answer["id"]]
    assert [row["kind"] for row in rows(home, audit_log)] == ["panel"]


def test_people_read_days_angles_and_dissent(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()
    assert main(["panel", "run", write(home, RENEWAL), "--home", str(home)]) == 0
    text = capsys.readouterr().out
    assert "1. day  0 Mon email: A result in numbers" in text
    assert "dissent of strategist" in text


def test_a_panel_can_be_held_where_there_is_no_store(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["panel", "run", write(tmp_path, RENEWAL), "--home", str(tmp_path / "none"), "--json"]
    assert main(words) == 0
    said = capsys.readouterr()
    assert json.loads(said.out)["source"] == "panel"
    assert "fleet init" in said.err
    assert not (tmp_path / "none").exists()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is empty"),
        (b"  \n", "is empty"),
        (b"{", "is not JSON"),
        (b'{"goal": NaN}', "is not JSON"),
        ('{"goal": "caf\xe9"}'.encode("latin-1"), "is not UTF-8 at byte 13"),
        (b'{"goal": "\\ud800"}', "is not JSON"),
        (b"[" * 100_000, "is not JSON"),
        (b"\xef\xbb\xbf[]", "must be one JSON object, not a list"),
        (b"{}", "lacks 'goal'"),
        (b" " * 1_000_001, "is larger than 1000000 bytes"),
        (orjson.dumps(raw(offer_facts=[])), "offer_facts is empty"),
        (orjson.dumps(raw(constraints__max_touches=0)), "max_touches is 0"),
        (orjson.dumps(raw(constraints__min_gap_days=30)), "the gap must fit in"),
        (orjson.dumps(raw(constraints__channels=["fax"])), "'fax' is unknown"),
    ],
)
def test_a_bad_brief_is_one_line_and_exit_code_2(
    home: Path, capsys: pytest.CaptureFixture[str], content: bytes, said: str
) -> None:
    capsys.readouterr()
    assert main(["panel", "run", write(home, content), "--home", str(home), "--json"]) == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err.count("\n") == 1
    assert said in shown.err
    assert rows(home, panels) == []


@pytest.mark.parametrize("name", ["no-such.json", ".", "a\0b"])
def test_a_path_that_holds_no_brief_is_refused(
    home: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    assert main(["panel", "run", name, "--home", str(home)]) == 2
    assert capsys.readouterr().err.startswith("fleet: ")


def test_an_unknown_id_says_where_ids_come_from(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["panel", "show", "panel-0", "--home", str(home)]) == 2
    assert "'fleet panel run' prints the id" in capsys.readouterr().err


def test_two_at_once_keep_one_panel_and_one_audit_entry(home: Path) -> None:
    held = Panels(read_policies())
    run = held.run(held.read(RENEWAL))
    start = threading.Barrier(4)

    def keep(_: int) -> str:
        store = open_store(f"sqlite:///{home / 'fleet.db'}")
        try:
            start.wait(10)
            return str(keep_run(store, run, actor="ann")["id"])
        finally:
            store.close()

    with ThreadPoolExecutor(4) as pool:
        assert set(pool.map(keep, range(4))) == {run.answer["id"]}
    assert len(rows(home, panels)) == len(rows(home, audit_log)) == 1


def test_a_stored_panel_can_be_taken_up_again(home: Path) -> None:
    held = Panels(read_policies())
    run = held.run(held.read(RENEWAL))
    store = open_store(f"sqlite:///{home / 'fleet.db'}")
    try:
        keep_run(store, run, actor="ann")
        again = stored_run(store, held, run.answer["id"])
        assert (again.brief, again.notes, again.answer) == (run.brief, run.notes, run.answer)
        assert [row["status"] for row in list_panels(store)] == ["converged"]
        assert verify(store).ok
    finally:
        store.close()


def test_a_configured_gateway_speaks_for_the_lenses(
    home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    capsys.readouterr()
    words = ["panel", "run", write(home, RENEWAL), "--home", str(home), "--json"]
    with ScriptedGateway(gateway_script()) as gateway:
        for name, value in gateway.env().items():
            monkeypatch.setenv(name, value)
        assert main(words) == 0
        answer = json.loads(capsys.readouterr().out)
        assert answer["provenance"]["source"] == "model"
        assert answer["provenance"]["budget"]["calls"] == len(gateway.seen) == 16
        calls = rows(home, model_calls)
        assert len(calls) == 16
        assert {(row["purpose"], row["status"]) for row in calls} == {("panel.lens", "ok")}
        assert len({row["run_id"] for row in calls}) == 1
        assert [(row["graph"], row["status"]) for row in rows(home, traces)] == [("panel", "ok")]
        assert all("sk-deepseek" not in json.dumps(body) for body in gateway.bodies)


def test_a_gateway_that_refuses_everything_leaves_the_rules_plan(
    home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    capsys.readouterr()
    with ScriptedGateway(always(status(400))) as gateway:
        for name, value in gateway.env().items():
            monkeypatch.setenv(name, value)
        words = ["panel", "run", write(home, RENEWAL), "--home", str(home), "--json"]
        assert main(words) == 0
    answer = json.loads(capsys.readouterr().out)
    held = Panels(read_policies())
    assert answer["provenance"]["source"] == "rule"
    assert answer["touches"] == held.run(held.read(RENEWAL)).answer["touches"]
