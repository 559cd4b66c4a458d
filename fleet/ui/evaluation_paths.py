"""The path view: nodes as boxes in the order of the walk, ways between them by how often taken."""

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import plotly.graph_objects as go

from fleet.ui import charts
from fleet.ui.evaluation_text import label, number

MOST = 12  # boxes; more cannot be told apart
WAYS = 24
ACROSS = 3
BOX = (0.38, 0.27)  # half width and half height of a box, in cells of the grid
WIDEST = 6.0
LANE = 0.94  # bend that leads a far way through the lane between boxes
ASIDE = 0.3  # and one that only keeps two ways apart
CURVE_POINTS = 56
HEAD = 6  # points of the curve under an arrow's head
ROW = 100
BESIDE = 15  # pixels that part the numbers of two ways between the same boxes
HUB_SHARE = 0.6  # of the ways touch a node that all others hang on
HUB_LEAST = 5  # nodes, below which a row shows them better
HUB = (1.0, 1.0)
AROUND = ((0, 1), (2, 1), (1, 0), (1, 2), (0, 0), (2, 0), (0, 2), (2, 2))
ROOT = "invoke_agent "

Point = tuple[float, float]
BOTH, BACK, OUT, ALONE = "both", "back", "out", "alone"


@dataclass(frozen=True, slots=True, kw_only=True)
class Paths:
    """Node names in drawing order with mean scores, and ways `(from, to): times`."""

    scores: Mapping[str, float | None]
    ways: Mapping[tuple[str, str], int]
    hub: str | None = None  # what calls all others and takes their answers, like a model its tools


def read_paths(summary: Mapping[str, Any]) -> Paths:
    """Return the busiest nodes and ways; the span around a whole run is no node of it."""
    nodes = [each for each in summary["nodes"] if not each["node"].startswith(ROOT)][:MOST]
    names = {each["node"]: each["score"]["value"] for each in nodes}
    found: dict[tuple[str, str], int] = {}
    for way in summary["paths"]:
        if way["from"] in names and way["to"] in names and len(found) < WAYS:
            found[way["from"], way["to"]] = way["n"]
    hub = hub_of(list(names), found)
    order = walk_order(list(names), found) if hub is None else _by_calls(hub, list(names), found)
    kept = {pair: n for pair, n in found.items() if {*pair} <= {*order}}
    return Paths(scores={name: names[name] for name in order}, ways=kept, hub=hub)


def hub_of(names: Sequence[str], ways: Mapping[tuple[str, str], int]) -> str | None:
    """Return the node that most ways touch, if the rest hang on it like tools on a model.

    >>> hub_of(list("abcdm"), {(m, t): 1 for t in "abcd" for m in "m"})
    'm'
    >>> hub_of(list("abcde"), {("a", "b"): 1, ("b", "c"): 1, ("c", "d"): 1, ("d", "e"): 1})
    """
    real = [pair for pair in ways if pair[0] != pair[1]]
    if len(names) < HUB_LEAST or not real:
        return None
    best = max(names, key=lambda name: sum(name in pair for pair in real))
    touched = [pair for pair in real if best in pair]
    others = {name for pair in touched for name in pair} - {best}
    enough = len(touched) >= HUB_SHARE * len(real) and len(others) >= HUB_SHARE * (len(names) - 1)
    return best if enough else None


def _by_calls(hub: str, names: Sequence[str], ways: Mapping[tuple[str, str], int]) -> list[str]:
    """Return the hub and the nodes that it calls most, as many as stand around it."""
    calls = {name: ways.get((hub, name), 0) + ways.get((name, hub), 0) for name in names}
    rest = sorted((n for n in names if n != hub), key=lambda n: -calls[n])
    return [hub, *rest[: len(AROUND)]]


def walk_order(names: Sequence[str], ways: Mapping[tuple[str, str], int]) -> list[str]:
    """Order nodes by the walk: what nothing leads to first, then what mostly follows the last.

    Where all that is left lies on cycles, the node that gives most more than it takes goes on.

    >>> walk_order(["c", "b", "a"], {("a", "b"): 3, ("b", "c"): 3, ("c", "b"): 1})
    ['a', 'b', 'c']
    """
    left, order = list(names), list[str]()
    real = {pair: n for pair, n in ways.items() if pair[0] != pair[1]}

    def flow(name: str, end: int) -> int:
        return sum(n for pair, n in real.items() if pair[end] == name and pair[1 - end] in left)

    def rank(name: str) -> tuple[bool, int, int]:
        follows = real.get((order[-1], name), 0) if order else 0
        taken = flow(name, 1)
        return not taken, follows, flow(name, 0) - taken

    while left:
        order.append(max(left, key=rank))
        left.remove(order[-1])
    return order


def draw(paths: Paths, bar: float) -> go.Figure:
    """Draw boxes in rows that turn at their end, so that one follows beside the other."""
    ink, figure = charts.palette(), go.Figure()
    round_it = paths.hub is not None
    places = {name: _around(i) if round_it else _place(i) for i, name in enumerate(paths.scores)}
    order = {name: i for i, name in enumerate(paths.scores)}
    most = max(paths.ways.values(), default=1)
    for (start, end), n in paths.ways.items():
        if start == end or (round_it and paths.hub not in (start, end)):
            continue  # repeats stand in the box; nothing is drawn between what hangs on the hub
        answered = paths.ways.get((end, start), 0)
        if round_it and answered and start != paths.hub:
            continue  # the answer is drawn with the call
        back = not round_it and order[end] < order[start]
        width = max(1.0, WIDEST * n / most)
        hue = ink.bad if back else ink.faint
        words = f"{n:,} back" if back else f"{n:,}"
        if round_it and answered:
            words = f"{n:,}" if n == answered else f"{n:,} / {answered:,}"
        kind = _kind(back, answered, round_it)
        _way(figure, (places[start], places[end]), words, width, hue, kind, places.values())
    for name, score in paths.scores.items():
        weak = score is not None and score < bar
        x, y = places[name]
        figure.add_shape(
            type="rect", x0=x - BOX[0], x1=x + BOX[0], y0=y - BOX[1], y1=y + BOX[1],
            line={"color": ink.bad if weak else ink.faint, "width": 2 if weak else 1.2},
            fillcolor=ink.page,
        )  # fmt: skip
        words = label(name.removeprefix("execute_tool "), 15, 2)
        again = paths.ways.get((name, name), 0)
        figure.add_annotation(
            x=x, y=y, showarrow=False, text=f"{words}<br>{'▼ ' if weak else ''}{number(score)}"
            + (f" · ↻ {again:,}" if again else ""),
            font={"color": ink.bad if weak else ink.text, "size": 12},
        )  # fmt: skip
    rows = int(max(y for _, y in places.values())) + 1 if places else 0
    charts.styled(figure, height=24 + ROW * rows, left=4, right=4, top=6, bottom=6)
    figure.update_xaxes(visible=False, range=[-0.5, ACROSS - 0.5])
    figure.update_yaxes(visible=False, range=[rows - 0.5, -0.55])
    return figure


def _place(position: int) -> Point:
    row, column = divmod(position, ACROSS)
    return (float(column if row % 2 == 0 else ACROSS - 1 - column), float(row))


def _around(position: int) -> Point:
    return (
        HUB if position == 0 else (float(AROUND[position - 1][0]), float(AROUND[position - 1][1]))
    )


def _kind(back: bool, answered: int, round_it: bool) -> str:
    """Return how a way is drawn: both ways at once, back, out beside a way back, or alone."""
    if answered and round_it:
        return BOTH
    return BACK if back else OUT if answered else ALONE


def _way(
    figure: go.Figure, ends: tuple[Point, Point], words: str, width: float, hue: str, kind: str,
    boxes: Collection[Point],
) -> None:  # fmt: skip
    start, end = ends
    points = _curve(start, end, back=kind == BACK)
    figure.add_scatter(
        x=[x for x, _ in points], y=[y for _, y in points], mode="lines", hoverinfo="skip",
        line={"color": hue, "width": width},
    )  # fmt: skip
    for line in (points, points[::-1]) if kind == BOTH else (points,):
        (ax, ay), (x, y) = line[-min(HEAD, len(line))], line[-1]
        figure.add_annotation(
            x=x, y=y, ax=ax, ay=ay, xref="x", yref="y", axref="x", ayref="y", text="",
            showarrow=True, arrowhead=2, arrowsize=max(0.6, 1.6 / width),
            arrowwidth=max(1.2, width), arrowcolor=hue,
        )  # fmt: skip
    middle = _clear(points, boxes)
    ink, level, upright = charts.palette(), start[1] == end[1], start[0] == end[0]
    aside = {BACK: BESIDE, OUT: -BESIDE}.get(kind, 0)
    figure.add_annotation(
        x=middle[0], y=middle[1], text=words, showarrow=False, bgcolor=ink.page,
        yshift=(aside or BESIDE) if level else 0, xshift=aside if upright else 0,
        font={"color": ink.bad if kind == BACK else ink.mute, "size": 11.5},
    )  # fmt: skip


def _clear(points: Sequence[Point], boxes: Collection[Point]) -> Point:
    """Return the point nearest to a way's middle that lies in no box: its number goes there."""
    half = len(points) // 2
    nearest = sorted(range(len(points)), key=lambda i: abs(i - half))
    free = (points[i] for i in nearest if not any(_within(points[i], box) for box in boxes))
    return next(free, points[half])


def _curve(start: Point, end: Point, *, back: bool) -> list[Point]:
    """Return points from box edge to box edge; what is not next door, or leads back, is bent."""
    (x0, y0), (x1, y1) = start, end
    dx, dy = x1 - x0, y1 - y0
    far = math.hypot(dx, dy)
    aside = 0.0 if far <= 1.0 and not back else ASIDE
    bend = LANE if far > 1.0 and 0 in (dx, dy) else aside
    cx, cy = (x0 + x1) / 2 - bend * dy / far, (y0 + y1) / 2 + bend * dx / far
    points = []
    for i in range(CURVE_POINTS + 1):
        t = i / (CURVE_POINTS)
        points.append(
            (
                (1 - t) ** 2 * x0 + 2 * t * (1 - t) * cx + t**2 * x1,
                (1 - t) ** 2 * y0 + 2 * t * (1 - t) * cy + t**2 * y1,
            )
        )
    outside = [p for p in points if not _within(p, start) and not _within(p, end)]
    return outside if len(outside) > 1 else [start, end]


def _within(point: Point, box: Point) -> bool:
    slack = 0.03
    return abs(point[0] - box[0]) < BOX[0] + slack and abs(point[1] - box[1]) < BOX[1] + slack
