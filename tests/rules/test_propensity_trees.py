"""The fast walk over trees says what a slow one over their JSON form says, on odd rows too."""

import json
import random
from collections.abc import Mapping
from typing import Any

import pytest

from fleet.propensity.columns import read_number
from fleet.propensity.trees import Trees

COLUMNS, ODD = 8, ("", " ", "-", "n/a", "moon", "1,250", " 7 ", "nan", "1e999", "\x00")


def form_of(rng: random.Random, trees: int = 40) -> dict[str, Any]:
    """Return random trees over numbers and levels; every second column learned its emptiness."""
    template, owner, features = list[float](), list[int](), list[dict[str, Any]]()
    for n in range(COLUMNS):
        slot = len(template)
        feature: dict[str, Any] = {"name": f"c{(5 * n) % COLUMNS}", "slot": slot, "empty": None}
        if n % 2:
            template.append(5.0)
            feature["kind"] = "number"
        else:
            template += [1.0, 0.0, 0.0, 0.0]
            feature |= {
                "kind": "level", "levels": {f"v{k}": slot + k for k in range(3)},
                "other": slot + 3 if n % 4 else None,
            }  # fmt: skip
        if n % 3 == 0:
            feature["empty"] = len(template)
            template.append(0.0)
        owner += [n] * (len(template) - slot)
        features.append(feature)

    def node(depth: int, used: dict[int, float]) -> list[Any]:
        if depth == 0 or rng.random() < 0.2:
            return [-1, rng.gauss(0, 0.1), [[column, part] for column, part in used.items()]]
        slot = rng.randrange(len(template))
        sides = [node(depth - 1, used | {owner[slot]: rng.gauss(0, 0.1)}) for _ in range(2)]
        return [slot, rng.choice([0.5, 5.0]), *sides]

    return {
        "bias": -1.0, "template": template, "features": features, "missing_words": ["", "-", "n/a"],
        "trees": [node(3, {}) for _ in range(trees)],
    }  # fmt: skip


def slowly(
    form: Mapping[str, Any], row: Mapping[str, str | None]
) -> tuple[float, list[tuple[str, str, float]], list[str]]:
    """Return log odds, effects by strength and name, and missing columns, step by step."""
    x, spoke, missing = list(form["template"]), set[int](), list[str]()
    for at, feature in enumerate(form["features"]):
        text = row.get(feature["name"])
        bare = None if text is None else text.strip()
        is_number = feature["kind"] == "number"
        value = None if bare is None else read_number(bare) if is_number else None
        place = feature["slot"] if is_number else feature["levels"].get(bare)
        if value is None and (is_number or place is None):
            missing.append(feature["name"])
            blank = bare is not None and bare.lower() in form["missing_words"]
            place = None if bare is None else feature["empty" if blank else "other"] if (
                blank or not is_number
            ) else None  # fmt: skip
            value = 1.0
        if place is None:
            continue
        if not is_number:
            x[feature["slot"]] = 0.0
        x[place] = 1.0 if value is None else value
        spoke.add(at)
    total, moved = form["bias"], [0.0] * len(form["features"])
    for tree in form["trees"]:
        node = tree
        while node[0] >= 0:
            node = node[2] if x[node[0]] <= node[1] else node[3]
        total += node[1]
        for column, part in node[2]:
            moved[column] += part
    parts = [
        (feature["name"], row.get(feature["name"]) or "", moved[at])
        for at, feature in enumerate(form["features"]) if at in spoke and moved[at]
    ]  # fmt: skip
    return total, sorted(parts, key=lambda part: (-abs(part[2]), part[0])), missing


def any_row(rng: random.Random) -> dict[str, str | None]:
    """Return a row of plain and odd texts, some columns absent."""
    row: dict[str, str | None] = {}
    for n in range(COLUMNS):
        plain = [f"{rng.uniform(0, 10):.2f}", f"v{rng.randrange(4)}", f" v{rng.randrange(3)}"]
        kind = rng.random()
        if kind < 0.9:
            row[f"c{n}"] = rng.choice(plain) if kind < 0.6 else rng.choice(ODD)
        elif kind < 0.95:
            row[f"c{n}"] = None
    return row


@pytest.mark.parametrize("seed", range(5))
def test_the_fast_walk_agrees_with_a_slow_one_on_random_rows(seed: int) -> None:
    rng = random.Random(seed)
    form = json.loads(json.dumps(form_of(rng)))
    trees = Trees(form)
    for _ in range(400):
        row = any_row(rng)
        total, parts, missing = slowly(form, row)
        odds, effects, silent = trees.odds(row)
        assert (odds, silent) == (total, missing)
        found = effects(COLUMNS)
        assert [(name, text) for name, text, _ in found] == [(n, text) for n, text, _ in parts]
        assert [part for *_, part in found] == pytest.approx(
            [part for *_, part in parts], abs=1e-12
        )
        assert effects(3) == found[:3]


def test_no_tree_moves_nothing() -> None:
    form = form_of(random.Random(1), trees=0)
    odds, effects, _ = Trees(form).odds({"c0": "v1"})
    assert (odds, effects(5)) == (-1.0, [])


def test_a_leaf_that_moves_an_unknown_column_is_no_model() -> None:
    form = form_of(random.Random(1))
    form["trees"][0] = [-1, 0.1, [[COLUMNS, 0.2]]]
    with pytest.raises(IndexError):
        Trees(form)
