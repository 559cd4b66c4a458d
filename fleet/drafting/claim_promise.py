"""What is said of the time to come, in seven languages, by its grammar and by what is at stake.

A sentence commits us when we act in the future tense, when it says never or always, when it names
who pays, what is saved or by when, or gives our word. Patterns work on lower-cased text. Left out
are the courtesies of a mail: being glad, hearing, talking, sending a reply.
"""

# ruff: noqa: E501  # patterns stay whole
import re

from fleet.drafting.claim_text import at_words

_STAKES = (
    # gifts and services, however politely they are offered
    r"\b(?:kosteloos|kostenfrei\w*|unentgeltlich\w*|ohne vergütung|gracieusement|à titre gracieux|bénévolement|à nos frais|sin (?:cobrar|pagar|abonar)\w*|a nuestra costa|senza (?:alcun )?compenso|senza pagare|a nostre spese|sem (?:cobrar|pagar)\w*|às nossas custas|op onze kosten|zonder vergoeding|auf unsere kosten|at our (?:own )?(?:expense|cost)|without (?:paying|charging)|complimentary|at no (?:extra |additional )?(?:cost|charge))\b"
    r"|\b(?:throw in|add|giv(?:e|ing)) (?:\w+ ){0,3}?(?:(?:extra|free|additional|more|two|three) )(?:\w+ )?(?:seats?|licen[cs]es?|months?|weeks?|users?|hours?|days?)\b"
    r"|\b(?:lege|legen|gebe|geben|packe|packen|bekommen|erhalten)\b[^.;]{0,50}\b(?:drauf|obendrauf|oben drauf|gratis dazu|noch dazu)\b|\bdoe\w*\b[^.;]{0,50}\b(?:bij(?= (?:als|wanneer|indien|zodra)|[.!]|$)|erbij|bovenop)"
    r"|\b(?:train|teach|onboard) (?:your|all your|the whole) \w+|\b(?:schule|schulen|einarbeite\w*|trainier\w+) (?:ihre?|ihren|sie|alle)\b|\bform(?:er|e|ons|erai|erons) (?:vos|votre|toute)\b|\bformar (?:a )?(?:su|sus|todo)\b|\b(?:formar\w*|formiamo|formo|addestr\w+) (?:il|i|la|le|tutt\w) (?:vostr|suo|sua|suoi)\w*|\b(?:dar(?:emos|ei)?|dou|damos) formação\b|\b(?:opleiden|op te leiden|leiden wij op|bijscholen)\b"
    # ready by then, and a price that holds
    r"|\b(?:up and running|operational|live|startklar|einsatzbereit|betriebsbereit|produktiv|opérationnel\w*|prête?s?|operativ\w+|en marcha|a funcionar|operacion\w+|aan de slag|operationeel|aan het werk)\b[^.;]{0,30}\b(?:before|by|within|in|vor|bis|binnen|innerhalb|avant|d'ici|sous|antes|en menos|prima|entro|até|dentro de|voor|tegen)\b"
    r"|\b(?:before|by|within|vor|bis|binnen|innerhalb|avant|d'ici|sous|antes d|prima d|entro|até|voor|tegen)\w*\b[^.;]{0,40}\b(?:up and running|operational|live|startklar|einsatzbereit|betriebsbereit|produktiv|opérationnel\w*|prête?s?|operativ\w+|en marcha|a funcionar|operacion\w+|aan de slag|operationeel)\b"
    r"|\b(?:price|rate|preis|konditionen|prix|tarif|precio|tarifa|prezzo|tariffa|preço|prijs|tarief)\b[^.;]{0,40}\b(?:hold|keep|lock|freeze|halten|festhalten|sichern|tenir|bloquer|geler|garantir|guardar\w*|mantener\w*|reservar\w*|tener\w*|bloccar\w*|segur\w*|manter\w*|vasthouden|aanhouden|vastzetten)\b|\b(?:hold|keep|lock|freeze) (?:\w+ ){0,2}(?:price|rate)\b"
    # nothing to think of any more, and matching whoever asks less
    r"|\b(?:forget about|(?:können|dürfen) sie (?:\w+ )*vergessen|pouvez oublier|pued\w+ (?:\w+ )?olvidar\w*|se puede olvidar|pu(?:ò|oi)\w* dimenticar\w*|pode\w* esquecer\w*|kunt u (?:\w+ )*vergeten)\b|\b(?:worr\w+|think|sorgen|gedanken|denken|penser|soucier|inquiéter|preocupar\w*|pensar|pensare|preoccupar\w*|zorgen)\b[^.;]{0,30}\b(?:again|any ?more|no longer|mehr|plus|más|più|mais|meer)\b|\b(?:nicht mehr|keine?n? (?:\w+ )?mehr|n'(?:aurez|avez|êtes) plus|plus (?:à|besoin)|no (?:\w+ )?más|non \w+ più|não \w+ mais|niet meer|geen \w+ meer)\b[^.;]{0,30}\b(?:sorgen|gedanken|denken|kümmern|penser|soucier|inquiéter|preocupar\w*|pensar\w*|preoccupar\w*|zorgen)\b"
    r"|\b(?:undercut\w*|cheaper|less|unterbiet\w*|weniger|günstiger|moins|menos|meno|goedkoper|eronder|onder)\b[^.;]{0,24}, (?:\w+ )?(?:we|we'll|wir|\w+ wir|nous|on|lo|la|ci|\w+amos|\w+iamo|dan|wij|gaan)\b"
    r"|\bje me charge de\b(?! (?:vous )?(?:répondre|transmettre|demander|prévenir))"
    # free to change, measurable results, no friction
    r"|\b(?:chang\w*|switch\w*|upgrad\w*|downgrad\w*|cancel\w*|leave|stop|scale|wechsel\w*|kündig\w*|aufstock\w*|auf- oder|aussteig\w*|changer|résili\w*|arrêter|partir|cambiar\w*|subir|bajar|cancelar\w*|cambiare|recedere|disdire|mudar\w*|sair|wissel\w*|opzeg\w*|afschal\w*|stoppen)\b[^.;]{0,30}\b(?:whenever|at any time|jederzeit|wann (?:immer )?sie|quand (?:bon )?vous|à tout moment|cuando (?:quiera\w*|le|les|lo)|en cualquier momento|quando (?:vuole|volete|vi|le)|in qualsiasi momento|quando (?:quiser\w*|vos|lhe)|a qualquer momento|wanneer u|op elk moment)\b"
    r"|\b(?:measurable|messbare?\w*|mesurables?|medibles?|misurabil[ei]|mensurá\w+|meetbare?)\b|\b(?:seamless\w*|reibungslos\w*|nahtlos\w*|sans (?:accroc|heurt)s?|no da(?:rá)? (?:ningún )?problemas?|senza intoppi|sem sobressaltos|não levanta problemas|naadloos|vlekkeloos)\b"
    # what pays for itself
    r"|\b(?:pays? (?:\w+ )?(?:for itself|off)|pays? back|break even|zahlt sich\b[^.;]*\baus\b|rechnet sich|amorti\w+|rentabilis\w+|rentabiliz\w+|se amortiza\w*|si ripag\w+|si ammortizz\w+|compensa(?:m|rá)? (?:mais|em|já|logo)|paga-se|verdient zich|terugverdien\w*|betaalt zich|return on investment|retour sur investissement)\b"
    # staying until all is done
    r"|\b(?:stay|remain|stand|be|walk|support|guide|accompan\w+)\b[^.;]{0,40}\b(?:until|till|every step|all the way|throughout|to the (?:end|very last))\b|\b(?:begleit\w*|bleib\w*|steh\w*|unterstütz\w*)\b[^.;]{0,40}\b(?:, bis|bis (?:zum|alle\w*|der|die|das|sie|ihr\w*)|an ihrer seite|bei jedem schritt|durchgehend|durchgängig)\b"
    r"|\b(?:côtés?|accompagn\w*|épaul\w+|suiv\w+)\b[^.;]{0,30}\b(?:jusqu|tout au long|à chaque étape)|\b(?:lado|acompañ\w+|seguir\w*|apoy\w+)\b[^.;]{0,30}\b(?:hasta que|en cada paso|en todo momento|durante todo)\b|\b(?:fianco|accompagn\w+|segu\w+|affianc\w+)\b[^.;]{0,30}\b(?:finché|fino a|passo (?:dopo|per) passo|in ogni fase|per tutta)\b"
    r"|\b(?:convosco|consigo|lado|acompanh\w+|apoi\w+)\b[^.;]{0,30}\b(?:até|em cada (?:passo|etapa)|em todas as|durante todo)\b|\b(?:zijde|begeleid\w*|ondersteun\w*|blijven)\b[^.;]{0,30}\b(?:tot (?:de|het|u|alles|iedereen|en met)|totdat|bij elke stap|gedurende)\b"
    # who pays, and that something costs nothing more
    r"\b(?:cover|bear|reimburse|pay|waive)\w* (?:for )?(?:all |any |the |your |every )*"
    r"(?:\w+ )?(?:costs?|expenses?|fees?|shipping|bill)\b"
    r"|\b(?:no|without(?: any)?|zero) (?:extra|additional|further|added|more)? ?(?:costs?|charge|fees?)\b"
    r"|\b(?:included|free) (?:at no|of)\b|\bpay (?:nothing|a cent|a penny)\b|\bfor nothing\b"
    r"|\b(?:übernehm|trag|zahl|spendier|schenk)\w*[^,.;]{0,40}\b(?:kosten|gebühr\w*|versand)\b"
    r"|\b(?:kosten|gebühr\w*|versand)\b[^,.;]{0,20}\b(?:übernehm|trag|zahl)\w*"
    r"|\bohne (?:aufpreis|mehrkosten|(?:weitere|zusätzliche) kosten|gebühr\w*|berechnung)\b"
    r"|\bkeinen (?:cent|euro)\b|\bumsonst\b"
    r"|\b(?:prenons|prendrons|prends)\b[^.;]{0,40}\bcharge\b"
    r"|\bsans (?:aucun )?(?:supplément|frais|surcoût|coût)\b|\bun (?:seul )?(?:centime|euro)\b"
    r"|\b(?:asum|cubr|pag|corr)\w*[^,.;]{0,25}\b(?:gastos|costes|costos|envío)\b"
    r"|\b(?:gastos|costes|costos|envío)\b[^,.;]{0,20}\bnosotros\b|\bni un (?:céntimo|euro)\b"
    r"|\bsin (?:ningún )?(?:costes?|costos?|cargos?|recargos?|gastos?)\b"
    r"|\b(?:copr|pagh|sosteni|accoll)\w*[^,.;]{0,25}\b(?:spese|costi|spedizione)\b"
    r"|\b(?:spese|costi)\b[^,.;]{0,25}\bnoi\b|\bun (?:centesimo|euro)\b"
    r"|\bsenza (?:alcun )?(?:costi|costo|spese|supplement\w|sovrapprezzo)\b"
    r"|\b(?:suport|pag|cobr|assum)\w*[^,.;]{0,25}\b(?:custos|despesas|portes|gastos)\b"
    r"|\b(?:custos|despesas|portes)\b[^,.;]{0,20}\bnós\b|\bum (?:cêntimo|euro)\b"
    r"|\bsem (?:qualquer )?(?:custos?|encargos?|despesas?|acréscimo)\b"
    r"|\b(?:vergoed|betal)\w*[^,.;]{0,25}\bkosten\b|\bvergoed\w*|\b\w*kosten\b[^,.;]{0,12}\bvoor ons\b"
    r"|\bzonder (?:meerprijs|meerkosten|extra kosten|bijbetaling|kosten)\b|\bgeen (?:cent|euro)\b"
    # what is saved or won
    r"|\b(?:cut|halve|slash|reduce|lower|double|triple|save)s?\b[^,.;]{0,12}\b(?:you\w*|costs?|in half)\b"
    r"|\b\w*(?:halbier|verdoppel|verdreifach)\w*|\b(?:spar|senk)(?:t|en|st)\b"
    r"|\bdivis\w+[^.;]{0,25}\bpar (?:deux|trois)\b|\b(?:double|divise|économise)(?:z|rez|ra|ront)\b"
    r"|\b(?:a|para) (?:la )?(?:mitad|metade)\b|\bduplicar\w*|\bdimezz\w+|\braddoppi\w+"
    r"|\b(?:halveer|verdubbel|bespaar)\w*"
    # never and always, and nobody else
    r"|\b(?:never|always)\b|\b(?:nie|niemals|stets)\b|\bjamais\b|\b(?:nunca|siempre)\b"
    r"|\bnon \w+ mai\b|\b(?:nooit|altijd)\b|(?<!quase )(?<!quasi )\b(?:sempre|toujours)\b"
    r"|\b(?:nobody|no one|niemand|personne d'autre|nadie|nessun altro|ninguém|mais ninguém)\b"
    # what they may count on, and what is theirs by right
    r"|\b(?:day and night|tag und nacht|jour et nuit|día y noche|giorno e notte|dia e noite|dag en nacht|24 ?/ ?7)\b"
    r"|\b(?:hidden|versteckte\w*|caché\w*|ocult\w+|nascost\w+|escondid\w+|verborgen) (?:costs?|fees?|charges|kosten|gebühren|frais|costes|costos|costi|custos|taxas)\b|\b(?:coûts?|frais|costes?|costos|costi|custos|taxas) (?:caché|ocult|nascost|escondid)\w*"
    r"|\b(?:entitled|anspruch auf|steht ihnen|droit à|derecho a|le corresponde|le spetta|vi spetta|direito a|recht op)\b"
    r"|\b(?:money back|geld (?:wieder|zurück|terug)|votre argent|su dinero|vostri soldi|o dinheiro|dinheiro de volta)\b"
    r"|\b(?:seguridad|certeza) de que\b(?! (?:percebo|entiendo|entend\w+|compreendo|he|lo))|\bsicher sein\b(?!, dass ich)|\bstia cert\w\b|\bsoyez assuré\w*|\bzeker van zijn\b|\b(?:be|are) (?:sure|certain) (?:that|of)\b"
    # our word, our care for an outcome
    r"|\b(?:my|our) word\b|\b(?:mein|unser) wort\b|\b(?:ma|notre) parole\b|\b(?:mi|nuestra) palabra\b"
    r"|\b(?:mia|nostra) parola\b|\b(?:minha|nossa) palavra\b|\b(?:mijn|ons) woord\b"
    r"|\b(?:make sure(?! (?:that )?(?:i|we) (?:understand|have|get|got))|see to it|take care (?:of|that)|rest assured|ensure)\b"
    r"|\bsorgen? (?:ich |wir )?(?:\w+ )?(?:dafür|dass)|\bkümmer\w*\b[^.;]{0,30}\b(?:darum|dass)\b"
    r"|\bstell\w* (?:\w+ )?sicher\b|\bveill\w+ à ce\b|(?<!et je )\bm'occupe\b|\bnous nous chargeons\b"
    r"|\b(?:encarg|ocup|asegur)\w+ de que\b|\b(?:faccio|faremo|farò) in modo\b|(?<!\be )\bmi occupo\b"
    r"|\b(?:assegur|garant|trat)\w+ (?:\w+ )?(?:de )?que\b"
    r"|\bzorg(?:en|t)? (?:ik |wij |we )?(?:er )?(?:\w+ )?(?:voor|dat)\b"
    # what others offer, and what is certain
    r"|\b(?:match|beat|undercut|unterbiet|überbiet|align|igual|mejor|supera|paregg|batt|even|klop)\w*"
    r"[^.;]{0,20}\b(?:competit\w*|konkurren\w*|mitbewerb\w*|concurren\w*|competencia|concorren\w*"
    r"|concorrên\w*|offers?|angebot\w*|offres?|ofertas?|offert\w|propostas?|aanbod)\b"
    r"|\b(?:is|ist|est|es|è|é) (?:certain|sure|assured|sicher|gewiss|certaine?|assurée?|segur[oa]|"
    r"cert[oa]|sicur[oa]|zeker)(?=\s*[.!]|$)"
    # ties, moving prices, and being better than all the rest
    r"|\b(?:lock-?in|no strings|keine bindung|sin permanencia|nessun vincolo|senza vincoli|sem fidelização|geen binding|sans engagement|aucun engagement|ohne bindung|no commitment)\b"
    r"|\b(?:prix|precio|prezzo|preço|preis|prijs|price)\b[^.;]{0,12}\b(?:ne bouge|no se toca|non si tocca|non cambia|não mexe|não muda|bleibt|blijft|stays|no cambia|ne change|is locked|se congela)"
    r"|\b(?:better|besser\w*|meilleur\w*|mejor\w*|miglior\w*|melhor\w*|betere?|cheaper|günstiger\w*)\b[^.;]{0,20}\b(?:than (?:anyone|any|everyone|all)|als (?:alle|jeder|wie)|dan (?:wie|iedereen)|que (?:tout|todos|nadie|ninguém)|do que|di (?:tutti|chiunque))\b"
    r"|\b(?:promo\w*|aktion|offre spéciale|oferta especial|actie|sale)\b[^.;]{0,14}\b(?:runs?|ends?|läuft|court|dura|vale|loopt|endet|finit|termina|scade)\b"
    # ready by a day
    r"|\b(?:ready|finished|fertig|prête?s?|list[oa]s?|pront[oaie]s?|klaar)\b[^.;]{0,20}\b(?:by|on|bis|am|avant|d'ici|para|antes|el|entro|per|até|na|tegen|voor|op)\b(?! (?:el |il |a |het |l')?(?:team|equip\w*|squadra))"
    # a thing called done
    r"|\bconsider (?:it|this|that) (?:done|solved|settled)\b|\bconsidérez\b[^.;]*\bfait\b|\b(?:considér|consider)\w*\b[^.;]*\b(?:hecho|fatto|feito|fait)\b|\bd[eéê](?:n?lo|-o) por (?:hecho|feito)\b|\bbeschouw\b[^.;]*\bgeregeld\b|\bbetrachten sie\b[^.;]*\berledigt\b"
    r"|\bohne (?:frist|kündigungsfrist)\b|\bnergens aan vast\b|\boutras taxas\b|\b(?:no|any) obligation\b|\bwithdraw\b"
    r"|\b(?:vouch for|haften?|hafte|réponds (?:personnellement )?d(?:u|e la|es)|bürge|porte garante?|respondo (?:personalmente|pessoalmente)|rispondo personalmente|stand behind|stehen? (?:\w+ )?gerade|sta(?:an)? (?:\w+ )?(?:persoonlijk )?in voor|lifetime|for life|auf lebenszeit|à vie|de por vida|a vita|toda a vida|levenslang)\b"
    # when a contract ends: no row holds that
    r"|\b(?:expir|auslauf|verfäll|verfall|caduc|scad(?:e|rà|enza))\w*|\bläuft\b[^.;]*\b(?:aus|ab)\b|\bloopt\b[^.;]*\b(?:af|ten einde)\b|\bverloopt\b"
    r"|\b(?:contrato|suscripción|assinatura|subscrição|contratto|abbonamento)\b[^.;]{0,20}\b(?:vence|termina|acaba|finaliza)\w*|\b(?:vertrag|laufzeit|abo\w*|lizenz)\b[^.;]{0,40}\bendet\b|\bendet\b[^.;]{0,30}\b(?:vertrag|laufzeit|abo\w*)\b|\béchéance\b|\b(?:contract|subscription|licen[cs]e|trial)\b[^.;]{0,20}\bends?\b"
    # what comes out when
    r"|\b(?:next|coming|nächste\w*|kommende\w*|trimestre prochain|mois prochain|próximo|prossimo|"
    r"volgend\w*|komend\w*) (?:quarter|release|quartal|trimestre|kwartaal)\b|\b(?:trimestre|semestre) prochain\b"
)
_FUTURE = {
    "en": r"\b(?:i|we|it|they|you|your \w+|our \w+|the (?:\w+ )?\w+)(?:'ll| will| shall| won't)\b"
    r"(?! (?:also |then |just |gladly |certainly |of course |probably )*(?:be (?:happy|glad|pleased|"
    r"delighted|in touch|able)|keep (?:it|this)|get back|come back|reply|answer|write|call|send|share|show|explain|"
    r"find|leave|need|see (?:that|how|what|in)|let you know|look|ask|forward|take it from|walk|want|hear))"
    r"|\b(?!(?:i|we|you|they|what|which|who|how|when|free|good|and|or|if|still|not|there)\b)[\w’']+ will\b(?! (?:be (?:happy|glad|in touch|able|back|useful|clear|easier|fine)|reply|answer|get back|call|write|send|contact|reach|let you|help|join|show|explain|depend|want|like|need|know|feel|make sense|follow))|\byou(?:'ll| will) (?:get|receive|have|see a|save|earn)\b",
    "de": r"\b(?:wir|ich|ihr\w? \w+|unser\w? \w+|die \w+|der \w+|das)\b"
    r" (?:werden|werde|wird)\b(?![^.;]{0,60}\b(?:freuen|melden|antworten|schicken|senden|fragen|"
    r"zeigen|erklären|anrufen)\b)"
    r"|\b(?:werden|wird) (?:wir|ihr\w?|sie)\b|\bsie (?:bekommen|erhalten)\b|\b(?:bekommen|erhalten) sie\b"
    r"|\b(?:verlängern|erstatten|ersetzen|schenken|erlassen|senken) wir\b|\bwir (?:verlängern|erstatten|ersetzen|schenken|verzichten|senken|halten|übernehmen|stellen)\b"
    r"|\bbis (?:\w+ )?(?:montag|dienstag|mittwoch|donnerstag|freitag|morgen|monatsende|ende)\b",
    "fr": r"\b(?!(?:aider|pour|sembl|paraî|ser(?:ai|ons)\b|faudra|verr|trouv|enverr|reviend|répond|appel|montrer|expliquer|opéra|"
    r"caméra)\w*)\w{2,}(?:erai|irai|drai|erons|(?<!t)(?<!dés)(?<!adm)irons|drons|ttrons|evrons|ourrons|erez|irez|drez|era|ira|dra|eront|iront|dront)\b",
    "es": r"\b(?!(?:ayudar|podr|resultar|parecer|será un|estar(?:é|emos) (?:enc|enca)|tendr(?:á|é) (?:que|noticias)|enviar|responder|"
    r"llamar|escribir|hablar|mostrar|explicar|detrás|atrás|además|encontrar)\w*)"
    r"\w{2,}(?:aré|eré|iré|dré|aremos|eremos|iremos|dremos|arán|erán|irán|drán|ará|erá|irá|drá)\b",
    "it": r"\b(?!(?:aiuter|potr|sembrer|parr|risulter|sarò (?:liet|felic)|saremo (?:liet|felic)|dovr|invier|risponder|chiamer|scriver|"
    r"mostrer|spiegher|trover|vedr)\w*)"
    r"(?:saranno|avrete|avranno|avremo|\w{2,}(?:erò|irò|drò|eremo|iremo|erete|irete|drete|eranno|iranno|dranno|erà|irà|drà|vrà|trà|rrà))\b",
    "pt": r"\b(?!(?:ajudar|poder|parecer|terei|teremos (?:todo )?gosto|será um|enviar|responder|ligar|escrever|mostrar|"
    r"explicar|encontrar|verão|dirá|dever)\w*)"
    r"\w{2,}(?:arei|erei|irei|aremos|eremos|iremos|arão|erão|irão|ará|erá|irá|ar-lhe-á|er-lhe-á)\b"
    r"|\b(?:vou|vamos|vai|vão) (?!(?:falar|enviar|ver|conversar|responder|ligar|poder|explicar|mostrar|"
    r"ao|à|para)\b)\w+[aeio]r\b|\bser-lhe-á\b"
    r"|\baté (?:\w+-feira|amanhã|ao fim|ao final)\b|\bdevolve(?:mos|remos)\b",
    "nl": r"\b(?:we|wij|ik|u|uw \w+|de \w+|het|dat|er) (?:zullen|zult|zal)\b(?! (?:graag|u (?:bellen|mailen)))"
    r"|\b(?:zullen|zal|zult) (?:we|wij|ik|u|er)\b|\bu krijgt\b|\bkrijgt u\b"
    r"|\b(?:we|wij) (?:verlengen|betalen|vervangen|schenken|verlagen|houden)\b"
    r"|\b(?:voor|tegen) (?:maandag|dinsdag|woensdag|donderdag|vrijdag|morgen)\b",
}
DISSATISFIED = re.compile(  # what is promised to those who are not content
    r"\b(?:not|n't|un|never|nicht|pas|non|no|não|niet) (?:\w+ ){0,2}(?:happy|satisfied|convinced|content|zufrieden|überzeugt|glücklich|satisfaite?s?|convaincue?s?|contente?s?|convenc\w+|satisf\w+|content\w|convint\w|soddisfatt\w|tevreden|overtuigd)\b[^.]{0,24}[,;]\s?(?!(?:just |simply |please |bitte |einfach )*(?:let me|tell|say|sagen|lassen sie|melden|dites|faites|dígame|avíseme|hágamelo|me lo|mi dica|mi faccia|diga|avise|zeg|laat))"
)
STAKES = at_words(_STAKES)
# One pattern for each language: endings of one language are other words in the next.
FUTURE = {code: re.compile(text) for code, text in _FUTURE.items()}
