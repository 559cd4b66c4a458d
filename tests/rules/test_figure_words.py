"""Which numbers in a reply are figures that something before it should mention."""

import pytest

from fleet.evaluation.words import FIGURE


@pytest.mark.parametrize(
    ("said", "figures"),
    [
        ("The mass is 5.97 × 10^24 kg", ["5.97"]),
        ("about 3 * 10**9 and 4·10⁻⁷ and 6 \\times 10^{23}", ["3", "4", "6"]),
        ("**120** a month, or *1,440* a year", ["120", "1,440"]),
        ("**10** seats, 10 days, 10% off", ["10", "10", "10"]),
        ("order W-1234 of 2024-05-25", []),
        ("", []),
    ],
)
def test_a_power_of_ten_is_no_figure_of_its_own(said: str, figures: list[str]) -> None:
    assert FIGURE.findall(said) == figures
