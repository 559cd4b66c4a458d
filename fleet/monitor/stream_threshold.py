"""The thresholds of a stream's bank of sums, set by simulation of a stream without a change."""

import math

import numpy as np

from fleet.monitor.stream import SIGNS, Floats, StreamPolicy, rate_steps

HALVINGS = 40  # of the search for the common factor of the shares


def simulated_thresholds(
    rng: np.random.Generator, policy: StreamPolicy, *, rate: float | None = None, paths: int = 400
) -> tuple[float, ...]:
    """Return the thresholds at which the bank of numbers, or of a rate, alarms once in `arl0`.

    Run lengths without a change are nearly geometric: a share 1/e of the paths is still silent
    after `arl0` events, and of a sum to which a share w of the alarms is given e^-w. Sums of one
    stream are alike, so that their alarms fall together: what this spares is given to them all, by
    a common factor of the shares.
    """
    tops = _tops(rng, policy, rate, paths)
    shares = np.array(policy.allowance_shares if rate is None else policy.odds_shares)
    low, high = 0.0, 20.0
    for _ in range(HALVINGS):
        factor = (low + high) / 2
        lines = _quantiles(tops, np.exp(-factor * shares))
        silent = float((tops < lines[:, None]).all(axis=0).mean())
        low, high = (factor, high) if silent > math.exp(-1) else (low, factor)
    return tuple(_quantiles(tops, np.exp(-low * shares)).tolist())


def _quantiles(tops: Floats, levels: Floats) -> Floats:
    pairs = zip(tops, levels, strict=True)
    return np.array([np.quantile(row, level) for row, level in pairs])


def _tops(rng: np.random.Generator, policy: StreamPolicy, rate: float | None, paths: int) -> Floats:
    """Return what each pair of sums reached in `arl0` events, in terms of its threshold."""
    seeks = np.array(policy.allowances if rate is None else policy.odds)[:, None, None]
    signs = np.array(SIGNS)[None, :, None]
    sums = np.zeros((len(seeks), len(SIGNS), paths))
    last, top = np.zeros_like(sums), np.zeros_like(sums)
    for at in range(1, policy.arl0 + 1):
        if rate is None:
            scores = np.clip(rng.standard_normal(paths), -policy.clip, policy.clip)
            sums += signs * scores - seeks
        else:
            hits = (rng.random(paths) < rate).astype(np.float64)
            sums += rate_steps(hits, rate, seeks**signs)
        np.maximum(sums, 0.0, out=sums)
        np.maximum(top, sums, out=top)
        if at % policy.window == 0:
            np.maximum(top, np.minimum(last, sums) / policy.watch_share, out=top)
            last = sums.copy()
    highest: Floats = top.max(axis=1)
    return highest
