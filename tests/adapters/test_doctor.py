"""The doctor names every problem with its fix, and never a secret."""

import contextlib
import json
import sqlite3
from datetime import UTC, datetime
from pathlib import Path

import pytest

from fleet.__main__ import main

SECRET = "hunter2-do-not-print"


def _ask(home: Path, capsys: pytest.CaptureFixture[str]) -> tuple[int, dict[str, dict[str, str]]]:
    code = main(["doctor", "--home", str(home), "--json"])
    document = json.loads(capsys.readouterr().out)
    assert set(document) == {"items", "ok"}
    return code, {item["name"]: item for item in document["items"]}


def test_a_fresh_home_is_told_to_init(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, items = _ask(tmp_path, capsys)
    assert code == 0
    assert (items["store"]["state"], items["store"]["fix"]) == ("missing", "run `fleet init`")
    assert items["public url"]["state"] == "degraded"


def test_an_initialised_home_is_whole(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["init", "--home", str(tmp_path)]) == 0
    capsys.readouterr()
    code, items = _ask(tmp_path, capsys)
    assert code == 0
    states = [items[name]["state"] for name in ("store", "audit chain", "halted")]
    assert states == ["ok", "ok", "ok"]


def test_a_damaged_store_is_exit_one(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "fleet.db").write_bytes(b"no database" * 1_000)
    code, items = _ask(tmp_path, capsys)
    assert (code, items["store"]["state"]) == (1, "broken")


def test_no_secret_is_printed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FLEET_SMTP_URL", f"smtp://user:{SECRET}@127.0.0.1:1")
    monkeypatch.setenv("LANGGRAPH_AES_KEY", SECRET)
    code, items = _ask(tmp_path, capsys)
    assert (code, items["smtp"]["state"]) == (0, "degraded")
    assert SECRET not in json.dumps(items)


def test_the_monitors_heart_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["init", "--home", str(tmp_path)]) == 0
    capsys.readouterr()
    silent = _ask(tmp_path, capsys)[1]["monitor"]
    assert (silent["state"], silent["fix"]) == ("missing", "run `fleet worker`")
    for at, state in ((datetime.now(UTC), "ok"), (datetime(2026, 1, 2, tzinfo=UTC), "degraded")):
        with contextlib.closing(sqlite3.connect(tmp_path / "fleet.db")) as store, store:
            store.execute("DELETE FROM heartbeats")
            store.execute(
                "INSERT INTO heartbeats (name, at, fence, row_version) VALUES ('monitor', ?, 0, 1)",
                (at.isoformat(),),
            )
        assert _ask(tmp_path, capsys)[1]["monitor"]["state"] == state
