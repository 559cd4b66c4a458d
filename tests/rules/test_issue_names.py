"""Names and merges of issues: a history that is only added to, and counts that stay exact."""

from typing import Any

import pytest

from fleet.errors import InputError
from fleet.evaluation.issue_names import history_of, names_of
from fleet.evaluation.issues import IssueBook, issue_id
from fleet.evaluation.values import Finding


def finding(signature: str) -> Finding:
    return Finding(code="c", severity=0.5, text=f"it says {signature}", signature=signature)


A, B, C = (issue_id(word) for word in "abc")


def test_the_last_word_counts_and_the_history_stays() -> None:
    changes: list[dict[str, Any]] = [
        {"op": "rename", "id": A, "title": "first"},
        {"op": "merge", "id": B, "into": A},
        {"op": "rename", "id": A, "title": "  second\n name "},
        {"op": "merge", "id": C, "into": B},
    ]
    names = names_of(changes)
    assert names.titles == {A: "second name"}
    assert [names.canonical(own) for own in (A, B, C)] == [A, A, A]
    assert history_of(changes, B) == [changes[1], changes[3]]
    again = names_of([*changes, {"op": "split", "id": B}])
    assert [again.canonical(own) for own in (A, B, C)] == [A, B, B]


@pytest.mark.parametrize(
    "change",
    [
        {"op": "merge", "id": A, "into": A},
        {"op": "merge", "id": A, "into": C},
        {"op": "split", "id": A},
        {"op": "rename", "id": A, "title": "   "},
        {"op": "rename", "id": A, "title": "x" * 161},
        {"op": "rename", "id": "", "title": "x"},
        {"op": "forget", "id": A},
        "rename",
    ],
)
def test_a_change_that_cannot_be_is_refused_by_its_number(change: Any) -> None:
    before = [{"op": "merge", "id": B, "into": A}, {"op": "merge", "id": C, "into": B}]
    with pytest.raises(InputError, match=r"^change 3: "):
        names_of([*before, change])


def test_merged_issues_count_a_run_once_and_say_what_they_are_made_of() -> None:
    names = names_of(
        [{"op": "merge", "id": B, "into": A}, {"op": "rename", "id": A, "title": "one"}]
    )
    book = IssueBook(names)
    assert book.add("t1", [finding("a"), finding("b")], 1.0) == [A]
    assert book.add("t2", [finding("b")], 0.0) == [A]
    assert book.add("t3", [finding("c")], None) == [C]
    merged, alone = book.as_json()
    assert (merged["id"], merged["runs"], merged["occurrences"]) == (A, 2, 3)
    assert (merged["title"], merged["found_as"]) == ("one", "it says a")
    assert merged["merged"] == sorted([A, B])
    assert (alone["id"], alone["title"], "merged" in alone, "found_as" in alone) == (
        C, "it says c", False, False,
    )  # fmt: skip


def test_ids_are_the_same_in_every_evaluation() -> None:
    first, second = IssueBook(), IssueBook()
    first.add("t1", [finding("a"), finding("b")], None)
    second.add("x9", [finding("b")], None)
    second.add("x1", [finding("a")], None)
    assert {i["id"] for i in first.as_json()} == {i["id"] for i in second.as_json()} == {A, B}
