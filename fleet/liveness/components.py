"""Graph algorithms over adjacency lists of node indices; iterative, so depth costs no stack."""

from collections.abc import Iterable


def strong_components(after: list[list[int]]) -> tuple[list[int], list[list[int]]]:
    """Strongly connected components (Tarjan 1972), the deepest first.

    Returns the component of each node, and the nodes of each component.

    >>> strong_components([[1], [0], [1]])
    ([0, 0, 1], [[1, 0], [2]])
    """
    n = len(after)
    number, low = [0] * n, [0] * n
    component = [-1] * n
    components: list[list[int]] = []
    stack: list[int] = []
    clock = 0
    for root in range(n):
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
                path.pop()
                iterators.pop()
                if path and low[node] < low[path[-1]]:
                    low[path[-1]] = low[node]
                if low[node] == number[node]:
                    members: list[int] = []
                    while not members or members[-1] != node:
                        members.append(stack.pop())
                        component[members[-1]] = len(components)
                    components.append(members)
    return component, components


def longest_paths(after: list[list[int]]) -> tuple[list[int], list[int]]:
    """Nodes on the longest path from each node, and the nodes that lie on or before a cycle.

    >>> longest_paths([[1], [2], []])
    ([3, 2, 1], [])
    """
    n = len(after)
    before: list[list[int]] = [[] for _ in range(n)]
    open_ends = [0] * n
    for start, ends in enumerate(after):
        open_ends[start] = len(ends)
        for end in ends:
            before[end].append(start)
    lengths = [1] * n
    ready = [node for node in range(n) if not open_ends[node]]
    for node in ready:
        reach = lengths[node] + 1
        for start in before[node]:
            if reach > lengths[start]:
                lengths[start] = reach
            open_ends[start] -= 1
            if not open_ends[start]:
                ready.append(start)
    if len(ready) == n:
        return lengths, []
    return lengths, [node for node in range(n) if open_ends[node]]


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
