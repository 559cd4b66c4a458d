"""What every store backend promises, asked of each alike."""

import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from fleet.adapters.store import audit, audit_head, controls, migrate, revisions
from fleet.adapters.store.columns import Flag, Json, Real
from fleet.adapters.store.engine import EngineStore
from fleet.adapters.store.open import D1Store, insert_many, open_store
from fleet.adapters.store.schema import METADATA, scores
from fleet.adapters.store.statements import Prepared, insert
from fleet.adapters.store.trust_tables import audit_log
from fleet.adapters.store.trust_tables import controls as controls_table
from fleet.errors import InputError, StoreError, WriteConflict
from tests.support.stores import fresh_database, local_d1, start_postgres

AnyStore = EngineStore | D1Store
ROOT = Path(__file__).resolve().parents[2]
NOW = datetime(2026, 1, 2, tzinfo=UTC)
THINGS = sa.Table(
    "things", sa.MetaData(),
    sa.Column("id", sa.Text, primary_key=True), sa.Column("whole", sa.BigInteger),
    sa.Column("part", Real), sa.Column("yes", Flag), sa.Column("doc", Json),
    sa.Column("row_version", sa.BigInteger, default=1),
)  # fmt: skip


@pytest.fixture(scope="session")
def postgres_uri(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """One server for the whole session."""
    yield from start_postgres(tmp_path_factory.mktemp("contract_pg"))


@pytest.fixture(params=["sqlite", "postgres", "d1"])
def store_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a store without any table."""
    if request.param == "d1":
        with local_d1(tmp_path) as address:
            yield address
    elif request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'contract.db'}"
    else:
        yield fresh_database(request.getfixturevalue("postgres_uri"))


@pytest.fixture
def empty(store_url: str) -> Iterator[AnyStore]:
    """A store without any table."""
    store = open_store(store_url)
    yield store
    store.close()


@pytest.fixture
def store(empty: AnyStore) -> AnyStore:
    """A store with the one small table of these tests."""
    empty.write(sa.schema.CreateTable(THINGS))
    return empty


def _ids(store: AnyStore) -> list[str]:
    return [row["id"] for row in store.read(sa.select(THINGS.c.id).order_by(THINGS.c.id))]


def _columns(store: AnyStore, table: str) -> set[str]:
    if isinstance(store, EngineStore):
        return {column["name"] for column in sa.inspect(store.engine).get_columns(table)}
    query = sa.text(f"SELECT name FROM pragma_table_info('{table}')")
    return {row["name"] for row in store.read(query)}


def _claim(store: AnyStore, value: int) -> int:
    change = (
        sa.update(THINGS)
        .where(THINGS.c.id == "a", THINGS.c.row_version == 1)
        .values(whole=value, row_version=2)
    )
    return store.write(change)[0].changes


def test_a_batch_that_fails_in_its_second_statement_leaves_nothing(store: AnyStore) -> None:
    one = insert(THINGS).values(id="a")
    with pytest.raises(WriteConflict):
        store.write(one, one)
    assert _ids(store) == []


KEEP = Prepared(insert(THINGS).returning(THINGS.c.row_version))
AGAIN = insert(THINGS)
RENEW = Prepared(
    AGAIN.on_conflict_do_update(
        index_elements=[THINGS.c.id],
        set_={"doc": AGAIN.excluded.doc, "row_version": THINGS.c.row_version + 1},
        where=THINGS.c.whole < 100,
    )
)
RAISE = Prepared(
    sa.update(THINGS)
    .where(THINGS.c.id == sa.bindparam("named"), THINGS.c.row_version == 1)
    .values(part=sa.bindparam("share"), yes=True, doc=None, row_version=2)
)
FEW = Prepared(
    sa.select(THINGS)
    .where(THINGS.c.whole >= sa.bindparam("least"), THINGS.c.id.in_(["a", "b", "c", "d"]))
    .order_by(THINGS.c.id)
    .limit(2)
)


def test_a_prepared_statement_takes_new_values_at_each_call(store: AnyStore) -> None:
    kept = store.write(
        *(KEEP(id=name, whole=n, yes=None, doc={"n": [n]}) for n, name in enumerate("abcd"))
    )
    assert [item.rows for item in kept] == [[{"row_version": 1}]] * 4
    done = store.write(
        RENEW(id="a", whole=7, doc=["new"]), RAISE(named="b", share=0.5), RAISE(named="b", share=9),
    )  # fmt: skip
    assert [item.changes for item in done] == [1, 1, 0]
    a, b = store.read(FEW(least=0))
    assert a == {
        "id": "a", "whole": 0, "part": None, "yes": None, "doc": ["new"], "row_version": 2,
    }  # fmt: skip
    assert b == {
        "id": "b", "whole": 1, "part": 0.5, "yes": True, "doc": None, "row_version": 2,
    }  # fmt: skip
    assert [row["id"] for row in store.read(FEW(least=2))] == ["c", "d"]


def test_a_prepared_statement_without_one_of_its_values_is_refused(store: AnyStore) -> None:
    store.write(KEEP(id="a", whole=1, yes=True, doc=None))
    with pytest.raises((StoreError, sa.exc.InvalidRequestError)):
        store.write(RAISE(named="a"))
    assert store.read(FEW(least=0))[0]["row_version"] == 1


KILLS = 2
WRITER = """
import sys
from fleet.adapters.store.open import open_store
from fleet.adapters.store.statements import Prepared, insert
from tests.adapters.test_store_contract import THINGS
store = open_store(sys.argv[1])
for number in range(int(sys.argv[2]), 10**9):
    store.write(*(insert(THINGS).values(id=f"{number}.{part}", whole=number) for part in "abc"))
    print(number, flush=True)
"""


def test_a_writer_killed_at_any_moment_leaves_whole_batches(
    store: AnyStore, store_url: str
) -> None:
    confirmed: set[int] = set()
    for kill in range(KILLS):
        words = [sys.executable, "-c", WRITER, store_url, str(kill * 10**6)]
        with subprocess.Popen(words, cwd=ROOT, stdout=subprocess.PIPE, text=True) as writer:
            assert writer.stdout is not None
            for _ in range(5 + 7 * kill):
                confirmed.add(int(writer.stdout.readline()))
            writer.kill()
            confirmed |= {int(line) for line in writer.stdout.read().split()}
    time.sleep(0.3)  # what a server took before the kill may still land
    kept = Counter(row["whole"] for row in store.read(sa.select(THINGS.c.whole)))
    assert set(kept.values()) == {3}
    assert confirmed <= set(kept)
    assert len(kept) <= len(confirmed) + KILLS  # at most one unconfirmed batch a kill


LACKS: tuple[dict[str, Any], ...] = (
    {"confidence": None}, {"confidence": 1.5}, {"reason": None}, {"reason": ""},
    {"source": None}, {"source": "hearsay"}, {"evidence": None}, {"recorded_at": None},
)  # fmt: skip


def test_a_decision_without_provenance_is_refused(empty: AnyStore) -> None:
    migrate.upgrade(empty)
    whole = {
        "id": "s1", "kind": "intent", "subject_table": "emails", "subject_id": "e1",
        "method": "keyword", "confidence": 0.5, "reason": "said so", "source": "rule",
        "evidence": [], "recorded_at": "2026-01-02T00:00:00.000000Z",
    }  # fmt: skip
    for lack in LACKS:
        with pytest.raises(WriteConflict):
            empty.write(insert(scores).values(whole | lack))
    empty.write(insert(scores).values(whole))
    assert [row["id"] for row in empty.read(sa.select(scores.c.id))] == ["s1"]


def test_values_come_back_as_they_went_in(store: AnyStore) -> None:
    row = {
        "id": "a", "whole": 2**53, "part": 2.0, "yes": True,
        "doc": {"k": [1, None, "é"]}, "row_version": 1,
    }  # fmt: skip
    store.write(insert(THINGS).values(row))
    found = store.read(sa.select(THINGS))
    assert found == [row]
    assert [type(value) for value in found[0].values()] == [type(v) for v in row.values()]


def test_of_two_threads_that_compare_and_set_exactly_one_wins(store: AnyStore) -> None:
    store.write(insert(THINGS).values(id="a"))
    with ThreadPoolExecutor(2) as pool:
        won = list(pool.map(lambda value: _claim(store, value), [1, 2]))
    assert sorted(won) == [0, 1]
    assert store.read(sa.select(THINGS.c.whole)) == [{"whole": won.index(1) + 1}]


def test_an_upsert_returns_the_row_it_changed(store: AnyStore) -> None:
    first = insert(THINGS).values(id="a", whole=1)
    again = insert(THINGS).values(id="a", whole=9)
    again = again.on_conflict_do_update(
        index_elements=[THINGS.c.id], set_={"whole": again.excluded.whole}
    )
    results = store.write(first, again.returning(THINGS.c.id, THINGS.c.whole))
    assert (results[1].rows, results[1].changes) == ([{"id": "a", "whole": 9}], 1)
    assert store.write(first.on_conflict_do_nothing())[0].changes == 0


@pytest.mark.parametrize(
    "statement",
    [
        sa.select(THINGS).where(THINGS.c.id.in_([str(n) for n in range(101)])),
        sa.select(sa.literal_column("'" + "x" * 100_001 + "'")),
        insert(THINGS).values(id="x" * 2_000_001),
        insert(THINGS).values(id="a", whole=2**53 + 1),
    ],
    ids=["parameters", "statement", "row", "integer"],
)
def test_limits_of_d1_are_refused(store: EngineStore, statement: Any) -> None:
    with pytest.raises(StoreError, match="over"):
        store.write(statement)
    assert _ids(store) == []


def test_a_bulk_insert_counts_its_rows(store: AnyStore) -> None:
    assert insert_many(store, THINGS, [{"id": f"{n:04}"} for n in range(1_000)]) == 1_000
    assert _ids(store) == [f"{n:04}" for n in range(1_000)]


def test_migrations_make_the_schema_once(empty: AnyStore) -> None:
    assert migrate.upgrade(empty) == revisions.known()
    assert migrate.upgrade(empty) == []
    assert revisions.pending(empty) == []
    made = {name: _columns(empty, name) for name in METADATA.tables}
    assert made == {name: set(table.c.keys()) for name, table in METADATA.tables.items()}


def test_a_newer_store_is_refused(empty: AnyStore) -> None:
    migrate.upgrade(empty)
    empty.write(insert(revisions.revisions).values(revision="9999", previous="9998"))
    with pytest.raises(InputError, match="does not know"):
        migrate.upgrade(empty)


def test_the_audit_chain_holds_under_writers_and_shows_tampering(empty: AnyStore) -> None:
    migrate.upgrade(empty)

    def append(n: int) -> None:
        audit.write_audited(empty, [], [audit.Entry(NOW, "test", "note", f"n:{n}", {"n": n})])

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(append, range(12)))
    assert audit.verify(empty) == audit.Verified(12, True)
    empty.write(sa.update(audit_log).where(audit_log.c.seq == 5).values(actor="other"))
    assert audit.verify(empty) == audit.Verified(4, False, 5, "entry 5 was changed")
    empty.write(sa.delete(audit_log).where(audit_log.c.seq == 5))
    assert audit.verify(empty) == audit.Verified(4, False, 5, "entry 5 is missing")


def _note(store: AnyStore, first: int, count: int) -> None:
    for n in range(first, first + count):
        audit.write_audited(store, [], [audit.Entry(NOW, "test", "note", f"n:{n}", {"n": n})])


def test_the_audit_chain_misses_entries_that_were_cut_from_its_end(empty: AnyStore) -> None:
    migrate.upgrade(empty)
    assert audit.verify(empty) == audit.Verified(0, True)
    _note(empty, 1, 6)
    assert audit.verify(empty) == audit.Verified(6, True)
    empty.write(sa.delete(audit_log).where(audit_log.c.seq > 4))
    cut = "2 of the newest entries were removed, the last was 6"
    assert audit.verify(empty) == audit.Verified(4, False, 5, cut)
    _note(empty, 100, 1)  # who writes on does not hide the cut, not even past its end
    assert audit.verify(empty).ok is False
    _note(empty, 101, 2)
    assert audit.verify(empty) == audit.Verified(
        7, False, 6, "entry 6 is not the one that was written"
    )


def test_an_entry_that_its_condition_kept_out_moves_no_end(empty: AnyStore) -> None:
    migrate.upgrade(empty)
    _note(empty, 1, 1)
    never = sa.select(audit_log.c.seq).where(audit_log.c.seq == 99)
    entries = [audit.Entry(NOW, "test", "note", "n:2", {})] * 2
    assert audit.write_audited(empty, [], entries, when=never).recorded is False
    assert audit.verify(empty) == audit.Verified(1, True)
    always = sa.select(audit_log.c.seq).where(audit_log.c.seq == 1)
    assert audit.write_audited(empty, [], entries, when=always).recorded is True
    empty.write(sa.delete(audit_log).where(audit_log.c.seq == 3))
    assert audit.verify(empty).reason == "1 of the newest entries were removed, the last was 3"


def test_the_file_of_the_home_knows_the_end_when_the_store_forgot_it(
    empty: AnyStore, store_url: str, tmp_path: Path
) -> None:
    migrate.upgrade(empty)
    empty.head_file = audit_head.HeadFile(tmp_path, store_url)
    other = open_store(store_url, home=tmp_path)  # a second process
    _note(empty, 1, 2)
    _note(other, 3, 2)
    _note(empty, 5, 1)
    assert audit_head.HeadFile(tmp_path, store_url).read() == (5, audit_head.hash_at(empty, 5))
    assert audit_head.HeadFile(tmp_path, store_url + "x").read() is None
    other.write(
        sa.delete(audit_log).where(audit_log.c.seq > 3),
        sa.delete(controls_table).where(controls_table.c.name == audit_head.NAME),
    )
    assert audit.verify(other).reason == "2 of the newest entries were removed, the last was 5"
    _note(empty, 6, 5)
    assert audit.verify(empty).reason == "entry 5 is not the one that was written"
    empty.head_file.forget()
    assert audit.verify(empty).ok is True
    other.close()


def test_a_suppressed_domain_and_the_halt_hold(empty: AnyStore) -> None:
    migrate.upgrade(empty)
    assert controls.suppress(
        empty, "@Example.com", reason="asked", origin="test", now=NOW, actor="t"
    )
    asked = [" Ann@EXAMPLE.com ", "ann@sub.example.com", "ann@example.org", "ann@notexample.com"]
    clauses = [controls.suppression_clause(sa.literal(text)).label("hit") for text in asked]
    hits = [bool(empty.read(sa.select(clause))[0]["hit"]) for clause in clauses]
    assert hits == [True, False, False, False]
    controls.halt(empty, "test", actor="t", now=NOW)
    assert controls.is_halted(empty)
    controls.unhalt(empty, actor="t", now=NOW)
    assert not controls.is_halted(empty)
