"""A panel through the gateway at 50 ms a call: calls counted, wall time against the longest chain."""

import statistics
import time
from pathlib import Path

import pytest

from fleet.adapters.files import read_policies
from fleet.campaign_panel.rules import Table
from fleet.campaign_panel.values import Stage
from fleet.runtime.panel import Panels
from fleet.runtime.panel_room import PanelRoom
from tests.support.gateway_calls import open_exit
from tests.support.panel_briefs import ALL, raw
from tests.support.scripted_gateway import served_apart

LATENCY_S = 0.05
SINGLES = 12


@pytest.mark.bench
def test_a_panel_takes_little_more_than_its_longest_chain(tmp_path: Path) -> None:
    with served_apart(script="tests.support.panel_model:after_50_ms") as env:
        chat = open_exit(env, tmp_path)
        try:
            panels = Panels(read_policies(), chat)
            panels.run(panels.read(ALL["demo"]))  # connections, schemas and imports are warm now
            alone = [one_call(panels, chat, n) for n in range(SINGLES)]
            unit = statistics.median(alone)
            print(f"one call alone: {unit * 1000:.0f} ms")
            best = 99.0
            for n, base in enumerate([*ALL.values()] * 3):
                brief = panels.read(raw(base, segment=f"segment {n}"))  # no reply is cached yet
                started = time.perf_counter()
                run = panels.run(brief)
                wall = time.perf_counter() - started
                rounds = run.answer["rounds"]
                calls = run.answer["provenance"]["budget"]["calls"]
                length = 2 + 2 * rounds
                best = min(best, wall / (length * unit))
                print(
                    f"{calls} model calls, {rounds} rounds, {length} in the longest chain: "
                    f"{wall * 1000:.0f} ms, {wall / (length * unit):.2f} of the chain as measured, "
                    f"{wall / (length * LATENCY_S):.2f} of {length} x 50 ms"
                )
        finally:
            chat.close()
    assert best <= 1.5


def one_call(panels: Panels, chat: object, n: int) -> float:
    brief = panels.read(raw(ALL["demo"], segment=f"alone {n}"))
    room = PanelRoom(brief, panels.policy, chat)  # type: ignore[arg-type]  # the exit itself
    table = Table(brief=brief, notes=(), lenses=tuple(panels.policy.lenses), policy=panels.policy)
    started = time.perf_counter()
    note = room.ask_one("strategist", Stage.EMPATHISE, 1, table)
    assert note.origin == "model"
    return time.perf_counter() - started
