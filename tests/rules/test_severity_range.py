"""An issue's severity is a mean over its runs, with its range; names of runs stay apart when cut."""

import pytest

from fleet.evaluation.issues import IssueBook
from fleet.evaluation.values import Finding
from fleet.ui.evaluation import _file_name
from fleet.ui.evaluation_text import label, run_name


def finding(severity: float) -> Finding:
    return Finding(code="judged", severity=severity, text="vague", signature="run|vague")


def test_severity_is_the_mean_over_runs_of_the_worst_in_each() -> None:
    book = IssueBook()
    for severities in ((0.2, 0.6), (0.4,), (0.5, 0.5)):
        book.add("r", [finding(each) for each in severities], None)
    (issue,) = book.as_json()
    assert (issue["severity"], issue["severity_range"]) == (0.5, [0.3868, 0.6132])
    assert (issue["runs"], issue["occurrences"]) == (3, 5)


def test_a_severity_that_is_always_the_same_has_no_width_and_one_run_no_range() -> None:
    book = IssueBook()
    book.add("a", [finding(0.3)], None)
    assert book.as_json()[0]["severity_range"] is None
    book.add("b", [finding(0.3)], None)
    assert book.as_json()[0]["severity_range"] == [0.3, 0.3]


@pytest.mark.parametrize(
    ("text", "width", "lines", "rows"),
    [
        ("get_reservation_details", 15, 1, "get_reservatio…"),
        ("get_reservation_details", 15, 2, "get_reservation<br>_details"),
        ("get_reservation_details", 16, 2, "get_reservation_<br>details"),
        ("the same is said again", 12, 2, "the same is<br>said again"),
        ("the same is said again", 9, 2, "the same<br>is said …"),
        ("<b> & co", 20, 1, "&lt;b&gt; &amp; co"),
        ("", 10, 1, ""),
    ],
)  # fmt: skip
def test_a_long_word_is_cut_and_not_lost(text: str, width: int, lines: int, rows: str) -> None:
    assert label(text, width, lines) == rows


def test_runs_of_one_file_keep_their_lines_when_cut() -> None:
    assert run_name("gpt-4o-airline.jsonl.gz#117", 14) == "gpt-4o-ai…#117"


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("gpt-4o-airline.jsonl.gz", "gpt-4o-airline.jsonl.gz"),
        ("../../etc/passwd", "passwd"),
        ("..", "traces"),
        ("C:\\x\\my traces!.JSON", "my-traces.json"),
        ("a" * 300 + ".csv", "a" * 60 + ".csv"),
    ],
)  # fmt: skip
def test_an_upload_keeps_its_name_but_leaves_no_folder(name: str, safe: str) -> None:
    assert _file_name(name) == safe
