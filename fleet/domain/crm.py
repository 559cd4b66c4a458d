"""CRM values as capabilities see them: ids as in the store, absent fields as None."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """A member of the sales team."""

    id: str
    name: str
    email: str | None = None
    role: str | None = None
    manager: str | None = None
    office: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Company:
    """An account."""

    id: str
    name: str
    domain: str | None = None
    industry: str | None = None
    employees: int | None = None
    revenue: float | None = None  # millions, in the currency of the export
    country: str | None = None
    city: str | None = None
    parent_id: str | None = None
    owner_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """A person at an account."""

    id: str
    name: str
    company_id: str | None = None
    email: str | None = None
    title: str | None = None
    seniority: str | None = None
    language: str | None = None  # ISO 639-1
    country: str | None = None
    time_zone: str | None = None  # IANA name
    owner_id: str | None = None
    do_not_contact: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Product:
    """Something the team sells."""

    id: str
    name: str
    price: float | None = None
    currency: str | None = None
    description: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Opportunity:
    """A deal, open or closed; `outcome` is None while open."""

    id: str
    name: str | None = None
    company_id: str | None = None
    contact_id: str | None = None
    product_id: str | None = None
    owner_id: str | None = None
    stage: str | None = None
    amount: float | None = None
    currency: str | None = None
    opened_at: str | None = None
    expected_close: str | None = None
    closed_at: str | None = None
    outcome: str | None = None  # won | lost


@dataclass(frozen=True, slots=True, kw_only=True)
class Email:
    """A stored mail; `reply` is the newest part of `body`, without quotes and signature."""

    id: str
    message_id: str
    thread_id: str
    direction: str  # in | out
    from_address: str
    to_address: str
    subject: str
    body: str
    reply: str
    at: str
    language: str | None = None
    kind: str = "person"  # person | auto_reply | out_of_office | bounce | opt_out
    contact_id: str | None = None
    company_id: str | None = None
    in_reply_to: str | None = None
