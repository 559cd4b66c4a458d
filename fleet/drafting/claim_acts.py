"""What a sentence does rather than states: wishes, requests, conditions, guesses, opinions.

What is wished for, asked for or set as a condition is not said to be so, whatever its tense. Words
that announce a fact ("please note that") take that away again. Patterns work on lower-cased text.
"""

# ruff: noqa: E501  # patterns stay whole
import re
from functools import cache, lru_cache

from fleet.drafting.claim_soft import TALK
from fleet.drafting.claim_text import KEPT, at_words, hidden

_LEAD = r"^[\s\-–—•*·>(\"'«„“]*(?:\d[.)]\s)?(?:\b(?:and|but|so|also|und|aber|also|et|mais|donc|y|pero|e|ma|mas|en|maar|dus)\b,? )?"
LINE = re.compile(r"^\s*(?:[-–—•*·]|\d{1,2}[.)])\s")  # of a list

# Words that announce a fact, so that no courtesy around them takes it back.
ASSERTED = at_words(
    rf"{_LEAD}(?:note|know|remember) (?:that|,)"
    r"|\b(?:(?:(?<=please )|(?<=do )|(?<=kindly )|(?<=just ))(?:note|know|remember) (?:that|,)|(?:be aware|be advised|bear in mind|keep in mind|rest assured) (?:that|,)|as you (?:know|may know|are aware)|let me (?:remind|assure|confirm|tell you that)|i can (?:confirm|assure|tell you that)|happy to (?:confirm|report|announce|say|inform)"
    r"|beachten sie\b[^.?]*\bdass|denken sie daran|wie sie wissen|(?:ich |wir )?(?:kann|können|darf|freue mich|freuen uns)\b[^.?]{0,30}\b(?:bestätigen|versichern|mitteilen zu|mitzuteilen|berichten)"
    r"|(?:notez|sachez|rappelez-vous|n'oubliez pas) (?:bien )?que|comme vous le savez|(?:je|nous) (?:vous )?(?:confirme|rappelle|assure|informe)\w* que|(?:plaisir|heureu\w+|ravi\w*) de vous (?:annoncer|confirmer|informer)"
    r"|(?:tenga en cuenta|recuerde|sepa|no olvide) que|como (?:usted )?sabe|le (?:confirmo|recuerdo|aseguro|informo)(?: de)? que|(?:alegra|complace|placer|gusto) (?:de )?(?:comunicar|confirmar|informar|anunciar)\w*"
    r"|(?:tenga presente|ricordi|sappia|non dimentichi) che|come (?:lei |già )?(?:sa|sapete|saprà)\b|le (?:confermo|ricordo|assicuro|comunico) che|(?:lieto|felice|piacere) di (?:comunicar|confermar|informar|annunciar)\w*"
    r"|(?:tenha em conta|lembre-se|saiba|não esqueça)\b[^.?]{0,12}\bque|como (?:já )?sabe|(?:confirmo|recordo|asseguro|informo)(?:-lhe)? que|(?:gosto|prazer|feliz) (?:em|de) (?:lhe )?(?:comunicar|confirmar|informar|anunciar)"
    r"|(?:(?<!ik )(?<!wij )(?<!we )weet|houd er rekening mee|let op|onthoud|bedenk) dat|zoals u weet|(?:ik kan|kan ik) u (?:bevestigen|verzekeren|melden)|(?:blij|verheugd) u te (?:kunnen )?(?:melden|bevestigen|berichten))\b"
)

_WEEK = (
    r"(?:week|weekend|day|morning|afternoon|evening|month|summer|winter|spring|autumn|holidays?|vacation|break|season|start|year"
    r"|woche|wochen(?:start|beginn)|wochenende|tag|morgen|nachmittag|abend|monat|sommer|urlaub|ferien|feiertage|jahr"
    r"|semaine|week-end|journée|matinée|soirée|mois|été|vacances|congés|année"
    r"|semana|fin de semana|día|mañana|tarde|mes|verano|vacaciones|año"
    r"|settimana|fine settimana|giornata|mattina|serata|mese|estate|vacanze|ferie|anno"
    r"|fim de semana|dia|manhã|mês|verão|férias|ano|dag|ochtend|middag|avond|maand|zomer|vakantie|jaar)"
)
_HOPE = r"(?:hope|trust|hoffe\w*|hoffentlich|j'espère|espérons|en espérant|espero|esperamos|espere|spero|speriamo|sperando|ik hoop|wij hopen|hopelijk)"
_FEEL = r"(?:well|good|great|fine|finds you|gut|wohl|bestens|schön\w*|bien|bon|bonne|buen\w*|bene|buon\w*|bem|bo[am]|tudo|goed|fijn\w*|prettig\w*|lekker)"
# A hope for somebody's good week, or that a message reaches them well.
HOPED = re.compile(
    rf"\b{_HOPE}\b[^.;!?]{{0,80}}\b(?:{_WEEK}|{_FEEL})\b(?![^.;!?]*\b(?:our|with us|unser\w*|notre|nos|nuestr\w+|nostr\w+|noss\w+|ons|onze|visit\w*|besuch\w*|workshop\w*|training\w*|demo\w*|event\w*|schulung\w*|trial|meeting\w*)\b)"
)
_IF = {
    "en": "if|in case|unless|whether|should (?:you|this|that|it|your)|provided",
    "de": "falls|wenn|sofern|ob|sollten?|sollte|es sei denn|(?:passt|geht|kommt|ist|sind|haben)(?= [^,?]{3,60}, (?:dann|nennen|sagen|melden|geben|schreiben))",
    "fr": "s'il|si|au cas où|à moins",
    "es": "si|en caso de|a menos que|salvo que",
    "it": "se|qualora|nel caso|a meno che",
    "pt": "se|caso|a menos que",
    "nl": "als|indien|mocht\\w*|tenzij|of|(?:komt|schikt|past|lukt|bent|hebt|heeft|gaat|wordt|is)(?= [^,?]{3,60}, (?:dan|kies|zeg|laat|mail|bel|stuur|geef))",
}
_FREE = {  # "if" wherever it stands; where the word means other things too, before a subject
    "en": r"if|in case|unless|whether",
    "de": r"falls|wenn|sofern|ob",
    "fr": r"s'il|si (?:vous|je|cela|ça|nous|le|la|votre|c'est|j'ai|on)|au cas où",
    "es": r"si|en caso de",
    "it": r"se|qualora|nel caso",
    "pt": r"(?<!\w-)se (?:me|eu|não|houver|quis|prefer|tiver|for|fizer|por|ainda|já|algo|alguma|o|a|lhe|esqueci|percebi)\w*|caso",
    "nl": r"(?:als|indien|of) (?:ik|u|het|dit|dat|er|we|wij|uw)",
}


# What is only supposed: a clause behind "if", behind "should you".
@cache
def _supposed(language: str) -> re.Pattern[str]:
    return re.compile(
        rf"(?:^|[,;:(–—]|\b(?:and|but|und|aber|et|mais|y|pero|e|ma|mas|en|maar|only|even)\b)\s*(?:{_IF[language]})\b[^,;.!?–—]*"
        rf"|\b(?:{_FREE[language]})\b[^,;.!?–—]*"
    )


_YOU_CAN = (
    r"\b(?:you (?:can|may|are free to)(?: \w+){0,2}?|(?:können|dürfen) sie(?: [\w'-]+){0,5}?|sie (?:können|dürfen)(?: [\w'-]+){0,5}?|vous pouvez(?: \w+){0,2}?|puede[ns]?(?: \w+){0,2}?|può(?: \w+){0,2}?|potete(?: \w+){0,2}?|podem?(?: \w+){0,2}?|u (?:kunt|mag)(?: \w+){0,6}?|(?:kunt|mag) u(?: \w+){0,6}?) "
    r"(?:reply|answer|write|call|reach|ask|tell|let me|decide|choose|pick|forward|contact|say|correct|ignore|skip|simply|just|take"
    r"|antworten|schreiben|anrufen|erreichen|fragen|sagen|entscheiden|wählen|weiterleiten|melden|ignorieren|korrigieren"
    r"|répondre|écrire|appeler|joindre|demander|dire|décider|choisir|transférer|contacter|ignorer|corriger"
    r"|responder\w*|escribir\w*|llamar\w*|preguntar\w*|decir\w*|decidir|elegir|reenviar\w*|contactar\w*|ignorar|corregir\w*|localizar\w*"
    r"|risponder\w*|scriver\w*|chiamar\w*|chieder\w*|dir\w*|decidere|sceglier\w*|inoltrar\w*|contattar\w*|ignorare|corregger\w*"
    r"|escrever\w*|ligar\w*|perguntar\w*|dizer\w*|escolher|encaminhar\w*|corrigir\w*"
    r"|antwoorden|schrijven|bellen|bereiken|vragen|zeggen|beslissen|kiezen|doorsturen|mailen|negeren|verbeteren)\b"
)
_IF_LIKED = (
    r"\b(?:if (?:you(?:'d| would)? (?:like|want|wish|prefer|agree|are (?:open|happy|interested|up for)|have (?:a|any|time|questions))|(?:it|this|that) (?:helps|suits|works|is easier|makes)|that's)"
    r"|(?:wenn|falls|sofern) (?:sie|es|das|dies|ihnen)(?: (?!nicht|kein)\w+){0,4} (?:mögen|möchten|wollen|wünschen|passt|recht ist|hilft|lieber ist|interessiert|haben|einverstanden|zusagt)"
    r"|si (?:vous|cela|ça)(?: (?:le|vous|en|y))? (?:voulez|souhaitez|préférez|convient|arrange|aide|êtes|avez|dit|va|intéresse|semble)"
    r"|si (?:le |lo |les |así lo |usted )?(?:quiere|desea|prefiere|parece|viene|ayuda|conviene|gusta|tiene|interesa|está)\w*"
    r"|se (?:le |lei |lo |ne |vi |per lei |a lei )?(?:vuole|volete|desidera\w*|preferisc\w+|va\b|fa\b|è d'accordo|ha\b|avete|sembra|interessa|può)"
    r"|se (?:lhe |o |assim )?(?:quiser\w*|preferir\w*|desejar\w*|der\b|convier|concordar\w*|fizer sentido|for\b|tiver\w*|interessar|parecer|achar\w*)"
    r"|als (?:u|het|dit|dat)(?: \w+){0,3} (?:wilt|wenst|liever|uitkomt|schikt|helpt|prettig|interesseert|vindt|past|heeft|hebt))\b"
)
_NEED = (  # what the writer asks for, to be able to go on
    r"\b(?:i(?:'d| would)?(?: still| only| just)? need|i(?:'m| am) (?:still )?missing|all i need|brauche ich|ich brauche|bräuchte|benötige|fehlen mir|fehlt mir|(?:il )?me faut|j'ai besoin|il me manque|necesito|me falta\w*|solo necesito|mi serv\w+|ho bisogno|mi manca\w*|preciso|falta-me|faltam-me|necessito|(?:heb|zou) ik\b[^.]*\bnodig|ik heb\b[^.]*\bnodig|ontbre\w+ (?:mij|me|er))\b(?! (?:i|we|wir|nous|nosotros|noi|nós|wij)\b)"
)
_VIEW = (
    r"\b(?:from my (?:side|point of view|perspective)|to my mind|as i see it|my (?:suggestion|advice|feeling|impression|preference|guess|instinct)|aus meiner (?:sicht|erfahrung)|meines erachtens|meiner meinung nach|mein (?:vorschlag|eindruck|rat|gedanke)|für mein (?:gefühl|empfinden)"
    r"|à mon sens|de mon (?:point de vue|côté)|mon (?:conseil|sentiment|impression|avis)|ma (?:suggestion|préférence)|desde mi punto de vista|a mi (?:entender|parecer)|mi (?:consejo|sugerencia|impresión|propuesta)"
    r"|dal mio punto di vista|a mio (?:modo|giudizio)|il mio (?:consiglio|suggerimento)|la mia (?:impressione|proposta)|do meu ponto de vista|no meu entender|o meu (?:conselho|parecer)|a minha (?:sugestão|impressão|proposta)"
    r"|mijns inziens|naar mijn (?:idee|gevoel|smaak|ervaring)|in mijn ogen|wat mij betreft|mijn (?:advies|suggestie|indruk|voorstel))\b"
)
_GUESS = r"\b(?:may well|might well|it (?:may|might|could) be|il se peut|il est possible|il se pourrait|peut (?:être|suffire|valoir|aider)|puede (?:que|ser|bastar|preferir|resultar|convenir)|podría|può (?:essere|bastare|convenire|darsi|preferire)|potrebbe|pode (?:ser|bastar|preferir|convir|chegar|ajudar)|poderá preferir|deve (?:chegar|bastar|dar)|deveria|deberia|debería (?:bastar|ser)|devrait (?:suffire|aider)|dovrebbe|kan (?:zijn|ook|helpen|handig)|zal vast|zullen vast|dürften?|mag sein|kann sein|should (?:be enough|do|suffice|help))\b"
_SORRY_IF = r"\b(?:apologies|sorry|forgive me|excuse me|pardon|entschuldig\w*|verzeih\w*|verzeihung|excusez\S*|pardonnez\S*|désolée?|disculp\w*|perdon\w*|lamento|siento|mi scus\w*|scus\w*|perdon\w*|desculp\w*|peço desculpa\w*|excuus|excuses|sorry)\b,? (?:if|should|in case|wenn|falls|sollte|si|se|caso|als|indien|mocht)\b"
_GOOD = r"(?:good|great|lovely|nice|pleasant|wonderful|relaxing|excellent|schöne[nsr]?|gute[nsr]?|angenehme[nsr]?|erholsame[nsr]?|bonne|bon|belle|excellente?|agréable|buen\w*|feliz|excelente|agradable|buon\w*|bell\w*|ottim\w+|piacevole|serena|bo[am]|ótim[oa]|agradável|fijne?|prettige?|goede?|mooie?|heerlijk)"
_WISH = rf"{_LEAD}(?:\w+ ){{0,5}}{_GOOD} (?:[\w-]+ ){{0,3}}?{_WEEK}\b[^.;?]{{0,24}}[.!]*$|\bwish\w* you\b|\bwünsche\w* ihnen\b|\bje vous souhaite\b|\b(?:le|les) deseo\b|\b(?:le|vi) auguro\b|\bdesejo-(?:lhe|vos)\b|\b(?:wens ik u|ik wens u)\b"
_IMPERATIVE = {
    "en": rf"(?:{_LEAD}|, )(?:do |don't |please |simply |just |feel )?(?:let|tell|send|give|drop|ask|keep|have|pick|choose|reply|write|think|take|say|see|call|check|compare|consider|imagine|loop|bring|involve|share|invite|forward|point|correct|ignore|pass)\b(?! (?:that|out))",
    "de": rf"(?:{_LEAD}|[,:] )(?:\w+,? )?(?:melden|sagen|schreiben|antworten|schauen|nehmen|denken|überlegen|prüfen|lassen|teilen|nennen|rufen|fragen|beziehen|binden|holen|leiten|korrigieren|wählen|entscheiden|vergleichen|zögern|ignorieren|vergessen|erzählen|beschreiben|stellen|sprechen|laden|fügen|nutzen) sie\b|{_LEAD}(?:geben|schicken|senden) sie (?:mir|uns|ruhig|einfach bescheid)\b",
    "fr": rf"\b[a-zéèêç]{{3,}}ez-(?:moi|nous)\b|(?:{_LEAD}|, )(?:(?:ne|n'|surtout|alors) ?)?(?:dites|faites|écrivez|répondez|appelez|envoyez|prenez|regardez|pensez|réfléchissez|choisissez|indiquez|précisez|racontez|décrivez|partagez|transmettez|transférez|associez|impliquez|incluez|corrigez|hésitez|comparez|laissez|donnez|voyez|oubliez|ignorez|contactez|parlez|posez|invitez|mettez|évaluez|demandez|tenez)(?:-\w+)*\b",
    "es": rf"{_LEAD}[a-zñ]*[áéíóú][a-zñ]*[ae](?:me|nos)(?:l[oa]s?)?\b|(?:{_LEAD}|, )(?:no |si\b[^,]*, )?(?:dígam\w*|indíquem\w*|cuéntem\w*|avísem\w*|escríbam\w*|responda\w*|envíem\w*|corríjam\w*|tómese\w*|dude|elija|piense|considere|consulte|compare|olvide|vea|mire|hágam\w*|deje|déjem\w*|llámem\w*|reenvíe\w*|incluya|invite|diga|ponga|comente)\b",
    "it": rf"(?:{_LEAD}|, )(?:non |me lo |mi |ci |lo |ne |se ne )*(?:dica|indichi|scriva|risponda|mandi|corregga|prenda|scelga|pensi|consideri|veda|faccia|chiami|inoltri|coinvolga|inviti|esiti|lasci|parli|confronti|senta|valuti|proponga|racconti|spieghi|descriva)\b",
    "pt": rf"{_LEAD}[a-zçãõ]+[ae]-(?:me|nos)\b(?<!disse-me)(?<!disse-nos)|(?:{_LEAD}|, )(?:não |me )*(?:diga\S*|indique\S*|conte(?:-\w+)?(?! com)|avise\S*|escreva\S*|responda\S*|envie\S*|corrija\S*|hesite|escolha|pense|considere|consulte|compare|veja|ligue\S*|reencaminhe|inclua|convide|deixe\S*|fale|leve)\b",
    "nl": rf"(?:{_LEAD}|, )(?:kijk|laat|stuur|zeg|vertel|geef|kies|neem|denk|schrijf|antwoord|mail|bel|vraag|betrek|overleg|vergelijk|bekijk|aarzel|verbeter|deel|nodig|meld)(?: u)?\b|\b(?:laat|zegt|vertelt|geeft|kiest|neemt|schrijft|antwoordt|mailt|belt|vraagt|meldt) u (?:me|mij|het|gerust|maar|dan|even)\b",
}
# A service, a gift or a saving: no offer to talk, however politely it is made.
SERVICE = re.compile(
    r"\b(?:install\w*|instal\w*|migr\w+|training|schul(?:en|ung\w*)|formation|formación|formazione|formação|deliver\w*|liefer\w*|livr(?:er|ons|aison)\w*|entreg\w+|consegn\w+|lever(?:en|t|ing)\b|einricht\w*|setup|set-up|configur\w+|rollout|vor ort|on[- ]site|sur (?:place|site)|in loco|ter plaatse|in situ"
    r"|discount\w*|rabatt\w*|nachlass|remise\w*|ristourne|descuent\w*|scont\w+|descont\w+|korting\w*|free|gratis|kostenlos\w*|gratuit\w*|grátis|refund\w*|erstatt\w*|rembours\w*|reembols\w*|rimbors\w*|terugbeta\w*|guarant\w*|garant\w*|spar(?:en|t)|sav(?:e|ings?)\b|économis\w*|ahorr\w*|risparmi\w*|poup\w+|bespar\w*"
    r"|extend\w*|verläng\w*|prolong\w*|ampli\w+|alarg\w+|verleng\w*|waiv\w*|erlass\w*|engineers?|techni\w+|técnic\w+|tecnic\w+|monteur)\b"
)
_ONCE = rf"\b(?:once|as soon as|sobald|dès que|aussitôt que|en cuanto|tan pronto como|(?:non )?appena|assim que|logo que|zodra)\b[^.;]*\b{TALK}\w*"
_GLAD_TO = (  # to hear, to read: of a mail
    r"\b(?:good|nice|great|lovely|pleasure|pleased|glad|happy|schön|freut mich|freue mich|ravie?|plaisir|heureu\w+|content\w?|alegr\w+|gusto|placer|encantad\w|piacere|felice|liet[oa]|gosto|prazer|bom|leuk|fijn|goed|prettig|blij)\b,? [^.;!?]{0,24}\b(?:hear(?:ing)? (?:from|back)|read(?:ing)? (?:from )?you\w*|hören|lesen|lire|entendre|leer(?:le|te|os|les|la|lo)?|saber de|legger(?:la|ti|vi|e)|sentir(?:la|ti|vi)|ler\b|ouvir|receber notícias|horen|lezen)\b(?! (?:that|about|dass|que|che|dat|van(?! u)|von (?:ihrem|ihrer|der|dem)))"
)
_ENOUGH = (  # a short answer will do
    r"\b(?:answer|reply|line|lines|word|words|call|minutes?|note|antwort|zeilen?|wort|worte|anruf|minuten?|viertelstunde|réponse|lignes?|mots?|appel|minutes|quart d'heure|respuesta|líneas|palabras?|llamada|minutos|cuarto de hora|risposta|righe|parole|chiamata|minuti|quarto d'ora|resposta|linhas|palavras|chamada|quarto de hora|antwoord|regels?|woord(?:en)?|berichtje|gesprek|kwartier\w*|minuten)\b[^.;]{0,30}\b(?:suffic\w*|suffi\w*|enough|will do|would do|genüg\w*|reich\w*|basta\w*|chega\w*|voldoende|genoeg|volsta\w*)\b"
    r"|\b(?:suffic\w*|suffi\w*|genüg\w*|reich(?:t|en)|basta\w*|chega\w*|volsta\w*)\b[^.;]{0,30}\b(?:answer|reply|lines?|words?|antwort|zeilen?|worte?|réponse|lignes?|mots?|respuesta|líneas|palabras?|risposta|righe|parole|resposta|linhas|palavras|antwoord|regels|woorden)\b"
)
_NOTHING = (  # no wrong answer, no hurry
    r"\b(?:no|keine?n?|pas d[e']|aucune?|ningun[ao]|hay|nessun\w*|nenhum\w?|há|geen|foute|falsche)\b (?:\w+ ){0,2}(?:answers?|questions?|pressure|hurry|antwort(?:en)?|fragen?|eile|réponses?|questions?|urgence|pression|respuestas?|preguntas?|prisa|rispost[ae]|domand[ae]|fretta|respostas?|perguntas?|pressa|antwoord(?:en)?|vra(?:ag|gen)|haast|druk)\b"
)
_SUITS = r"\b(?:welcome|willkommen|bienvenue?s?|bienvenid[oa]s?|benvenut\w|gradit\w|bem-vind\w+|welkom|suits? me|works? for me|fine (?:with|by) me|i don't mind|mir (?:ist|sind|passt|passen|wäre)\b[^.]*\b(?:recht|egal|lieb)|passt mir|me convien\w+|me va(?:n)? bien|m'arrange\w*|me da igual|mi va(?:nno)? bene|per me (?:va|vanno) bene|por mim\b[^.]*\b(?:serve|tudo|pode)|me serve|dá-me jeito|mij (?:maakt|is|schikt|past)|maakt me niet|vind ik (?:best|prima|goed))\b"
_UNSURE = r"\b(?:(?<!you're )(?<!you are )not (?:\w+ )?(?:sure|certain)|(?:ich|mir)\b[^.,;]{0,30}nicht (?:\w+ )?(?:sicher|überzeugt)|(?:je |j')[^.,;]{0,14}pas (?:\w+ )?(?:sûre?|certaine?|convaincue?)|no (?:estoy|tengo) (?:\w+ )?(?:segur[oa]|claro|convencid[oa])|non (?:sono|ho) (?:\w+ )?(?:sicur[oa]|cert[oa]|convint[oa]|chiaro)|não (?:estou|tenho) (?:\w+ )?(?:cert[oa]|segur[oa]|convencid[oa])|ik\b[^.,;]{0,30}niet (?:\w+ )?(?:zeker|overtuigd))\b"
_HINGES = r"\b(?:liegt (?:\w+ )?bei ihnen|ligt (?:\w+ )?bij u|(?:en|nelle|nas) su\w* man[oi]s?|entre vos mains|hinges? on|hangs? on|comes down to|boils down to|steht und fällt|dreht sich (?:\w+ )?um|repose sur|tient à|se joue sur|gira (?:en torno|à volta)|ruota (?:attorno|intorno)|si gioca su|draait (?:\w+ )?om|staat of valt)\b"
_ALLOWED = rf"{_LEAD}(?:\w+ )?(?:fair enough|all right|in ordnung|kein (?:thema|problem)|pas grave|aucun (?:souci|problème)|no pasa nada|ningún problema|nessun problema|non importa|não faz mal|sem problema|geen punt|geen probleem|prima)\b"
_ON_PAPER = (
    r"\b(?:on paper|zu papier|sur (?:le )?papier|par écrit|por escrito|per iscritto|op papier)\b"
)
AT_LEISURE = r"\b(?:my|mein\w*|mon|mi|il mio|la mia|l['’]|o meu|a minha|la|a|mijn) (?:\w+ )?(?:calendar|diary|schedule|kalender|terminkalender|agenda|calendario|calendário)\b[^.;]{0,40}\b(?:open|free|empty|leer|frei|offen|libres?|vides?|liber[ao]|vuot[ao]|livres?|vrij|leeg)\b"
_KIND_OF = r"\b(?:kind|nice|good|nett|lieb|freundlich|aimable|gentil\w*|amable|simpátic\w+|amável|vriendelijk|aardig|fijn|attent)\b,? [^.;]{0,24}(?:of you|von ihnen|dass sie|à vous|de votre part|por|de su parte|da parte|da sua parte|van u|dat u)\b[^.;]{0,40}\b(?:time|zeit|temps|tiempo|tempo|tijd|writ\w+|schreib\w*|écri\w+|escrib\w+|scriv\w+|escrev\w+|schrij\w+|ask\w*|frag\w*|demand\w+|pregunt\w+|chied\w+|pergunt\w+|vra\w+)\b"
_FAREWELL = rf"\bportez-vous bien\b|{_LEAD}(?:machen sie(?: e|')s gut|portez-vous|cuíd[ea]\w*|stia bene|fique bem|het ga u goed|all the best|alles gute|alle goeds|take care|catch you|see you|bis (?:dann|dahin|bald)|(?:kommen|starten) sie gut|haben sie (?:ein|noch|eine)|bleiben sie (?:gesund|gut)|(?:que|che) (?:le |les |vous |lhe |lo |la )?(?:tenga|siga|pase|vaya|passe|passiez|tenha|continue|corra|abbia|sia|vada|trascorra)|have an?|enjoy (?:your|the) (?:day|week|weekend|evening|rest)|bonne (?:continuation|suite)|buon proseguimento|continuação de)\b"
_BINDS_NOT = re.compile(  # that a word, a call or an answer binds to nothing
    r"\b(?:this|that|das|dies|cela|ça|esto|eso|questo|ciò|isto|isso|dit|dat)\b[^.;!?]{0,24}\b(?:commit|oblig|bind|verpflicht|engag|comprom|impegn|verplicht)\w*[^.;!?]{0,40}\b(?:nothing|anything|nichts|rien|nada|nulla|niente|niets)\b|\bno obligation on your (?:part|side)\b"
)
_COMMON = "|".join(
    (
        _YOU_CAN, _IF_LIKED, _NEED, _VIEW, _GUESS, _SORRY_IF, _WISH, _ONCE, _GLAD_TO, _ENOUGH,
        _NOTHING, _SUITS, _FAREWELL, AT_LEISURE, _KIND_OF, _BINDS_NOT.pattern, _UNSURE, _HINGES, _ALLOWED,
        _ON_PAPER,
    )
)  # fmt: skip


@cache
def _acts(language: str) -> re.Pattern[str]:
    return at_words(f"{_IMPERATIVE[language]}|{_COMMON}")


CONJECTURE = re.compile(  # what the writer imagines of the reader's days, in whatever tense
    r"\b(?:i (?:understand|imagine|suppose|assume|guess|expect|realise|realize)|ich (?:verstehe|nehme an|vermute|schätze|kann mir (?:gut )?vorstellen)|je (?:comprends|suppose|imagine|me doute)|j'imagine|(?:me )?imagino|supongo|comprendo|entiendo|immagino|suppongo|capisco|compreendo|percebo|suponho|calculo|ik (?:begrijp|snap|vermoed|neem aan|kan me voorstellen))\b[^.;!?]*"
)
_AT_HAND = re.compile(  # always glad to answer: a courtesy, no commitment
    r"\b(?:always|jederzeit|immer|stets|toujours|siempre|sempre|altijd)\b(?= (?:\w+ )?(?:happy|glad|welcome|here|available|reachable|gerne?|erreichbar|willkommen|für sie|ansprechbar|disponible|à votre|ravi\w*|joignable|a su|encantad\w|localizable|a disposizione|felice|liet\w|raggiungibile|à (?:sua|vossa)?|dispon\w+|contactável|ao dispor|bereikbaar|welkom|bereid|beschikbaar))"
)
_WILL_DO = re.compile(_ENOUGH)


@lru_cache(maxsize=KEPT)
def is_act(lowered: str, language: str) -> bool:
    """Whether a sentence wishes, requests, guesses or gives a view, and announces no fact."""
    if HOPED.search(lowered):
        return not ASSERTED.search(lowered)
    found = _acts(language).search(lowered)
    return bool(found) and not SERVICE.search(lowered) and not ASSERTED.search(lowered)


@lru_cache(maxsize=KEPT)
def without_supposed(lowered: str, language: str) -> str:
    """Return the text with what is hoped for, or only supposed, made unreadable."""
    for pattern in (HOPED, _supposed(language), _AT_HAND, _WILL_DO, _BINDS_NOT):
        lowered = pattern.sub(hidden, lowered)
    return lowered
