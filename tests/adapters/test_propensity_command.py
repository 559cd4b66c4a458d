"""`fleet propensity`: bad input in one line, unseen values told, and leads without a model."""

import csv
import json
import random
import shutil
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from fleet.__main__ import main
from fleet.adapters.files import read_policies
from fleet.adapters.propensity_fit import fit
from fleet.errors import EgressUnavailable, InputError
from fleet.policy import section
from fleet.propensity.model_reply import PropensityReply
from fleet.propensity.policy import PropensityPolicy
from fleet.runtime.propensity_path import PropensityPath

Said = tuple[int, str, str]
POLICIES = read_policies()
SHIPPED = section(POLICIES, "propensity", PropensityPolicy)
POLICY = replace(SHIPPED, boosting=replace(SHIPPED.boosting, rounds=10), bootstrap=10)  # quick
TODAY = date(2026, 1, 1)


def write(file: Path, head: Iterable[Any], rows: Iterable[Iterable[Any]]) -> Path:
    with file.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(head)
        writer.writerows(rows)
    return file


def leads(file: Path, rows: int = 400) -> Path:
    rng, found = random.Random(6), []
    for number in range(rows):
        source = rng.choice(["web", "fair"])
        size = rng.randint(1, 90)
        won = int(rng.random() < (0.6 if source == "fair" else 0.1) + size / 300)
        found.append([f"l{number}", source, size, f"2025-{rng.randint(1, 12):02}-01", won])
    return write(file, ["lead_id", "source", "size", "day", "won"], found)


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("propensity")
    fit(leads(folder / "a.csv"), "won", folder / "m", POLICY, today=TODAY, id_column="lead_id")
    return folder / "m"


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Callable[..., Said]:
    def call(*words: str) -> Said:
        capsys.readouterr()
        code = main(["propensity", *words])
        out, err = capsys.readouterr()
        return code, out, err

    return call


def bad_names(file: Path, name: str) -> list[str]:
    """Write a file whose options contradict it; return the options."""
    if name == "a day to come, below rows not yet known":
        rows = [["2025-03-01", n, "" if n < 9 else int(n % 3 == 0)] for n in range(99)]
        write(file, ["day", "x", "won"], [*rows, ["2031-05-01", 1, 0]])
        return ["--time", "day"]
    if name == "absent":
        return []
    if name == "parted by semicolons":
        file.write_text("day;x;won\n" + "2025-03-01;3;1\n" * 60, "utf-8")
        return []
    write(file, ["x", "won"], [[n, n % 2] for n in range(90)])
    return ["--keep", "x", "--refuse", "x"] if name == "kept and refused" else [name, "won"]


def bad(folder: Path, name: str) -> list[str]:
    """Write the file of one bad input; return the words of the command."""
    file, more = folder / f"{name}.csv", []
    if name == "never varies":
        write(file, ["x", "won"], [[n, 1] for n in range(90)])
    elif name == "one row":
        write(file, ["x", "won"], [[1, 1]])
    elif name == "10,000 columns":
        head = [f"c{n}" for n in range(10_000)]
        write(file, [*head, "won"], ([n % 7] * 10_000 + [n % 2] for n in range(60)))
    elif name == "a day to come":
        rows = [["2025-03-01", n, int(n % 3 == 0)] for n in range(99)]
        write(file, ["day", "x", "won"], [*rows, ["2031-05-01", 1, 0]])
        more = ["--time", "day"]
    elif name == "empty":
        file.write_bytes(b"")
    elif name == "only a header":
        file.write_text("x,won\n", "utf-8")
    elif name == "not UTF-8":
        file.write_bytes(b"x,won\n\xe9,1\n")
    elif name == "one name twice":
        write(file, ["x", "x", "won"], [[1, 2, n % 2] for n in range(90)])
    elif name == "no times":
        write(file, ["day", "won"], [["soon", n % 2] for n in range(90)])
        more = ["--time", "day"]
    else:
        more = bad_names(file, name)
    return ["fit", str(file), "--label", "won", "--model", str(folder / "m"), *more]


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("never varies", "never varies: nothing can be learned"),
        ("one row", "has 1 labelled row: at least 50 are needed"),
        ("10,000 columns", "has 10001 columns: at most 2000, drop some"),
        ("a day to come", "is in the future in 1 of 100 rows, first '2031-05-01' in row 100"),
        ("empty", "holds no rows"),
        ("only a header", "holds no rows"),
        ("not UTF-8", "is not UTF-8 at byte 6: convert it first"),
        ("one name twice", "has two columns 'x'"),
        ("no times", "holds no times"),
        ("absent", "does not exist"),
        ("a day to come, below rows not yet known", "first '2031-05-01' in row 100"),
        ("parted by semicolons", "it looks parted by ';', write commas"),
        ("--time", "column 'won' is the label: --time names another"),
        ("--id", "column 'won' is the label: --id names another"),
        ("--keep", "column 'won' is the label: --keep names another"),
        ("--refuse", "column 'won' is the label: --refuse names another"),
        ("kept and refused", "column 'x' is named by --keep and by --refuse: drop one"),
    ],
)
def test_bad_input_is_one_clear_line_and_nothing_is_written(
    tmp_path: Path, name: str, words: str, run: Callable[..., Said]
) -> None:
    code, out, err = run(*bad(tmp_path, name), "--json")
    assert (code, out) == (2, "")
    assert words in err
    assert err.count("\n") == 1
    assert not (tmp_path / "m").exists()


def test_a_model_that_was_there_survives_bad_input(
    tmp_path: Path, run: Callable[..., Said], model: Path
) -> None:
    shutil.copytree(model, tmp_path / "m")
    before = {file.name: file.read_bytes() for file in (tmp_path / "m").iterdir()}
    assert set(before) == {"model.json", "report.json"}
    assert run(*bad(tmp_path, "never varies"))[0] == 2
    assert {file.name: file.read_bytes() for file in (tmp_path / "m").iterdir()} == before


def test_unseen_values_and_absent_columns_are_told_in_a_line_each(
    tmp_path: Path, run: Callable[..., Said], model: Path
) -> None:
    new = write(
        tmp_path / "n.csv", ["lead_id", "source"], [["a", "moon"], ["b", "mars"], ["c", "web"]]
    )
    code, out, err = run("score", str(new), "--model", str(model), "--json")
    assert code == 0
    answers = [json.loads(line) for line in out.splitlines()]
    assert [(a["id"], "source" in a["missing"]) for a in answers] == [
        ("a", True), ("b", True), ("c", False),
    ]  # fmt: skip
    assert {a["method"] for a in answers} == {"trained"}
    lines = err.splitlines()
    assert len(lines) == 2
    assert lines[0].startswith("not in the file, so scored without: ")
    assert lines[1].startswith("column 'source' holds 'moon', not learned in training: 2 rows")


def test_a_file_with_none_of_the_models_columns_is_the_wrong_file(
    tmp_path: Path, run: Callable[..., Said], model: Path
) -> None:
    other = write(tmp_path / "o.csv", ["who", "when"], [["a", "b"], ["c", "d"]])
    code, out, err = run("score", str(other), "--model", str(model), "--json")
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert "has none of the columns that the model reads: it needs 'source', 'size'" in err


@pytest.mark.parametrize("content", [b"", b"lead_id,source\n"])
def test_nothing_to_score_is_bad_input(
    tmp_path: Path, content: bytes, run: Callable[..., Said], model: Path
) -> None:
    (tmp_path / "e.csv").write_bytes(content)
    for more in (["--model", str(model)], []):
        code, out, err = run("score", str(tmp_path / "e.csv"), *more)
        assert (code, out, err.count("\n")) == (2, "", 1)


@pytest.mark.parametrize("content", ["", "{}", "[]", '{"version": 1}', "[" * 5_000])
def test_a_damaged_model_is_bad_input(
    tmp_path: Path, content: str, run: Callable[..., Said]
) -> None:
    (tmp_path / "m").mkdir()
    (tmp_path / "m" / "model.json").write_text(content, "utf-8")
    code, out, err = run("score", str(leads(tmp_path / "a.csv", 3)), "--model", str(tmp_path / "m"))
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert "holds no model" in err


def test_without_a_model_evidence_is_judged_by_rules(
    tmp_path: Path, run: Callable[..., Said], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("FLEET_GATEWAY_URL", raising=False)
    rows = [["a", "Referral", "CEO"], ["b", "Cold call", ""], ["c", "", ""]]
    new = write(tmp_path / "n.csv", ["lead_id", "source", "title"], rows)
    code, out, _ = run("score", str(new), "--json")
    a, b, c = (json.loads(line) for line in out.splitlines())
    assert code == 0
    assert {a["method"], b["method"], c["method"]} == {"rules"}
    assert a["propensity"] > b["propensity"]
    assert a["low"] <= a["propensity"] <= a["high"]
    assert a["confidence"] > b["confidence"] > c["confidence"] == 0.0
    assert (c["propensity"], c["missing"]) == (None, ["source", "title"])


class Chat:
    """A model that answers every lead alike, or nothing."""

    def __init__(self, reply: dict[str, Any] | None) -> None:
        self.reply = reply
        self.asked: list[dict[str, str]] = []

    def ask(self, prompt: str, values: Mapping[str, str], schema: type[Any], **_: Any) -> Any:
        self.asked.append(dict(values))
        assert (prompt, schema) == ("propensity.score", PropensityReply)
        if self.reply is None:
            raise EgressUnavailable("down")
        value = PropensityReply(**self.reply)
        return SimpleNamespace(
            value=value, model="m", prompt_digest="d", cost_usd=0.0, cached=False
        )


def reply(chance: float, *cited: str, sure: float = 0.9) -> dict[str, Any]:
    factors = [{"evidence": c, "direction": "up", "strength": 0.5} for c in cited]
    return {"propensity": chance, "confidence": sure, "factors": factors, "reason": "Because."}


def judged(found: dict[str, Any] | None, row: dict[str, str]) -> Any:
    return PropensityPath(POLICIES, Chat(found)).score_row(row)


def test_the_model_is_clamped_and_believed_as_far_as_its_rows() -> None:
    row = {"source": "Referral", "title": "CEO"}
    backed = judged(reply(7.0, "e1", "e9", "e1"), row)
    assert (backed.method, backed.propensity, backed.confidence) == ("llm", 0.95, 0.75)
    assert backed.factors == ({"feature": "source", "value": "Referral", "effect": 0.5},)
    assert (backed.model, backed.prompt_digest) == ("m", "d")
    unbacked = judged(reply(0.4, "e7"), row)
    assert (unbacked.propensity, unbacked.confidence) == (0.4, 0.375)
    holes = judged(reply(0.4, "e1"), row | {"budget": "", "city": " "})
    assert (holes.propensity, holes.confidence) == (0.4, 0.375)
    assert holes.high - holes.low > unbacked.high - unbacked.low


@pytest.mark.parametrize("found", [None, reply(float("nan"), "e1")])
def test_a_model_that_fails_leaves_the_rules_and_says_so(found: dict[str, Any] | None) -> None:
    answer = judged(found, {"source": "Referral"})
    assert answer.method == "rules"
    assert answer.reason.startswith("the model failed (")


def test_no_evidence_is_no_score_and_no_call() -> None:
    chat = Chat(reply(0.9, "e1"))
    answer = PropensityPath(POLICIES, chat).score_row({"source": "", "title": "n/a"})
    assert (answer.propensity, answer.confidence, chat.asked) == (None, 0.0, [])


def test_a_model_is_a_candidate_and_wins_only_where_it_is_better(tmp_path: Path) -> None:
    file = leads(tmp_path / "a.csv")
    truth = {"fair": 0.7, "web": 0.2}
    better = fit(file, "won", tmp_path / "m", POLICY, today=TODAY, id_column="lead_id", time="day",
                 ask=lambda rows: [truth[row["source"]] for row in rows])  # fmt: skip
    assert better["candidates"]["llm"]["n"] > 0
    assert "base rate" in better["candidates"]["llm"]["same_rows"]
    worse = fit(file, "won", tmp_path / "m", POLICY, today=TODAY, id_column="lead_id", time="day",
                ask=lambda rows: [0.99 for _ in rows])  # fmt: skip
    assert worse["chosen"] != "llm"
    silent = fit(file, "won", tmp_path / "m", POLICY, today=TODAY, id_column="lead_id", time="day",
                 ask=lambda rows: [None for _ in rows])  # fmt: skip
    assert "llm" not in silent["candidates"]
    assert silent["not_judged"] == {"llm": "the model answered for no row"}
    assert better["not_judged"] == {}


def test_keep_and_refuse_override_what_the_guard_found(tmp_path: Path) -> None:
    file = leads(tmp_path / "a.csv")
    text = file.read_text("utf-8").replace("source", "Lead Status", 1)
    file.write_text(text, "utf-8")
    found = fit(file, "won", tmp_path / "m", POLICY, today=TODAY)
    assert "Lead Status" in {r["column"] for r in found["refused"]}
    kept = fit(file, "won", tmp_path / "m", POLICY, today=TODAY, keep=["Lead Status"],
               refuse_too=["size"])  # fmt: skip
    assert {r["column"]: r["reason"] for r in kept["refused"]} == {
        "lead_id": "another value in every row", "size": "named by --refuse",
    }  # fmt: skip
    with pytest.raises(InputError, match="has no column 'nope'"):
        fit(file, "won", tmp_path / "m", POLICY, today=TODAY, keep=["nope"])


def test_rows_without_a_label_are_no_losses(tmp_path: Path) -> None:
    file = leads(tmp_path / "a.csv")
    plain = fit(file, "won", tmp_path / "m", POLICY, today=TODAY, id_column="lead_id")
    with file.open("a", encoding="utf-8") as out:
        out.writelines(f"x{n},fair,50,2025-12-01,{('', 'NaN')[n % 2]}\n" for n in range(200))
    found = fit(file, "won", tmp_path / "m", POLICY, today=TODAY, id_column="lead_id")
    assert (found["unlabelled"], found["rows"]) == (200, 400)
    assert found["model_version"] == plain["model_version"]
    blank = write(tmp_path / "b.csv", ["x", "won"], [[n, " "] for n in range(90)])
    with pytest.raises(InputError, match="is empty in every row"):
        fit(blank, "won", tmp_path / "n", POLICY, today=TODAY)


def test_an_identifier_by_its_looks_is_learned_from_when_it_is_kept(tmp_path: Path) -> None:
    rng = random.Random(4)
    rows = [[n, rng.randint(1, 9), int(rng.random() < n / 300)] for n in range(300)]
    file = write(tmp_path / "a.csv", ["Lead Number", "x", "won"], rows)
    found = fit(file, "won", tmp_path / "m", POLICY, today=TODAY)
    assert [(r["column"], r["kind"]) for r in found["refused"]] == [("Lead Number", "identifier")]
    kept = fit(file, "won", tmp_path / "m", POLICY, today=TODAY, keep=["Lead Number"])
    assert kept["refused"] == []
    assert kept["auc"] > found["auc"] + 0.1


def test_a_label_reads_the_same_however_its_accents_are_stored(tmp_path: Path) -> None:
    rows = [[n % 7, "si\u0301" if n % 3 else "no"] for n in range(90)]
    file = write(tmp_path / "a.csv", ["x", "won"], rows)
    assert fit(file, "won", tmp_path / "m", POLICY, today=TODAY)["base_rate"] == pytest.approx(
        2 / 3
    )


def test_numbers_too_large_to_square_are_no_numbers(
    tmp_path: Path, run: Callable[..., Said], recwarn: pytest.WarningsRecorder
) -> None:
    rng, rows = random.Random(4), []
    for n in range(200):
        x = rng.randint(1, 90)
        rows.append(["1e308" if n in (7, 8) else x, int(rng.random() < x / 90)])
    file = write(tmp_path / "a.csv", ["x", "won"], rows)
    fit(file, "won", tmp_path / "m", POLICY, today=TODAY)
    assert [str(each.message) for each in recwarn] == []
    one = write(tmp_path / "b.csv", ["x"], [["1e308"], ["90"]])
    code, out, _ = run("score", str(one), "--model", str(tmp_path / "m"), "--json")
    huge, plain = map(json.loads, out.splitlines())
    assert (code, huge["missing"], plain["missing"]) == (0, ["x"], [])


def test_the_text_says_whose_ranking_it_is_when_the_base_rate_was_chosen(
    tmp_path: Path, run: Callable[..., Said]
) -> None:
    rng = random.Random(9)
    rows = [[rng.choice("abc"), int(rng.random() < 0.4)] for _ in range(200)]
    file = write(tmp_path / "a.csv", ["x", "won"], rows)
    code, out, _ = run("fit", str(file), "--label", "won", "--model", str(tmp_path / "m"))
    assert code == 0
    last = out.splitlines()[-1]
    assert last.startswith("no usable signal: the base rate is returned (best AUC of a candidate ")


def test_each_long_step_of_a_fit_is_told(tmp_path: Path) -> None:
    told: list[str] = []
    file = leads(tmp_path / "a.csv", rows=200)
    fit(file, "won", tmp_path / "m", POLICY, today=TODAY, id_column="lead_id", tell=told.append)
    assert told[0] == f"reading {file}"
    assert [line.split()[0] for line in told] == ["reading", *["judging"] * 4, "learning"]
    assert told[3] == "judging logistic on 200 rows that it does not learn from"


def test_a_fit_without_a_folder_reports_and_keeps_nothing(
    tmp_path: Path, run: Callable[..., Said], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "temporary"))
    (tmp_path / "temporary").mkdir()
    code, out, err = run("fit", str(leads(tmp_path / "a.csv", 120)), "--label", "won", "--json")
    assert (code, json.loads(out)["rows"]) == (0, 120)
    assert "the model was not kept" in err
    assert sorted(each.name for each in tmp_path.rglob("*")) == ["a.csv", "temporary"]
