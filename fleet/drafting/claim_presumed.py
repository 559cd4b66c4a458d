"""Events that a sentence takes for granted while it asks, offers or thanks.

"Shall we go on where we stopped at the fair?" tells of a fair. Read are clauses that describe a
thing by what was done with it, participles with the one who acted, nouns behind words that look
back ("following", "thanks to"), and what one is glad or sorry about. Patterns work on lower-cased
text; a match is an event like any other and needs its row.
"""

# ruff: noqa: E501  # patterns stay whole
import re
from collections.abc import Iterator
from functools import cache, lru_cache

from fleet.drafting.claim_text import KEPT, at_words

_PASTV = r"(?:\w{3,}ed|left|ran|shared|did|gave|sent|made|held|saw|met|got|took|went|came|spoke|told|showed|brought|bought|built|began|chose|found|kept|led|lost|paid|put|sold|set up|wrote|won|drew|hosted|shown|tested)"
_RELATIVE = {
    "en": rf"\b(?:the|our|your|those|these|that|all|an?) (?:[\w'-]+ ){{1,4}}?(?:that |which |who |where )?(?:we|you|i|they|he|she|(?:your|our|my|the) (?:[\w'-]+ ){{1,3}}?)(?: ?(?:had|have|has|all|already|just|recently|jointly) ?)?\s?\b{_PASTV}\b|\bwhere (?:we|you|things|it) (?:\w+ )?{_PASTV}\b|\b(?:that|which|who) (?:[\w'-]+ ){{1,3}}?{_PASTV} (?:to|with|for|at|in|by|us|you|your|our|last|from|off|on)\b|\b(?:the|those|these) \w+ [\w'-]+ (?:shared|showed|sent|gave|presented|mentioned|made|took|handed|passed) (?:to|with|you|us|your|our|me)\b",
    "de": r", (?:(?:mit|von|in|an|bei|auf|aus|für|zu|nach) )?(?:den|die|das|der|dem|denen|wo|was)\b[^,.?!]*?\b(?:\w{0,6}ge\w+(?:t|en)|(?:be|ver|er|ent|über|unter|zer)\w+(?:t|en)|\w+iert) (?:hat|haben|hatten?|wurden?|worden|war|waren|ist|sind)\b|, (?:(?:mit|von|in|an|bei|auf|aus|für|zu|nach) )?(?:den|die|das|der|dem|denen|wo|was)\b[^,.?!]*?\b(?:(?!könn|möch|woll|soll|dürf|müss|hät)\w{3,}te[n]?|lief\w*|ging\w*|gab\w*|kam\w*|stand\w*|hielt\w*|traf\w*|fand\w*|nahm\w*|schrieb\w*|sprach\w*)(?=[,.?!])",
    "fr": r"(?<!est-ce )(?<!ce )\b(?:que |qu'|qui |où |dont )(?:[\w'’-]+ ){0,5}?(?:a|ont|ai|avez|avons|avait|avaient|aviez|avions|est|êtes|sommes|étiez|étions|était|étaient|s'est|m'a|nous avez)\s(?:\w+ ){0,2}?\w{2,}(?:é|ée|és|ées|i|ie|is|u|ue|us|it|ert)s?\b",
    "es": r"\b(?:que|donde|quien) (?:[\w]+ ){0,3}?(?:\w{2,}(?:ó|aron|ieron|aste|isteis)|hizo|dijo|hice|\w{2,}(?<!r)é|dejamos|quedamos|vimos|hicimos|tuvimos|estuvimos|acordamos|hablamos|tuvo|puso|dio|fue|(?:ha|han|hemos|había|habían|habíamos) \w+(?:ado|ido|cho|sto|rto)|\w{2,}(?:amos|imos) (?:ayer|el (?:mes|año|lunes|martes|miércoles|jueves|viernes) pasado|la semana pasada|hace|en su día|entonces|entonces|en (?:enero|febrero|marzo|abril|mayo|junio|julio|agosto|septiembre|octubre|noviembre|diciembre)))\b",
    "it": r"\b(?:che|dove|cui) (?:[\w']+ ){0,4}?(?:(?:ha|hanno|abbiamo|avete|avevamo|avevate|aveva|avevano|eravamo|eravate|era|erano|è|siamo|siete) (?:\w+ )?\w{2,}(?:at|ut|it|s|st|tt|rt|ers|ess)[oaie])\b",
    "pt": r"\b(?:que|onde|quem) (?:[\w]+ ){0,4}?(?:\w{3,}(?:ou|eu|iu|aram|eram|iram|ámos)|ficámos|fez|fizeram|fizemos|deu|disse|mostrou|esteve|teve|foi|tinham?\s\w+(?:ado|ido))\b",
    "nl": r"\b(?:die|dat|waar|wat) (?!(?:u|ik) (?:wilt|wil|zoekt|nodig))(?:[\w'-]+ ){0,7}?(?:deed|deden|liet|lieten|ging\w*|gaf|gaven|had|hadden|was|waren|werd\w*|stond\w*|kwam\w*|hield\w*|nam|namen|zag\w*|sprak\w*|gebleven|gestopt|\w{3,}(?:eerde|igde|telde|kte|pte|urde)n?|\w{4,}[dt]e(?=[?.,!])|(?:\w{0,5}ge\w+(?:d|t|en)|(?:be|ver|ont|over)\w+(?:d|t)) (?:heeft|hebben|had|hadden|is|zijn|was|waren|werd|werden)|(?:heeft|hebben|had|hadden|is|zijn|was|waren|werd|werden) (?:\w+ )?(?:\w{0,5}ge\w+(?:d|t|en)|(?:be|ver|ont|over)\w+(?:d|t)))\b",
}
_AGENT = {
    "en": r"\b(?:presented|shown|sent|handed|delivered|installed|submitted|distributed) (?:to|at|among) your\b|\b(?:\w{3,}ed|run|made|done|held|given|written|built|drawn up|led) (?:[\w'-]+ ){0,4}?by (?:your|our)\b",
    "de": r"\b(?:ihrem|ihrer|ihren|bei ihnen) (?:\w+ )?(?:vorgestellt|gezeigt|vorgelegt|geschickt|geliefert|übergeben|installiert|verteilt)e\w*\b|\b(?:von|durch) (?:ihre[mnr]?|unsere[mnr]?) (?:[\w-]+ ){1,4}?(?:\w{0,6}ge\w+t|ver\w+t|be\w+t|\w+iert|\w{0,6}ge\w+en)e[nmrs]?\b",
    "fr": r"\b(?:présenté|exposé|remis|soumis|montré|envoyé|transmis|livré|installé|fourni|distribué)e?s? (?:[\w'’-]+ )?(?:à|chez|dans) (?:votre|vos)\b|\b(?!\w+r(?:ais|ait|iez|ions|aient)\b)\w+(?:é|ée|és|ées|ie?s?|ue?s?|ite?s?|erte?s?) (?:[\w'’-]+ ){0,5}?par (?:vos|votre|nos|notre)\b",
    "es": r"\b(?:presentad|expuest|mostrad|enviad|entregad|instalad|repartid)[oa]s? (?:a|en|ante) sus?\b|\b(?!much|tod[ao]|cada|nada|lado|esta)\w+(?:ado|ada|ido|ida|cho|cha|sto|sta)s? (?:\w+ ){0,5}?por (?:sus?|nuestr\w+)\b",
    "it": r"\b(?:presentat|illustrat|espost|mostrat|inviat|consegnat|installat|distribuit)[oaie] (?:ai?|al|alla|alle|agli|presso|davanti) ?(?:il |la |i )?(?:vostr|suo|sua|suoi)|\b(?!tutt|molt|quest|cos)\w+(?:ato|ata|uto|uta|ito|ita|olto|olta|tto|tta|so|sa|ati|ate|uti|ute|iti|ite|olti|olte|tti|tte)\s(?:[\w']+ ){0,5}?(?:dal|dalla|dai|dalle|da) (?:vostr\w|nostr\w|su[oa]\w?|voi|noi)\b",
    "pt": r"\b(?:apresentad|expost|mostrad|enviad|entregue|instalad|distribuíd)[oa]?s? (?:a|à|ao|aos|às|na|no) (?:voss|sua|seu)|\b(?!obrigad|muit|tod[ao]|cada|nada|lado|esta)\w+(?:ado|ada|ido|ida|eito|eita|isto|ista|rito|rita)s? (?:\w+ ){0,5}?(?:pel[oa]s?|por) (?:su\w+|seus?|voss\w+|noss\w+|nós|vós)\b",
    "nl": r"\baan uw \w+ (?:voorgelegde|getoonde|gestuurde|geleverde|gepresenteerde)\b|\bge\w+(?:d|t|en|de|te) (?:[\w'-]+ ){0,4}?door (?:uw|ons|onze)\b|\bdoor (?:uw|ons|onze) (?:[\w'-]+ ){1,4}?ge\w+(?:de|te|en|d|t)\b",
}
_DET = r"(?:the|our|your|that|last|der|dem|den|des|die|ihre[mnrs]?|unsere[mnrs]?|la|le|les|l['’]|du|de la|de l['’]|des|notre|nos|votre|vos|el|los|las|su|sus|nuestr\w+|il|lo|i|gli|il vostro|la vostra|o|os|a|as|seus?|suas?|voss\w+|noss\w+|de|het|uw|ons|onze|dei|della|del|dello|dell['’]|delle|dalla|alla|al|all['’]|da|do|das|dos|à|ao)"
_BACK = {
    "en": r"following|after|since|thanks to|given|in light of|in view of|judging by|based on",
    "de": r"nach|seit|dank|angesichts|aufgrund|infolge",
    "fr": r"suite à|à la suite d\w*|après|depuis|vu|grâce à|compte tenu d\w*",
    "es": r"tras|después de|desde|gracias a|debido a|viendo|vista|visto|dad[oa]s?",
    "it": r"dopo|a seguito d\w*|in seguito a\w*|grazie a\w*|vist[oaie]|dat[oaie]",
    "pt": r"após|depois d\w+|desde|na sequência d\w+|graças [aà]\w*|dad[oa]s?|vist[oa]s?|tendo em conta",
    "nl": r"na|sinds|dankzij|gezien|naar aanleiding van|vanwege",
}
_AT = {
    "en": r"at|during|from",
    "de": r"bei|auf|während|von|beim|am|im|vom",
    "fr": r"lors d\w*|pendant|à|au|du|de",
    "es": r"durante|en|de",
    "it": r"durante|alla|al|all['’]|nel|nella|dalla|in",
    "pt": r"durante|na|no|da|do|em",
    "nl": r"tijdens|op|bij|van",
}
_PUBLIC = r"(?:conferences?|summit|trade fair|fair|trade show|expo|congress|webinar|convention|site visit|\w*konferenz|\w*messe|\w*kongress\w*|\w*tagung|conférence|salon|congrès|webinaire|conferencia|feria|congreso|jornadas|conferenza|fiera|congresso|convegno|conferência|feira|\w*congres|beurs|conferentie|\w*dagen)"
# Nouns of things that happened: behind a word that looks back they are taken for granted.
_HAPPENED = (
    r"(?:surveys?|visits?|audits?|workshops?|trials?|pilots?|demos?|demonstrations?|outages?|incidents?|failures?|mergers?|acquisitions?|launch(?:es)?|fairs?|shows?|conferences?|events?|webinars?|summits?|migrations?|switch|switchover|rollouts?|upgrades?|trainings?|installations?|implementations?|growth|relocation|complaints?|tests?|tours?|dinners?|breakfasts?|reorganisation|restructuring|expansion|success(?:es)?|delays?|problems?|troubles?|reception|conference|fires?|floods?|accidents?|strikes?|burglar\w+|break-in|recall"
    r"|\w*(?:brands?|feuers?|überschwemmung|unfalls?|streiks?|einbruchs?|rückrufs?)|incendies?|inondations?|accidents?|grève|cambriolage|incendio|inundación|accidente|huelga|robo|alluvione|incidente|sciopero|furto|incêndio|cheia|acidente|greve|roubo|overstroming|ongeluk|staking|inbraak"
    r"|\w*(?:besichtigung|ablösung|umstellung|einführung|schulung|konferenz|messe|veranstaltung|übernahme|fusion|verzögerung|störung|führung|vorführung|präsentation|installation|migration|erweiterung|beschwerde|reklamation|umzugs?|umbau|wechsels?|besuchs?|ausfalls?|ausfällen|pilot\w*|test\w*|workshops?|probleme\w*|schwierigkeiten|erfolge?\w*|wachstums?|seminars?|begehung|inbetriebnahme)"
    r"|visites?|audits?|ateliers?|essais?|pilotes?|pannes?|coupures?|fusions?|lancements?|salons?|conférences?|événements?|migrations?|déploiements?|formations?|installations?|déménagements?|croissance|réclamations?|soucis|difficultés|incidents?|démonstrations?|remplacement|rachat|séminaires?|retards?"
    r"|visitas?|auditorías?|talleres?|taller|pruebas?|pilotos?|caídas?|averías?|fusión|lanzamientos?|ferias?|conferencias?|jornadas?|eventos?|migración|despliegues?|formación|instalación|mudanzas?|crecimiento|quejas?|incidencias?|demostración|demo|sustitución|compra de \w+|retrasos?|problemas"
    r"|visit[ae]|sopralluog\w+|laborator\w+|prov[ae]|guast\w+|blocc\w+|fusione|lancio|fier[ae]|conferenz\w+|event[oi]|migrazione|formazione|installazione|trasloco|crescita|reclam\w+|dimostrazione|sostituzione|passaggio|ritard\w+|problemi|convegn\w+"
    r"|visitas?|auditorias?|oficinas? de trabalho|testes?|pilotos?|avarias?|falhas?|fusão|lançamentos?|feiras?|conferências?|eventos?|migração|formação|instalação|mudanças?|crescimento|reclamações|demonstração|substituição|saída|atrasos?"
    r"|bezoek\w*|rondleiding\w*|audits?|workshops?|proef\w*|pilots?|storing\w*|fusie|lancering|beurs|congres\w*|\w+congres|conferentie|evenement\w*|migratie|uitrol|training\w*|installatie|verhuizing|groei|klacht\w*|demonstratie|overstap|overname|vertraging\w*|problemen|overgang|\w+dag)"
)
_TO_COME = re.compile(
    r"\b(?:next|upcoming|nächste\w*|kommende\w*|bevorstehend\w*|prochain\w*|próxim\w+|prossim\w+|volgende?|komende?|aanstaande)\b"
)
_HOW = {
    "en": r"\b(?:given|seeing|considering) (?:how|that)\b|\bnow that\b|\bever since\b|\bsince (?:we|you|it|they|(?:the|our|your) (?:\w+ ){1,2}?)\s?(?:\w+ )?"
    + _PASTV
    + r"\b",
    "de": r"\b(?:nachdem|seitdem|zumal|jetzt,? wo|nun,? da)\b",
    "fr": r"\b(?:maintenant que|étant donné que|vu (?:que|comme)|après que|depuis que|après avoir)\b",
    "es": r"\b(?:ahora que|dado que|visto que|viendo (?:lo|que|cómo)|después de haber|desde que|ya que)\b",
    "it": r"\b(?:ora che|dato che|visto (?:che|com['’]\w*|come)|dopo aver\w*|da quando|adesso che)\b",
    "pt": r"\b(?:agora que|dado que|visto que|tendo em conta (?:que|como)|depois de ter\w*|desde que|já que)\b",
    "nl": r"\b(?:nu (?:u|uw|de|het|we|wij)|nadat|aangezien|gezien hoe|sinds (?:u|uw|we|wij))\b",
}
_FELT = (  # glad or sorry that it is so
    r"\b(?:(?:it's |it is |what )?a (?:pity|shame) (?:that )?(?=\w)|(?:glad|happy|pleased|delighted|relieved) (?:that|to (?:hear|see|learn|read) (?:that|about|of|how))|sorry (?:to hear|about|that)|(?:good|great|nice|lovely|wonderful) to (?:hear|see|learn) (?:that|about|how)"
    r"|schade,? dass|(?:froh|erfreut|freut (?:mich|uns)|schön|erleichtert|bedauer\w*|tut mir leid|leid),? (?:sehr,? |zu hören,? |zu lesen,? )?dass|das mit (?:der|dem|den|ihre\w)|dommage que|(?:ravie?s?|heureu\w+|content\w*|désolée?s?|soulagée?s?|navrée?s?) (?:que|d'apprendre|de savoir|de lire que|pour (?:la|le|les|cette|l['’]))"
    r"|(?:es una )?(?:pena|lástima) que|(?:me alegr\w+|nos alegr\w+|celebro|content\w|lamento|siento) (?:de |mucho )?(?:que|saber|lo de)\b|(?:lamento|siento) (?:la|el|los|las)\b|peccato che|(?:felice|liet[oa]|content[oa]|mi fa piacere|mi dispiace|dispiaciut\w) (?:che|di sapere|per (?:il|la|lo|l['’]|i|gli|le))"
    r"|(?:é )?(?:uma )?pena que|(?:feliz|content\w|satisfeit\w|gosto|lamento|sinto) (?:que|por (?:saber|ter)|em saber|o que)\b|(?:lamento|sinto) (?:a|os|as|pel[oa])\b|jammer (?:dat|van)|vervelend (?:dat|van)|(?:blij|verheugd|opgelucht|het spijt me|spijtig)(?: te (?:horen|lezen))? (?:dat|van|voor)|fijn (?:dat|te horen dat)|leuk dat)"
)
_MAILED = re.compile(  # what a mail itself shows: that they ask, write, consider, take their time
    r"(?:ask|writ|wrote|reach|contact|touch|interest|question|consider|think|repl|answer|respond|message|mail|took the time|like|look|delay|wait|inconvenience|confusion|misunderst|late|silence|slow|trouble|fit|match|help|bother|disturb"
    r"|frag|schreib|meld|interess|anfrag|nachricht|antwort|überleg|zeit nehm|denk|gefäll|warte|verspät|störe|umständ|verzöger|missverst|unannehm|passt|hilf"
    r"|écri|contact|intér|question|demand|répon|messag|réfléchi|prenez le temps|plaî|pens|retard|attente|délai|désagrément|gêne|dérang|confusion|convien|aid"
    r"|escrib|contact|interes|interés|pregunt|consult|respond|respuesta|mensaj|piens|plante|tome|guste|demora|retraso en|espera|molest|confus|malentend|encaj|ayud|verle|leerle"
    r"|scri|contatt|interess|domand|chied|chies|rispo|messaggi|pensi|valut|prend|piaccia|ritardo|attesa|disturb|disagio|confus|frainte|aiut|leggerla|sentirla"
    r"|escrev|escreva|contact|interess|pergunt|respond|respost|mensag|pens|ponder|goste|demora|atraso|espera|incómod|incomod|confus|ajud"
    r"|vraag|vragen|schrij|schreef|contact|interess|belangstell|antwoord|reag|bericht|mail|denk|overweeg|tijd|bevalt|wacht|stoor|vertrag|ongemak|verwarr|misverst|last|help)"
)
_STATE = re.compile(  # where a firm sits is no event
    r"\b(?:installée?s?|située?s?|basée?s?|implantée?s?|gevestigd|situad[oa]|ubicad[oa]|localizad[oa]|situat[oa]|located|based|headquartered)\b"
)
_FIGURE = re.compile(
    r"\d|·"
)  # what a row may carry: the figure's, or the product's, own claim says it
_REACH = 70  # characters in which what one is glad about is named


@cache
def _told_by_the_way(language: str) -> tuple[re.Pattern[str], re.Pattern[str], re.Pattern[str]]:
    """Compile clauses, agents and reasons of a language when it is first met."""
    clauses, agents, reasons = _RELATIVE[language], _AGENT[language], _HOW[language]
    return at_words(clauses), at_words(agents), at_words(reasons)


@cache
def _behind(language: str) -> re.Pattern[str]:
    return re.compile(
        rf"\b(?:{_BACK[language]})\s?(?:{_DET}\s?){{1,2}}(?:[\w'’-]+ ){{0,3}}?{_HAPPENED}\b"
        rf"|\b(?:{_BACK[language]}) (?:two|three|four|several|many|countless|zwei|drei|mehreren|vielen|etlichen|deux|trois|plusieurs|maint\w+|dos|tres|varias?|muchas?|due|tre|varie|molte|duas|três|várias|muitas|twee|drie|meerdere|vele) (?!\w*(?:day|week|month|year|hour|minute|tag|woche|monat|jahr|stunde|jour|semaine|mois|an|heure|día|semana|mes|año|hora|giorn|settiman|anni|ore|dia|ano|dag|weken|maand|jaar|uur))\w+"
        rf"|\b(?:{_AT[language]})\s?(?:{_DET}\s?){{0,2}}(?:[\w'’-]+ ){{0,2}}?{_PUBLIC}\b"
    )


_FEELING = at_words(_FELT)


# What came out of something: it was held.
_RESULT = re.compile(
    r"\b(?:results?|findings|outcomes?|conclusions?|lessons|ergebnis\w*|erkenntnis\w*|resultate\w*|résultats?|constats|enseignements|resultados?|conclusiones|hallazgos|risultat[oi]|conclusion[ei]|esiti|conclusões|uitkomst\w*|resultaten|bevindingen|conclusies)\s(?:of|from|der|des|aus|de|du|del|dello|della|do|da|van|uit)\b"
)


@lru_cache(maxsize=KEPT)
def presumed(lowered: str, language: str) -> tuple[re.Match[str], ...]:
    """Return what a sentence takes to have happened; empty when it takes nothing for granted."""
    return tuple(_presumed(lowered, language))


def _presumed(lowered: str, language: str) -> Iterator[re.Match[str]]:
    lowered = _STATE.sub(lambda match: "x" * len(match.group()), lowered)
    clauses, agents, reasons = _told_by_the_way(language)
    for pattern in (clauses, agents, reasons):
        match = pattern.search(lowered)
        if match and (pattern is not reasons or not _FIGURE.search(lowered)):
            yield match
    result = _RESULT.search(lowered)
    if result:
        yield result
    for match in _behind(language).finditer(lowered):
        if not _TO_COME.search(match.group()):
            yield match
    felt = _FEELING.search(lowered)
    if felt and not _MAILED.search(lowered, felt.end() - len("that"), felt.end() + _REACH):
        yield felt
