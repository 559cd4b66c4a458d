"""Which sentences state no fact: courtesy, questions, offers to talk, advice and open guesses.

What is not recognised here, and is linked to no row, counts as a statement that nobody can vouch
for. Thanks and apologies pass only for what a mail itself gives: its words, time and patience.
Patterns work on lower-cased text, one sentence at a time.
"""

# ruff: noqa: E501  # patterns stay whole
import re
from functools import cache, lru_cache

from fleet.drafting.claim_text import KEPT, at_words

SHORT_WORDS = 8  # words of a heading or of a line under a closing
_LEAD = r"^[\s\-–—•*·>(\"'«„“]*(?:\d[.)]\s)?"

_SOFT = {
    "en": (
        r"\b(?:would|might|you may (?:also |well )?(?:like|want|find|prefer|wish|recall|remember|know)|(?:i|we|it|this|that|there|one|they|which|who) may|may (?:i|we|be|feel|help|make|well)|could|perhaps|maybe|possibly|presumably|depends?|seems?|sounds?|suggest|propose"
        r"|recommend|advise|advisable|wonder\w*|curious|welcome|worth"
        r"|i hope|hopefully|i think|i believe|i feel|in my view|i guess|i suppose|i assume|not sure|unsure|i'm afraid"
        r"|makes sense|tend to|usually a good|feel free|don't hesitate|do not hesitate|let me|let us|let's|allow me"
        r"|should (?:you|we|i)|you should|please|kindly|just (?:reply|let|tell|say|send)|(?:take|get) your time"
        r"|i want to|we want to|i need to|we need to|i wish|i'd|we'd|about one question)\b"
        r"|\bi (?:completely |fully |totally |quite |do )?(?:understand|appreciate|see|respect|get) (?:your|the (?:concern|point|hesitation|question)|that (?:this|it|now)|why|how|if|what)\b"
        r"|\bi(?: am|'m) (?:sorry|writing|coming|passing|forwarding|looking|following|reaching|getting|checking|available|around|here|open|all ears|at your)\b"
        r"|\bi(?: shall|'ll| will| can|'m going to|'m happy to) (?:\w+ly |then |also |just |of course )?(?:be (?:happy|glad|in touch|back|available)|get|come|reply|answer|write|call|ring|send|share|show|explain|find out|look|ask|check|forward|pass|walk|help|clarify|discuss|arrange|put together|prepare|keep it|leave it|see)\b"
        r"|\bwe (?:shall|'ll|will|can|could) (?:\w+ly |then |also |always |just )?(?:be (?:happy|glad|in touch)|talk|speak|discuss|look|see|go through|walk|answer|explain|arrange|meet|find a|take it|start with a)\b|\bwe (?:look forward|appreciate|hope|value)\b"
        r"|\b(?:i|we) look after\b|\bi (?:look forward|handle|work with)\b"
        r"|\bsorry (?:for|about) (?:the|any|this|my) (?:\w+ )?(?:trouble|delay|wait|inconvenience|confusion|late \w+|silence|misunderstanding)\b"
        r"|\bapolog(?:ies|ise|ize) for (?:the|any|my) (?:\w+ )?(?:trouble|delay|wait|inconvenience|confusion|late \w+|silence|misunderstanding)\b"
        rf"|{_LEAD}(?:and |but |so |well,? |also,? )?(?:looking|look) forward\b"
        rf"|{_LEAD}(?:and |but |so |well,? |ok,? |okay,? )?(?:tell|send|give|drop|ask|keep|have|pick|choose|reply|write|think|take|say|see|call|check|compare|consider|note|imagine|enjoy) (?:me|us|it|a|an|the|your|to|back|over|time|if|which|what|whether|that)\b"
        rf"|{_LEAD}(?:that|this|it)(?:'s| is| sounds| seems| looks)(?: \w+,?){{0,3}} (?:question|point|idea|concern|sense|useful|helpful|understandable|reasonable|fine|up to you|possible|clear|important|thought|topic|plan|approach|start|step|one|no problem|your call|entirely)\b"
        rf"|{_LEAD}(?:a|an|the) (?:\w+ )?(?:call|chat|talk|conversation|demo|question|look) (?:is|makes)\b"
    ),
    "de": (
        r"\b(?:würden?|könnten?|möchten?|dürfte\w*|sollten?|wäre\w*|hätten?|vielleicht|eventuell|womöglich|möglicherweise"
        r"|bitte|scheint|klingt|hört sich|lohnt|sinnvoll|hoffe|hoffentlich|denke|glaube|vermute|meine ich|finde ich|ich finde"
        r"|schlage\w*|vorschlag|empfehle|rate ich|ich rate|gespannt|neugierig|freue|freuen uns|zögern|falls|darf ich|dürfen wir|lassen sie uns|um eine frage|sagen sie|melden sie|schreiben sie|schicken sie|geben sie (?:mir|uns|ruhig|bitte|gern\w*)|antworten sie|nennen sie|fragen sie)\b"
        r"|\bhängt\b[^.]*\bab\b|\bkommt\b[^.]*\ban\b|\bverstehe\b|\bnachvollzieh\w*|\bzur verfügung\b|\bbiete\w* sich an\b|\bbietet sich\b"
        r"|\b(?:ich|wir) (?:kläre?n?|melden?|prüfen?|schauen?|schaue|frage?n?|leiten?|leite|gebe?n?|komme?n?|schicken?|sende?n?|rufe?n?|zeigen?|erkläre?n?|beantworten?|helfen?|helfe|schreiben?|bespreche?n?|wende|kümmere|betreue?n?|sehe (?:mir|das)|lasse|wollen?|will)\b"
        r"|\b(?:melde|schicke|sende|zeige|erkläre|beantworte|kläre|prüfe|bespreche|leite|schreibe) ich\b|\b(?:melden|sprechen|schauen|sehen|klären) wir\b"
        r"|\btut (?:mir|uns) leid\b|\bes tut (?:mir|uns)\b|\bentschuldigen sie (?:bitte )?(?:die|meine) (?:\w+ )?(?:verzögerung|wartezeit|späte\w*|störung|unannehmlichkeiten|verwirrung)"
        rf"|{_LEAD}(?:das|dies|es)(?: ist| klingt| wäre)(?: \w+){{0,3}} (?:frage|punkt|idee|einwand|gedanke|überlegung|thema|verständlich|möglich|wichtig|gut|recht|klar|ordnung|problem|ihnen überlassen)\b"
        r"|\bein(?:e)? (?:kurzes |kurze )?(?:gespräch|telefonat|austausch|idee)\b[^.]*\b(?:ist|wäre|hilft)\b|\bes eilt\b|\bkein(?:e)? (?:eile|problem|stress)\b"
    ),
    "fr": (
        r"\b\w{2,}(?:rais|rait|riez|rions|raient)\b|\b(?:peut-être|éventuellement|sans doute|j'espère|je pense|je crois|il me semble|me semble|semble"
        r"|à mon avis|selon moi|n'hésitez|dites-moi|dites-nous|faites-moi|indiquez|répondez|écrivez|envoyez|précisez|corrigez|pensez|prenez|regardez|appelez"
        r"|s'il vous plaît|merci de (?:me|nous|bien) (?!avoir)|merci de m'|s'agit d'une question|veuillez|souhait\w+|curieu\w+|dépend|vaut la peine|mieux vaut"
        r"|au plaisir|dans l'attente|à votre disposition|à bientôt|désolée? pour (?:ce|le|la|cette|mon|ma) (?:désagrément|délai|retard|attente|gêne|confusion|contretemps)"
        r"|désolée? de (?:ce|cette|vous)|veuillez excuser|je comprends|nous comprenons|c'est noté|bien noté|puis-je|pouvons-nous|permettez|laissez-moi|si vous (?:le )?(?:souhaitez|voulez|préférez)|j'aimerais|bien entendu"
        r"|rien ne presse|pas d'urgence|pas de souci|aucun problème)\b"
        r"|\bje (?:vous |me |le |la |les |vais |peux |en |reste |suis )*(?:répond\w*|écri\w*|appell\w*|appeler|envoi\w*|envoyer|montr\w*|expliqu\w*|transmet\w*|vérifi\w*|renseign\w*|reviens|revenir|tiens|voir|vois (?:cela|avec)|présent\w*|prépar\w*|regard\w*|demand\w*|aid\w*|discut\w*|parl\w*|disponible|ravie?|heureu\w+|chargée? d|désolée?|donne|reprends|contacte|préfère|trompe|joins)\b"
        r"|\bje (?:vous )?(?:rappellerai|écrirai|répondrai|enverrai|reviendrai|tiendrai)\b|\bnous (?:pouvons|pourrons|verrons|restons (?:à votre|dispo|joign|en contact)|espérons|proposons|sommes à votre)\b"
        rf"|{_LEAD}(?:c'est|ce serait|cela reste|voilà|quelle)(?: \w+){{0,3}} (?:question|point|idée|remarque|compréhensible|possible|important|clair|normal|sujet|bonne|utile|légitime)\b"
        rf"|{_LEAD}un (?:court |bref |petit )?(?:échange|appel|point)\b[^.]*\best\b"
    ),
    "es": (
        r"\b(?!auditor|mayor|categor|tesor|asesor|consultor|ingenier|bater|galer|librer|mercader|teor|cafeter|refiner|minor|memor|histor)\w{2,}(?:ría|rías|ríamos|rían)\b|\b(?:quizás?|tal vez|a lo mejor|posiblemente|puede que|quisiera|pudiera|fuera|espero|esperamos|creo|pienso|me parece|parece|a mi juicio|en mi opinión"
        r"|por favor|dígame|díganos|indíqueme|cuénteme|responda|escríbame|avíseme|envíeme|corríjame|no dude|tómese|basta con|sugiero|propongo|recomiendo|aconsejo|conviene|convenga|depende|vale la pena|valga la pena"
        r"|se trata de una pregunta|tengo curiosidad|entiendo|entendemos|comprendo|lamento (?:las|el|la|los)|siento (?:las|el|la|los)|disculpe|perdone|a su disposición|quedo (?:atent\w|a la espera|pendiente)|quedamos|no hay prisa|sin prisa|permítame|déjeme|podemos \w+r(?:lo|la|los|las|nos)?|si (?:le|lo|les|usted) (?:interesa|desea|prefiere|parece|apetece)|quiero|queremos|me gusta)\b"
        r"|\b(?:le|les|lo|se lo|me) (?:respondo|escribo|llamo|envío|muestro|enseño|explico|paso|cuento|digo|aclaro|confirmo en|doy|traslado|reenvío|consulto|preparo|comento|ayudo)\b|\b(?:consulto|reviso|respondo|retomo|pregunto|comento|traslado|paso su|soy)\b"
        r"|\b(?:le|les) (?:responderé|escribiré|llamaré|enviaré|contaré|diré|mostraré)\b"
        rf"|{_LEAD}(?:es|eso es|esa es|me parece)(?: \w+){{0,3}} (?:pregunta|punto|idea|duda|comprensible|posible|importante|claro|normal|lógic\w|razonable|buen\w|útil)\b"
        rf"|{_LEAD}una (?:llamada|charla|conversación)\b[^.]*\bes\b"
    ),
    "it": (
        r"\b\w{2,}(?:rei|rebbe|reste|remmo|rebbero)\b|\b(?:forse|magari|eventualmente|può darsi|spero|speriamo|penso|credo|mi pare|mi sembra|sembra|pare|secondo me|a mio avviso|a mio parere|per favore|per cortesia|mi dica|ci dica|mi faccia|mi indichi|mi scriva|mi corregga|risponda|scriva|ci pensi|basta|non esiti|si prenda"
        r"|si tratta di una domanda|propongo|suggerisco|consiglio|conviene|convenga|dipende|vale la pena|valga la pena|curios\w|capisco|comprendo|mi dispiace per (?:il|l'|la|lo)|mi spiace per|mi scuso per (?:il|l'|la|lo) (?:\w+ )?(?:ritardo|attesa|disagio|confusione)|a disposizione|rest(?:o|iamo) (?:a|in)|rimango (?:a|in)|in attesa|non c'è fretta|senza fretta|mi permetta|possiamo (?:parlar\w*|veder\w*|sentir\w*)|se (?:le|lo|la|vi|lei|preferisc\w*|desider\w*)|vorrei|sono (?:il|la) (?:riferimento|referente)|sono (?:felice|lieto|lieta|curios\w|a disposizione|certo che possiamo|disponibile))\b"
        r"|\b(?:le|vi|ne|la|glielo|mi) (?:rispondo|scrivo|chiamo|richiamo|mando|invio|mostro|spiego|parlo|dico|faccio sapere|do|giro|passo|inoltro|preparo|aiuto|informo)\b|\b(?:rispondo|verifico|chiedo|riprendo|inoltro|passo il|guardo)\b"
        r"|\b(?:le|vi) (?:risponderò|scriverò|chiamerò|manderò|invierò|dirò|farò sapere)\b"
        rf"|{_LEAD}(?:è|questa è|mi sembra|mi pare)(?: \w+){{0,3}} (?:domanda|punto|idea|dubbio|comprensibile|possibile|importante|chiaro|normale|buon\w*|utile|legittim\w)\b"
        rf"|{_LEAD}una (?:breve )?(?:chiamata|telefonata|chiacchierata)\b[^.]*\bè\b"
    ),
    "pt": (
        r"\b(?!auditor|maior|melhor|parcer|categor|consultor|engenh|secretar|livrar|padar|bater|teor|minor|históri|memóri|mar|tesour|assessor|portar)\w{2,}(?:ria|rias|ríamos|riam)\b|\b(?:talvez|eventualmente|possivelmente|porventura|pode ser que|quisesse|espero|esperamos|creio|penso|acho|acredito|parece-me|me parece|parece|na minha opinião|a meu ver|por favor|diga-me|diga-nos|indique|conte-me|responda|escreva|avise|envie-me|corrija-me|não hesite|basta|sugiro|proponho|recomendo|aconselho|convém|convenha|depende|vale a pena|valha a pena"
        r"|trata-se de uma pergunta|tenho curiosidade|curios[oa]|compreendo|entendo|percebo|lamento (?:o|a|os|as)|peço desculpa pel[oa] (?:\w+ )?(?:demora|atraso|incómodo|espera|transtorno|confusão)|desculpe|à (?:sua|vossa) disposição|ao dispor|fic(?:o|amos) (?:a|à|ao|dispon|por aqui|atent\w+)|aguardo|não há pressa|sem pressa|permita-me|deixe-me|podemos (?:falar|ver|conversar)|se (?:lhe|preferir|quiser|desejar|fizer|for o caso)|gostava|quero|dou-lhe|terei (?:todo o )?gosto|sou (?:o|a) (?:contacto|pessoa|responsável))\b"
        r"|\b(?:respondo|escrevo|ligo|envio|mostro|explico|vejo (?:isso|com)|digo|encaminho|passo a|retomo|preparo|pergunto|consulto|verifico|esclareço|ajudo|informo)(?:-\w+)?\b|\b(?:responder|escrever|ligar|enviar|mostrar|explicar)-(?:lhe|vos)-ei\b|\bvou (?:falar|enviar|ver|responder|ligar|verificar|confirmar com)\b"
        rf"|{_LEAD}(?:é|essa é|parece)(?: \w+){{0,3}} (?:pergunta|ponto|ideia|dúvida|compreensível|possível|importante|claro|normal|bo[am]|útil|legítim\w|questão)\b"
        rf"|{_LEAD}uma (?:breve )?(?:chamada|conversa)\b[^.]*\bé\b"
    ),
    "nl": (
        r"\b(?:zou|zouden|misschien|wellicht|eventueel|mogelijk|hopelijk|ik hoop|wij hopen|ik denk|ik vind|ik geloof|lijkt|volgens mij|naar mijn mening|alstublieft|gerust|laat (?:me|mij|het|ons)|stel voor|voorstellen|raad (?:u )?aan|adviseer|aan te raden|hangt|loont|de moeite waard|benieuwd|nieuwsgierig|begrijp|snap|verbeter me|vertel|zegt u|zeg gerust|antwoord|schrijf|mail me|bel me|stuur me|kies|neem de tijd|ligt voor de hand|kan ik|mag ik|mogen we|kunnen we|wilt u|als u (?:wilt|dat)|indien|ter beschikking|beschikbaar|het spijt (?:me|mij|ons) (?:voor|dat u)|excuses voor (?:het|de|mijn) (?:\w+ )?(?:wachten|vertraging|ongemak|verwarring|late \w+)|geen haast|geen probleem|ik wil|wil ik|gaat het om één vraag|fijn dat u contact|we willen|doet u er goed aan|kijk uit)\b"
        r"|\bik (?:kan|overleg|kom|bel|mail|schrijf|stuur|vraag|kijk|zoek|leg|laat|geef|bespreek|beantwoord|help|bereid|ben (?:benieuwd|blij|bij ons|beschikbaar|er)|zal (?:u )?(?:graag|bellen|mailen|schrijven|antwoorden)|hoor)\b"
        r"|\b(?:kom|stuur|bel|mail|beantwoord|vertel|geef|leg|bespreek) ik\b|\bwe (?:kunnen|spreken graag|kijken|bespreken)\b"
        rf"|{_LEAD}(?:dat|dit|het) (?:is|lijkt|klinkt)(?: \w+){{0,3}} (?:vraag|punt|idee|gedachte|begrijpelijk|mogelijk|belangrijk|goed|duidelijk|logisch|nuttig|terecht\w*)\b"
        rf"|{_LEAD}een (?:kort )?gesprek\b[^.]*\bis\b"
    ),
}  # fmt: skip

# Thanks for what a mail gives; a visit, a signature or a meeting is an event and needs its row.
_GIFT = (
    r"messages?|mails?|e-?mails?|notes?|answers?|input|repl(?:y|ies)|responses?|questions?|interests?|time|patience|openness|honesty|cand\w+|feedback|trust|understanding|details?|information|info|in?quir(?:y|ies)|enquir(?:y|ies)|clarity|thoughts?|consideration|help|request|words|heads-up|frankness|attention"
    r"|nachricht(?:en)?|rückmeldung|antwort|anfrage|fragen?|interesse|zeit|geduld|offenheit|ehrlichkeit|vertrauen|verständnis|angaben|informationen|hinweis\w*|rückfrage|zeilen|klarheit|gedanken|aufmerksamkeit"
    r"|courriels?|réponse|intérêt|temps|franchise|confiance|compréhension|précisions?|informations|retour|demande|sincérité|clarté|transparence|écoute|prise de contact|remarques?|lecture"
    r"|mensajes?|correos?|respuesta|preguntas?|interés|tiempo|paciencia|franqueza|confianza|comprensión|información|consulta|sinceridad|claridad|transparencia|atención|comentarios?|solicitud"
    r"|messaggi?o?|risposta|domand[ae]|tempo|pazienza|franchezza|fiducia|comprensione|informazioni|richiesta|sincerità|chiarezza|trasparenza|attenzione|disponibilità|riscontro|contatto"
    r"|mensagens?|mensagem|resposta|perguntas?|tempo|paciência|confiança|compreensão|informações|pedido|sinceridade|clareza|transparência|atenção|contacto|abertura|disponibilidade"
    r"|bericht(?:je)?|antwoord|reactie|vraag|vragen|belangstelling|tijd|geduld|openheid|eerlijkheid|vertrouwen|begrip|aanvraag|duidelijkheid|uitleg|aandacht|terugkoppeling|oprechtheid"
)
_DOING = (
    r"getting in touch|getting back|getting in contact|being (?:so |this |very )?(?:open|honest|frank|clear|candid|patient)|reaching out|writing|asking|letting (?:me|us) know|pointing|sharing|taking the time|taking a moment|coming back|clarifying|explaining|telling|considering|raising|replying|responding|mentioning|contacting"
    r"|(?:dass|wenn) sie (?:sich|mir|uns|so|nachfragen|fragen|schreiben|die|das)|fürs? (?:nachfragen|schreiben|melden|warten|interesse)"
    r"|de vous intéresser|d'avoir (?:pris|répondu|écrit|posé|partagé|précisé)|de (?:nous|m'|me) (?:avoir )?(?:contacté\w*|écri\w+|indiqu\w+|répond\w*|signal\w+|dire)|de l'avoir|pour tout|pour ça"
    r"|por (?:escribir\w*|ponerse|contactar\w*|responder\w*|preguntar\w*|contar\w*|compartir\w*|indicar\w*|avisar\w*|su|la|el|los|las)"
    r"|per aver(?:ci|mi)? (?:scritto|contattato|risposto|indicato|chiesto|condiviso|precisato)|di aver(?:ci|mi)? (?:scritto|contattato)"
    r"|por (?:nos |me )?(?:escrever\w*|contact\w*|responder\w*|perguntar\w*|indicar\w*|partilhar\w*|avisar\w*|entrar)"
    r"|dat u (?:\w+ ){1,4}(?:vraagt|informeert|meldt)|dat u (?:contact|zich|mij|ons|de|het|zo|dit|namens|even)|voor het (?:vragen|meedenken|wachten|schrijven)"
)
_THANKS = re.compile(
    r"\b(?:thanks|thank you|thx|cheers|grateful|dank\w*|bedankt|merci\w*|remercie\w*|gracias|agradezco|agradecemos|grazie|ringrazi\w*|obrigad[oa]|agradeço)\b"
    rf"(?:[^.!?]{{0,40}}?\b(?:{_GIFT})\b|[^.!?]{{0,25}}?\b(?:{_DOING})|[\s\w,]{{0,24}}[.!…]*$)"
)
_THANKED_FOR = re.compile(
    r"\b(?:thanks|thank you|dank\w*|bedankt|merci|remercie\w*|gracias|agradezco|agradecemos|grazie|ringrazi\w*|obrigad[oa]|agradeço)\b[^.;!?,]{0,24}\b(?:for (?!now)|für |dafür|dass |pour |de (?:nous|m'|votre|vos|l')|d'avoir |por (?!adelantado|anticipado|antecipação|su tiempo)|per |di |pel[oa]s? |voor |dat )"
)
_GRATEFUL_FOR = re.compile(  # what is thanked for stands first
    r"\b(?:for|für|voor|pour|por|per) (?P<what>[^.;!?]{3,70}?)\b(?:dankbar|dankbaar|danken|danke|dank|bedanken|grateful|thankful|reconnaissant\w*|remerci\w+|agradecid\w+|agradec\w+|grat[oiea])\b"
)
_EARLY = 30  # characters; thanks behind more than that thank for what was told before
_GIVEN = re.compile(rf"\b(?:{_GIFT})\b|\b(?:{_DOING})")
_VISIT = re.compile(  # what thanks are never for without a row
    r"\b(?:meet(?:ing)? (?:with )?(?:us|me)|headquarters?|zentrale|werk|siège|sede|hoofdkantoor|welcom\w*|lunch|dinner|dîner|cena|sign(?:ing|ed)|unterschrift|mañana|mattinata|manhã|ochtend|host\w*|visit\w*|offices?|büro\w*|besuch\w*|gast\w*|empfang\w*|locaux|bureaux|recevoir|reçus?|accueil\w*|oficinas|recibir\w*|visita\w*|uffici|ospit\w*|escritórios|receb\w*|instalações|kantoor|ontvang\w*|bezoek\w*)\b"
)
_BARE = re.compile(  # answers of a word or two, greetings and closings
    rf"{_LEAD}(?:(?:ok|okay|sure|of course|understood|noted|agreed|fair enough|got it|great|perfect|yes|no|absolutely|certainly|no (?:rush|pressure|hurry|problem|worries|need)(?: at all| whatsoever)?"
    r"|(?:good|great|fair|excellent) (?:question|point|idea|morning|afternoon|evening|day)|talk soon|speak soon|take care|all the best|(?:best|kind|warm|kindest|many)?\s?(?:regards|wishes|thanks)|best|cheers|sincerely|yours\s?\w*|have a (?:good|nice|great) \w+"
    r"|verstanden|klar|natürlich|selbstverständlich|gern(?:e)?|gute frage|kein(?:e)? (?:eile|problem|stress)|in ordnung|alles klar|bis (?:bald|dann|später)|(?:viele|beste|freundliche|herzliche|liebe|schöne) grüße\w*|mit freundlichen grüßen|gruß|guten (?:tag|morgen|abend)|schönen tag\w*|danke\w*"
    r"|compris|entendu|bien sûr|d'accord|avec plaisir|bonne question|pas de souci|aucun problème|à (?:bientôt|très vite|vous)|(?:bien |très )?cordialement|bien à vous|(?:sincères|meilleures|cordiales) salutations|bonne (?:journée|soirée)|bonjour|bonsoir"
    r"|entendido|claro|por supuesto|de acuerdo|desde luego|buena pregunta|sin problema|no hay (?:prisa|problema)|hasta (?:pronto|luego)|(?:un )?(?:cordial )?saludos?|atentamente|saludos cordiales|buen(?:os)? días?|buenas tardes|hola"
    r"|capito|certo|certamente|va bene|naturalmente|ottima domanda|nessun problema|nessuna fretta|a presto|(?:un |cordiali |distinti |cari )?salut[oi]|buon(?:giorno|asera|a giornata)"
    r"|percebido|com certeza|combinado|boa pergunta|sem (?:problema|pressa)|até (?:breve|logo|já)|(?:um )?abraço|(?:com os melhores )?cumprimentos|atenciosamente|bo[am] (?:dia|tarde|noite)"
    r"|begrepen|natuurlijk|uiteraard|prima|akkoord|goede vraag|geen (?:haast|probleem)|tot (?:snel|gauw|ziens)|(?:met )?(?:vriendelijke |hartelijke )?groet(?:en)?|fijne dag\w*|goede(?:morgen|middag|ndag|navond))[\s,.!…]*(?:\w+\s*)?)[,.!…)]*$"
)
_GREETING = re.compile(
    rf"{_LEAD}(?:hi|hello|dear|hey|good (?:morning|afternoon|day)|hallo|guten (?:tag|morgen)|sehr geehrte\w*|liebe[rs]?(?:/r)?|bonjour|bonsoir|ch[eè]re?s?|hola|buenos d[ií]as|buenas(?: tardes)?|estimad[oa]s?|ciao|buongiorno|salve|gentile|egregi[oa]|ol[aá]|bom dia|boa tarde|prezad[oa]s?|car[oa]s?|beste|geachte|goede(?:morgen|middag|ndag)|dag)\b[^.?!,:;\n]{{0,50}}[,:!;]?"
)
TALK = (  # to speak, to show, to send a text, to help: all that a friendly offer is about
    r"(?:help|assist|talk|discuss|answer|explain|show|send|share|arrange|call\b|chat|speak|meet\b|walk|hear|look\b|tell\b|provide|put (?:together|you)|prepare|forward|schedule|introduc|clarif|connect|go through|check|find out|elaborate"
    r"|helf|hilf|hilft|weiterhelf|sprech|besprech|beantwort|antwort|erklär|zeig|schick|send|teile|anruf|rufe|treff|hör|schau|erzähl|zusammen|vorbereit|leite|vereinbar|vorstell|stelle|klär|auskunft|einzelheit|durch|mail|melde|weiter|lese|nehme ich|details"
    r"|répond|expliqu|montr|envo|parl|discut|échang|appel|rencontr|écout|prépar|transmet|conven|fixe|présent|donn|regard|aide|lir|renseign|clarif|verr|détail"
    r"|respond|explic|mostr|enseñ|envi|habl|coment|llam|reun|escuch|prepar|concert|present|doy|dar\b|dare|mir|ayud|leer|aclar|cuent|cont|fij|paso|atend"
    r"|rispond|spieg|mostr|invi|mand|parl|sent|chiam|incontr|ascolt|fiss|do\b|dar|guard|aiut|legg|chiar|raccont|dett"
    r"|fal|convers|lig|ouv|marc|apresent|dou|ver\b|ajud|ler\b|esclarec"
    r"|antwoord|beantwoord|uitleg|leg|toon|laat|stuur|bel\b|bellen|sprek|spreek|bespreek|praat|ontmoet|hoor|bereid|maak|plan|geef|kijk|lees|vertel|verduidelijk|meedenk|overzicht|licht|samenst|opstel)"
)
_DE_SELF = (  # mental and speaking verbs of the first person
    r"bin|überlasse|habe (?:volles |vollstes |absolutes |großes )?verständnis|weiß|sehe|denke|glaube|finde|meine|vermute|hoffe|wünsche|freue|frage|melde|schreibe|schicke|sende|rufe|höre|lese|zeige|erkläre|verstehe|kenne|komme (?:auf|gern auf|gerne auf|noch einmal|nochmals|zurück|mit einer)|leite|prüfe|kläre|schaue|schau|bespreche|stelle (?:mich|ihnen (?:gern|gerne)|mir|nur|die frage|eine frage|fest|zusammen)|bereite|notiere|warte|bleibe|rate|schlage|empfehle|bitte|danke|nehme (?:an|mir|gern|gerne|kontakt|zur)|halte (?:mich|es|das|die|fest|kurz)|brauche|benötige|bräuchte|suche|möchte|würde|richte|überlege|gehe (?:davon|gern|gerne|die|das|es)|fasse|nenne|erwähne|erzähle|beantworte|helfe|teile (?:ihre|ihnen)|stehe|betreue|kümmere|bevorzuge|ziehe|interessiere|mag|muss|darf|soll|will (?:sie|ihnen|nur|nicht|mich|gern)|wollte|kann (?:\w+ )*?(?:verstehen|nachvollziehen|sagen|erklären|zeigen|schicken|senden|nennen|helfen|beantworten|vorstellen|anrufen|zusammenstellen|vorbereiten|besprechen|weiterleiten|melden|klären|schreiben|einschätzen|beurteilen)|lasse (?:es|ihnen die|mich|die frage|das)|denk|glaub|meld|frag|ruf|hör|setze mich|gebe (?:bescheid|ihnen (?:gern|gerne) (?:bescheid|auskunft)|zu|weiter|die frage|rückmeldung)|erstelle|passe mich|mache mir"
)
_FR_SELF = r"pense|laisse|crois|sais|comprends|vois|espère|souhaite\w*|voudrais|aimerais|veux|préfère|propose|suggère|recommande|conseille|écris|réponds|appelle|rappelle|envoie|transmets|montre|explique|demande|regarde|vérifie|reviens|reste (?:à|dispo|joign|votre|en|persuad|convaincu)|suis|tiens à|lis|entends|imagine|suppose|doute|trouve|remercie|prie|permets|note|prépare|présente|parle|discute|cherche|attends|aide|joins|connais|ignore|contacte|adresse|soumets|partage|fais (?:suivre|parvenir|le point)|prends (?:note|contact|connaissance)|garde|lance l'idée|mesure|conçois|devine|admets|avoue|répète|retiens|reprends|confirme la|trompe|réjouis|interroge|adapte|renseigne|donne (?:des|suite|mon avis|volontiers (?:des|mon|plus))|dirais"
_ES_SELF = r"pienso|dejo|creo|sé|entiendo|comprendo|veo|espero|deseo|quisiera|propongo|sugiero|recomiendo|aconsejo|escribo|respondo|contesto|llamo|envío|mando|muestro|explico|pregunto|miro|reviso|consulto|vuelvo a|quedo (?:a|aten|pend)|soy|leo|imagino|supongo|dudo|agradezco|ruego|permito|anoto|preparo|presento|hablo|comento|busco|ayudo|conozco|comparto|traslado|reenvío|paso (?:su|el|la|esto|nota)|cuento (?:lo|mi|con su)|digo|tengo (?:claro|ganas|curiosidad|una|entendido|dudas|la)|retomo|aclaro|atiendo|considero|noto|prefiero|necesito|quiero|estoy (?:a|aquí|segur\w de que podemos|disponible|de acuerdo|pensando|encantad)|reconozco|admito|confieso|celebro|intuyo|sospecho|adapto|ajusto"
_IT_SELF = r"penso|lascio|credo|so|capisco|comprendo|vedo|spero|desidero|preferisco|propongo|suggerisco|consiglio|raccomando|scrivo|rispondo|chiamo|richiamo|mando|invio|mostro|spiego|chiedo|guardo|verifico|resto (?:a|in)|rimango (?:a|in)|sono qui|leggo|immagino|suppongo|dubito|ringrazio|prego|permetto|annoto|preparo|presento|parlo|cerco|aiuto|conosco|condivido|inoltro|giro|passo (?:il|la|al|volentieri)|dico|ho (?:una|bisogno|capito|qualche|solo)|riprendo|chiarisco|confido|considero|trovo|attendo|aspetto|ammetto|riconosco|sospetto|domando|rifletto|noto|tengo a|seguo|adatto|adeguo"
_PT_SELF = r"penso|deixo|creio|acho|sei|percebo|compreendo|entendo|vejo|espero|desejo|prefiro|proponho|sugiro|recomendo|aconselho|escrevo|respondo|ligo|envio|mando|mostro|explico|pergunto|verifico|volto a|fico (?:a|à|ao|dispon|por aqui|atent)|sou|leio|imagino|suponho|duvido|agradeço|peço|permito|anoto|preparo|apresento|falo|procuro|ajudo|conheço|partilho|encaminho|passo (?:a|o|ao)|digo|preciso|tenho (?:curiosidade|uma|todo|duas|apenas|só|dúvidas)|retomo|esclareço|confio|considero|aguardo|reconheço|admito|confesso|noto|gostava|quero|calculo|adapto|ajusto|estou (?:à|ao|a par|curios|disponível|de acordo|a pensar|aqui)"
_NL_SELF = r"denk|geloof|vind|weet|begrijp|snap|zie|hoop|wens|wil|moet|mag|stel (?:voor|graag voor|me)|raad|adviseer|schrijf|antwoord|bel|mail|stuur|toon|leg|vraag|kijk|check|kom (?:graag )?(?:terug|erop|bij u terug|er|op|met een)|blijf (?:graag )?(?:bereikbaar|beschikbaar|tot|benieuwd)|ben|lees|hoor|neem (?:aan|contact|graag|het|even)|vermoed|betwijfel|dank|noteer|bereid|praat|spreek|bespreek|zoek|help|ken|deel|laat (?:weten|het|u weten|van)|heb (?:een|begrepen|nog|geen|alleen|u|behoefte)|vertel|verduidelijk|vertrouw|overweeg|voel|wacht|hou (?:het|u|rekening|me)|ga (?:graag|ervan|er)|zou|maak (?:graag|me)|leid|erken|besef|begin|vermeld|kan (?:\w+ )*?(?:begrijpen|zeggen|uitleggen|tonen|sturen|helpen|vertellen|voorstellen|bellen|samenstellen|voorbereiden|bespreken|doorsturen|schrijven|inschatten)|verneem|overleg|pas me"
_SELF = {  # what the writer thinks, asks, says, reads or waits for, in the present tense
    "en": r"(?<!that )(?<!which )\bi (?:\w+ly |do |do not |don't |would not |wouldn't |also |still |just |would |only )?(?:think|believe|know|understand|see|hope|wish|want|like|love|need|prefer|propose|suggest|recommend|advise|write|answer|reply|ask|wonder|check|look|read|hear|imagine|guess|suppose|assume|doubt|appreciate|thank|note|find|feel|mean|realise|realize|respect|agree|tend|mind|must|should|might|may|am(?! going to)|admit|trust|regret|apologise|apologize|care|say|come back|follow|adapt|adjust)\b(?! (?:in a position|giving|offering|throwing|adding|able to (?:give|offer|add)|prepared to))|\bi'm (?:not|only|just|still|also|keen|interested|curious|aware|wondering|hoping|asking|after|trying|thinking)\b",
    "de": rf"\bich (?:\w+ )?(?:{_DE_SELF})\b|\b(?:{_DE_SELF}) ich\b|\bmir (?:ist|geht|liegt|scheint|fällt|wäre)\b|{_LEAD}(?:halten|belassen|lassen|bleiben|gehen|fangen|beginnen|schauen|sprechen|reden|sagen|klären|telefonieren|nehmen) wir\b",
    "fr": rf"\b(?:je |j')(?:(?:ne|me|m'|vous|le|la|l'|les|en|y|n') ?)*(?:{_FR_SELF})\b|\bje (?:me |vous |vous en |le |la |en )*(?:vais|peux|pourrais|veux|dois|préfère|souhaite) (?:me |vous |le |la |en |donc |d'abord |encore |juste )*(?:{TALK}|renseign|vérifi|voir|demand)|{_LEAD}(?:parlons|discutons|voyons|regardons|fixons|convenons|prenons|faisons|gardons|restons|commençons|disons|échangeons|laissons|partons)\b(?! (?:été|eu)\b)",
    "es": rf"\b(?:{_ES_SELF})\b|\b(?:tengo que|debo|necesito|suelo|puedo|quiero|prefiero|voy a) (?:\w+ )?(?:{TALK}|consult|ver|mir|preguntar|saber|entend|comprend)\w*|\b(?:aquí|a su lado) estoy\b|{_LEAD}(?:hablemos|veamos|quedemos|miremos|dejemos|empecemos|fijemos|comentemos|charlemos|conversemos|hagamos|tomemos|sigamos)(?:lo|la|los|las|nos)?\b",
    "it": rf"\b(?:{_IT_SELF})\b(?! \w+(?:ato|uto|ito)\b)|\b(?:devo|voglio|posso|preferisco|vorrei) (?:\w+ )?(?:{TALK}|chied|sap|cap|ved|verific)\w*|{_LEAD}(?:parliamo|vediamo|sentiamo|fissiamo|lasciamo|partiamo|cominciamo|diciamo|facciamo|ragioniamo|discutiamo|confrontiamo|prendiamo)\w*\b",
    "pt": rf"\b(?:{_PT_SELF})(?:-\w+)?\b|\b(?:vou|tenho (?:\w+ )?(?:de|que)|devo|preciso de|costumo|quero|prefiro|posso) (?:\w+ )?(?:{TALK}|consult|ver\b|perguntar|confirmar|verific|saber|perceb|entend|compreend|enviar|mostrar|explicar|responder|preparar)\w*|{_LEAD}(?:vejamos|façamos|mantenhamos|deixemos|comecemos|falemos|combinemos|olhemos|conversemos|marquemos|vamos (?:ver|falar|conversar|marcar|por partes))\b|\bajuda(?:va|vam|ria)(?:-\w+)?\b",
    "nl": rf"\bik (?:\w+ )?(?:{_NL_SELF})\b|\b(?:{_NL_SELF}) ik\b|{_LEAD}laten we\b",
}
_GLADLY = r"(?:glad(?:ly)?|happy|pleased|delighted|love|gerne?|freue?|volontiers|ravie?|heureu\w+|con (?:mucho |todo )?gusto|encantad\w|volentieri|liet[oa]|felice|com (?:todo o |muito )?(?:gosto|prazer)|gosto em|graag)"
_OFFER = rf"\b{_GLADLY}\b[^.;]*?\b{TALK}\w*|\b{TALK}\w*\b[^.;]*?\b{_GLADLY}\b|\b(?:glad|schön|fijn|content) (?:that )?you\b"
_WISH = r"\b(?:great|good|nice|lovely|gute|gutes|schöne[ns]?|bonne|bon|buena|buen|buona|buon|boa|bom|fijne?|goede)\b \w{0,10} ?(?:week|day|weekend|evening|woche|tag|wochenende|semaine|journée|week-end|soirée|semana|día|fin de semana|settimana|giornata|fine settimana|dia|fim de semana|dag|avond)\b"
_NORMAL = rf"{_LEAD}(?:it is|it's|es ist|il est|es|è|é|het is)(?: \w+){{0,4}} (?:normal\w*|understandable|natural|verständlich|nachvollziehbar|compréhensible|naturel|comprensib\w+|lógico|natural\w?|compreensível|begrijpelijk|normaal|logisch|helpful|useful|utile?|útil|nuttig|hilfreich)\b|{_LEAD}hilfreich wäre\b"
_INFORMAL = (  # what friends write: the same courtesies without the polite form
    r"\b(?:lemme|gimme|imo|iirc|no (?:worries|problem|rush|hurry|stress)|totally|get it|hope (?:that|this|it)|shout|ping me|up to you|usually|often (?:helps|works)|make(?:s)? sense"
    r"|meld(?:e)? (?:dich|mich)|meldet euch|sag(?:t)? (?:einfach|mir|uns|bescheid|gern)|lass(?:t)? (?:dir|euch|uns|mich)|nehmt euch|so oder so|ich schau|eilt es nicht|eilt nicht|hoffe|meist(?:ens)?|oft|lohnt|kann ich (?:gut )?verstehen|wir können (?:auch |gern |gerne )*(?:kurz )?(?:telefonieren|sprechen|reden|schauen)"
    r"|dis-moi|fais-moi|prends|prenez votre temps|on peut (?:s'|se |en )|pas de (?:souci|problème|stress)|aucun (?:souci|problème)|paraît (?:raisonnable|logique|sensé|utile)|d'habitude|en général|souvent"
    r"|avisa(?:d|me|dme)?|dime|decidme|tom(?:a|ad|aos|ate) (?:tu|vuestro|el) tiempo|sin problema|tiene sentido|suele|tener sentido|normalmente|a menudo|ningún problema"
    r"|fammi|fateci|dimmi|ditemi|prenditi|prendetevi|si prenda|nessun problema|ha senso|aver senso|di solito|spesso|ci sentiamo|(?:se|quando) vuoi|se volete"
    r"|avisa|avisem|diz-me|digam|leva|levem o tempo|sem (?:problema|stress)|faz sentido|fazer sentido|costuma|normalmente|muitas vezes|se quiserem|se quiseres"
    r"|laat (?:maar|het|gerust)|zeg (?:maar|het)|neem (?:er |gerust |rustig )*de tijd|hoop|geen (?:probleem|punt)|meestal|vaak|verstandig|snap)\b"
)
_OPEN_HAND = (  # in any language: questions are welcome, at your pace, here for you
    r"\b(?:questions?|fragen?|rückfragen?|dudas?|dúvidas?|dubbi\w*|domande?|vraag|vragen|perguntas?|preguntas?)\b(?=[^.]{0,20}(?:just|einfach|gern|jederzeit|stehe|shout|any|aquí|é só|laat|gerust|écri|disposi|dispos|mi scriva|ping|melden|,))"
    r"|\b(?:forward|reenvi|inoltr|reencaminh|weiterleit|doorstur|transmett|leiten sie)\w*[^.]*\b(?:mail|e-mail|message|this|diese|correo|nachricht|ce|questa|este|deze)\b"
    r"|\bany questions?\b|\b(?:here|there) (?:if|for|whenever|should) (?:you|yo)\b|\b(?:für sie da|à votre écoute|cuente conmigo|aquí estoy|a su lado|conte comigo|ben ik er|er voor u|sono qui)\b|\b(?:fine|ok|okay|good|works) (?:by|with|for) me\b|\bsuits? you\b|\bup to you\b|\bat your (?:own )?pace\b"
    r"|\b(?:good|glad|great|right|nice|schön|gut|bien|bene|bem|goed|fijn|leuk)\b,?[^.]{0,16}\b(?:ask|asked|fragen|nachfragen|preguntar\w*|chiedere|chiede|perguntar\w*|vraagt|poser la question|demander)\b"
    r"|\b(?:nessun|ningún|kein\w*|no|sem|geen|aucun\w*|pas d[e']) ?(?:pressure|druck|pression)\b"
)


@cache
def _soft_in(language: str) -> re.Pattern[str]:
    """Compile one language's courtesies when it is first met: most runs meet one or two."""
    parts = (_SOFT[language], _SELF[language], _OPEN_HAND, _INFORMAL, _OFFER, _WISH, _NORMAL)
    return at_words("|".join(parts))


def greeting_end(lowered: str) -> int:
    """Return how many characters of a sentence are its greeting; 0 without one."""
    match = _GREETING.match(lowered)
    return match.end() if match else 0


@lru_cache(maxsize=KEPT)
def is_courtesy(lowered: str) -> bool:
    """Whether a sentence is a greeting, a closing, thanks for a mail, or a word of assent."""
    rest = lowered[greeting_end(lowered) :].strip()
    first = _GRATEFUL_FOR.search(rest)
    if first and not _GIVEN.search(first.group()):
        return False
    if len(rest.split()) <= 1 and not any(char.isdigit() for char in rest):
        return True
    thanks = _THANKS.search(rest)
    early = thanks is not None and (thanks.start() <= _EARLY or _GIVEN.search(thanks.group()))
    thanked = early and not _VISIT.search(rest)
    heading = rest.endswith(":") and len(rest.split()) <= SHORT_WORDS
    return bool(thanked or heading or _BARE.match(rest))


@lru_cache(maxsize=KEPT)
def is_unearned_thanks(lowered: str) -> bool:
    """Whether it thanks for what no mail gives: a visit, a signature, a day together."""
    thanked = _THANKED_FOR.search(lowered) or _GRATEFUL_FOR.search(lowered)
    return thanked is not None and not is_courtesy(lowered)


@lru_cache(maxsize=KEPT)
def is_soft(lowered: str, language: str) -> bool:
    """Whether a sentence only asks, offers to talk, advises or guesses."""
    return bool(_soft_in(language).search(lowered))
