"""The rule engine's sentences, by language and by what a mail asks.

Every sentence is a courtesy, a question, or states a row's value in a `{placeholder}`.
"""

from collections.abc import Mapping

from fleet.drafting.phrases.germanic import DE, EN, NL
from fleet.drafting.phrases.romance import ES, FR, IT, PT

Phrases = Mapping[str, tuple[str, ...]]
PHRASES: Mapping[str, Phrases] = {
    "en": EN,
    "de": DE,
    "fr": FR,
    "es": ES,
    "it": IT,
    "pt": PT,
    "nl": NL,
}

__all__ = ["PHRASES", "Phrases"]
