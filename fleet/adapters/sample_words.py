"""Word lists of the sample, and the small choices every part of the generator makes."""

import random
import tomllib
import unicodedata
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from fleet.adapters.clock import stamp
from fleet.adapters.files import data_file

Row = dict[str, Any]
ORIGIN = "generated sample"
LANGUAGES = ("en", "de", "fr", "es", "it", "pt", "nl")
OFFICE_HOURS = (7, 17)


@cache
def words() -> dict[str, Any]:
    """Return `data/sample/words.toml`."""
    return _toml("words.toml")


@cache
def phrases(language: str) -> dict[str, Any]:
    """Return the mail sentences of one language."""
    return _toml(f"mail.{language}.toml")


def _toml(name: str) -> dict[str, Any]:
    return tomllib.loads(data_file("sample", name).read_text("utf-8"))


@dataclass(slots=True)
class Chance:
    """Every random choice of the generator, from one seeded source, with dates before `today`."""

    rng: random.Random
    today: datetime  # midnight UTC of the day of loading: all that happened lies before it

    def weighted(self, weights: dict[str, float]) -> str:
        """Pick a key by weight."""
        return self.rng.choices(list(weights), list(weights.values()))[0]

    def days_ago(self, low: float, high: float) -> datetime:
        """Return a moment in office hours between `low` and `high` days ago."""
        day = self.today - timedelta(days=self.rng.uniform(low, high))
        return day.replace(
            hour=self.rng.randint(*OFFICE_HOURS),
            minute=self.rng.randrange(60),
            second=self.rng.randrange(60),
            microsecond=0,
        ) - timedelta(days=1)


def chance(now: datetime, seed: int) -> Chance:
    """Seed the generator with the date only, so that one day always gives one sample."""
    midnight = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return Chance(random.Random(f"{seed}:{midnight.date()}"), midnight)


def slug(text: str) -> str:
    """Return lower-case ASCII letters and digits joined by hyphens."""
    plain = unicodedata.normalize("NFKD", text.replace("ß", "ss").replace("ı", "i"))
    kept = "".join(
        ch if ch.isalnum() and ch.isascii() else " "
        for ch in plain.lower()
        if not unicodedata.combining(ch)
    )
    return "-".join(kept.split())


def written(at: datetime) -> Row:
    """Return the columns every CRM row has about its own writing."""
    return {"created_at": stamp(at), "updated_at": stamp(at)}
