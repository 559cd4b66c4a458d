"""Sample: 3,000 mails in threads, about 200 of them from last night and not yet handled."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from fleet.adapters.clock import stamp
from fleet.adapters.sample_texts import (
    Scene,
    Text,
    compose_inbound,
    compose_outbound,
    quote_below,
)
from fleet.adapters.sample_words import Chance, Row

MAILS = 3_000
UNHANDLED = 200
STRANGER_SHARE = 0.05
QUOTE_SHARE = 0.8
FRESH_SHARE = 0.3  # mails of the night that open a thread of their own
NIGHT_MINUTES = 9 * 60  # 15:00 to midnight: before any `now` of the day
LAST_TOPICS = {
    "pricing": 20.0, "demo": 14.0, "question": 14.0, "objection_price": 7.0, "objection_time": 6.0,
    "competitor": 4.0, "referral": 5.0, "complaint": 3.0, "optout": 6.0, "ooo": 6.0, "bounce": 4.0,
    "accept": 5.0, "thanks": 3.0, "injection": 3.0, "html": 3.0,
}  # fmt: skip
OLD_TOPICS = LAST_TOPICS | {"optout": 1.5, "injection": 0.5, "bounce": 2.0, "thanks": 8.0}
KINDS = {"ooo": "out_of_office", "bounce": "bounce", "optout": "opt_out"}
ENDS = ("optout", "bounce")  # nothing follows these
UNQUOTED = ("bounce", "ooo", "html")
FOLLOW_UP_SHARE = 0.2


@dataclass(slots=True)
class Mailbag:
    """The rows made so far, and where threads may start."""

    emails: list[Row] = field(default_factory=list)
    suppressed: list[Row] = field(default_factory=list)


def make_mail(
    luck: Chance, contacts: list[Row], companies: list[Row], people: list[Row],
    products: list[Row], deals: list[Row],
) -> Mailbag:  # fmt: skip
    """Return threads between the team and its contacts; opt-outs end up suppressed."""
    bag = Mailbag()
    stage = _Stage(luck, bag, contacts, companies, people, products, deals)
    for _ in range(UNHANDLED):
        stage.play_thread(open_end=True)
    while len(bag.emails) < MAILS:
        stage.play_thread(open_end=False)
    return bag


class _Stage:
    """Plays one thread after another."""

    def __init__(
        self, luck: Chance, bag: Mailbag, contacts: list[Row], companies: list[Row],
        people: list[Row], products: list[Row], deals: list[Row],
    ) -> None:  # fmt: skip
        self.luck, self.bag, self.contacts, self.products = luck, bag, contacts, products
        self.companies = {row["id"]: row for row in companies}
        self.people = {row["id"]: row for row in people}
        self.deals: dict[str, str] = {deal["contact_id"]: deal["id"] for deal in deals}
        self.threads = 0
        self.written_to: set[str] = set()

    def play_thread(self, *, open_end: bool) -> None:
        """Write one thread; with `open_end` its last mail came in last night, unhandled."""
        rng = self.luck.rng
        self.threads += 1
        contact = next(
            c for c in iter(lambda: rng.choice(self.contacts), None) if not c["do_not_contact"]
        )
        is_new = contact["id"] not in self.written_to  # an old opt-out must end all mail
        self.written_to.add(contact["id"])
        scene_at = self.luck.days_ago(3 if open_end else 8, 25 if open_end else 700)
        scene = self._scene(contact, scene_at)
        past: list[Row] = []
        last: Text | None = None
        for direction, topic in self._script(open_end=open_end, is_new=is_new):
            at = self._next_moment(past, scene_at)
            last = self._write(scene, past, last, direction, topic, at)
        if open_end:
            topic = self.luck.weighted(LAST_TOPICS)
            night = self.luck.today - timedelta(seconds=rng.randrange(1, NIGHT_MINUTES * 60))
            self._write(scene, past, last, "in", topic, night)
            self._leave_open(past[-1])

    def _script(self, *, open_end: bool, is_new: bool) -> list[tuple[str, str]]:
        rng = self.luck.rng
        if open_end and rng.random() < FRESH_SHARE:
            return []
        script = [("out", "intro")]
        for _ in range(rng.randint(0, 2) if open_end else rng.randint(1, 3)):
            topic = self.luck.weighted(OLD_TOPICS)
            script.append(("in", topic))
            if topic in ENDS:
                if not open_end and is_new:
                    break
                script[-1] = ("in", "question")
            script.append(("out", "answer" if topic != "objection_time" else "followup"))
        goes_on = not open_end and script[-1][1] not in ENDS and rng.random() < FOLLOW_UP_SHARE
        return [*script, ("out", "followup")] if goes_on else script

    def _next_moment(self, past: list[Row], start: datetime) -> datetime:
        if not past:
            return start
        hours = self.luck.rng.uniform(1, 30)
        latest = self.luck.today - timedelta(hours=10)
        return min(datetime.fromisoformat(past[-1]["at"]) + timedelta(hours=hours), latest)

    def _scene(self, contact: Row, at: datetime) -> Scene:
        company = self.companies[contact["company_id"]]
        colleague = self.luck.rng.choice(self.contacts)["name"]
        product = self.luck.rng.choice(self.products)
        return Scene(contact, company, product, self.people[contact["owner_id"]], colleague, at)

    def _write(
        self, scene: Scene, past: list[Row], last: Text | None, direction: str, topic: str,
        at: datetime,
    ) -> Text:  # fmt: skip
        incoming = direction == "in"
        compose = compose_inbound if incoming else compose_outbound
        text = compose(
            self.luck,
            Scene(scene.contact, scene.company, scene.product, scene.rep, scene.colleague, at),
            topic,
        )
        row = self._row(scene, past, text, incoming=incoming, at=at, topic=topic)
        if last and topic not in UNQUOTED and self.luck.rng.random() < QUOTE_SHARE:
            who = scene.rep["name"] if incoming else scene.contact["name"]
            row["body"] = quote_below(text, last, scene, str(who))
            row["subject"] = (
                past[0]["subject"]
                if past[0]["subject"][:3].lower() == "re:"
                else (f"Re: {past[0]['subject']}")
            )
        past.append(row)
        self.bag.emails.append(row)
        if topic == "optout":
            self._suppress(scene.contact, row)
        return text

    def _row(
        self, scene: Scene, past: list[Row], text: Text, *, incoming: bool, at: datetime, topic: str
    ) -> Row:
        number = len(self.bag.emails) + 1
        theirs, ours = str(scene.contact["email"]), str(scene.rep["email"])
        domain = scene.company["domain"] if incoming else ours.partition("@")[2]
        kind = KINDS.get(topic, "person") if incoming else "person"
        sender = f"mailer-daemon@{domain}" if kind == "bounce" else theirs if incoming else ours
        seen = [row["message_id"] for row in past]
        return {
            "id": f"em-{number:05d}",
            "message_id": f"<sample-{number:05d}@{domain}>",
            "thread_id": f"th-{self.threads:05d}",
            "direction": "in" if incoming else "out",
            "from_address": sender,
            "from_name": scene.contact["name"] if incoming else scene.rep["name"],
            "to_address": ours if incoming else theirs,
            "subject": text.subject,
            "body": text.html or text.reply,
            "reply": text.reply,
            "language": scene.language,
            "kind": kind,
            "bounced_address": theirs if kind == "bounce" else None,
            "bounce_status": "5.1.1" if kind == "bounce" else None,
            "in_reply_to": seen[-1] if seen else None,
            "reference_ids": seen,
            "attachments": [],
            "returns_at": text.names_day.date().isoformat()
            if topic == "ooo" and incoming
            else None,
            "at": stamp(at),
            "contact_id": scene.contact["id"],
            "company_id": scene.company["id"],
            "opportunity_id": self.deals.get(scene.contact["id"]),
            "matched_via": "address",
            "handled_at": stamp(at + timedelta(hours=2)),
            "handled_as": _handled_as(kind, incoming=incoming),
            "received_at": stamp(at),
        }

    def _suppress(self, contact: Row, mail: Row) -> None:
        contact["do_not_contact"] = True
        self.bag.suppressed.append(mail)

    def _leave_open(self, mail: Row) -> None:
        """The mail of the night waits; an opt-out in it has not been acted on yet."""
        mail["handled_at"] = mail["handled_as"] = None
        if self.bag.suppressed and self.bag.suppressed[-1] is mail:
            self.bag.suppressed.pop()
            contact = next(c for c in self.contacts if c["id"] == mail["contact_id"])
            contact["do_not_contact"] = False
        if mail["kind"] == "person" and self.luck.rng.random() < STRANGER_SHARE:
            domain = f"newcomer-{self.threads:03d}.example"
            mail |= {
                "from_address": f"info@{domain}",
                "from_name": None,
                "contact_id": None,
                "company_id": None,
                "opportunity_id": None,
                "matched_via": None,
            }


def _handled_as(kind: str, *, incoming: bool) -> str:
    if not incoming:
        return "sent"
    return "replied" if kind == "person" else kind
