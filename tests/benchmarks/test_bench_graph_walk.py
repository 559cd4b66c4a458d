"""A point query over the store's foreign keys: milliseconds, and no dearer in a larger CRM."""

import random
import sqlite3
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from fleet.adapters.files import read_policies
from fleet.adapters.store import limits
from fleet.adapters.store.graph_walk import annotate, walk
from fleet.adapters.store.open import open_store
from fleet.policy import section
from fleet.ports import Store
from fleet.recommender import RankPolicy
from tests.support.crm_store import CrmStore

POLICY = section(read_policies(), "recommender", RankPolicy)
HUBS = 20  # products; each is the parent of a twentieth of all deals
ADVISED = 0.1  # of deals: their contact works for another account


def make_crm(folder: Path, rows: int) -> tuple[Store, list[tuple[str, str]]]:
    """Return a store of about `rows` rows, half of them deals, and companies to ask about."""
    folder.mkdir(parents=True, exist_ok=True)
    CrmStore(folder).inner.close()
    rng = random.Random(5)
    companies, contacts, deals = max(1, rows // 100), rows // 5, rows // 2
    mails = rows - companies - contacts - deals
    accounts = [rng.randrange(companies) for _ in range(contacts)]
    people: dict[int, list[int]] = {}
    for person, account in enumerate(accounts):
        people.setdefault(account, []).append(person)

    def contact_of(account: int) -> int:
        own = people.get(account)
        return rng.randrange(contacts) if own is None or rng.random() < ADVISED else rng.choice(own)

    owners = [rng.randrange(companies) for _ in range(deals)]
    with sqlite3.connect(folder / "test.db") as db:
        db.execute("PRAGMA synchronous = OFF")
        db.executemany("INSERT INTO products (id, name, row_version) VALUES (?, 'P', 0)",
                       ((f"pr{n}",) for n in range(HUBS)))  # fmt: skip
        db.executemany("INSERT INTO companies (id, name, industry, row_version) VALUES (?, ?, 'x', 0)",
                       ((f"co{n:07}", f"Co {n}") for n in range(companies)))  # fmt: skip
        db.executemany(
            "INSERT INTO contacts (id, name, email, company_id, do_not_contact, row_version)"
            " VALUES (?, 'C', ?, ?, 0, 0)",
            ((f"ct{n:07}", f"c{n}@x{account}.example", f"co{account:07}")
             for n, account in enumerate(accounts)),
        )  # fmt: skip
        db.executemany(
            "INSERT INTO opportunities (id, name, company_id, contact_id, product_id, amount,"
            " opened_at, outcome, row_version) VALUES (?, 'D', ?, ?, ?, 900.0, ?, ?, 0)",
            ((f"op{n:07}", f"co{owner:07}", f"ct{contact_of(owner):07}",
              f"pr{rng.randrange(HUBS)}", f"2025-{rng.randint(1, 12):02}-{rng.randint(1, 28):02}",
              rng.choice(["won", "lost", None])) for n, owner in enumerate(owners)),
        )  # fmt: skip
        db.executemany(
            "INSERT INTO emails (id, message_id, thread_id, direction, from_address, to_address,"
            " subject, body, reply, kind, at, contact_id, row_version)"
            " VALUES (?, ?, 't', 'in', 'a@x.example', 'b@x.example', '', '', '', 'mail', ?, ?, 0)",
            ((f"em{n:07}", f"<{n}>", f"2025-{rng.randint(1, 12):02}-01",
              f"ct{rng.randrange(contacts):07}") for n in range(mails)),
        )  # fmt: skip
    seeds = [("companies", f"co{n:07}") for n in rng.sample(range(companies), min(200, companies))]
    return open_store(f"sqlite:///{folder / 'test.db'}"), seeds


def cpu_ms(calls: Sequence[Callable[[], object]], tries: int = 1) -> list[float]:
    """Return the processor time of each call, the least of some tries, shortest first."""
    found = []
    for call in calls:
        times = []
        for _ in range(tries):
            began = time.thread_time()
            call()
            times.append(1_000 * (time.thread_time() - began))
        found.append(min(times))
    return sorted(found)


def walks(
    store: Store, seeds: list[tuple[str, str]], hops: int = 4
) -> list[Callable[[], object]]:  # fmt: skip
    policy = replace(POLICY, max_hops=hops)
    return [partial(walk, store, seed, policy) for seed in seeds]


def bare_reads(
    path: Path, calls: Sequence[Callable[[], object]], monkeypatch: pytest.MonkeyPatch
) -> list[Callable[[], object]]:  # fmt: skip
    """Return what reads the same rows by the same statements through sqlite3 alone."""
    asked: list[tuple[str, list[object]]] = []
    found: list[Callable[[], object]] = []
    db = sqlite3.connect(path, isolation_level=None, cached_statements=500)

    def read_all(statements: list[tuple[str, list[object]]]) -> None:
        for sql, values in statements:
            db.execute(sql, values).fetchall()

    check = limits.check

    def noted(sql: str, values: list[object]) -> None:
        asked.append((sql, list(values)))
        check(sql, values)

    with monkeypatch.context() as patched:
        patched.setattr(limits, "check", noted)
        for call in calls:
            asked.clear()
            call()
            found.append(partial(read_all, asked.copy()))
    return found


def p95(times: list[float]) -> float:
    return times[int(len(times) * 0.95)]


def test_a_larger_crm_makes_no_point_query_dearer(tmp_path: Path) -> None:
    small, few = make_crm(tmp_path / "small", 4_000)
    large, many = make_crm(tmp_path / "large", 40_000)
    near, far = walks(small, few), walks(large, many)
    ratio = p95(cpu_ms(far, 3)) / p95(cpu_ms(near, 3))
    print(f"ten times the rows, {ratio:.2f} times the processor")
    assert ratio <= 2.5


@pytest.mark.bench
@pytest.mark.timeout(3600)
def test_prints_a_million_rows_in_the_store(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store, seeds = make_crm(tmp_path, 1_000_000)
    for hops in (1, 2, 3, 4):
        calls = walks(store, seeds, hops)
        cpu_ms(calls)
        policy = replace(POLICY, max_hops=hops)
        rows = sum(len(walk(store, seed, policy).nodes) for seed in seeds[:50]) / 50
        print(f"{hops} hops, {rows:.0f} rows: p95 {p95(cpu_ms(calls)):.2f} ms of processor")
    graphs = [walk(store, seed, POLICY) for seed in seeds]
    notes = cpu_ms([partial(annotate, store, graph) for graph in graphs])
    print(f"scores and doubts of what was walked: p95 {p95(notes):.2f} ms")
    floor = bare_reads(tmp_path / "test.db", calls, monkeypatch)
    for name, tries in (("once", 1), ("the best of 9", 9)):
        ours, bare = cpu_ms(calls, tries), cpu_ms(floor, tries)
        print(f"{name}: store p50 {ours[len(ours) // 2]:.2f} p95 {p95(ours):.2f} ms, "
              f"bare sqlite3 p50 {bare[len(bare) // 2]:.2f} p95 {p95(bare):.2f} ms")  # fmt: skip
    assert p95(ours) <= 5 * p95(bare)
