"""How far a text lies from how a version used to write: character trigrams against a centroid.

Needs no language, no model and no list of words: what is said, how long the words are, how it
greets and closes all move the trigrams. A deliberate change of voice is another version, and so
another reference.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
BUCKETS = 1_024
MOST_BYTES = 8_000  # of one text
LEAST_BYTES = 20  # a shorter one has no style
PRIMES = (7_919, 104_729, 1)
DIGITS = np.frombuffer(b"0123456789", dtype=np.uint8)


def persona_distances(
    reference: Sequence[str | None], current: Sequence[str | None]
) -> tuple[list[float | None], list[float | None]]:
    """Return each text's distance (0..1) from the centroid of the reference, None without a text.

    A text of the reference is compared with the centroid of the others, so that both sides are
    distances from texts not their own.
    """
    first, second = ([_vector(text) for text in side] for side in (reference, current))
    known = [vector for vector in first if vector is not None]
    if len(known) < 2:  # noqa: PLR2004  # a text and another one
        return [None] * len(reference), [None] * len(current)
    total: Floats = np.sum(known, axis=0)
    return (
        [None if vector is None else _distance(vector, total - vector) for vector in first],
        [None if vector is None else _distance(vector, total) for vector in second],
    )


def _vector(text: str | None) -> Floats | None:
    raw = " ".join((text or "").lower().split()).encode("utf-8", "replace")[:MOST_BYTES]
    if len(raw) < LEAST_BYTES:
        return None
    letters = np.frombuffer(raw, dtype=np.uint8).astype(np.int64)
    letters[np.isin(letters, DIGITS)] = DIGITS[0]  # which figure it is says nothing of the voice
    keys = sum(prime * letters[at : len(letters) - 2 + at] for at, prime in enumerate(PRIMES))
    counts = np.log1p(np.bincount(np.asarray(keys) % BUCKETS, minlength=BUCKETS))
    return np.asarray(counts / np.linalg.norm(counts), dtype=np.float64)


def _distance(vector: Floats, centroid: Floats) -> float:
    length = float(np.linalg.norm(centroid))
    return round(1 - float(vector @ centroid) / length, 6) if length else 1.0
