"""Takes personal data and secrets out of what leaves the machine.

The same value gives the same placeholder (`[email:3f0a91c2]`), so that a reader can still see that
two texts name one person; without the salt nobody can tell whom. What is found: e-mail addresses,
phone numbers, street lines, links with a query, names and secrets that are given as known values,
and the name after a greeting. Names nobody gave and nothing marks cannot be found: see `Redactor`.
"""

import hashlib
import hmac
import re
from collections.abc import Iterable, Mapping
from typing import Any

DIGITS = 8
LEAST_NAME = 3  # letters; a shorter known name would hit too many words
LEAST_SECRET = 6
DEPTH = 60
LEAST_PHONE, MOST_PHONE = 7, 15  # digits of a phone number (E.164 ends at 15)

EMAIL = re.compile(
    r"[^\s<>()\[\]{},;:\"'@=|/\\]{1,64}(?:@|%40|\(at\)|\[at\])[\w.-]{1,190}\.[^\W\d_]{2,24}"
)
# Digits, in groups, as people write them; dates, years and amounts are told apart below.
PHONE = re.compile(
    r"(?<![\w.,:/#€$£-])(?:\+|00)?\(?\d{1,15}\)?"
    r"(?:(?:[ .\u00a0–/-]|(?<=\)))\(?\d{1,15}\)?){0,7}(?![\w:%€$£]|[.,-]\d)"
)
DATE = re.compile(
    r"\d{4}[-/.]\d{1,2}[-/.]\d{1,2}\b.*|\d{1,2}[-/.]\d{1,2}[-/.](?:19|20)\d\d(?: .*)?"
)
NOT_PHONE = re.compile(r"\d{1,9}|(?:19|20)\d\d[-–/ ](?:19|20)\d\d|\d{1,3}(?:[ .\u00a0]\d{3})+")
NUMBER = r"\d{1,5}[a-zA-Z]?(?:[-–/]\d{1,5})?"
WORD = r"[^\W\d_][\w'’.-]*"
STREET_BEFORE = (  # 12 Main Street; 4, rue de la Paix
    rf"\b{NUMBER},? (?:"
    rf"(?:rue|avenue|boulevard|av\.|bd\.?|allée|place|chemin|quai)\b(?: {WORD}){{1,5}}"
    rf"|(?:{WORD} ){{1,4}}(?:street|st\.?|road|rd\.?|avenue|ave\.?|boulevard|blvd\.?|lane"
    r"|ln\.?|drive|dr\.?|court|square|way|place|terrace|parkway|highway)\b)"
)
STREET_AFTER = (  # Hauptstraße 5; Via Roma 12; Calle Mayor, 3; Keizersgracht 12
    rf"\b(?:{WORD}(?:straße|strasse|str\.|weg|platz|allee|gasse|ring"
    r"|straat|laan|gracht|plein|kade|dijk)"
    r"|(?:via|viale|corso|piazza|calle|avenida|plaza|paseo|rua|praça|travessa)"
    rf"(?: {WORD}){{1,4}}),? {NUMBER}\b"
)
POST_BOX = (
    r"\b(?:p\.? ?o\.? box|postfach|bo[iî]te postale|b\.p\.|apartado|casella postale|postbus) \d+\b"
)
STREET = re.compile(f"{STREET_BEFORE}|{STREET_AFTER}|{POST_BOX}", re.IGNORECASE)
LINK = re.compile(r"\bhttps?://[^\s<>\"']+", re.IGNORECASE)
GREETING = re.compile(
    r"(?m)^[> \t]*(?:dear|hi|hello|hey|hallo|liebe[rs]?|sehr geehrter? (?:herr|frau)|guten tag"
    r"|bonjour|cher|chère|hola|estimad[oa]|buenos días|ciao|buongiorno|gentile|olá|car[oa]"
    r"|prezad[oa]|beste|geachte)"
    r"[ \t]+((?:[^\W\d_][\w'’.-]*)(?: [^\W\d_][\w'’.-]*){0,3})(?=\s*[,!.\n]|$)",
    re.IGNORECASE,
)
PARTICLES = {"there", "all", "team", "everyone", "zusammen", "tous", "todos", "tutti", "allemaal"}


class Redactor:
    """Cleans texts and plain values; `names` and `secrets` are known values to take out.

    It is as good as its names: give those of the people a run is about.
    """

    def __init__(
        self, salt: bytes, *, names: Iterable[str] = (), secrets: Iterable[str] = ()
    ) -> None:
        self._salt = salt
        self._secrets = sorted({s for s in secrets if len(s) >= LEAST_SECRET}, key=len)[::-1]
        known = {name.strip() for name in names if len(name.strip()) >= LEAST_NAME}
        self._names = _alternatives(known | {part for name in known for part in _parts(name)})

    def value(self, value: Any, depth: int = 0) -> Any:
        """Return a plain value with every text in it cleaned, keys too; deep nests are cut."""
        if isinstance(value, str):
            return self.text(value)
        if value is None or isinstance(value, bool | int | float):
            return value
        if depth >= DEPTH:
            return "[nested too deep]"
        if isinstance(value, Mapping):
            return {self.text(str(k)): self.value(v, depth + 1) for k, v in value.items()}
        if isinstance(value, list | tuple | set | frozenset):
            return [self.value(item, depth + 1) for item in value]
        return self.text(str(value))

    def text(self, text: str) -> str:
        """Return the text with everything personal replaced by placeholders."""
        for secret in self._secrets:
            text = text.replace(secret, "[secret]")
        text = LINK.sub(self._link, text)
        text = EMAIL.sub(lambda m: self._mark("email", m[0].lower()), text)
        if self._names is not None:
            text = self._names.sub(lambda m: self._mark("name", m[0].lower()), text)
        text = GREETING.sub(self._greeting, text)
        text = STREET.sub(lambda m: self._mark("address", m[0].lower()), text)
        return PHONE.sub(self._phone, text)

    def _link(self, match: "re.Match[str]") -> str:
        """Keep the place; what follows may carry a token or a person."""
        place, _, rest = match[0].partition("?")
        host = "/".join(place.split("/")[:3]).rpartition("@")[2]
        host = host if "://" in host else f"https://{host}"
        return (
            match[0] if not rest and "@" not in place else f"{host}/{self._mark('link', match[0])}"
        )

    def _phone(self, match: "re.Match[str]") -> str:
        text = match[0]
        digits = re.sub(r"\D", "", text)
        marked = text.startswith(("+", "(", "0"))
        if not LEAST_PHONE <= len(digits) <= MOST_PHONE or DATE.fullmatch(text):
            return text
        if not marked and NOT_PHONE.fullmatch(text):
            return text
        return self._mark("phone", digits)

    def _greeting(self, match: "re.Match[str]") -> str:
        name = match[1]
        if name.lower() in PARTICLES or not name[0].isupper() or name.startswith("["):
            return match[0]
        start = match.start(1) - match.start(0)
        return match[0][:start] + self._mark("name", name.lower()) + match[0][start + len(name) :]

    def _mark(self, kind: str, value: str) -> str:
        code = hmac.new(self._salt, value.encode("utf-8", "replace"), hashlib.sha256).hexdigest()
        return f"[{kind}:{code[:DIGITS]}]"


def _parts(name: str) -> list[str]:
    """Return first and last names: people are also named by one of them."""
    words = [word.strip(".,'\"()") for word in name.split()]
    return [word for word in words if len(word) >= LEAST_NAME and word[:1].isupper()]


def _alternatives(names: Iterable[str]) -> "re.Pattern[str] | None":
    longest_first = sorted(names, key=lambda name: (-len(name), name))
    if not longest_first:
        return None
    words = "|".join(re.escape(name).replace("\\ ", r"\s+") for name in longest_first)
    return re.compile(rf"(?<!\w)(?:{words})(?!\w)", re.IGNORECASE)
