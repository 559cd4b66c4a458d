"""The role in which a clause says a value, and the rows that may hold a value in that role.

A day of a purchase is the day a deal was won, a day of a talk that of a logged call, and people
employed are no licences asked for: a row that holds the same value in another role is no support.
The word that stands nearest to the value, in its own clause first, gives the role. Patterns work
on lower-cased text.
"""

# ruff: noqa: E501  # patterns stay whole
import re
from typing import Literal

from fleet.domain.provenance import RowRef
from fleet.drafting.claim_facts import COUNTED, Known, Rows, thing_of

Role = Literal["talk", "wrote", "bought", "used", "order", "offer", "end", "listed", "budget"]

_TALK = (
    r"call(?:s|ed)?|phone\w*|spoke|speak\w*|talk\w*|conversation\w*|chat\w*|discuss\w*|(?:we|you|they|i) met|meetings?|meet"
    r"|tele[fp]\w*|anruf\w*|angerufen|\w*gespr[äa]\w*|gesprochen|sprachen|unterh[ai]\w*|austausch\w*|getroffen|termin"
    r"|appels?|appelé\w*|parl(?:é\w*|ions|er)|entretien\w*|entretenus|échange\w*|échangé\w*|discut\w*|rendez-vous|réunion\w*"
    r"|llam\w+|habl(?:amos|ado|ar|ábamos)\w*|conversa\w*|reuni\w+"
    r"|chiama\w+|sentit[io]|parlat\w*|parlav\w*|colloqui\w*|riunion\w*|incontr\w+"
    r"|fal[aá](?:mos|do|r|ou)\w*|chamada\w*|ligação|ligações|ligá?mos"
    r"|gebeld|bel(?:de\w*|t)|gesprek\w*|\w*gesprek\w*|sprak\w*|spraken|lijn|vergader\w*|afspraak"
)
_WROTE = (
    r"wr[oi]te\w*|written|writing|e-?mail\w*|mails?|message\w*|asked|enquir\w+|inquir\w+|request\w*|question\w*|contacted"
    r"|nachricht\w*|frage|schr(?:ieb|eib)\w*|geschrieben|anfrage\w*|angefragt\w*|anschreiben|zeilen|gemeldet|meldeten"
    r"|écri\w+|messages?|questions?|courri\w+|demande\w*|mail|contacté\w*"
    r"|escrib\w+|escrito|preguntas?|mensaje\w*|correo\w*|consulta\w*|solicitud\w*|contact(?:ó|aron|ado)"
    r"|scri(?:ss|tt|v)\w+|domand[ae]|messaggi\w*|richiest\w+|contattat\w+"
    r"|escrev\w+|perguntas?|mensage\w+|contactou"
    r"|schreef|schrijf\w*|vraag|geschreven|bericht\w*|aanvra\w+|vroeg\w*|gevraagd|mailde\w*"
)
_BOUGHT = (
    r"b(?:ought|uy\w*)|purchas\w*|(?<!in )order(?:s|ed)?|paid|spent|acquir\w*|signed|signature|contracts?|deals?|invoice\w*|customers?|went with|chose|opted|subscri\w*"
    r"|\w*k[aä]uf\w*|bestell\w*|auftr[aä]g\w*|erw[oea]rb\w*|angeschafft|vertr[aä]g\w*|unterschr\w*|unterzeichn\w*|rechnung\w*|bezahlt\w*|zahlten|kund(?:e|in|en)|entschieden|abgeschlossen|abschluss"
    r"|achet\w*|achat\w*|command[eé]\w*|acqui\w+|contrats?|signé\w*|signature|factur\w*|payé\w*|clients?|choisi\w*|souscri\w*|opté"
    r"|compr(?:a|as|ó|aron|ado|aste|aba)|adqui\w+|contrat[oó]\w*|firm(?:ó|ado|aron|aste|amos|a)|pag(?:ó|ado|aron|aste|ou|aram|at\w)|abon(?:ó|aron|ado)|clientes?|eligi\w+|optó"
    r"|acquist\w+|comprat\w*|ordin[eiaò]\w*|contratt\w+|firmat\w*|client[ei]|scelt\w+|speso|fattur\w*"
    r"|comprou|compraram|encomend\w+|assin\w+|fatur\w*|escolh\w+|optou"
    r"|k(?:o|oo)cht\w*|gekocht|koop|aankoop\w*|aangeschaft|aanschaf\w*|besteld\w*|bestelling\w*|tekende\w*|getekend|factu\w*|betaald\w*|klant|koos|gekozen|opdracht\w*"
)
_USED = (
    r"us(?:e|es|ed|ing)|running|nutz(?:en|t)|verwende\w*|einsatz|setzen|arbeite\w+|utilis(?:e|ez|ent|ons)|travaill\w+"
    r"|us(?:a|an|ando|am)|utiliza\w*|trabaja\w*|usate|utilizzat\w*|lavora\w*|trabalha\w*|gebruik(?:t|en)|werk(?:t|en)"
)
_ORDER = r"pedidos?"  # an order, or what was asked for
_OFFER = (
    r"offer\w*|quot\w+|proposal\w*|angebot\w*|kostenvoranschl\w*|offert\w*|devis|proposition\w*|ofertas?|presupuesto\w*|propuesta\w*"
    r"|preventiv\w*|propost\w+|orçament\w*|aanbod|aanbieding\w*|voorstel\w*|trial\w*|opportunit\w*"
)
_END = (
    r"expir\w*|ends?|ended|runs out|renewal|renew\w*|due|endet\w*|ausläuft|abläuft|läuft|verlänger\w*|fällig|échéance|expire\w*|renouvel\w*"
    r"|vence\w*|vencimiento|termina\w*|caduc\w*|renov\w*|scad\w*|rinnov\w*|termin[ae]|afloopt|eindigt|verloopt|verleng\w*"
)
_LISTED = (
    r"sells?|charges?|verkauf\w*|berechnen|vendons|facturons|vend(?:emos|iamo|e)|fatturiamo|faturamos|cobramos|verkopen|rekenen"
    r"|costs?|costing|prices?|priced|list(?:s|ed)?|catalogue|kost(?:et|en|ete)|\w*preis\w*|liste|gelistet|coût\w*|prix|tarif\w*|catalogue"
    r"|cuesta\w*|precios?|tarifa\w*|catálogo|costa\w*|prezz\w+|listin\w+|catalogo|custa\w*|preços?|tabela|kost|\w*prij[sz]\w*|catalogus\w*"
    r"|(?:per|a) (?:licen[cs]e|seat|user|person|licentie|gebruiker|plaats|licenza|utente|postazione)|(?:pro|je) (?:lizenz|nutzer|platz|person)|par (?:licence|poste|utilisateur)|por (?:licencia|usuario|puesto|licença|utilizador)"
)
_BUDGET = (
    r"budget\w*|ceiling|set aside|earmarked|obergrenze|eingeplant|veranschlag\w*|kostenrahmen|rahmen|plafond|enveloppe|prévu\w*"
    r"|presupuest\w*|reservad\w*|techo|tope|previst\w*|stanziat\w*|tetto|orçament\w*|verba|teto|gereserveerd|begrot\w*|uitgetrokken"
)


def _stems(**roles: str) -> re.Pattern[str]:
    return re.compile(
        rf"(?<!\w)(?:{'|'.join(f'(?P<{role}>{text})' for role, text in roles.items())})(?!\w)"
    )


_DAYS = _stems(
    end=_END, talk=_TALK, bought=_BOUGHT, used=_USED, order=_ORDER, wrote=_WROTE, offer=_OFFER
)
_AMOUNTS = _stems(budget=_BUDGET, offer=_OFFER, listed=_LISTED, order=_ORDER, bought=_BOUGHT)
_BREAK = re.compile(r"[,;:()\n–—]|\s-\s")
_OFFERS = ("opportunities", "emails")
_TABLE = {"listed": "products", "bought": "opportunities", "order": "opportunities"}
OTHER_NOUN = re.compile(  # what no row counts
    r"(?:sites?|offices?|countr|customers?|clients?|branch|stores?|shops?|locations?|plants?|warehouse|tickets?|projects?|devices?|vehicles?|machines?"
    r"|standort|filial|länder|kunden|niederlass|werke?\b|lager|projekt|gerät|fahrzeug|maschin|büros?\b"
    r"|agences?|pays\b|magasins?|usines?|entrepôts?|projets?|appareils?|véhicul"
    r"|sucursal|países|tiendas?|oficinas?|plantas?\b|almacen|proyecto|dispositivo|vehículo|máquina"
    r"|sedi\b|filiali|paesi|negozi|uffici|stabiliment|magazzin|progett|dispositiv|macchin"
    r"|lojas?\b|escritório|fábrica|armazén|projeto|máquina|vestiging|winkel|kanto|landen|fabriek|magazij|apparat)"
)
STAFF = re.compile(  # before a number: what counts heads
    r"\b(?:team|workforce|headcount|payroll|staff|belegschaft|équipe|effectifs?|plantilla|equipo|organico|squadra|equipa|quadro|personeel\w*|bezetting)\s(?:of|von|mit|de|di|com|van|met|with)?\s?(?:\w+\s)?$"
)


def role_of(pattern: re.Pattern[str], lowered: str, start: int, end: int) -> Role | None:
    """Return the role that the word nearest to `start:end` gives; its own clause comes first."""
    left = max((m.end() for m in _BREAK.finditer(lowered, 0, start)), default=0)
    after = _BREAK.search(lowered, end)
    right = after.start() if after else len(lowered)
    best: tuple[int, int, str] | None = None
    for match in pattern.finditer(lowered):
        if match.start() < end and match.end() > start:
            continue
        gap = start - match.end() if match.end() <= start else match.start() - end
        outside = not (left <= match.start() and match.end() <= right)
        if best is None or (outside, gap) < best[:2]:
            best = (outside, gap, match.lastgroup or "")
    return best[2] if best else None  # type: ignore[return-value]  # the groups are the roles


def day_role(lowered: str, start: int, end: int) -> Role | None:
    """Return what a day is said to be the day of; None when the sentence does not tell."""
    return role_of(_DAYS, lowered, start, end)


def in_day_role(rows: Rows, role: Role | None, lowered: str, known: Known) -> Rows:
    """Return the rows that may hold a day in a role; a purchase is one of the product named."""
    if not rows:
        return rows
    if role is None:  # beside a product, a day is one of its deals
        about = {row.id for name, _, row in known.deals if name in lowered}
        return tuple(row for row in rows if row.id in about) if about else rows
    named = {row for name, _, row in known.deals if name in lowered}
    return tuple(row for row in rows if _holds_day(row, role, named, known))


def _holds_day(row: RowRef, role: Role, named: set[RowRef], known: Known) -> bool:
    mailed = row.table == "emails" or (row.table == "activities" and row.id not in known.talked)
    bought = row.field == "closed_at" and row.id in known.won and (not named or row in named)
    if role == "talk":  # talks about a product begin where its deal does
        return row.id in known.talked or (row.field == "opened_at" and row in named)
    if role in ("bought", "used"):
        return bought
    if role in ("wrote", "order"):
        return mailed or (role == "order" and bought)
    return row.field == "expected_close" if role == "end" else row.table in _OFFERS


def amount_role(lowered: str, start: int, end: int) -> Role | None:
    """Return what an amount is said to be: a list price, a purchase, a budget, an offer."""
    return role_of(_AMOUNTS, lowered, start, end)


def in_amount_role(rows: Rows, role: Role | None) -> Rows:
    """Return the rows that may hold an amount in a role."""
    table = _TABLE.get(role or "")
    return tuple(row for row in rows if table is None or row.table in (table, "emails"))


def in_count_role(
    rows: Rows, lowered: str, start: int, end: int, value: float | None, known: Known
) -> Rows:
    """Return the rows that may hold a number of what the clause counts: heads or licences."""
    thing = COUNTED.match(lowered, end)
    words = thing.group().split() if thing else []
    kinds = {thing_of(word) for word in words}
    people = "people" in kinds or ("seat" not in kinds and bool(STAFF.search(lowered[:start])))
    wanted = "people" if people else "seat" if "seat" in kinds else ""
    if not wanted:
        return () if words and OTHER_NOUN.match(words[0]) else rows
    other = "seat" if people else "people"
    swapped = (value, other) in known.asks and (value, wanted) not in known.asks
    return tuple(
        row
        for row in rows
        if (row.field == "employees" and people) or (row.table == "emails" and not swapped)
    )
