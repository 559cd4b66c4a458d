"""Quality of a ranking or a probability: AUC, Brier score, expected calibration error."""

from collections.abc import Sequence


def auc(labels: Sequence[int], scores: Sequence[float]) -> float | None:
    """Area under the ROC curve by ranks (Mann and Whitney 1947); None if a class is absent.

    >>> auc([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8])
    0.75
    """
    positives = sum(labels)
    negatives = len(labels) - positives
    if not positives or not negatives:
        return None
    order = sorted(range(len(scores)), key=scores.__getitem__)
    rank_sum, start = 0.0, 0
    while start < len(order):
        end = start
        while end < len(order) and scores[order[end]] == scores[order[start]]:
            end += 1
        middle = (start + end + 1) / 2
        rank_sum += middle * sum(labels[i] for i in order[start:end])
        start = end
    return (rank_sum - positives * (positives + 1) / 2) / (positives * negatives)


def brier(labels: Sequence[int], probabilities: Sequence[float]) -> float:
    """Mean squared error of probabilities (Brier 1950).

    >>> round(brier([0, 1], [0.2, 0.7]), 3)
    0.065
    """
    return sum((p - y) ** 2 for y, p in zip(labels, probabilities, strict=True)) / len(labels)


def calibration_error(
    labels: Sequence[int], probabilities: Sequence[float], bins: int = 10
) -> float:
    """Expected calibration error over equal-size bins (Naeini et al. 2015).

    >>> round(calibration_error([0, 1], [0.25, 0.75], bins=1), 3)
    0.0
    """
    order = sorted(range(len(labels)), key=probabilities.__getitem__)
    total, error = len(order), 0.0
    for index in range(bins):
        part = order[index * total // bins : (index + 1) * total // bins]
        if part:
            gap = sum(labels[i] for i in part) - sum(probabilities[i] for i in part)
            error += abs(gap) / total
    return error
