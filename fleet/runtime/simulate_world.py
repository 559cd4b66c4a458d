"""Simulated customers: mails in seven languages, answers to what was sent, deals won and lost."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from email.message import EmailMessage
from email.utils import format_datetime, formataddr
from typing import Any

import sqlalchemy as sa

from fleet.adapters.clock import stamp
from fleet.adapters.sample_texts import Scene, Text, compose_inbound, quote_below
from fleet.adapters.sample_words import LANGUAGES, Chance
from fleet.adapters.store.controls import suppression_clause
from fleet.adapters.store.mail import store_mails
from fleet.adapters.store.schema import (
    approvals,
    companies,
    contacts,
    drafts,
    emails,
    outbox,
    people,
    products,
)
from fleet.adapters.store.simulated import message_prefix, simulated_mails
from fleet.adapters.store.simulated_deals import ending, first_open_deal
from fleet.errors import InputError
from fleet.evaluation.simulation import pick
from fleet.mailbox.message import ParsedMail, parse_message
from fleet.ports import Store
from fleet.runtime.simulate_version import Play

EARLIER_S = 5_400  # before its round a mail may have come


class Customers:
    """The contacts who write; `left` are those who asked not to be written to.

    `known` are the ids of those who wrote before a kill, when a past is played on.
    """

    def __init__(self, store: Store, play: Play, known: Sequence[str] = ()) -> None:
        self._store, self._play = store, play
        self._people = {row["id"]: row for row in store.read(sa.select(people))}
        self._companies = {row["id"]: row for row in store.read(sa.select(companies))}
        self._products = store.read(
            sa.select(products).where(products.c.price > 0).order_by(products.c.id)
        )
        self._leads = self._read_leads(known)
        if not self._leads or not self._products or not self._people:
            raise InputError("this home has nobody to play: run 'fleet init --sample' first")
        self._left: set[str] = set()
        self._count = len(simulated_mails(store, play.row.version))

    @property
    def ids(self) -> list[str]:
        """Who writes, for a past that is played on after a kill."""
        return list(self._leads)

    def write(self, count: int, at: datetime) -> list[str]:
        """Let customers write `count` fresh mails before a moment; return their ids, oldest first.

        Each is built as bytes and read by the real mailbox.
        """
        rng = self._play.luck("fresh", at.isoformat())
        times = sorted(at - timedelta(seconds=rng.uniform(1, EARLIER_S)) for _ in range(count))
        return self._deliver([self._mail(self._someone(rng), None, when, rng) for when in times])

    def answer(self, since: str, at: datetime) -> list[str]:
        """Let some of those who got a message since a time answer it; return the mails' ids."""
        mails, rng = [], self._play.luck("answers", since)
        for sent in self._sent_since(since):
            lead = self._leads.get(sent["contact_id"])
            answers = rng.random() < self._play.policy.reply_share
            if lead is not None and answers and lead["id"] not in self._left:
                when = at - timedelta(seconds=rng.uniform(1, EARLIER_S))
                mails.append(self._mail(lead, sent, when, rng))
        return self._deliver(sorted(mails, key=lambda mail: (mail.at, mail.message_id)))

    def _someone(self, rng: Any) -> dict[str, Any]:
        staying = [row for key, row in self._leads.items() if key not in self._left]
        if not staying:
            raise InputError("every simulated customer asked not to be written to: play fewer days")
        lead: dict[str, Any] = rng.choice(staying)
        return lead

    def _mail(
        self, lead: Mapping[str, Any], sent: Mapping[str, Any] | None, at: datetime, rng: Any
    ) -> ParsedMail:
        weights = self._play.policy.answers if sent else self._play.policy.topics
        topic = pick(weights, rng)
        self._settle(lead, topic, at, rng)
        rep = self._people.get(lead["owner_id"]) or next(iter(self._people.values()))
        scene = Scene(
            dict(lead), self._companies[lead["company_id"]], rng.choice(self._products), rep,
            rng.choice(list(self._leads.values()))["name"], at,
        )  # fmt: skip
        text = compose_inbound(Chance(rng, at), scene, topic)
        self._count += 1
        mail = EmailMessage()
        mail["From"] = formataddr((" ".join(lead["name"].split()), lead["email"]))
        mail["To"] = rep["email"]
        mail["Date"] = format_datetime(at)
        host = lead["email"].rpartition("@")[2]
        mail["Message-ID"] = f"{message_prefix(self._play.row.version)}{self._count:05d}@{host}>"
        mail["Subject"], body = text.subject, text.reply
        if sent is not None:
            mail.replace_header("Subject", f"Re: {' '.join(sent['subject'].split())}")
            mail["In-Reply-To"] = mail["References"] = sent["message_id"]
            body = quote_below(text, Text("", sent["body"], at), scene, rep["name"])
        mail.set_content(body)
        return parse_message(mail.as_bytes())

    def _settle(self, lead: Mapping[str, Any], topic: str, at: datetime, rng: Any) -> None:
        """Win or lose the open deal of somebody who accepts, or who wants no more mail."""
        policy = self._play.policy
        if topic == "optout":
            self._left.add(lead["id"])
        chance = {"accept": policy.won_share, "optout": policy.lost_share}.get(topic, 0.0)
        if rng.random() >= chance:
            return
        outcome = "won" if topic == "accept" else "lost"
        deal = first_open_deal(self._store, lead["id"])
        if deal is None:
            return
        end = ending(
            deal["id"], deal["extra"], outcome=outcome, reason=None, day=at.date().isoformat(),
            by=self._play.row.version, at=stamp(at),
        )  # fmt: skip
        self._store.write(end)

    def _deliver(self, mails: Sequence[ParsedMail]) -> list[str]:
        store_mails(self._store, mails, self._play.clock.now())
        ids = [mail.message_id for mail in mails]
        query = sa.select(emails.c.id).where(emails.c.message_id.in_(ids))
        return [
            row["id"] for row in self._store.read(query.order_by(emails.c.at, emails.c.message_id))
        ]

    def _read_leads(self, known: Sequence[str]) -> dict[str, dict[str, Any]]:
        c = contacts.c
        query = sa.select(contacts).where(
            c.email.is_not(None), c.first_name.is_not(None), c.company_id.is_not(None),
            c.language.in_(LANGUAGES), c.do_not_contact == sa.false(),
            ~suppression_clause(c.email),
        )  # fmt: skip
        found = self._store.read(query.order_by(c.id))
        if known:
            staying = {row["id"]: row for row in found}
            return {key: staying[key] for key in known if key in staying}
        count = min(self._play.policy.leads, len(found))
        chosen = self._play.luck("leads").sample(found, count)
        return {row["id"]: row for row in chosen}

    def _sent_since(self, since: str) -> list[dict[str, Any]]:
        query = (
            sa.select(outbox.c.message_id, outbox.c.subject, outbox.c.body, drafts.c.contact_id)
            .select_from(
                outbox.join(drafts, drafts.c.id == outbox.c.draft_id).join(
                    approvals, approvals.c.id == outbox.c.approval_id
                )
            )
            .where(
                outbox.c.status == "sent", outbox.c.sent_at >= since,
                approvals.c.graph_version == self._play.row.version,
            )
            .order_by(outbox.c.sent_at, outbox.c.id)
        )  # fmt: skip
        return self._store.read(query)
