"""The rule engine: a short, honest message in the thread's language, from rows alone.

It states prices and products that rows hold, asks for what is missing, and hands over what it
cannot answer. It never invents, promises, or repeats foreign text.
"""

import hashlib
import re
from dataclasses import dataclass
from typing import Any

from fleet.domain import Email, Product
from fleet.domain.provenance import RowRef
from fleet.drafting.asks import Ask, read_asks
from fleet.drafting.facts import Facts, safe_label, safe_name
from fleet.drafting.footer import finish_body
from fleet.drafting.phrases import PHRASES, Phrases
from fleet.drafting.policy import DraftingPolicy
from fleet.drafting.wording import money

RULES = "rules"
QUOTED_PRODUCTS = 3
LINKS = re.compile(r"(?:\b[a-z][a-z+.-]{1,12}://|\bwww\.)\S*|\S+@\S+\.\S+", re.IGNORECASE)
REPLY_PREFIXES = ("re:", "aw:", "sv:", "antw:", "rif:", "res:")


@dataclass(frozen=True, slots=True, kw_only=True)
class Composed:
    """A finished message; `method` is `rules` or `llm`."""

    subject: str
    body: str
    language: str
    method: str
    used: tuple[RowRef, ...] = ()  # rows whose values the text states


@dataclass(frozen=True, slots=True)
class _Writer:
    """Picks phrases of one language; the same message always gets the same ones."""

    phrases: Phrases
    seed: int
    values: dict[str, str]

    def say(self, key: str, **values: str) -> str:
        """Fill one phrase; the choice follows the message's id."""
        options = self.phrases[key]
        return options[self.seed % len(options)].format_map(self.values | values)


def compose_reply(facts: Facts, mail: Email, intent: Any, policy: DraftingPolicy) -> Composed:
    """Answer a mail by what it asks; `intent` (scores or None) may only soften the answer."""
    language = pick_language(facts, policy)
    writer = _writer(facts, language, mail.id)
    asks = read_asks(mail.reply or mail.subject)
    if asks == (Ask.HOLDING,) and _is_positive(intent):
        asks = (Ask.INFORMATION,)
    named = named_products(facts, f"{mail.subject}\n{mail.reply}")
    text, used = _answer(asks, named, writer, language)
    if asks[0] not in (Ask.OBJECTION, Ask.NOT_NOW):
        text = writer.say("thanks") + " " + _sentence(text)
    body = finish_body(_greeting(facts, writer) + "\n\n" + text, facts, policy, language)
    return Composed(
        subject=reply_subject(mail.subject, policy.voice.max_subject),
        body=body,
        language=language,
        method=RULES,
        used=used,
    )


def compose_first_touch(facts: Facts, policy: DraftingPolicy, angle: str | None = None) -> Composed:
    """Write the first message: who we are, what they bought if anything, one question."""
    language = pick_language(facts, policy)
    writer = _writer(facts, language, facts.contact.id if facts.contact else "")
    company = safe_label(facts.company.name) if facts.company else None
    product, bought = _offer(facts)
    lines = [writer.say("first") if company else writer.say("first_plain")]
    used: list[RowRef] = []
    if facts.company and company:
        used.append(RowRef("companies", facts.company.id, "name"))
    if product:
        lines.append(
            writer.say("first_bought" if bought else "first_product", product=product.name)
        )
        used.append(RowRef("products", product.id, "name"))
    question = safe_label(angle)
    if question:
        lines.append(writer.say("touch_angle", angle=_ended(question)))
    text = " ".join(lines) + "\n\n" + writer.say("first_next")
    return _outreach(text, facts, writer, policy, language, tuple(used))


def compose_touch(facts: Facts, policy: DraftingPolicy, touch: Any) -> Composed:
    """Write a later touch of a campaign; `touch` has `index` and `angle` (attributes or keys)."""
    index, angle = _part(touch, "index"), _part(touch, "angle")
    if not facts.emails and str(index or 0) in {"0", "1"}:
        return compose_first_touch(facts, policy, angle)
    language = pick_language(facts, policy)
    seed = f"{facts.contact.id if facts.contact else ''}:{index}"
    writer = _writer(facts, language, seed)
    sent = any(mail.direction == "out" for mail in facts.emails)
    lines = [writer.say("touch")] if sent else []
    used: list[RowRef] = []
    product, bought = _offer(facts)
    if product:
        lines.append(
            writer.say("first_bought" if bought else "first_product", product=product.name)
        )
        used.append(RowRef("products", product.id, "name"))
    question = safe_label(str(angle)) if angle else None
    if question:
        lines.append(writer.say("touch_angle", angle=_ended(question)))
    text = " ".join(lines or [writer.say("first_plain")]) + "\n\n" + writer.say("touch_next")
    return _outreach(text, facts, writer, policy, language, tuple(used))


def greeting_line(facts: Facts, language: str, seed: str) -> str:
    """Return the first line of a message in `language`; the same seed always gets the same one."""
    return _greeting(facts, _writer(facts, language, seed))


def pick_language(facts: Facts, policy: DraftingPolicy) -> str:
    """Return the thread's language when we write it, else English."""
    language = facts.language or "en"
    return language if language in policy.languages and language in PHRASES else "en"


def named_products(facts: Facts, text: str) -> list[Product]:
    """Return catalogue products the text names, longest names first, each place counted once."""
    flat = f" {' '.join(text.lower().split())} "
    found = []
    for product in sorted(facts.products, key=lambda each: -len(each.name)):
        name = product.name.lower()
        if safe_label(product.name) and _is_named(flat, name):
            found.append(product)
            flat = flat.replace(name, " ")
    return found[:QUOTED_PRODUCTS]


def reply_subject(subject: str, limit: int) -> str:
    r"""Return `Re: …` without stacking prefixes, line breaks, control characters or foreign links.

    A link or an address of theirs would go out under our name, so it is left out.

    >>> reply_subject("RE: Price", 120), reply_subject("a\r\nBcc: x", 120), reply_subject("", 9)
    ('RE: Price', 'Re: a Bcc: x', 'Re:')
    >>> reply_subject("Log in: https://x.test/a", 120)
    'Re: Log in:'
    """
    plain = "".join(c if c.isprintable() else " " for c in subject)
    clean = " ".join(LINKS.sub(" ", plain).split())
    if not clean.lower().startswith(REPLY_PREFIXES):
        clean = f"Re: {clean}"
    return clean[:limit].strip()


def _answer(
    asks: tuple[Ask, ...], named: list[Product], writer: _Writer, language: str
) -> tuple[str, tuple[RowRef, ...]]:
    """Answer the leading ask, and a price or a meeting asked beside it."""
    used: list[RowRef] = []
    lines = []
    lead = asks[0]
    if lead is Ask.PRICING:
        lines.append(_pricing(named, writer, language, used))
    elif lead is Ask.PRODUCT:
        lines.append(_product(named, writer, used))
    else:
        lines.append(writer.say(lead.value))
    follow = lead
    if lead is Ask.PRICING and Ask.MEETING in asks:
        lines.append(writer.say("meeting"))
        follow = Ask.MEETING
    if lead is Ask.PRICING and not named:
        return " ".join(lines), tuple(used)
    return " ".join(lines) + "\n\n" + writer.say(f"{follow.value}_next"), tuple(used)


def _pricing(named: list[Product], writer: _Writer, language: str, used: list[RowRef]) -> str:
    priced = [product for product in named if product.price is not None]
    if not named:
        return writer.say("pricing_which")
    if not priced:
        return writer.say("pricing_open")
    lines = []
    for product in priced:
        used += [RowRef("products", product.id, "name"), RowRef("products", product.id, "price")]
        price = money(product.price or 0.0, product.currency, language)
        lines.append(writer.say("pricing", product=product.name, price=price))
    return " ".join(lines)


def _product(named: list[Product], writer: _Writer, used: list[RowRef]) -> str:
    for product in named:
        used.append(RowRef("products", product.id, "name"))
        about = safe_label(product.description)
        if about:
            used.append(RowRef("products", product.id, "description"))
            return writer.say("product_about", product=product.name, description=_ended(about))
        return writer.say("product_open")
    return writer.say("product_open")


def _offer(facts: Facts) -> tuple[Product | None, bool]:
    """Return a product to speak of, and whether the account bought it."""
    catalogue = {product.id: product for product in facts.products if safe_label(product.name)}
    for outcome in ("won", None):
        for deal in facts.opportunities:
            if deal.outcome == outcome and deal.product_id in catalogue:
                return catalogue[deal.product_id], outcome == "won"
    return None, False


def _outreach(
    text: str,
    facts: Facts,
    writer: _Writer,
    policy: DraftingPolicy,
    language: str,
    used: tuple[RowRef, ...],
) -> Composed:
    company = safe_label(facts.company.name) if facts.company else None
    options = [phrase for phrase in writer.phrases["subject_first"] if "{product}" not in phrase]
    subject = options[0].format(company=company) if company else writer.say("subject_plain")
    return Composed(
        subject=subject[: policy.voice.max_subject],
        body=finish_body(_greeting(facts, writer) + "\n\n" + text, facts, policy, language),
        language=language,
        method=RULES,
        used=used,
    )


def _writer(facts: Facts, language: str, seed: str) -> _Writer:
    name = safe_name(facts.contact.name if facts.contact else facts.recipient_name) or ""
    company = (safe_label(facts.company.name) if facts.company else None) or ""
    values = {"first": facts.first_name or "", "name": name, "company": company}
    number = int.from_bytes(hashlib.sha256(seed.encode()).digest()[:4])
    return _Writer(PHRASES[language], number, values)


def _greeting(facts: Facts, writer: _Writer) -> str:
    return writer.say("greet") if facts.first_name else writer.say("greet_plain")


def _is_positive(intent: Any) -> bool:
    return str(_part(intent, "label") or "").lower() in {"interested", "positive", "hot", "buy"}


def _part(value: Any, name: str) -> Any:
    """Read a field of a value or a key of a mapping; None when it has neither."""
    return value.get(name) if isinstance(value, dict) else getattr(value, name, None)


def _is_named(flat: str, name: str) -> bool:
    at = flat.find(name)
    while at >= 0:
        if not flat[at - 1].isalnum() and not flat[at + len(name)].isalnum():
            return True
        at = flat.find(name, at + 1)
    return False


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]


def _ended(text: str) -> str:
    return text if text.endswith((".", "!", "?")) else text + "."
