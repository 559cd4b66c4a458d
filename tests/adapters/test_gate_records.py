"""Recorded decisions replay to the byte; a changed record is found."""

import json
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from fleet.__main__ import main
from fleet.adapters.store.open import open_store
from fleet.adapters.store.schema import gate_decisions
from tests.support.verdicts import window


def command(
    capsys: pytest.CaptureFixture[str], *words: str
) -> tuple[int, list[dict[str, Any]], str]:
    code = main([*words, "--json"])
    out, err = capsys.readouterr()
    return code, [json.loads(line) for line in out.splitlines()], err


@pytest.fixture
def home(tmp_path: Path) -> str:
    assert main(["init", "--home", str(tmp_path / "home"), "--json"]) == 0
    return str(tmp_path / "home")


def verdict_file(folder: Path, rows: list[dict[str, Any]], name: str = "window.jsonl") -> str:
    file = folder / name
    file.write_text("\n".join(json.dumps(row) for row in rows), "utf-8")
    return str(file)


def test_a_recorded_decision_replays_to_the_byte(
    tmp_path: Path, home: str, capsys: pytest.CaptureFixture[str]
) -> None:
    file = verdict_file(tmp_path, window(200))
    base = verdict_file(tmp_path, window(200, version="v1"), "base.jsonl")
    capsys.readouterr()
    code, _, _ = command(capsys, "gate", "decide", "--verdicts", file, "--baseline", base,
                         "--now", "2026-02-01T00:00:00Z", "--record", "--home", home)  # fmt: skip
    assert code == 10, "400 pairs would be needed to rule out the smallest regression"
    _, (row,), _ = command(capsys, "gate", "history", "--home", home)
    code, (answer,), _ = command(capsys, "gate", "replay", row["id"], "--home", home)
    assert (code, answer["same_bytes"]) == (0, True)


def test_a_tampered_record_is_found(
    tmp_path: Path, home: str, capsys: pytest.CaptureFixture[str]
) -> None:
    file = verdict_file(tmp_path, window(200))
    capsys.readouterr()
    code, _, _ = command(capsys, "gate", "decide", "--verdicts", file, "--now", "2026-02-01T00:00:00Z",
                         "--record", "--home", home)  # fmt: skip
    assert code == 0
    store = open_store(f"sqlite:///{home}/fleet.db")
    (row,) = store.read(sa.select(gate_decisions))
    store.write(
        sa.update(gate_decisions).values(
            evidence=row["evidence"] | {"verdicts": row["evidence"]["verdicts"][:-1]}
        )
    )
    store.close()
    code, _, err = command(capsys, "gate", "replay", row["id"], "--home", home)
    assert code == 1
    assert "other bytes" in err


def test_several_files_answer_in_order_with_the_worst_code(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    good = verdict_file(tmp_path, window(200), "good.jsonl")
    empty = verdict_file(tmp_path, [], "empty.jsonl")
    missing = str(tmp_path / "none.jsonl")
    code, answers, _ = command(
        capsys, "gate", "decide", "--verdicts", good, missing, empty, "--now", "2026-02-01"
    )
    assert code == 2
    assert [a.get("decision") for a in answers] == ["PROMOTE", None, "HOLD"]
    assert "does not exist" in answers[1]["error"]


@pytest.mark.parametrize(
    ("policy", "words"),
    [
        ("alpha = 0.05", "no table [release_gate]"),
        ("[release_gate]\nalpha = 0.05\nbeta = 1", "unknown key 'beta'"),
        (
            "[release_gate]\nalpha = 0.05\n[release_gate.dimensions.charm]\npromote_bar = 0.8\nrollback_floor = 0.6",
            "dimension 'charm'",
        ),
        ("[release_gate", "is not a policy file"),
    ],
)
def test_a_policy_that_does_not_fit_is_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], policy: str, words: str
) -> None:
    file = tmp_path / "policy.toml"
    file.write_text(policy, "utf-8")
    code, _, err = command(
        capsys, "gate", "decide", "--verdicts", verdict_file(tmp_path, []), "--policy", str(file)
    )
    assert code == 2
    assert words in err
    assert err.count("\n") == 1
