"""A day that something is wanted by makes a mail urgent, in seven languages; a day alone does not."""

import pytest

from fleet.adapters.files import read_policies
from fleet.intent.score import IntentPolicy, score_keywords
from fleet.policy import section

POLICY = section(read_policies(), "intent", IntentPolicy)


@pytest.mark.parametrize(
    ("body", "quote"),
    [
        ("Could you send the details before Friday?", "before Friday"),
        ("We need this by 30 November at the latest.", "by 30 November"),
        ("Please answer by the 3rd of December, if you can.", "by the 3rd of December"),
        ("Bitte melden Sie sich vor dem 7. Dezember.", "vor dem 7. Dezember"),
        ("Das brauchen wir bis spätestens Freitag.", "spätestens Freitag"),
        ("Nous devons décider avant la fin du mois.", "avant la fin"),
        ("Il nous le faut d'ici le 5 décembre.", "d'ici le 5 décembre"),
        ("Lo necesitamos antes del viernes.", "antes del viernes"),
        ("Ne abbiamo bisogno entro il 12 marzo.", "entro il 12 marzo"),
        ("Precisamos disto até ao fim do mês.", "até ao fim"),
        ("Dat moet uiterlijk vrijdag binnen zijn.", "uiterlijk vrijdag"),
    ],
)
def test_a_deadline_is_found_and_quoted(body: str, quote: str) -> None:
    found = score_keywords("", body, POLICY)
    assert found.urgency == POLICY.urgent
    assert quote in [span.quote for span in found.evidence]


@pytest.mark.parametrize(
    "body",
    [
        "Our contract ends on 15 January.",
        "The tool is used by the end users of both sites.",
        "We met on Friday and spoke about March.",
        "Vor drei Tagen waren wir im Dezember-Webinar.",
        "No need to answer by Friday.",
        "Before we go on, who may see the figures?",
    ],
)
def test_a_day_without_a_wish_is_no_deadline(body: str) -> None:
    assert score_keywords("", body, POLICY).urgency == 0.0
