"""`fleet review` and `fleet run outbox` from a shell: JSON lines, exit codes, one line of error."""

import io
import json
from pathlib import Path
from typing import Any

import pytest

from fleet.__main__ import main
from fleet.adapters.clock import SystemClock
from fleet.adapters.store.open import open_store
from fleet.adapters.store.review_queue import ReviewQueue
from tests.support.review_world import POLICIES, draft


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("FLEET_HOME", str(tmp_path))
    monkeypatch.setenv("FLEET_UNDO_S", "0")
    for name in ("FLEET_STORE_URL", "FLEET_SMTP_URL", "FLEET_SENDER", "FLEET_POLICIES"):
        monkeypatch.delenv(name, raising=False)
    assert main(["init"]) == 0
    return tmp_path


def put(home: Path) -> str:
    store = open_store(f"sqlite:///{home / 'fleet.db'}")
    try:
        return ReviewQueue(store, SystemClock(), POLICIES, 0).add(draft())
    finally:
        store.close()


def call(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, list[Any], str]:
    capsys.readouterr()
    code = main([*words, "--json"])
    out, err = capsys.readouterr()
    return code, [json.loads(line) for line in out.splitlines()], err


def test_a_draft_goes_from_the_list_to_one_file(
    home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    draft_id = put(home)
    code, (row,), _ = call(capsys, "review", "list")
    assert (code, row["draft_id"], row["status"]) == (0, draft_id, "pending")
    stdin = io.TextIOWrapper(io.BytesIO("Good day, Zoë.".encode()))
    monkeypatch.setattr("sys.stdin", stdin)
    code, (edited,), _ = call(
        capsys, "review", "edit", draft_id, "--body", "-", "--text-hash", row["text_hash"]
    )
    assert (code, edited["status"], edited["changed"]) == (0, "pending", True)
    code, lines, err = call(
        capsys, "review", "approve", draft_id, "--text-hash", row["text_hash"], "--as", "ann"
    )
    assert (code, lines) == (2, [])
    assert err == (
        f"fleet: draft {draft_id} has another text than the one you saw: look at it again\n"
    )
    for changed in (True, False):
        code, (done,), _ = call(
            capsys, "review", "approve", draft_id, "--text-hash", edited["text_hash"],
            "--as", "ann",
        )  # fmt: skip
        assert (code, done) == (0, edited | {"status": "approved", "changed": changed})
    code, (ran,), _ = call(capsys, "run", "outbox")
    assert (code, ran["handled"], ran["sent"], ran["waiting"]) == (0, 1, 1, 0)
    (file,) = (home / "outbox" / "new").glob("*.eml")
    assert "Good day, Zo=C3=AB." in file.read_text()
    assert call(capsys, "review", "list", "--status", "sent")[1][0]["draft_id"] == draft_id


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("reject", "{id}", "--reason", "ugly"), "is no reason to reject"),
        (("snooze", "{id}", "--until", "soon"), "is no time"),
        (("undo", "{id}"), "nothing to undo"),
        (("approve", "nobody"), "no draft 'nobody'"),
        (("edit", "{id}", "--body", "absent.txt"), "does not exist"),
        (("attest", "{id}", "--claim", "9"), "has no claim 9"),
    ],
)
def test_bad_use_is_one_line_and_exit_two(
    home: Path, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], says: str
) -> None:
    draft_id = put(home)
    code, lines, err = call(capsys, "review", *(word.format(id=draft_id) for word in words))
    assert (code, lines, err.count("\n")) == (2, [], 1)
    assert says in err


def test_for_people_the_list_steers_no_terminal(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    store = open_store(f"sqlite:///{home / 'fleet.db'}")
    ReviewQueue(store, SystemClock(), POLICIES, 0).add(draft(subject="a\x1b[2Jb"))
    store.close()
    capsys.readouterr()
    assert main(["review", "list"]) == 0
    out = capsys.readouterr().out
    assert "\x1b" not in out
    assert "one@buyer.test" in out
