"""Which days: gaps that grow from a first one, fitted to the horizon, on open days only."""

from collections.abc import Sequence


def spread(
    count: int, days: Sequence[int], *, min_gap: int, first_gap: int, growth: float
) -> tuple[int, ...]:
    """Return up to `count` rising days out of `days`, at least `min_gap` (and 1) apart.

    The wish is gaps of `first_gap`, each `growth` times the one before; when that does not fit,
    it is pressed together towards the smallest gap, and then touches are left out at the end.

    >>> spread(3, range(30), min_gap=2, first_gap=4, growth=1.5)
    (0, 4, 10)
    >>> spread(4, range(7), min_gap=3, first_gap=4, growth=1.5)
    (0, 3, 6)
    """
    gap = max(min_gap, 1)
    most = fitting(days, gap)
    wanted = min(count, len(most))
    wish = [0.0]
    step = float(max(first_gap, gap))
    for _ in range(wanted - 1):
        wish.append(wish[-1] + step)
        step *= growth
    room = days[-1] - days[0]
    scale = min(1.0, room / wish[-1]) if wish[-1] else 1.0
    found = _snap([days[0] + point * scale for point in wish], days, gap)
    return found if len(found) == wanted else most[:wanted]


def fitting(days: Sequence[int], gap: int) -> tuple[int, ...]:
    """Return the most days that fit when each is as early as it may be."""
    found: list[int] = []
    for day in days:
        if not found or day - found[-1] >= gap:
            found.append(day)
    return tuple(found)


def _snap(wish: Sequence[float], days: Sequence[int], gap: int) -> tuple[int, ...]:
    found: list[int] = []
    for point in wish:
        least = found[-1] + gap if found else days[0]
        later = [day for day in days if day >= least and day >= round(point)]
        if not later:
            later = [day for day in days if day >= least][-1:]
        if not later:
            break
        found.append(later[0])
    return tuple(found)
