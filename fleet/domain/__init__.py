"""The vocabulary that capabilities share: frozen values, closed sets, no behaviour that decides."""

from fleet.domain.crm import Company, Contact, Email, Opportunity, Person, Product
from fleet.domain.provenance import Provenance, RowRef, Source, Span
from fleet.domain.trust import DraftStatus, GateOutcome, Risk, Rung

__all__ = [
    "Company",
    "Contact",
    "DraftStatus",
    "Email",
    "GateOutcome",
    "Opportunity",
    "Person",
    "Product",
    "Provenance",
    "Risk",
    "RowRef",
    "Rung",
    "Source",
    "Span",
]
