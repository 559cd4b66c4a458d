"""The opt-out detector: seven languages and misspellings in, decoys out."""

import json
import time
import tomllib
from pathlib import Path

import pytest

from fleet.mailbox.opt_out import detect_opt_out
from fleet.mailbox.quotes import newest_reply
from fleet.stats.intervals import wilson

OPT_OUTS = """unsubscribe|Unsubscribe please|unsubcribe|unsuscribe|UNSUBSCRIBE ME|please remove me from your list
Remove me from this mailing list.|take me off your list|STOP|stop.|Stop emailing me|stop sending me these
please stop contacting me|do not contact me again|don't email me anymore|don’t email me anymore|No more emails please
I no longer wish to receive your emails|opt out|opt me out|plz stop contacting me|please remove me from list
Please delete my email address.|lose my number|we do not want to receive these mails|leave me alone|Take us off, please
Bitte melden Sie mich ab|abmelden|Keine weiteren Mails bitte|Bitte nehmen Sie mich aus dem Verteiler
Streichen Sie mich von der Liste|Bitte nicht mehr anschreiben|Schreiben Sie mir bitte nicht mehr
Lassen Sie mich in Ruhe|Bitte aus dem Verteiler löschen|Ich möchte mich vom Newsletter abmelden
désabonner|Merci de me désabonner|je souhaite me désinscrire|Retirez-moi de votre liste|Ne me contactez plus
Je ne souhaite plus recevoir vos mails|Arrêtez de m'écrire|Supprimez mon adresse|desabonnez moi
darme de baja|Quiero darme de baja|Por favor, denme de baja|No me escriban más|no quiero recibir más correos
Dejen de enviarme correos|elimíneme de su lista|cancellami|Cancellatemi dalla lista|Vorrei cancellarmi|disiscrivimi
Non mi scrivete più|Non voglio più ricevere email|Basta email|descadastrar|Quero me descadastrar|Remova-me da lista
Não me enviem mais emails|Não quero mais receber|Parem de me enviar emails|uitschrijven|Schrijf mij uit|Graag uitschrijven
Geen mails meer aub|Verwijder mij van de lijst|Meld mij af|Niet meer mailen graag
Remvoe my details from your CRM please|Please stop reaching out to me|stop with these sales pitches|please get rid of my address
bitte abmleden|Je ne veux plus être relancé|cancelatemi dalla newsletter grazie|Removam-me do vosso banco de dados
afmleden aub|Haal mij alstublieft van uw mailinglijst|Denme de baja"""
DECOYS = """What is your unsubscribe rate?|Do you support one-click unsubscribe links?|Can we stop by your booth on Tuesday?
We don't stop until it works|Non-stop flights please|Take me off hold please|Could you send pricing for 20 seats?
Please send more emails to my colleague as well|Wir haben keine weiteren Fragen|Können Sie mir ein Angebot schicken?
Le prix est trop élevé|Nous voulons recevoir votre offre|Quiero recibir una oferta|Vorrei ricevere un'offerta
Quero receber uma proposta|Wij willen graag een offerte ontvangen|The project came to a stop last year, can we restart?
How do customers unsubscribe from alerts?|How does your tool handle opt-outs?|We need to remove duplicates from our CRM
Please remove item 3 from the quote|Delete the second line of the order please|Take the discount off the invoice
Wir möchten die alte Lizenz kündigen und eine neue kaufen|Heeft u nog meer informatie?|Geen probleem, tot morgen
Is there an opt-out clause in the contract?|I can't stop thinking about your demo|Our email stopped working, can you call?
Stop date of the contract is May|No more questions from my side|Keine Eile|Nicht mehr diese Woche, aber nächste gern
Basta così poco per iniziare?|Non mi è chiaro il prezzo|Não me parece caro|No me queda claro el precio
On ne peut plus attendre, envoyez le contrat|Hou mij op de hoogte|Stuur mij meer informatie
I don't want to miss your email, please use my new address|Please do not write to me before Monday, I am at a fair
Schreiben Sie mir bitte nicht vor Montag, ich bin auf Messe|Ne m'écrivez pas avant lundi, je suis en congé"""


def cases(text: str) -> list[str]:
    return [case for line in text.splitlines() for case in line.split("|")]


WRAPS = ("{}", "Hello,\n\n{}\n\nRegards\nAnn", "{} Thank you.", "\n\n  {}")


@pytest.mark.parametrize("text", cases(OPT_OUTS))
def test_an_opt_out_is_found_and_quoted(text: str) -> None:
    for wrap in WRAPS:
        reply = wrap.format(text)
        found = detect_opt_out("Re: our offer", reply)
        if wrap == "{}" or len(text.split()) > 1:
            assert found is not None, reply
            assert reply[found.start : found.end] == found.quote


@pytest.mark.parametrize("text", cases(DECOYS))
def test_what_only_sounds_like_one_is_not(text: str) -> None:
    for wrap in WRAPS:
        assert detect_opt_out("Re: our offer", wrap.format(text)) is None


def test_a_wrapped_line_or_a_second_space_hides_nothing() -> None:
    for text in ("please get\nrid of my address", "Take  me off", "kindly stop\nwith the mails"):
        assert detect_opt_out("", f"Hello,\n{text}\nAnn") is not None, text


def test_recall_and_false_alarms_are_printed_with_their_bounds() -> None:
    wanted = [detect_opt_out("", text.upper()) for text in cases(OPT_OUTS)]
    wrong = [detect_opt_out("", f"Hi Tom, {text}") for text in cases(DECOYS)]
    low, _ = wilson(sum(hit is not None for hit in wanted), len(wanted))
    _, high = wilson(sum(hit is not None for hit in wrong), len(wrong))
    print(
        f"opt-out recall at least {low:.3f} of {len(wanted)}, false alarms at most {high:.3f} of {len(wrong)}"
    )
    assert low >= 0.90
    assert high <= 0.10


def test_a_bare_subject_counts() -> None:
    assert detect_opt_out("Re: STOP", "") is not None
    assert detect_opt_out("Re: unsubscribe", "") is not None
    assert detect_opt_out("Re: how to unsubscribe customers", "See attached.") is None


def test_a_quoted_footer_does_not() -> None:
    body = "Sounds good, send the quote.\n\nOn Mon, 5 Jan 2026, Tom <tom@us.example> wrote:\n> To unsubscribe click here"
    assert detect_opt_out("Re: offer", newest_reply(body)) is None


def test_a_huge_line_is_read_in_linear_time() -> None:
    begun = time.perf_counter()
    detect_opt_out("", "please send an offer for the stuff we discussed " * 4_000)
    assert time.perf_counter() - begun < 5.0


ROOT = Path(__file__).parents[2]
MAIL = ROOT.parent / "shared" / "data" / "email_intent" / "train.jsonl"
SETS = tomllib.loads((ROOT / "tests" / "support" / "opt_out_texts.toml").read_text("utf-8"))["set"]


@pytest.mark.parametrize("number", range(len(SETS)))
def test_free_words_in_seven_languages_are_understood(number: int) -> None:
    texts = [text for each in SETS[number]["opt_outs"].values() for text in each]
    missed = [text for text in texts if detect_opt_out("Re: our offer", text) is None]
    wrong = [text for text in SETS[number]["decoys"] if detect_opt_out("Re: x", text)]
    assert len(missed) <= 1, missed
    assert len(wrong) <= 1, wrong


@pytest.mark.skipif(not MAIL.exists(), reason="needs ../shared/data/email_intent")
def test_business_mail_is_rarely_taken_for_one() -> None:
    """3,657 sentences of business mail; a handful are newsletter footers, or ask for it."""
    with MAIL.open(encoding="utf-8", errors="replace") as lines:
        found = [line for line in lines if detect_opt_out("", json.loads(line)["text"])]
    assert len(found) <= 12, found


def test_a_text_without_stops_is_read_in_windows() -> None:
    long = "we like your offers and want more of them but " * 5_000
    started = time.process_time()
    assert detect_opt_out("", long) is None
    found = detect_opt_out("", f"{long} please take me off your list")
    assert found is not None
    assert found.quote == "take me off"
    assert time.process_time() - started < 20
