"""What a draft may say: the rows around one contact, each value traceable to its row.

Decides nothing. Refuses nothing: what is not in here cannot support a claim.
"""

from dataclasses import dataclass
from datetime import date
from functools import cached_property

from fleet.domain import Company, Contact, Email, Opportunity, Person, Product


@dataclass(frozen=True, slots=True, kw_only=True)
class Activity:
    """A call, meeting, note or event as the CRM logged it."""

    id: str
    kind: str
    at: str
    subject: str | None = None
    body: str | None = None
    contact_id: str | None = None
    opportunity_id: str | None = None
    person_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """Who signs: a person of the team, our company, and its postal address."""

    name: str
    company: str | None = None
    email: str | None = None
    postal_address: str | None = None
    person_id: str | None = None


@dataclass(frozen=True, kw_only=True)
class Facts:
    """The rows around one contact on one day; `emails` is the thread, oldest first."""

    today: date
    sender: Sender
    contact: Contact | None = None
    company: Company | None = None
    related: tuple[Company, ...] = ()  # the parent account
    opportunities: tuple[Opportunity, ...] = ()
    products: tuple[Product, ...] = ()  # the whole catalogue
    people: tuple[Person, ...] = ()  # the sales team
    emails: tuple[Email, ...] = ()
    activities: tuple[Activity, ...] = ()
    mail: Email | None = None  # the one to answer; also in `emails`
    recipient_name: str | None = None  # as the mail's From says, when no contact matches

    @cached_property
    def first_name(self) -> str | None:
        """The name to greet with, or None when there is none that is safe to print."""
        name = safe_name(self.contact.name if self.contact else self.recipient_name)
        return name.split()[0] if name else None

    @cached_property
    def language(self) -> str | None:
        """ISO 639-1 code of the thread, else of the contact; None when unknown."""
        if self.mail and self.mail.language:
            return self.mail.language[:2].lower()
        if self.contact and self.contact.language:
            return self.contact.language[:2].lower()
        return None


NAME_LIMIT = 60
LABEL_LIMIT = 80
TITLES = frozenset(
    (
        "mr",
        "mrs",
        "ms",
        "miss",
        "dr",
        "prof",
        "herr",
        "frau",
        "mme",
        "m",
        "sig",
        "dott",
        "sr",
        "sra",
    )
)


def safe_name(name: str | None) -> str | None:
    """Return the name when it looks like one: letters, spaces, `.'-`, at most 60 characters.

    >>> safe_name("Dr. Marta Lindqvist"), safe_name("<img src=x>"), safe_name("=HYPERLINK()")
    ('Marta Lindqvist', None, None)
    """
    if not name or len(name) > NAME_LIMIT:
        return None
    words = name.split()
    while words and words[0].rstrip(".").lower() in TITLES:
        words = words[1:]
    text = " ".join(words)
    if not text or not text[0].isalpha():
        return None
    return text if all(char.isalpha() or char in " .'’-" for char in text) else None


def safe_label(text: str | None) -> str | None:
    r"""Return a company or product name fit to print in a mail, or None.

    >>> safe_label("GTX  Pro"), safe_label("a\nb"), safe_label("![x](http://e)")
    ('GTX Pro', 'a b', None)
    """
    if not text or len(text) > LABEL_LIMIT:
        return None
    label = " ".join(text.split())
    odd = any(not (char.isalnum() or char in " .,'’&+-/()°") for char in label)
    return None if odd or not label or "//" in label else label
