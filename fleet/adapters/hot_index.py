"""Foreign keys as compressed sparse rows in memory, for many point queries on a still CRM.

Rows are numbered over all tables; neighbours of row `n` are `targets[offsets[n]:offsets[n + 1]]`,
relation by relation, at most `fanout` children of each key in the order given. Ids are kept as
sorted bytes, so that a million rows stay well under 100 MB. It is a copy: the store remains the
record, and whatever is shown must pass the post-check against it.
"""

from array import array
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import sqlalchemy as sa

from fleet.adapters.store.graph_walk import RELATIONS
from fleet.adapters.store.schema import METADATA
from fleet.ports import Store
from fleet.recommender.graph_values import Ref

Pair = tuple[str, str]  # (child id, parent id)
PAGE = 20_000


@dataclass(frozen=True, slots=True)
class HotIndex:
    """The frozen adjacency; build it again when the store has changed."""

    tables: tuple[str, ...]
    starts: tuple[int, ...]  # number of the first row of each table, and the total
    ids: tuple[npt.NDArray[np.bytes_], ...]
    offsets: "array[int]"  # the class takes no parameter at run time
    targets: "array[int]"

    def number(self, ref: Ref) -> int | None:
        """Return the number of a row, or None when the index does not hold it."""
        place = self.tables.index(ref[0])
        ids, key = self.ids[place], ref[1].encode()
        at = int(np.searchsorted(ids, key))
        return self.starts[place] + at if at < len(ids) and ids[at] == key else None

    def ref(self, number: int) -> Ref:
        """Return the row that has a number."""
        place = next(i for i, end in enumerate(self.starts[1:]) if number < end)
        return self.tables[place], self.ids[place][number - self.starts[place]].decode()

    def walk(self, seed: int, *, hops: int, rows: int) -> list[int]:
        """Return the rows within `hops` of `seed`, at most `rows`, in walking order."""
        offsets, targets = self.offsets, self.targets
        seen, order = {seed}, [seed]
        begin = 0
        for _ in range(hops):
            end = len(order)
            for place in range(begin, end):
                node = order[place]
                for near in targets[offsets[node] : offsets[node + 1]]:
                    if near not in seen:
                        seen.add(near)
                        order.append(near)
                        if len(order) >= rows:
                            return order
            begin = end
        return order

    def size(self) -> int:
        """Return the bytes held."""
        arrays = len(self.offsets) * self.offsets.itemsize + len(self.targets) * 4
        return arrays + sum(ids.nbytes for ids in self.ids)


def build_index(
    ids: Mapping[str, Sequence[str]],
    relations: Iterable[tuple[str, str, Sequence[Pair]]],
    fanout: int,
) -> HotIndex:
    """Build from ids by table and (child table, parent table, pairs in order of worth)."""
    tables = tuple(ids)
    sorted_ids = tuple(np.sort(np.array([i.encode() for i in ids[t]], dtype="S")) for t in tables)
    starts = tuple(int(n) for n in np.cumsum([0, *(len(each) for each in sorted_ids)]))
    place = {table: n for n, table in enumerate(tables)}
    sources, ends = [], []
    for child, parent, pairs in relations:
        if not pairs:
            continue
        low = _numbers(sorted_ids[place[child]], starts[place[child]], [p[0] for p in pairs])
        high = _numbers(sorted_ids[place[parent]], starts[place[parent]], [p[1] for p in pairs])
        known = (low >= 0) & (high >= 0)  # a dangling key is no edge
        low, high = low[known], high[known]
        sources += [low, high[_within(high, fanout)]]
        ends += [high, low[_within(high, fanout)]]
    empty = np.zeros(0, dtype=np.int64)
    source, end = np.concatenate([empty, *sources]), np.concatenate([empty, *ends])
    order = np.argsort(source, kind="stable")
    counts = np.bincount(source, minlength=starts[-1])
    offsets = array("i", np.concatenate([[0], np.cumsum(counts)]).astype(np.int32).tobytes())
    targets = array("i", end[order].astype(np.int32).tobytes())
    return HotIndex(tables, starts, sorted_ids, offsets, targets)


def load_index(store: Store, fanout: int) -> HotIndex:
    """Build the index from the store, page by page."""
    names = dict.fromkeys(name for table, _, parent, _ in RELATIONS for name in (table, parent))
    ids = {name: [row[0] for row in _pages(store, name, None)] for name in names}
    relations = [
        (table, parent, [(row[0], row[1]) for row in _pages(store, table, key) if row[1]])
        for table, key, parent, _ in RELATIONS
    ]
    return build_index(ids, relations, fanout)


def _pages(store: Store, table: str, key: str | None) -> Iterable[tuple[str, str]]:
    target = METADATA.tables[table]
    columns = [target.c.id, *([target.c[key]] if key else [])]
    last = ""
    while page := store.read(
        sa.select(*columns).where(target.c.id > last).order_by(target.c.id).limit(PAGE)
    ):
        yield from ((row["id"], row[key] if key else "") for row in page)
        last = page[-1]["id"]


def _numbers(
    ids: npt.NDArray[np.bytes_], start: int, wanted: Sequence[str]
) -> npt.NDArray[np.int64]:
    if not len(ids):
        return np.full(len(wanted), -1, dtype=np.int64)
    keys = np.array([item.encode() for item in wanted], dtype="S")
    at = np.minimum(np.searchsorted(ids, keys), len(ids) - 1).astype(np.int64)
    found: npt.NDArray[np.int64] = np.where(ids[at] == keys, at + start, -1).astype(np.int64)
    return found


def _within(parents: npt.NDArray[np.int64], fanout: int) -> npt.NDArray[np.int64]:
    """Return the positions of the first `fanout` children of every parent, in order."""
    order = np.argsort(parents, kind="stable")
    grouped = parents[order]
    first = np.searchsorted(grouped, grouped, side="left")
    kept: npt.NDArray[np.int64] = np.sort(order[np.arange(len(order)) - first < fanout])
    return kept
