"""What is told of the past of "you" and "us", in seven languages, by its grammar.

A sentence in a past tense is an event, whoever acts in it, and needs a row. Patterns work on
lower-cased text. Not read: what the writer did at the desk ("I have checked", "I read your mail"),
and a bare "was" before a figure, for the figure's own claim says that.
"""

# ruff: noqa: E501  # patterns stay whole
import re

_GAP = r"(?:\s[\w'’,-]+){0,6}?\s"
_EN = (
    r"\b(?:you and i|we both|both of us|you|your \w+|we|our \w+)(?: (?:just|already|recently|also))? "
    r"(?:\w{3,}ed|saw|had|met|got|went|came|took|made|won|sent|bought|ran|gave|grew|built|left|lost|kept|told|spoke|wrote|began|brought|found|held|led|sold|paid|spent|taught|caught|drove|fell|heard|lent|meant|sat|stood|thought|threw|drew)\b"
    r"|\b(?:you|we|you've|we've)(?: have| just have)? (?:been|seen|had|met|done|grown|built)\b"
    r"|\bi (?:\w+ )?(?:enjoyed|loved|saw|read|heard|noticed)\b"
)
_DE = (
    rf"\b(?:sie|ihr\w? \w+|wir)\b(?! (?:können|könnten|möchten|wollen|sollen|sollten|würden|dürfen|müssen|werden|kann|könnte)\b){_GAP}?(?!(?:möch|könn|soll|dürf|müss|hät|wür|arbei|hal|erhal|behal|enthal|bie|anbie|war|erwar|kos|star|leis|betrach|beach|bit|antwor|verwal|gestal|bedeu|berei|vorberei|begleit|behaup|ach|rich|berich|veranstal|tes|vertre|tre|strei|rei|guck|ersten|letzten|meisten|besten|nächs|wichtigs|rat|bera)ten\b)(?:ge\w+(?:t|en)|(?:ver|be|er|über|ent|teil|ein|an|auf|"
    r"herunter|unter)\w{3,}(?:t|en) (?:haben|hat)|\w{4,}ten)\b"
    rf"|\b(?:haben|hat) (?:sie|sich|wir|ihr\w? \w+|das|ein\w*|den|die){_GAP}?"
    r"(?:ge\w+|\w*ge\w{2,}t|(?:ver|be|er|über)\w+)(?:t|en)\b"
    r"|\b\w{2,}(?:schön|freude|vergnügen), sie\b|\bwar (?:schön|toll|nett)\b|\bgenossen\b"
)
_FR = (
    r"\b(?:vous|nous) (?:\w+ )?(?:avez|aviez|avons|êtes|étiez|sommes) "
    r"(?:\w+ )?\w+(?:é|és|ées?|i|u|is|it)\b"
    r"|\bveni(?:ez|ons) de\b|\bvotre \w+ (?:a|s'est|est|ont) (?:\w+ )?\w+(?:é|i|u|is|it)\b"
    r"|\bj'ai (?:\w+ )?(?:apprécié|lu|vu|entendu|été)\b"
)
_ES = (
    r"\b\w{2,}(?:aron|ieron|asteis?|isteis?)\b|\bacaban? de\b|\bfue un placer\b"
    r"|\b(?:su|sus|nuestr\w) \w+ (?:se )?\w{2,}ó\b|\b(?:han|hemos) \w+(?:ado|ido)\b"
    r"|\b(?:ya )(?:\w+)amos\b|\bdisfruté\b|\bhe (?:leído|visto)\b"
)
_IT = (
    r"\b(?:avete|abbiamo|siete) (?:\w+ )?\w+(?:ato|uto|ito|so|sto|tto)\b"
    r"|\b(?:vostr\w|su[oa]) \w+ (?:si )?(?:è|ha) (?:\w+ )?\w+(?:ato|uto|ito|tto)\b"
    r"|\bho (?:\w+ )?(?:apprezzato|letto|visto|sentito)\b|\bè stato un piacere\b"
)
_PT = (
    r"\b\w{2,}(?:aram|eram|iram|ámos)\b|\bacabaram de\b|\bfoi um prazer\b|\bgostei\b|\bli que\b"
    r"|\b(?:su?a|seu|vosso|vossa) \w+ \w{2,}(?:ou|eu)(?:-se)?\b"
)
_NL = (
    rf"\b(?:u|we|wij|uw \w+){_GAP}?(?:ge\w+(?:d|t|en)|(?:ver|over|her|ont|be|mee)ge?\w+(?:d|t|en))"
    r"(?: (?:heeft|hebt|hebben|had|hadden|bent|is|werd))(?=[\s.,]|$)"
    rf"|\b(?:heeft|hebt|hebben){_GAP}?(?:\w*ge\w{{3,}}|(?:ver|over|her|ont)\w+)(?:d|t|en)\b"
    r"|\b(?:toen u|las dat|opende u|zag u|nam deel|meldde)\b|\bwas (?:fijn|leuk)\b|\bgenoten\b"
)
# Any subject: in English the gap may hold no other verb, so that "is listed" is no past.
_WAS = r"(?! (?:\w+ ){0,2}?[€$£\d])"
_EN += (
    r"|(?<!is )(?<!be )(?<!'s )\b(?:recommended|suggested|confirmed|mentioned|assured|announced|reported|agreed|decided|promised|referred|asked|advised) (?:that|me|us|i|we|you|to)\b"
    r"|\b(?!need|exceed|proceed|succeed|speed|feed)\w{3,}ed (?:you|your|us|our)\b"
    r"|\b(?:it|they|he|she|(?:your|our|my|an?|the|his|her|their|one of our) "
    r"(?:(?!(?:is|are|be|being|gets?|to|can|could|would|should|will|may|might|which|who|for|of|as)\b)"
    r"[\w'’-]+ ){1,5}?)(?:\w{3,}ed(?= (?:the|an?|you\w*|our|us|me|to|that|at|in|on|with|from|late"
    r"|it|its|this|last|well|for|by)\b|[.,!])|told|left|spoke|wrote|said|saw|had|met|got|went|came|took"
    r"|made|won|sent|bought|ran|gave|grew|built|lost|paid|chose|began|brought|found|held|kept|led|sold)\b"
    rf"|\b(?:was|were)\b{_WAS}"
    r"|\b(?:has|had|have)(?: (?:not|just|already|since|recently|now|both|also|all))? "
    r"(?:\w{3,}ed|been|seen|met|done|grown|built|told|left|written|said|made|won|sent|bought|given)\b"
    r"|\bi (?:\w+ )?(?:left|met|visited|called|came|found|spoke|sent|learned|dropped|ran|caught|watched)\b"
)
_DE += (
    r"|\b(?:durften|konnten|wollten|mussten|sollten wir|hatte|hätten wir) ?(?=[,.!]|$)"
    rf"|\b(?:war|waren|hatten?)\b{_WAS}|\b(?:wurden?) [^.,;!?]{{0,80}}?\b\w*(?:t|en)\b"
    r"|\b(?:lief|liefen|kam|kamen|ging|gingen|traf|trafen|gab|gaben|sah|sahen|sprach|sprachen|schrieb"
    r"|bat|nahm|nahmen|fand|fanden|rief|ließ|empfahl|bekam|verlor|begann|zog|hielt|stieß|schloss"
    r"|unterschrieb|(?:sag|teil|zeig|erzähl|frag|kauf|besuch|stell|führ|melde|wechsel|bestätig|kündig"
    r"|liefer|erwähn|erklär|erreich|beschwer|bestell)ten?)\b"
    r"|\b(?:hat|haben)\b[^.!?;]{0,80}?\b(?:\w{0,8}ge\w{2,}(?:t|en)|(?:emp|ver|be|er|über|ent|zer|zuge)"
    r"\w{2,}(?:t|en)|\w{3,}iert)\b(?=[.!?,;]|$| und\b)"
    r"|\b(?:ist|sind|bin)\b[^.!?;]{0,80}?\b(?:\w*(?:wechselt|kommen|gangen|worden|wesen|stoßen"
    r"|schlossen|begegnet|beendet|erledigt|gelaufen|gezogen|getroffen))(?<!willkommen)\b(?=[.!?,;]|$| und\b)"
    r"|\b(?:habe) (?:ich )?[^.!?;]{0,60}?\b(?:gesehen|gehört|getroffen|besucht|gesprochen|angerufen"
    r"|hinterlassen|erfahren|bemerkt)\b"
)
_FR += (
    r"|(?<!y )\b(?:a|ont|avait|avaient|aviez|avions|m'a|l'a|n'a) (?:(?:bien|déjà|récemment|tout|été|aussi|très|vous|"
    r"nous|présentés?) )*(?!droit\b)\w{2,}(?:é|ée|és|ées|i|is|it|u|us|ert)\b"
    r"|\b(?:nous|vous|m'|l')\s?(?:a|ont) \w+(?:é|és|ée|ées|i|is|it|u|us|ert)\b"
    r"|\b(?:suis|est|sont|êtes|sommes|s'est|étiez|étions) (?:\w+ ){0,2}?(?:venu|pass|all|arriv|parti|deven|tomb|"
    r"entr|sorti|rest|déroul|produi|termin|conclu|plain|achev)\w*(?:é|ée|és|ées|i|ie|is|u|ue|us|t|te|ts)?\b"
    rf"|\b(?:était|étaient|fut|furent|étions)\b{_WAS}"
    r"|\bj'ai (?:\w+ )?(?:rencontré|visité|laissé|remarqué|appris|croisé|découvert)\b"
    r"|\bje (?:vous|l'|les) ai (?:\w+ )?(?:vu|laissé|rencontré|croisé|appelé|entendu)\w*\b"
)
_ES += (
    r"|\b(?:intenté|llamé|traté|visité|pasé|dejé|mandé|envié|escribí|procuré|quise)\b"
    r"|\b(?!cami|landó)\w{3,}ó\b|\b(?:estuv|tuv|dij|hiz|vin|pus|traj|sup|quis)(?:e|o|ieron|eron|imos)\b"
    rf"|\b(?:dio|vio|leyó|fue|fueron|estaban?|había[ns]?|era|eran)\b{_WAS}"
    r"|\b(?!esté|café|además|porqué|aunqué)\w{2,}(?<!r)é (?=con|en|que|su|un|una|a|el|la|por|al)"
    r"|\b(?:vi|leí|oí|di con|conocí)\b|\bhe (?:\w+ )?(?:oído|conocido|sabido|hablado)\b"
    r"|\b(?:ha|han|hemos|habían?) (?:\w+ )?\w+(?:ado|ido|cho|sto|rto)\b"
    r"|\b(?:está|están) (?:terminad|concluid|cerrad|hech|resuelt|acabad)\w+"
)
_IT += (
    r"|\b(?:abbia|abbiano|sia|siano) (?:\w+ )?\w{2,}(?:ato|ata|ati|ate|uto|uta|ito|ita|so|sto|tto|rto)\b"
    r"|\b(?:ha|hanno|abbiamo|avete|aveva\w*) (?:(?:già|appena|recentemente|anche|tutto|poi|subito|ci|vi) )*(?!senso\b)"
    r"\w{2,}(?:ato|ata|ati|ate|uto|uti|ito|iti|so|sa|si|sto|tto|rto|nto)\b"
    r"|\b(?:è|sono|siamo|siete) (?:(?:già|appena|stat\w|da poco|tutto) )*(?:venut|andat|arrivat|passat|stat|divenut|"
    r"diventat|uscit|partit|entrat|imbattut|lamentat|conclus|terminat|complet|finit)\w+"
    rf"|\b(?:era|erano|fu|furono)\b{_WAS}"
    r"|\bho (?:\w+ )?\w{3,}(?:ato|uto|ito|sto|tto)\b|\bho (?:\w+ )?(?:notato|lasciato|incontrato|saputo|conosciuto|visitato|parlato|scoperto)\b"
)
_PT += (
    r"|\b(?!amanh)\w{3,}(?<!r)ei\b"
    r"|\b(?:disseram|contaram|avisaram|fizeram|foram)\S*|\b\w{3,}(?:vemos|mos|ram)-(?:vos|lhe|nos|me)\b|\b(?:mudaram|renovaram|compraram|resolvemos)\b"
    r"|\b(?!(?:meu|seu|teu|ou|sou|dou|vou|estou|museu|europeu|céu)\b)\w{2,}(?:ou|eu|iu)(?:-\w+)?\b"
    r"|\b(?:disse|fez|esteve|veio|deu|teve|pôs|trouxe|viu|soube|fizeram|vieram|deram|tiveram)(?:-\w+)?\b"
    rf"|\b(?:foi|foram|estava|estavam|havia|tinha|tinham|era|eram)\b{_WAS}"
    r"|\b(?:deixei|encontrei|reparei|notei|visitei|liguei|conheci|vi|soube|falei|ouvi|dei)(?:-\w+)?\b"
    r"|\b(?:tem|têm|temos) (?:\w+ )?\w+(?:ado|ido)\b"
    r"|\b(?:está|estão) (?:conclu|termin|fechad|feit|resolvid|acabad)\w+"
)
_NL += (
    r"|\b(?!midd|redd|wedd|bidd|ridd|hadd)\w{2,}dden?\b"
    r"|\b(?:u|we|wij|hij|zij) (?!goede|beide|grote|laatste|beste|juiste|eerste|korte|exacte|mede|volgende|komende|bepaalde|gewenste)\w{3,}(?:[^e\W]de|te)n?\b"
    rf"|\b(?:was|waren|had|hadden|werd|werden)\b{_WAS}"
    r"|\b(?:ging|gingen|verliep\w*|liep|liepen|vertrok|verloor|besloot|begreep|ontving|verscheen|bezocht\w*|kocht\w*|dacht\w*|wist|bood|sloot|overtuigde|hielden|hield|mocht\w*|kon|konden|wilde\w*|moest\w*|kwam|kwamen|nam|namen|gaf|gaven|zag|zagen|raadde|zei|zeiden|sprak|spraken"
    r"|vroeg|vroegen|liet|lieten|deed|kreeg|bracht|vond|bleef|stond|koos|schreef|trof|hielp|riep|zegde"
    r"|stelde|vertelde|stuurde|belde|meldde|leverde|klaagde|tekende)n?\b"
    r"|\b(?!ge|be\w+de)\w{2,}(?:eerde|igde|aagde|oegde|urde|telde|kte|pte)n?\b"
    r"|\b(?:heeft|hebben|hebt)\b[^.!?;]{0,80}?\b(?:\w{0,6}ge\w{3,}|(?:ver|over|her|ont|be|mee)\w{2,})(?:d|t|en)"
    r"(?<!enen)(?=[.!?,;]|$| en\b)"
    r"|\b(?:is|zijn|ben)\b[^.!?;]{0,80}?\b(?:\w*(?:geweest|komen|gegaan|verlopen|gestapt|geworden|begonnen"
    r"|afgerond|voltooid|gewisseld|getroffen))\b(?=[.!?,;]|$| en\b)"
    r"|\b(?:heb) (?:ik )?[^.!?;]{0,60}?\b(?:gezien|gehoord|ontmoet|achtergelaten|ingesproken|bezocht"
    r"|gesproken|gemerkt|vernomen)\b"
)
DESK = re.compile(  # what the writer did alone, with no one there to deny it, and what is only asked or left open
    r"(?:\b(?:depends on|tell me|let me know|curious|wonder\w*|(?:love|like) to (?:hear|see|know|understand|learn)|davon ab|darauf an|sagen sie mir|teilen sie (?:mir|uns) (?:bitte )?mit|lassen sie mich wissen|frage mich|wüsste\w*|erzählen sie|schreiben sie mir|dépend de|dites-moi|(?:aimerais|voudrais|souhaite\w*) savoir|depende de|dígame|cuénteme|(?:gustaría|quisiera|encantaría) (?:saber|conocer)|(?:gostaria|gostava|adoraria) (?:muito )?de (?:saber|conhecer)|dipende da|mi dica|(?:vorrei|piacerebbe) sapere|diga-me|hangt af van|vertel me|benieuwd|laat me weten|graag weten)\b,?[^,.;]*)"
    r"|\b(?:is|are) (?:\w+ )?(?:headquartered|located|based|listed|priced|called|named|managed|handled|situated|looked after)\b"
    r"|\bauf ihre \w+[^.,;]{0,20} gespannt|\bgespannt\b|\btinha (?:curiosidade|interesse|gosto)\b|\bam \w+sten\b|\bgewünscht\w*|\bgeeignet\w*|\b(?:can|could|may) always\b|\bkunt (?:u )?(?:\w+ )?altijd\b|\bkönnen (?:sie )?(?:\w+ )?(?:jederzeit|stets)\b|\bpouvez toujours\b|\bpueden? siempre\b|\bpu(?:ò|oi|ote) sempre\b|\bpodem? sempre\b|\b(?:si|wenn|falls|sofern) (?:sie|ihr team) (?:\w+ )?(?:möchten|wünschen|wollten?|sollten)\b"
    r"|\bi(?:'ve| have)? (?:\w+ )?(?:noted|checked|wanted|understood|prepared|looked|thought|hoped"
    r"|wondered|assumed|added)\b|\bi(?:'ve| have)? (?:\w+ )?read (?:through )?your\b"
    r"|\b(?:habe ich|ich habe)\b[^.,;!?]{0,60}?\b(?:notiert|geprüft|verstanden|vermerkt)\b"
    r"|\b(?:ihre \w+)[^.;!?]{0,50} habe ich gelesen\b"
    r"|\bj'ai (?:bien |tout )?(?:noté|compris|lu votre|vérifié|préparé)\b"
    r"|\b(?:le |les )?he (?:\w+ )?(?:anotado|entendido|comprobado|leído su|preparado)\b"
    r"|\bho (?:\w+ )?(?:capito|preso nota|annotato|letto la sua|verificato|preparato)\b"
    r"|\b(?:tomei nota|percebi|li o seu|li a sua|anotei|verifiquei|preparei)\b"
    r"|\b(?:heb ik|ik heb)\b[^.,;!?]{0,60}?\b(?:genoteerd|nagekeken|begrepen|gelezen(?!, dat))\b"
    r"|\buw [^.,;!?]{0,50}\bheb ik genoteerd\b"
)
GLAD = re.compile(  # a feeling about what comes later in the sentence
    r"schön|freude|vergnügen|toll|nett|pleasure|great|nice|good|placer|gusto|piacere|bello|prazer|bom|ótimo"
    r"|plaisir|fijn|leuk|prettig"
)
DEAL_STEMS = re.compile(
    r"\b(?:contract|vertr[aä]g|contrat|deal|customer|kund|client|cliente|klant|invoice|rechnung|factur|fattur"
    r"|fatur|sign|unterschr|firm(?!a|en)|assin|teken|finalis"
    r"|set up|configur|angelegt|eingericht|impost|ingesteld)\w*"
)
UNDONE = re.compile(  # no purchase tells of its end, its renewal or a complaint
    r"\b(?:cancel|terminat|renew|return|complain|refus|kündig|gekündigt|verläng|beschwer|résili|renouvel|plaint"
    r"|renov|quej|devolv|disd|rinnov|lament|queix|zegde|opgezeg|verleng|klaag|geklaag|lost|missing|stolen|damaged|faulty|broken|wrong|delayed|withdr|replac|verlor|vermisst|beschädig|defekt|ersatz|ersetz|falsch|perdu|endommag|égaré|remplac|extravi|perdid|dañad|recambio|sustitu|smarrit|pers[oa]\b|dannegg|guast|ricambio|perdeu|perdid|danific|substitu|zoekgera|kwijt|beschadig|kapot|vervang|late\b|retard|retras|atras)\w*"
)
# One pattern for each language: words of one language do not mark events of another.
PAST = {
    code: re.compile(text)
    for code, text in (
        ("en", _EN), ("de", _DE), ("fr", _FR), ("es", _ES), ("it", _IT), ("pt", _PT), ("nl", _NL),
    )
}  # fmt: skip

CALL_STEMS = re.compile(
    r"\b(?:call|phone|spoke|speak|talk|conversation|conversa|discuss|tel[eé]f|anruf|gespr|(?:ge)?sproch|sprech|appel|"
    r"parl|llam|habl|chiam|sentit|fal[aá](?:r|mos|ou|do)|ligaç|gebeld|bel(?:de|t)|gesprek|sprok|prat|chamada|(?:aan de )?lijn|en ligne|discut|évoqu|échang)\w*"
)
PURCHASE_STEMS = re.compile(
    r"\b(?:b(?:ought|uy)|purchas|order|owns|spent|kauf|gekauf|bestel|erw[oe]rb|auftrag|ausgegeben|"
    r"achet|achat|command|compr|pedido|acquist|ordin|encomend|adquirid|kocht|gekocht|koop|"
    r"aankoop|dépens|gast(?:ó|aron|ado|aste)|speso|besteed)\w*"
)
WROTE_STEMS = re.compile(
    r"\b(?:wrote|write|e?-?mail|message|ask|question|mention|said|(?:ge)?schr|nachricht|frag|"
    r"gefragt|anfrage|erwähn|nenn|écri|messag|demand|mentionn|courri|envoy|escri(?!t[oó]ri)|mensaj|correo|"
    r"pregunt|menc|envi|scri|chiest|domanda|menzion|inviat|contatt|escrev|pidi[eó]|pergunt|indi[cq]|gave (?=[^.;]*\bas your)|angegeben|doorgaf|doorgegeven|mensagem|vroeg|"
    r"vraag|aanvraag|bericht(?:je)?\b|stuurde|gestuurd|noem|in touch|contact)\w*"
)
ACQUIRE_STEMS = re.compile(
    r"\b(?:acqui|adquiri|aangeschaf|aanschaf|erw[oe]rb|install|deploy|introduc)\w*"
)
THEIR = re.compile(  # who acts: "your buyer", "ihre kollegin"
    r"\W*(?:(?:and|but|und|aber|et|mais|y|pero|e|ma|mas|en|maar|that|dass|que|che|dat) )?(?:your|ihre?|votre|vos|sus?|il (?:suo|vostro)|la (?:sua|vostra)|i (?:suoi|vostri)|le (?:sue|vostre)|(?:o|os) (?:seus?|vossos?)|(?:a|as) (?:suas?|vossas?)|uw|jullie) (?:(?:last|latest|recent|first|next|new|kind|letzte\w*|neue\w*|erste\w*|freundliche\w*|dernière?|première?|nouvelle|aimable|últim[oa]|primer[oa]?|nuev[oa]|amable|ultim[oa]|prim[oa]|nuov[oa]|gentile|primeir[oa]|nov[oa]|laatste|eerste|nieuwe) )?(?P<noun>\w+)"
)
FIRM = re.compile(
    r"(?:company|firm|business|organi|unternehm|betrieb|haus|société|entrepris|groupe|empres|aziend|ditta|bedrijf|interes|interess|intérêt|budget|licen|lizenz|licenz|account|projec|projek|proye|proge|proje)"
)
SELF = re.compile(
    r"\b(?:j'étais|yo estaba|ero|eu estava|estuve|without (?:success|luck)|in vain|vergeblich|ohne erfolg|sans succès|en vain|sin (?:éxito|suerte)|senza (?:successo|fortuna)|invano|sem (?:sucesso|sorte)|em vão|tevergeefs|zonder (?:succes|geluk)|tried|versucht|tenté|tentei|intenté|provato|tentato|geprobeerd|i|i've|ich|je|ik|ho|m'a|m'ont|he|deixei\S*|dejé)\b"
)
PARTY = re.compile(  # what others did, or what is done since, no mail and no call of theirs vouches for
    r"\b(?:mutual|gemeinsame\w*|conocid[oa]|conoscente|conhecid[oa]|relation commune|kennis|friends?|freund\w*|bekannte\w*|amis?|amig[oa]s?|amic[oi]|reported|referred|zugetragen|signalé|attention|riferito|verteld|cfo|ceo|cto|chief|executives?|officers?|president|présidente?|presidente|vorsitzende\w*|voorzitter|chair\w*|founders?|gründer\w*|fondat\w+|fundador\w*|oprichter|\w*beauftragte\w*|délégué\w*|delegad[oa]|encarregad[oa]|functionaris|predecessor|vorgänger\w*|prédécesseur|predecesor\w*|predecessore|antecessor\w*|voorganger|board|directors?|clients?|customers?|partners?|colleagues?|assistants?|managers?|competitors?|vendors?|suppliers?|consultants?|references?|referenzen?|referenties?|referencias?|referenze|team lead"
    r"|(?:referenz)?kund(?:e|in|en)|kolleg\w+|assistent\w*|chef\w*|vorstand|\w*leitung|berater\w*|lieferant\w*|anbieter|geschäftsführ\w*|collègues?|ancien|conseil|fournisseur|direction|responsable"
    r"|clientes?|clienti|compañer\w+|jef[ea]|consejo|proveedor|dirección|collega|colleghi|fornitore|consiglio|direzione|ex|colegas?|chefe|fornecedor|administração|direção|klant|baas|bestuur|directie|leverancier"
    r"|purchasing|einkauf|achats|compras|acquisti|inkoop|legal|rechtsabteilung|juridique|jurídico|juridische|department|abteilung|service|ufficio|departamento|afdeling|team|equipo|équipe|equipa|squadra|workshop|atelier|taller|laboratorio|training|schulung|formation|formación|formazione|formação|audit\w*|termin(?:é|ad|at)\w*|abgeschloss\w*|afgerond|complet\w*|concl\w+|finished|fixed|resolved|behoben|gelöst|erledigt|résolu\w*|resuelt\w*|risolt\w*|resolvid\w*|opgelost|voicemail|vocal\w*|segreteria|buzón)\b"
)
OURS = re.compile(  # what we did is not what they wrote
    r"\b(?:we|wir|wij|nous (?:avons|avions|sommes)|abbiamo|siamo|hemos|\w{2,}[aáeéi]mos)\b"
)
CLAUSE_BREAK = re.compile(  # a relative clause belongs to what it speaks of
    r"[,;:]\s(?!(?:die|der|das|den|which|that|que|qui|che)\b)"
)
OPENED = re.compile(r"(?:open|öffnet|ouvert|abri|abr|apert)")
TOLD = re.compile(  # what was said in a call: the log knows that there was one, not what it was about
    r"\b(?:as|like) (?:you|we|i) (?:\w+ )?(?:mentioned|said|discussed|agreed|told|explained|noted|covered|promised|saw)\b"
    r"(?! (?:\w+ ){0,3}(?:mail|e-?mail|message|note|enquiry|inquiry)\b)(?! in (?:your|the))"
    r"|\bwie (?:sie|wir|ich|von ihnen|von uns|telefonisch|am telefon|im gespräch)\b[^,.]{0,40}\b(?:sagten|erwähnt\w*|besprochen|vereinbart|meinten|erzählt\w*|erklärt\w*|gesagt|berichtet\w*)\b"
    r"|\bcomme (?:vous (?:me |nous )?(?:le |l')?(?:avez |aviez )?(?:di(?:siez|t)|mentionn\w+|expliqu\w+|évoqu\w+|indiqu\w+)|nous (?:en |l')?(?:avons |avions )(?:\w+ )?(?:convenu|parlé|discuté|évoqué)|convenu|discuté|évoqué)\b(?!\s(?:dans|par|en) (?:votre )?(?:courri|mail|message|écrit))"
    r"|\bcomo (?:(?:nos|me|usted|ya|bien) )*(?:comentó|comentaba|dijo|decía|mencionó|explicó|hablamos|acordamos|quedamos|comentamos|vimos|contó)\b(?! en su (?:correo|mensaje|mail))"
    r"|\bcome (?:(?:mi|ci|lei|già|vi|da) )*(?:diceva\w*|ha detto|avete detto|accennava\w*|accennato|spiegava|spiegato|concordato|detto|discusso|visto|anticipato|raccontava)\b(?! nell[ao'] )"
    r"|\bcomo (?:(?:nos|me|já|bem) )*(?:disse|dizia|referiu|mencionou|explicou|falámos|combinámos|combinado|acordámos|vimos|contou|conversámos)\b(?! no seu (?:e-?mail|correio))"
    r"|\bzoals (?:u|we|wij|ik|reeds|eerder|telefonisch)\b[^,.]{0,40}\b(?:vertelde\w*|zei\w*|noemde\w*|aangaf|besproken|bespraken|afgesproken|afspraken|gezegd|verteld|uitlegde|uitgelegd|vermeldde)\b"
)
RECALLED = re.compile(  # that a talk took place, and no more
    r"\b(?:our (?:\w+ )?(?:phone )?(?:call|conversation|chat)|(?:we|i) (?:spoke|talked|chatted)|unser\w* (?:\w+ )?(?:telefon\w*|gespräch\w*)|wir (?:\w+ )?(?:telefoniert|gesprochen)|haben (?:\w+ )?(?:telefoniert|gesprochen)"
    r"|notre (?:\w+ )?(?:appel|échange|entretien)|nuestra (?:\w+ )?(?:llamada|conversación)|siamo sentiti|nostra (?:\w+ )?(?:telefonata|chiamata|conversazione)|nossa (?:\w+ )?(?:chamada|conversa)"
    r"|(?:uma|una) (?:\w+ )?(?:conversa|conversación|llamada|chamada|conversazione|telefonata)|une (?:\w+ )?conversation|ons (?:\w+ )?(?:telefoon)?gesprek|een (?:\w+ )?gesprek|spraken elkaar|elkaar (?:\w+ )?gesproken)\b"
)
CUSTOMER = re.compile(  # that they bought before, and no more
    r"\b(?:you(?: are|'re) (?:already )?(?:\w+ )?(?:an? )?(?:\w+ )?customers?|sie sind (?:bereits |schon )?kunden?|vous êtes (?:déjà )?clients?|ya son clientes|es (?:ya )?cliente|siete (?:già )?(?:nostri )?clienti|são (?:já )?(?:nossos )?clientes"
    r"|u bent (?:al )?(?:een )?klant|bestelling die u\b[^.,]*|bestelde u|kocht\w* (?:\w+ ){0,3}bij ons)\b"
)
COORDINATED = re.compile(  # a second clause with a subject of its own
    r",? (?:and|und|et|y|e|en|but|aber|mais|pero|ma|mas|maar) "
    r"(?=(?:you|we|they|he|she|it|your|our|the|sie|wir|ihr\w*|er|der|die|das|vous|nous|votre|vos|il|elle|le|la|que|usted|ustedes|su|sus|ella|él|el|lei|voi|ha|avete|vostr\w|che|o|a|os|as|seu|sua|vosso|vossa|confirm\w+"
    r"|u|uw|wij|hij|ze|de|het|dat|jullie)\b)"
)
RECEIVED = re.compile(  # papers that came, talks that settled something, a day spent together
    r"\b(?:got|received|recieved|bien reçu|erhalten|recibid[oa]|ricevut[oa]|recebid[oa]|ontvangen)\b[^.;]{0,30}\b(?:contract|order|signed|nda|payment|vertrag|auftrag|unterschrieben\w*|zahlung|contrat|signé|commande|paiement|contrato|firmad[oa]|pago|contratto|firmat[oa]|ordine|assinad[oa]|encomenda|getekende?|betaling|bestelling)\b"
    r"|\b(?:vertrag|auftrag|contrat|contrato|contratto|contract)\b[^.;]{0,30}\b(?:erhalten|ontvangen|reçu|recibido|ricevuto|recebido)\b"
    r"|\b(?:per|laut|as per|selon|suite à|según|segundo|secondo|come da|conforme|volgens|gemäß) (?:our|unser\w*|notre|nuestr\w|il nostro|nostr[ao]|(?:o )?nosso|(?:a )?nossa|onze?|lo) ?(?:chat|call|talk|meeting|hablado|gespräch|absprache|échange|tchat|conversa|chiamata|accordi|gesprek|afspraak)\b|\bcome da (?:chat|accordi|telefonata)\b"
    r"|\b(?:the other day|neulich|letztens|l'autre jour|el otro día|del otro día|l'altro giorno|dell'altro giorno|(?:n)?o outro dia|(?<!het )laatst (?:bij|in|met|nog))\b"
)
