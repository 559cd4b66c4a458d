"""Graph algorithms over adjacency lists of node indices; iterative, so depth costs no stack."""

from collections.abc import Iterable


def strong_components(
    after: list[list[int]], first: int = 0
) -> tuple[list[int], list[list[int]], list[int]]:
    """Strongly connected components (Tarjan 1972), the deepest first.

    Returns the component of each node, the nodes of each component, and the nodes in the order in
    which the search was done with them: all that `first` reaches come up to it.

    >>> strong_components([[1], [0], [1]])
    ([0, 0, 1], [[1, 0], [2]], [1, 0, 2])
    """
    n = len(after)
    number, low = [0] * n, [0] * n
    component = [-1] * n
    components: list[list[int]] = []
    stack: list[int] = []
    finished: list[int] = []
    clock = 0
    for root in (*range(first, n), *range(first)):
        if number[root]:
            continue
        clock += 1
        number[root] = low[root] = clock
        stack.append(root)
        path, iterators = [root], [iter(after[root])]
        while path:
            node = path[-1]
            for end in iterators[-1]:
                if not number[end]:
                    clock += 1
                    number[end] = low[end] = clock
                    stack.append(end)
                    path.append(end)
                    iterators.append(iter(after[end]))
                    break
                if component[end] < 0 and number[end] < low[node]:
                    low[node] = number[end]
            else:
                finished.append(path.pop())
                iterators.pop()
                if path and low[node] < low[path[-1]]:
                    low[path[-1]] = low[node]
                if low[node] == number[node]:
                    members: list[int] = []
                    while not members or members[-1] != node:
                        members.append(stack.pop())
                        component[members[-1]] = len(components)
                    components.append(members)
    return component, components, finished


def peel_cycles(after: list[list[int]]) -> tuple[list[list[int]], list[int]]:
    """Cycles that share no edge, until none is left; each edge is walked once.

    Returns the cycles, and the nodes in the order in which they were left for good: without the
    edges of the cycles, every edge leads to an earlier node.

    >>> peel_cycles([[1], [2], [1, 0]])
    ([[1, 2]], [1, 0, 2])
    """
    n = len(after)
    edges = [iter(ends) for ends in after]
    place, left = [-1] * n, [False] * n  # on the path, or left for good
    cycles: list[list[int]] = []
    order: list[int] = []
    for root in range(n):
        if left[root]:
            continue
        path, place[root] = [root], 0
        while path:
            for end in edges[path[-1]]:
                if left[end]:
                    continue
                if place[end] < 0:
                    place[end] = len(path)
                    path.append(end)
                    break
                cycles.append(path[place[end] :])
                for gone in cycles[-1][1:]:  # they may be entered again, by another edge
                    place[gone] = -1
                del path[place[end] + 1 :]
                break
            else:
                left[path[-1]] = True
                order.append(path.pop())
    return cycles, order


def find_cycle(after: list[list[int]], tangled: Iterable[int]) -> list[int]:
    """Walk inside `tangled` (each node leads to another of them) until a node repeats.

    >>> find_cycle([[1], [2], [1]], [0, 1, 2])
    [1, 2]
    """
    inside = set(tangled)
    node = min(inside)
    seen: dict[int, int] = {}
    walk: list[int] = []
    while node not in seen:
        seen[node] = len(walk)
        walk.append(node)
        node = next(end for end in after[node] if end in inside)
    return walk[seen[node] :]
