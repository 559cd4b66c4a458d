"""Pieces worked on by other processes come back in order, whatever befalls the processes."""

import os
import signal
from pathlib import Path

import pytest

from fleet.adapters.crew import ENOUGH, Crew, hands_for
from fleet.adapters.trace_looks import read_piece


def test_answers_come_in_the_order_of_the_pieces(tmp_path: Path) -> None:
    file = tmp_path / "digits"
    file.write_bytes(bytes(range(48, 58)) * 5)
    pieces = [(file, at, at + 2) for at in range(0, 50, 2)]
    expected = [read_piece(*piece) for piece in pieces]
    for hands in (0, 2):
        with Crew(hands) as crew:
            assert list(crew.map(read_piece, pieces)) == expected


def test_a_process_that_is_killed_costs_nothing_but_its_help() -> None:
    own = os.getpid()
    with Crew(1) as crew:
        (child,) = crew.map(os.getpid, [()])
        assert child != own
        os.kill(child, signal.SIGKILL)
        assert list(crew.map(os.getpid, [(), ()])) == [own, own]


def test_an_error_is_raised_where_the_work_was_asked_for(tmp_path: Path) -> None:
    with Crew(1) as crew, pytest.raises(FileNotFoundError):
        list(crew.map(read_piece, [(tmp_path / "absent", 0, 1)]))


def test_a_small_file_is_worth_no_process() -> None:
    assert hands_for(ENOUGH - 1) == 0
