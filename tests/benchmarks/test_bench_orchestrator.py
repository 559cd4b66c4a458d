"""A contact through the gateway at 50 ms a call: calls counted, wall time against the longest chain.

The chain of one contact is plan, score, draft: each needs the one before. What stands beside it is
the durable graph, the gates, the proofs and the store. One contact alone shows the chain; many at
once show that contacts run side by side, until the processor is the limit.
"""

import statistics
import time
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from langgraph.checkpoint.memory import InMemorySaver

from fleet.adapters.clock import SystemClock
from fleet.adapters.store.schema import contacts, model_calls
from fleet.intent import model_reply
from fleet.orchestrator.rdav.graph import build_graph
from fleet.runtime.rdav_run import model_planner, run_orchestrator
from tests.support.rdav_store import RdavStore
from tests.support.scripted_gateway import served_apart

LATENCY_S = 0.05
CHAIN = 3  # plan, score, draft
ALONE, TOGETHER, PAIRS = 12, 32, 6
OTHER = "We have a question on the set-up. How does it work on {n} floors?"
TEXT = "Could you send us a quote for {n} sensors before Friday? It is for site {n}."


@pytest.mark.bench
def test_a_contact_takes_little_more_than_its_longest_chain(tmp_path: Path) -> None:
    with served_apart(script="tests.support.planned_model:after_50_ms") as env:
        world = RdavStore(tmp_path, env=env)
        world.fleet.clock = SystemClock()  # the price list holds for today
        try:
            fill(world, 0, ALONE + 2)
            run_orchestrator(world.fleet, 4)  # connections, schemas and statements are warm now
            unit = statistics.median(one_call(world, n) for n in range(ALONE))
            print(f"\none call alone: {unit * 1000:.0f} ms")
            before = calls(world)
            acts = world.acts(model_planner(world.fleet))  # built once a process, like its graph
            graph = build_graph(acts, InMemorySaver())
            spent = [one_contact(world, graph, n) for n in range(2, ALONE + 2)]
            made = (calls(world) - before) / ALONE
            walls, cpus = (sorted(column) for column in zip(*spent, strict=True))
            best, middle = walls[0] / (CHAIN * unit), statistics.median(walls) / (CHAIN * unit)
            print(
                f"{made:.2f} model calls a contact, {CHAIN} in the longest chain: "
                f"{statistics.median(walls) * 1000:.0f} ms, {middle:.2f} of the chain as measured "
                f"(best {best:.2f}), {statistics.median(walls) / (CHAIN * LATENCY_S):.2f} of "
                f"{CHAIN} x 50 ms, CPU {statistics.median(cpus) * 1000:.0f} ms"
            )
            assert made == CHAIN
            assert best <= 1.5
            two_mails(world, graph, unit)
            together(world, unit)
        finally:
            world.fleet.close()


def two_mails(world: RdavStore, graph: Any, unit: float) -> None:
    """A contact with two mails: their scores go side by side, and so do their drafts."""
    fill(world, 50, PAIRS)
    for n in range(50, 50 + PAIRS):
        world.mail(f"em-c{n:03}", OTHER.format(n=n), contact_id=f"ct-b{n:03}",
                   from_address=f"p{n}@buyer.test")  # fmt: skip
    before = calls(world)
    walls = sorted(one_contact(world, graph, n)[0] for n in range(50, 50 + PAIRS))
    made = (calls(world) - before) / PAIRS
    print(
        f"two mails: {made:.2f} model calls a contact, {CHAIN} in the longest chain: "
        f"{statistics.median(walls) * 1000:.0f} ms, "
        f"{statistics.median(walls) / (CHAIN * unit):.2f} of the chain as measured "
        f"(best {walls[0] / (CHAIN * unit):.2f})"
    )
    assert made == 1 + 2 * 2


def together(world: RdavStore, unit: float) -> None:
    """Many contacts at once: by how much less than one after the other."""
    fill(world, 100, TOGETHER)
    before, began, cpu = calls(world), time.perf_counter(), time.process_time()
    answer = run_orchestrator(world.fleet)
    wall, cpu = time.perf_counter() - began, time.process_time() - cpu
    made = calls(world) - before
    print(
        f"{TOGETHER} contacts at once: {answer}, {made} calls in {wall:.2f} s, "
        f"{made * unit / wall:.1f} calls at any time, CPU {cpu / TOGETHER * 1000:.0f} ms a contact"
    )
    assert answer["created"] == TOGETHER
    assert made == TOGETHER * CHAIN


def fill(world: RdavStore, start: int, count: int) -> None:
    for n in range(start, start + count):
        address = f"p{n}@buyer.test"
        world.put(contacts, id=f"ct-b{n:03}", name=f"P {n}", company_id="co-1", owner_id="pe-1",
                  email=address, language="en")  # fmt: skip
        world.mail(f"em-b{n:03}", TEXT.format(n=n + 2), contact_id=f"ct-b{n:03}",
                   from_address=address)  # fmt: skip


def one_call(world: RdavStore, n: int) -> float:
    """Time one call of the exit, which is the unit of the chain."""
    chat: Any = world.fleet.chat
    values = {"subject": f"Alone {n}", "mail": f"A question alone, number {n}."}
    began = time.perf_counter()
    chat.ask("intent.score", values, model_reply.IntentReply, purpose="bench")
    return time.perf_counter() - began


def one_contact(world: RdavStore, graph: Any, n: int) -> tuple[float, float]:
    run_id, contact_id = f"orchestrator:bench:{n}", f"ct-b{n:03}"
    config = {"configurable": {"thread_id": run_id}}
    began, cpu = time.perf_counter(), time.process_time()
    ended = graph.invoke({"run_id": run_id, "contact_id": contact_id}, config)
    assert ended["outcome"] == "completed"
    return time.perf_counter() - began, time.process_time() - cpu


def calls(world: RdavStore) -> int:
    chat: Any = world.fleet.chat
    assert chat.flush()  # its ledger is written behind the callers' backs
    found = world.store.read(sa.select(sa.func.count().label("n")).select_from(model_calls))
    return int(found[0]["n"])
