"""Who waits for whom: cycles through actors and resources, across runs, found as they close."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from fleet.liveness.components import find_cycle, strong_components

Actor = tuple[str, str]  # (run, actor)


@dataclass(slots=True)
class WaitForGraph:
    """The live wait-for graph; each actor waits for one thing at a time (Coffman et al. 1971)."""

    waiting: dict[Actor, str] = field(default_factory=dict)
    holder: dict[str, Actor] = field(default_factory=dict)
    holdings: dict[Actor, frozenset[str]] = field(default_factory=dict)
    runs_of: dict[str, dict[str, None]] = field(default_factory=dict)
    gone: set[Actor] = field(default_factory=set)

    def update(
        self, actor: Actor, waits_for: str | None, holds: frozenset[str] | None, *, final: bool
    ) -> list[str] | None:
        """Apply one event of `actor`; return the cycle that it closed, as names, else None."""
        if actor not in self.holdings:
            self.runs_of.setdefault(actor[1], {})[actor[0]] = None
            self.holdings[actor] = frozenset()
        if holds is not None or final:
            self._hold(actor, frozenset() if final or holds is None else holds)
        if final:
            self.gone.add(actor)
            self.waiting.pop(actor, None)
            return None
        if waits_for is None:
            self.waiting.pop(actor, None)
            return None
        self.waiting[actor] = waits_for
        return self._cycle(actor)

    def release(self, actors: Iterable[Actor]) -> None:
        """Drop every hold and wait of a stopped run, by its actors."""
        for actor in actors:
            self._hold(actor, frozenset())
            self.waiting.pop(actor, None)

    def is_orphan(self, actor: Actor) -> bool:
        """Whether the actor waits for one that has ended."""
        wanted = self.waiting.get(actor)
        target = self._target(actor[0], wanted) if wanted is not None else None
        return target in self.gone if target else False

    def _hold(self, actor: Actor, holds: frozenset[str]) -> None:
        for resource in self.holdings.get(actor, frozenset()) - holds:
            if self.holder.get(resource) == actor:
                del self.holder[resource]
        for resource in holds:
            self.holder.setdefault(resource, actor)
        self.holdings[actor] = holds

    def _target(self, run: str, wanted: str) -> Actor | None:
        """Resolve a resource to its holder, or an actor's name: in this run first."""
        if wanted in self.holder:
            return self.holder[wanted]
        runs = self.runs_of.get(wanted)
        if not runs:
            return None
        return (run, wanted) if run in runs else (next(reversed(runs)), wanted)

    def _cycle(self, start: Actor) -> list[str] | None:
        names, actor = [start[1]], start
        seen = {start}
        while True:
            wanted = self.waiting.get(actor)
            target = self._target(actor[0], wanted) if wanted is not None else None
            if wanted is None or target is None:
                return None
            if wanted != target[1]:
                names.append(wanted)
            if target == start:
                return [*names, start[1]]
            if target in seen:
                return None
            seen.add(target)
            names.append(target[1])
            actor = target


def wait_cycles(waits: Iterable[tuple[str, str]]) -> list[list[str]]:
    """Return the circular waits among `(who, for whom)` pairs, each as names in order of waiting.

    Of waits that are tangled into each other one cycle is named.

    >>> wait_cycles([("a", "b"), ("b", "c"), ("c", "a"), ("d", "a")])
    [['a', 'b', 'c']]
    """
    pairs = list(waits)
    names = list(dict.fromkeys(name for pair in pairs for name in pair))
    place = {name: number for number, name in enumerate(names)}
    after: list[list[int]] = [[] for _ in names]
    for who, whom in pairs:
        after[place[who]].append(place[whom])
    found = []
    for members in strong_components(after)[1]:
        if len(members) > 1 or members[0] in after[members[0]]:
            found.append([names[node] for node in find_cycle(after, members)])
    return found
