"""Language, bounces and the day of return, read from what mail servers and people really write."""

from datetime import date

import pytest

from fleet.adapters.files import read_policies
from fleet.intent.score import IntentPolicy, score_keywords
from fleet.mailbox.auto_reply import is_automatic
from fleet.mailbox.away import return_date
from fleet.mailbox.bounce import Bounce, read_bounce
from fleet.mailbox.language import detect_language
from fleet.mailbox.message import parse_message
from fleet.mailbox.quotes import newest_reply, newest_text
from fleet.orchestrator.inbox.rules import Stop, stop_for
from fleet.policy import section

INTENT = section(read_policies(), "intent", IntentPolicy)

SENT = date(2026, 12, 1)

DSN = b"""From: MAILER-DAEMON@relay.example
To: rep@seller.example
Subject: Undelivered Mail Returned to Sender
Message-ID: <b1@relay.example>
Date: Tue, 1 Dec 2026 09:00:00 +0000
Content-Type: multipart/report; report-type=delivery-status; boundary="x"

--x
Content-Type: text/plain

Your message could not be delivered.
--x
Content-Type: message/delivery-status

Reporting-MTA: dns; relay.example

Final-Recipient: rfc822; Nora.Lind@Gone.Example
Action: failed
Status: STATUS
--x--
"""


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Could you send us the pricing for 40 seats? Thanks, Ann", "en"),
        ("Können Sie uns bitte ein Angebot für 40 Lizenzen schicken? Danke!", "de"),
        ("Pouvez-vous nous envoyer un devis pour 40 licences ? Merci et bonne journée", "fr"),
        ("¿Nos puede enviar un presupuesto para 40 licencias? Gracias", "es"),
        ("Potete inviarci un preventivo per 40 licenze? Grazie e cordiali saluti", "it"),
        ("Pode enviar-nos um orçamento para 40 licenças? Obrigado, não temos pressa", "pt"),
        ("Kunt u ons een offerte sturen voor 40 licenties? Met vriendelijke groet", "nl"),
        ("On peut parler mardi ?", "fr"),
        ("Possiamo parlare martedì?", "it"),
        ("Podemos falar na terça?", "pt"),
        ("Kunnen we dinsdag praten?", "nl"),
        ("Danke", "de"),
        ("prix svp", "fr"),
        ("OK", None),
        ("", None),
        ("Прошу прислать предложение на сорок лицензий", None),
        ("12345 67890 !!!", None),
    ],
)
def test_the_language_of_a_short_mail_is_known_or_left_open(
    text: str, language: str | None
) -> None:
    assert detect_language(text) == language


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("I am out of the office and will be back on January 7th.", date(2027, 1, 7)),
        ("Out of office from 1 December until 14 December 2026", date(2026, 12, 14)),
        ("Ich bin bis zum 15.12.2026 nicht im Büro.", date(2026, 12, 15)),
        ("Ich bin ab dem 4. Januar wieder erreichbar.", date(2027, 1, 4)),
        ("Je suis absente jusqu'au 18 décembre 2026.", date(2026, 12, 18)),
        ("Estaré fuera de la oficina hasta el 20 de diciembre.", date(2026, 12, 20)),
        ("Sono fuori sede fino al 10/12/2026.", date(2026, 12, 10)),
        ("Estou fora do escritório até 9 de dezembro de 2026.", date(2026, 12, 9)),
        ("Ik ben afwezig tot 8 december.", date(2026, 12, 8)),
        ("I am away. Back 2026-12-24.", date(2026, 12, 24)),
        ("I left on 3 November and cannot read mail.", None),
        ("I will be back on 31 February.", None),
        ("I will be back soon.", None),
        ("We go back to 1 May 1998, when we met.", None),
    ],
)
def test_the_day_of_return_stands_behind_a_word_of_returning(text: str, day: date | None) -> None:
    assert return_date(text, SENT) == day


@pytest.mark.parametrize(
    ("status", "hard"), [(b"5.1.1", True), (b"4.2.2", False), (b"5.7.26", True)]
)
def test_a_dsn_names_address_and_status(status: bytes, hard: bool) -> None:
    mail = parse_message(DSN.replace(b"STATUS", status))
    assert mail.kind == "bounce"
    assert mail.bounce == Bounce("nora.lind@gone.example", status.decode())
    assert mail.bounce.is_hard is hard


def test_a_notice_in_plain_words_is_read_too() -> None:
    raw = (
        b"From: mailer-daemon@old.example\r\nSubject: failure notice\r\n\r\n"
        b"Hi. I was unable to deliver your message.\r\n<tom@gone.example>:\r\n"
        b"550 sorry, no mailbox here by that name\r\n--- Below is a copy\r\n"
    )
    assert read_bounce(raw) == Bounce("tom@gone.example", "5.0.0")


def test_a_full_mailbox_stops_the_answer_but_suppresses_nobody() -> None:
    mail = {
        "from_address": "mailer-daemon@x.example",
        "kind": "bounce",
        "subject": "s",
        "reply": "r",
    }
    lost = {"bounced_address": "tom@x.example"}
    soft = stop_for(mail | lost | {"bounce_status": "4.2.2"}, suppressed=False, opted_out=False)
    hard = stop_for(mail | lost | {"bounce_status": "5.1.1"}, suppressed=False, opted_out=False)
    assert soft == Stop("soft_bounce")
    assert hard == Stop("bounce", "tom@x.example", "hard bounce")


def test_an_out_of_office_keeps_its_language_and_return_day() -> None:
    mail = parse_message(
        "From: a@b.example\nSubject: Abwesenheitsnotiz\nAuto-Submitted: auto-replied\n"
        "Date: Tue, 1 Dec 2026 09:00:00 +0000\nContent-Type: text/plain; charset=utf-8\n\n"
        "Ich bin abwesend und ab dem 4. Januar wieder im Büro.\n".encode()
    )
    assert (mail.kind, mail.language, mail.returns_on) == ("out_of_office", "de", "2027-01-04")


def test_answers_between_quotes_are_the_newest_reply() -> None:
    body = "> Shall we meet?\nNot this week.\n> And the price?\nPlease take me off your list.\n"
    start, text = newest_text(body)
    assert len(text) == len(body.strip()) - start
    assert "price" not in text
    assert newest_reply(body) == "Not this week.\n\nPlease take me off your list."
    scored = score_keywords("Re: x", body, INTENT)
    assert scored.opt_out
    assert [body[span.start : span.end] for span in scored.evidence][:1] == ["take me off"]


def test_a_footer_below_the_quote_of_an_answer_above_it_is_not_the_reply() -> None:
    body = "Yes, please.\n\nOn Mon, 1 Jan 2026, Ann wrote:\n> Shall we?\n\nTo unsubscribe, reply STOP\n"
    assert newest_reply(body) == "Yes, please."


@pytest.mark.parametrize(
    ("text", "is_note"),
    [
        ("I am currently on vacation and will be back on January 3rd.", True),
        ("Je suis en congés jusqu'au 3 janvier.", True),
        ("Actualmente estoy de vacaciones y regreso el 3 de enero.", True),
        ("Sono in ferie fino al 3 gennaio.", True),
        ("Estou de férias até 3 de janeiro.", True),
        ("Ik ben op vakantie tot 3 januari.", True),
        ("Ticket 4411. This is an automated message, please do not reply.", True),
        ("I'll be on vacation next week, can we talk before?", False),
        ("Our team is out of the office on Friday, let's meet Thursday.", False),
        ("Ich bin nächste Woche im Urlaub, können wir vorher sprechen?", False),
        ("Do you support automatic reply handling?", False),
    ],
)
def test_a_note_of_absence_is_told_from_a_person_who_speaks_of_one(
    text: str, is_note: bool
) -> None:
    assert is_automatic("Re: offer", text) is is_note
