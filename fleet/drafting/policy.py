"""The numbers and words of `[drafting]` in data/policies.toml."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class FooterPolicy:
    """Lines every message carries, by language; `en` is the fallback and must be there."""

    disclosure: Mapping[str, str]
    opt_out: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class VoicePolicy:
    """Brand voice: what a draft may not contain, and how long it may be."""

    min_words: int
    max_words: int
    max_subject: int
    max_line: int
    max_exclamations: int
    banned_phrases: tuple[str, ...]
    banned_promises: tuple[str, ...]
    allowed_hosts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimPolicy:
    """How tolerantly a claim is matched with a row."""

    hedged_tolerance: float
    proposal_minutes: int
    proposal_days: int
    recent_days: int
    relative_days: int
    event_overlap: float
    max_chars: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftingPolicy:
    """Everything the drafting room is configured by."""

    languages: tuple[str, ...]
    footer: FooterPolicy
    voice: VoicePolicy
    claims: ClaimPolicy

    def line(self, lines: Mapping[str, str], language: str) -> str:
        """Return the line in `language`, else in English."""
        return lines.get(language) or lines["en"]
