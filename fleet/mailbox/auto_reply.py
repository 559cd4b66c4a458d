"""Words of mail that no person wrote: automatic replies and notes of absence, in seven languages.

The headers of RFC 3834 say it best; many systems leave them out, so the words are read too. A text
that asks a question, or speaks of somebody else's absence, was written by a person.
"""

import re

from fleet.mailbox.mail_tokens import MailTokens, tokens_of_mail
from fleet.mailbox.opt_out_words import Part

SUBJECT = re.compile(
    r"^(?:automatic reply|auto(?:matische antwort|-?reply|-?response)|out of (?:the )?office"
    r"|ooo\b"
    r"|abwesenheit\w*|réponse automatique|respuesta automática|risposta automatica"
    r"|resposta automática|automatisch antwoord|afwezig\w*|fuera de la oficina|fuori sede"
    r"|absence du bureau|fora do escritório|vacation reply)",
    re.IGNORECASE,
)
AWAY = re.compile(
    r"out of (?:the )?office|on (?:annual |parental |maternity |sick )?leave|vacation|holiday"
    r"|abwesend|nicht im büro|urlaub|elternzeit|absent|congé|fuera de la oficina|ausente"
    r"|vacaciones|fuori sede|assente|ferie|fora do escritório|férias|afwezig|vakantie|verlof",
    re.IGNORECASE,
)
MACHINE = re.compile(
    r"this is an auto(?:mat(?:ed|ic))?[- ]?(?:generated )?(?:message|reply|response|e-?mail)"
    r"|auto(?:matically)?[- ]generated (?:message|reply|e-?mail)"
    r"|do not reply to this (?:message|e-?mail)"
    r"|dies(?:e nachricht| ist eine?) (?:wurde )?automatisch\w*|automatische (?:antwort"
    r"|nachricht)"
    r"|(?:ceci est un )?message automatique|réponse automatique|(?:mensaje"
    r"|respuesta) automátic[ao]"
    r"|(?:messaggio|risposta) automatic[ao]|(?:mensagem|resposta) automática"
    r"|automatisch (?:antwoord|bericht)",
    re.IGNORECASE,
)
I_AM_AWAY = re.compile(
    r"\bi(?:['’]m| am| will be|['’]ll be) (?:currently |presently |now )?(?:out of (?:the "
    r"|my )?office"
    r"|away (?:from|until|till|on)|on (?:vacation|holidays?|leave|\w+ leave|pto|a business trip)"
    r"|not in the office|travelling until)"
    r"|limited access to (?:my )?e-?mail"
    r"|\bich bin (?:\w+ ){0,4}(?:im urlaub|nicht im büro|abwesend|außer haus|in elternzeit"
    r"|auf dienstreise|nicht erreichbar)"
    r"|\bje suis (?:actuellement |en ce moment )?(?:absente?|en congés?|en vacances"
    r"|en déplacement)"
    r"|\b(?:estoy|estaré|me encuentro) (?:\w+ ){0,2}(?:de vacaciones|fuera de la oficina|ausente"
    r"|de baja m[ée]dica)"
    r"|\b(?:sono|sarò) (?:\w+ ){0,2}(?:in ferie|assente|fuori (?:sede|ufficio)|in vacanza)"
    r"|\b(?:estou|estarei|encontro-me) (?:\w+ ){0,2}(?:de férias|em férias|ausente"
    r"|fora do escritório)"
    r"|\bik ben (?:\w+ ){0,2}(?:op vakantie|afwezig|niet op kantoor|met verlof|niet aanwezig)",
    re.IGNORECASE,
)


def is_automatic(subject: str, reply: str, tokens: MailTokens | None = None) -> bool:
    """Whether a mail reads like an automatic reply, by its subject or its newest words.

    `tokens` are those of the mail, for callers that have them.

    >>> is_automatic("Re: offer", "Ich bin derzeit im Urlaub und ab dem 3. Januar zurück.")
    True
    >>> is_automatic("Re: offer", "I'll be on vacation next week, can we talk before?")
    False
    """
    tokens = tokens or tokens_of_mail(subject, reply)
    if tokens.subject_parts & Part.MACHINE and SUBJECT.match(subject.strip()):
        return True
    if not tokens.reply_parts & Part.AWAY:
        return False
    return bool(MACHINE.search(reply)) or ("?" not in reply and bool(I_AM_AWAY.search(reply)))
