"""The end of every message: signature, AI disclosure, postal address, opt-out line.

The disclosure is law in the EU (AI Act, article 50) and the address in the US (CAN-SPAM), so
an edit that loses one of them is found here. Refuses to guess an address that was not configured.
"""

from dataclasses import dataclass

from fleet.drafting.facts import Facts
from fleet.drafting.policy import DraftingPolicy

SEPARATOR = "-- "
CLOSINGS = {
    "en": "Best regards,",
    "de": "Freundliche Grüße",
    "fr": "Bien cordialement,",
    "es": "Un cordial saludo,",
    "it": "Cordiali saluti,",
    "pt": "Com os melhores cumprimentos,",
    "nl": "Met vriendelijke groet,",
}


def finish_body(text: str, facts: Facts, policy: DraftingPolicy, language: str) -> str:
    """Append closing, the sender's name and the footer to the text of a message."""
    sender = facts.sender
    signature = [CLOSINGS.get(language, CLOSINGS["en"]), sender.name]
    if sender.company:
        signature.append(sender.company)
    return text.rstrip() + "\n\n" + "\n".join(signature) + "\n\n" + footer(facts, policy, language)


def footer(facts: Facts, policy: DraftingPolicy, language: str) -> str:
    """Return the lines under the signature separator."""
    return _lines(policy, language, facts.sender.postal_address)


def _lines(policy: DraftingPolicy, language: str, postal_address: str | None) -> str:
    lines = [SEPARATOR, policy.line(policy.footer.disclosure, language)]
    if postal_address:
        lines.append(" ".join(postal_address.split()))
    lines.append(policy.line(policy.footer.opt_out, language))
    return "\n".join(lines)


@dataclass(frozen=True, slots=True)
class FooterRule:
    """The footer that every message of one sender must end with."""

    policy: DraftingPolicy
    postal_address: str | None = None

    def missing(self, body: str) -> tuple[str, ...]:
        """Name the parts that a body has lost."""
        return missing_footer(body, self.policy, self.postal_address)

    def restored(self, body: str, language: str | None) -> str:
        """Return the body with its footer whole; what is left of a broken one makes way for it."""
        if not self.missing(body):
            return body
        kept = body.rstrip().splitlines()
        known = {*self.policy.footer.disclosure.values(), *self.policy.footer.opt_out.values()}
        known |= {" ".join((self.postal_address or "").split()), "", SEPARATOR.strip()}
        while kept and " ".join(kept[-1].split()) in known:
            kept.pop()
        text = "\n".join(kept)
        return f"{text}\n\n{_lines(self.policy, language or 'en', self.postal_address)}"


def missing_footer(
    body: str, policy: DraftingPolicy, postal_address: str | None = None
) -> tuple[str, ...]:
    """Name what a body has lost of `disclosure`, `opt_out` and, when given, `postal_address`.

    A part counts in any language, on a line of its own: a quoted or negated one does not.
    """
    lines = {" ".join(line.split()) for line in body.splitlines()}
    missing = [
        name
        for name, wanted in (
            ("disclosure", policy.footer.disclosure),
            ("opt_out", policy.footer.opt_out),
        )
        if not lines & {" ".join(line.split()) for line in wanted.values()}
    ]
    if postal_address and " ".join(postal_address.split()) not in lines:
        missing.append("postal_address")
    return tuple(missing)


def split_footer(body: str, facts: Facts, policy: DraftingPolicy) -> int:
    """Return where the footer starts: the last separator that only footer lines follow.

    Text that hides behind a separator is not footer, and is checked like the rest.
    """
    at = body.rfind("\n" + SEPARATOR + "\n")
    if at < 0:
        return len(body)
    known = {*policy.footer.disclosure.values(), *policy.footer.opt_out.values(), ""}
    known.add(" ".join((facts.sender.postal_address or "").split()))
    lines = body[at + len(SEPARATOR) + 2 :].splitlines()
    return at if all(" ".join(line.split()) in known for line in lines) else len(body)
