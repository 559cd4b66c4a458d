"""What a scripted gateway answers on the two prompt paths: a decent model, or a hostile one.

A script reads the request like a model would: the schema says which path asks, the fences hold the
facts and the mail.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any

import orjson

from tests.support.scripted_gateway import Reply, good

Writer = Callable[["Asked"], Mapping[str, Any]]
BLOCK = re.compile(r"<<<data (\w+) (\w+)>>>\n(.*?)\n<<<end \1 \2>>>", re.DOTALL)
DECENT = {
    "en": "Thank you for your mail. We will look into your question with the team and come back "
    "with an answer. Which of your sites should we look at first?",
    "de": "Vielen Dank für Ihre Nachricht. Wir klären Ihre Frage mit dem Team und melden uns bei "
    "Ihnen. Welchen Ihrer Standorte sollen wir uns zuerst ansehen?",
    "fr": "Merci pour votre message. Nous étudions votre question avec notre équipe et nous "
    "reviendrons vers vous. Quel site devons-nous regarder en premier ?",
    "es": "Gracias por su mensaje. Vamos a revisar su pregunta con el equipo y le daremos una "
    "respuesta. ¿Qué sede deberíamos ver primero con ustedes?",
    "it": "Grazie per il suo messaggio. Verifichiamo la sua domanda con il team e le daremo una "
    "risposta. Quale sede dobbiamo guardare per prima con voi?",
    "pt": "Obrigado pela sua mensagem. Vamos analisar a sua pergunta com a equipa e daremos uma "
    "resposta. Que instalação devemos ver primeiro com vocês?",
    "nl": "Dank u voor uw bericht. Wij bekijken uw vraag met het team en komen er bij u op terug. "
    "Naar welke van uw locaties zullen wij als eerste kijken?",
}


class Asked:
    """One request as its prompt path wrote it."""

    def __init__(self, body: Any) -> None:
        system, user = (message["content"] for message in body["messages"][:2])
        self.is_intent = '"title":"IntentReply"' in system
        self.is_draft = '"title":"DraftReply"' in system
        blocks = {name: text for name, _, text in BLOCK.findall(user)}
        self.subject, self.mail = blocks.get("subject", ""), blocks.get("mail", "")
        self.facts = blocks.get("facts", "").splitlines()
        code = re.search(r"language you wrote \((\w\w)\)", system)
        self.language = code.group(1) if code else ""

    def ids(self, table: str) -> list[str]:
        """Return the ids of the facts of one table."""
        return [line.split(" | ")[0] for line in self.facts if line.startswith(table + ":")]


def scores(asked: Asked) -> dict[str, Any]:
    """Read a mail with goodwill, and quote its first words."""
    quote = " ".join(asked.mail.split("\n")[0].split()[:6])
    return {
        "purchase_intent": 0.6, "urgency": 0.4, "sentiment": 0.6, "confidence": 0.8,
        "kind": "buying", "quotes": [quote] if quote else [], "reason": "asks for an offer",
    }  # fmt: skip


def letter(asked: Asked, body: str | None = None, **more: Any) -> dict[str, Any]:
    """Write a decent reply in the wanted language, or the given body."""
    text = DECENT[asked.language] if body is None else body
    return {"body": text, "language": asked.language, "used": asked.ids("companies")[:1]} | more


def script(
    draft: Writer = letter, intent: Writer = scores, *, latency_s: float = 0.0
) -> Callable[[Any, Mapping[str, str], int], Reply]:
    """Return a script that answers both paths by these writers."""

    def answer(body: Any, _headers: Mapping[str, str], _n: int) -> Reply:
        asked = Asked(body)
        assert asked.is_intent != asked.is_draft, "neither prompt path"
        value = intent(asked) if asked.is_intent else draft(asked)
        return good(orjson.dumps(value).decode(), latency_s=latency_s)

    return answer


def after_1_s(body: Any, headers: Mapping[str, str], n: int) -> Reply:
    """Answer decently after one second; named on the command line of a server apart."""
    return script(latency_s=1.0)(body, headers, n)


def after_50_ms(body: Any, headers: Mapping[str, str], n: int) -> Reply:
    """Answer decently after 50 ms."""
    return script(latency_s=0.05)(body, headers, n)
