"""Words by which claims are found, in seven languages; patterns work on lower-cased text."""

import re

MONTHS: dict[str, int] = {
    name: number
    for names, number in (
        ("january januar janvier enero gennaio janeiro januari jan", 1),
        ("february februar février febrero febbraio fevereiro februari feb", 2),
        ("march märz mars marzo março maart mar", 3),
        ("april avril abril aprile apr", 4),
        ("may mai mayo maggio maio mei", 5),
        ("june juni juin junio giugno junho jun", 6),
        ("july juli juillet julio luglio julho jul", 7),
        ("august août agosto augustus aug", 8),
        ("september septembre septiembre settembre setembro sept sep", 9),
        ("october oktober octobre octubre ottobre outubro oct okt", 10),
        ("november novembre noviembre novembro nov", 11),
        ("december dezember décembre diciembre dicembre dezembro dec dez", 12),
    )
    for name in names.split()
}
WEEKDAYS = frozenset(
    "monday tuesday wednesday thursday friday saturday sunday montag dienstag mittwoch donnerstag "
    "freitag samstag sonntag lundi mardi mercredi jeudi vendredi samedi dimanche lunes martes "
    "miércoles jueves viernes sábado domingo lunedì martedì mercoledì giovedì venerdì sabato "
    "domenica segunda terça quarta quinta sexta maandag dinsdag woensdag donderdag vrijdag "
    "zaterdag zondag".split()
)
PROMISE = re.compile(
    r"\b(?:commit to|count on|rely on|(?:no|zero|without|any) risk|money back|is on us|on the house"
    r"|off the price|uptime|verlassen\b.{0,12}\bdass|verpflicht\w*|sicher\w* ihnen|kein risiko|geld zurück"
    r"|geht auf uns|kommen wir ihnen entgegen|vollen betrag|verfügbarkeit|compter sur|engag\w*|risque"
    r"|est offert(?:e|es|s)?\b|geste sur|récupérer votre|disponibilité est|contar con|compromet\w*|riesgo|nuestra cuenta"
    r"|rebaj\w*|su dinero|disponibilidad está|contare su|impegn\w*|rischio|offriamo|incontro sul"
    r"|vostri soldi|disponibilità è|contar con\w*|comprome\w*|risco\b|nossa conta|preço mais baixo"
    r"|seu dinheiro|disponibilidade está|rekenen dat|erop rekenen|zeg u .{0,30} toe|risico|geld terug|bedrag terug"
    r"|van de prijs|is van ons|beschikbaarheid|gegarand\w*|(?:we|wij) leveren"
    r"|guarantee\w*|warrant\w*|promise\w*|free of charge|for free|discount\w*|refund\w*"
    r"|money back|\bsla\b|we will (?:deliver|match|ship|install|finish|pay|extend)|best price"
    r"|garantier\w*|zusichern|versprechen|verspreche\w*|kostenlos\w*|gratis|rabatt\w*|nachlass"
    r"|erstatt\w*|liefern wir|wir liefern|garanti\w*|promett\w*|gratuit\w*|remise\w*|rembours\w*"
    r"|nous livr\w*|garantiz\w*|promet\w*|descuento\w*|reembols\w*|devolver\w*|entregaremos"
    r"|garanzi\w*|gratuit\w*|sconto\w*|rimbors\w*|consegneremo|garantim\w*|prometemos|grátis"
    r"|desconto\w*|entregamos|garander\w*|beloven|beloof\w*|korting\w*|terugbeta\w*|leveren wij"
    r"|wij leveren)"
)
CALLED = re.compile(
    r"\b(?:we (?:spoke|talked|called)|our (?:last )?(?:call|conversation)|telefoniert|telefonat"
    r"|(?:nous )?(?:sommes|avons) (?:\w+ )?parlé|appel téléphonique|notre (?:dernier )?appel|hablamos|nuestra (?:última )?llamada"
    r"|abbiamo parlato|nostra (?:ultima )?(?:chiamata|telefonata)|falámos|falamos|nossa (?:última )?"
    r"(?:chamada|ligação)|gesproken|gebeld|telefoongesprek)"
)
BOUGHT = re.compile(
    r"\b(?:you (?:bought|ordered|purchased|already use|use|went with|chose|opted for|decided on|settled on)|sie entschieden sich für|haben sie sich für|sie haben sich für|vous avez (?:choisi|opté pour|retenu)|eligió|optó por|(?:avete|ha) scelto|escolheu|optou por|u (?:koos|hebt gekozen)|koos u|your (?:last |recent )?(?:order|purchase)"
    r"|order (?:that )?you placed|haben sie [\w\s]*(?:gekauft|bestellt)|ihre (?:letzte )?bestellung"
    r"|sie (?:nutzen|verwenden|haben [\w\s]*(?:gekauft|bestellt))|vous (?:avez (?:acheté|commandé)"
    r"|utilisez)|votre (?:dernière )?commande|(?:usted )?(?:compr(?:ó|aron|aste)|ya (?:usa|utiliza))"
    r"|su (?:último )?pedido|(?:avete|ha) (?:acquistato|ordinato|comprato)|usate già"
    r"|(?:vostro|suo) (?:ultimo )?ordine|(?:compr(?:ou|aram)|já (?:usa|utiliza))|(?:sua|vossa)"
    r" (?:última )?encomenda|(?:heeft|hebt) [\w\s]*(?:gekocht|besteld)|uw (?:laatste )?bestelling"
    r"|u gebruikt)"
)
WROTE = re.compile(
    r"\b(?:you (?:write|say|ask)|sie (?:schreiben|sagen|erwähn\w+|fragen)|vous (?:dites|écrivez|indiquez)"
    r"|dicen? que|indican? que|dice che|menziona\w*|scriv(?:e|ete)\b|diz(?:em)? que|u (?:zegt|schrijft|vraagt)"
    r"|you (?:wrote|asked|mention\w*|named|indicated|said|sent (?:us )?(?:an? |your )?(?:message|mail|e-?mail|note|question|request))|your (?:message|mail|email|e-mail|question|note"
    r"|reply|interest)|in your mail|sie (?:schrieben|fragten|nannten|baten|erwähnten|nennen|haben [\w\s]*gefragt)"
    r"|ihre (?:nachricht|mail|frage|e-mail|anfrage)|ihrer (?:nachricht|mail)|vous (?:avez (?:écrit"
    r"|demandé)|demandez|mentionnez)|votre (?:message|mail|question|e-mail|demande)|(?:escribi|"
    r"pregunt|mencion)\w+|su (?:mensaje|correo|pregunta|consulta)|(?:avete|ha) (?:scritto|chiesto)"
    r"|(?:vostro|suo|vostra|sua) (?:messaggio|mail|domanda|richiesta)|(?:escreve|pergunt|mencion)\w+"
    r"|(?:sua|seu|vossa) (?:mensagem|e-?mail|pergunta|pedido)|(?:schreiben|sagen|meinen) sie\b(?! mir)|(?:écrivez|dites|disiez)-vous|(?:dice|escribe|indica) usted|(?:scrive|dice|indica) lei|escreve\b|(?:schrijft|zegt|noemt) u|u (?:schreef|vroeg|noemt|noemde|vermeldt|vermeldde)|uw (?:bericht"
    r"|mail|e-mail|vraag))"
)
EVENT = re.compile(
    r"\b(?:we met|great meeting|nice meeting|pleasure meeting|congratulations|congrats|as agreed"
    r"|as discussed|as promised|renewed|attended|you opened|was extended|your (?:recent )?(?:launch"
    r"|funding|merger|move|award)|last (?:month|week|year) (?:you|we|your)|glückwunsch\w*|gratulier\w*"
    r"|wie (?:vereinbart|besprochen)|getroffen|kennengelernt|kennenzulernen|verlängert|teilgenommen"
    r"|eröffnet|félicitations|comme convenu|comme discuté|rencontr\w*|renouvel\w*|particip(?!er\b|ar\b)\w*"
    r"|ouvert un|felicidades|enhorabuena|felicit\w*|como acord\w*|como hablamos|conocer\w*|renov\w*"
    r"|asisti(?!r\b)\w*|particip(?!ar\b|e\b|en\b|a\b)\w*|abri(?:ó|eron)|complimenti|congratulazioni|come (?:concordato|discusso|d'accordo)"
    r"|incontrat\w*|rinnovat\w*|partecipat\w*|aperto un|parabéns|como combin\w*|conhecer\w*|conheci\b|conhecemos|renov\w*"
    r"|abri(?:u|ram)|gefeliciteerd|zoals (?:afgesproken|besproken)|ontmoet\w*|verlengd|deelgenomen"
    r"|bijgewoond|geopend)"
)
COMMON = frozenset(
    "i hi hello dear mr mrs ms dr crm ok eur usd gbp chf re hallo liebe lieber guten tag herr frau "
    "bonjour cher chère madame monsieur hola estimado estimada buenos días ciao gentile salve "
    "buongiorno olá caro cara prezado beste geachte dag ai ki ia pdf faq url sie ihr ihre ihnen ihrem "
    "ihren ihrer ihres u uw hr erp api sso roi kpi kpis gdpr dsgvo rgpd eu ue usa uk vat iva tva mwst btw "
    "i'm i'd i'll i've i’m i’d i’ll i’ve "
    "it saas b2b cc ps fyi asap ceo cfo cto coo vp english german french spanish italian portuguese dutch european "
    "englisch deutsch internet web excel".split()
)
TITLES = frozenset(  # what follows one is a name
    "herr herrn frau kollege kollegin mr mrs ms miss dr prof mme mlle señor señora sr sra srta signor signora "
    "sig senhor senhora dona don doña heer mevrouw mevr".split()
)
NAME_CUE = re.compile(
    r"\b(?:herr|frau|kollege|kollegin|mr|mrs|ms|dr|colleague|collègue|compañer\w+|colleg\w+|señor\w*"
    r"|sr|sra|signor\w*|monsieur|madame|heer|mevrouw|firma|company|team at|entreprise|empresa"
    r"|azienda|bedrijf|für|bei|von|mit)\.?\s+$"
)
# German sentences that begin with one of these go on with a noun; others begin with a name.
OPENER = re.compile(
    r"(?i:(?:[dk]?ein|mein|dein|sein|unser|euer|ihr|jed|dies|welch|all|viel|wenig|gut|best|schön|"
    r"herzlich|freundlich|lieb|kurz|neu|nächst|letzt|erst|weiter|ander|manch|einig|solch|beid|mehrer|folgend|sämtlich|ganz|groß|klein|offen|gern|bess)"
    r"(?:e[rmns]?)?|d(?:er|ie|as|en|em|es)|in|im|am|an|auf|aus|bei|beim|für|mit|nach|von|vom|zu|zum|"
    r"zur|über|unter|vor|und|oder|aber|als|wenn|da|weil|sollten?|hat|haben|ist|sind|guten?|sehr|"
    r"falls|ob|wie|was|wo|wann|per|pro|laut|ohne|seit|bis|um|so|nur|auch|noch|ja|nein|danke|zwei|drei|vier|fünf|sechs|sieben|acht|neun|zehn)$"
)
FIRM_FORMS = frozenset(  # what follows a company's name, so that a name goes before it
    "gmbh ag kg se ltd limited inc llc plc corp corporation group gruppe groupe holding sarl sas sa "
    "srl spa bv nv lda industries partners labs".split()
)
EXPERIENCE = re.compile(  # what only those say who have it
    r"\b(?:so far|up to now|until now|satisfied with|bisher|bislang|bis jetzt|zufrieden|jusqu'ici|jusqu'à présent|content\w* d|satisfaite?s? d|hasta ahora|hasta la fecha|satisfech\w+ con|finora|fino a oggi|soddisfatt\w+ di|até agora|até à data|satisfeit\w+ com|tot nu toe|tot dusver|tevreden)\b"
)
REQUESTED = re.compile(  # what they want, as their own mail says
    r"\b(?:you(?: are|'re)? (?:want|need|look\w*|ask\w*|request\w*|interested|would like|wish)|your (?:request|enquiry|inquiry|interest|need|question)|(?:sie|ihr) (?:brauchen|benötigen|suchen|möchten|wünschen|wollen|interessieren)|ihnen geht es um|ihre? (?:anfrage|bedarf|interesse|wunsch)|angefragt\w*"
    r"|vous (?:cherchez|souhait\w+|voulez|avez besoin|demandez|recherchez|vous intéressez)|il vous faut|votre (?:demande|besoin|recherche|intérêt|projet)|busca|necesita|quiere|desea|solicita|le interesa|su (?:solicitud|petición|consulta|interés|necesidad)"
    r"|cerca(?:te)?|(?:le|vi) (?:serv\w+|interess\w+|occorr\w+)|avete bisogno|ha bisogno|vorrebbe|(?:la sua|la vostra) (?:richiesta|esigenza)|il suo interesse|precisa|procura|pretende|quer|interessa-lhe|(?:o seu|o vosso) (?:pedido|interesse)|a sua necessidade"
    r"|u (?:zoekt|wilt|wenst|vraagt|hebt [^.,]*nodig)|uw (?:aanvraag|verzoek|vraag|interesse|wens))\b"
)
SHOWN = re.compile(  # what a record is said to show is more than the record
    r"\b(?:as|wie|comme|como|come|zoals)\b[^,.;]*(?:histor\w*|record\w*|data|usage|zahlen|statisti\w+|storico|geschiedenis|cijfers|figures|logs?)\b[^,.;]*\b(?:shows?|suggests?|indicates?|zeigt|zeigen|belegt|montre\w*|indique\w*|muestra\w*|indica\w*|mostra\w*|laat zien|laten zien|toont|blijkt)\b|\b(?:wie|zoals|comme|como|come)\b[^,.;]*\b(?:zeigt|montre|muestra|mostra|laat zien|toont)\b[^,.;]*(?:histor\w*|historique|historial|storico|geschiedenis)\b"
)
BECAUSE = re.compile(  # a reason or a time told beside: more than a request
    r"\b(?:because|since|after|given that|now that|as (?:your|the|you)|weil|da (?:sie|ihr)|nachdem|seit(?:dem)?|parce qu\w*|puisqu\w*|depuis|après|étant donné|porque|ya que|puesto que|desde que|tras|perché|poiché|visto che|da quando|dopo|já que|uma vez que|depois|omdat|aangezien|sinds|nadat)\b"
)
BUDGET = re.compile(
    r"\b(?:up to|bis(?: zu)? (?=[€\d])|jusqu'à|hasta|fino a|até|tot (?=[€\d])|limit\w*|límite|grenze|grens|maximum|máximo|massimo|budget\w*|ceiling|set aside|earmarked|obergrenze|eingeplant|veranschlag\w*|kostenrahmen|plafond|enveloppe|prévu\w*"
    r"|presupuest\w*|reservad\w*|techo|tope|stanziat\w*|previst\w*|tetto|orçament\w*|verba|teto|gereserveerd|begrot\w*|plafond)"
)
REVENUE = re.compile(
    r"\b(?:revenue|turnover|sales of|umsatz\w*|erlös\w*|chiffre d'affaires|facturación|ingresos|fatturato|ricavi|faturação"
    r"|faturamento|receitas?|omzet)\b"
)
UNIT = re.compile(  # what makes even a small number a fact
    r"(?:\s\w+)?[\s-]+(?:(?P<money>euros?|dollars?|dólares|dollari|pounds?|francs?|franken|pfund)|%|per ?cent|prozent|pour cent|por cento?|por ciento"
    r"|per cento|procent|hours?|days?|weeks?|months?|years?|times|stunden?|tagen?|wochen?|monaten?|jahren?|mal\b|heures?|jours?|semaines?|mois|ans\b|fois"
    r"|horas?|días?|semanas?|meses|años?|veces|ore\b|giorni|settimane|mesi|anni|volte|dias?|anos?|vezes|uur|uren|dagen|weken|maanden|jaar|keer)\b"
)
CLOSING = re.compile(
    r"(?:^|\n)[ \t]*(?:(?:best|kind|warm)(?:est)?(?: regards| wishes)?|(?:many )?thanks|regards|(?:yours )?sincerely|cheers|talk soon"
    r"|(?:mit )?freundliche\w* gr\w+|viele gr\w+|beste gr\w+|herzliche gr\w+|liebe gr\w+|gru(?:ß|ss)|danke(?: und gruß)?|bis bald|(?:bien |très )?cordialement"
    r"|bien à vous|à (?:bientôt|très vite)|(?:meilleures |sincères )?salutations|merci|atentamente|(?:un )?(?:cordial )?saludos?|gracias|(?:cordiali|distinti) saluti|un saluto|grazie"
    r"|atenciosamente|(?:com os melhores )?cumprimentos|(?:um )?abraço|obrigad[oa]|(?:met )?(?:vriendelijke|hartelijke) groet\w*|groet(?:en)?|bedankt|hoogachtend)[ \t]*[,.!]?[ \t]*\n",
    re.IGNORECASE,
)
CONTACT_ROLE = re.compile(  # what may be said of one of our people without more
    r"\b(?:my name is|this is|it's|i'm|i am|mein name ist|ich bin|ich heiße|hier (?:ist|schreibt)|je suis|je m'appelle|ici|soy|me llamo|mi nombre es|sono|mi chiamo|sou|chamo-me|o meu nome é|ik ben|mijn naam is|met|contact\w*|look\w* after|in charge|responsible|reach\w*|ask|asking|speak to|talk to|colleague|help\w*|cc|copy|copied|manag\w+|questions?|dudas?|domande|dúvidas?|vragen|accounts?|konto|compte|conta|cuenta|suivie?|klant|account (?:manager|owner|executive)|gestor\w*|gestionnaire|gestit\w|accountmanager|person|join|call|ring|write to"
    r"|ansprechpartner\w*|zuständig|betreu\w*|kümmer\w*|kontakt\w*|wenden|sprechen|fragen|kolleg\w+|kopie|erreich\w*|verantwortlich"
    r"|interlocut\w+|occup\w+|suit|charg\w+|joindre|contacter|adress\w+|collègue|copie|responsable"
    r"|ocupa|lleva|compañer\w+|copia|llam\w+|preguntar|dirigirse|riferimento|referente|segue|colleg\w+|rivolg\w+|chiam\w+|chiedere|responsabile"
    r"|trata|acompanha|responsável|colega|cópia|ligar|falar|aanspreekpunt|contactpersoon|zorgt|begeleidt|collega|verantwoordelijk|bellen|spreken|vragen|bereik\w*|terecht|persoon|personne|persona|pessoa|demander|aide\w*|ayud\w+|aiut\w+|ajud\w+|hilf\w*|helfen|contatt\w+)\b"
)
OWNED = re.compile(  # what may be said of a product they bought
    r"\b(?:users?|owners?|besitzer\w*|nutzer\w*|utilisat\w+|propriétaire|usuari[oa]s?|utent[ei]|utilizador\w*|gebruikers?|eigenaar|you have|owns?|use|using|cover\w*|work\w* with|run|running|existing|current|in place|in use|customer|purchases|set up|know|carries over"
    r"|habt ihr|ihr habt|habt|jullie|vous l'avez|l'avez|lo tenéis|tenéis|usáis|ce l'avete|vocês têm|got|you've (?:already )?got|empresa tiene|empresa tem|bedrijf\b[^,.]*\bheeft|haben sie|sie haben|erworben\w*|deckt|nutz\w+|besitz\w+|verwend\w+|arbeitet|einsatz|kunde\w*|käufen|kennen|angelegt|vorhanden\w*|bestehend\w*"
    r"|vous avez|possède|utilisez|utilise|disposez|possédez|travaille|client\w*|achats|connaissez|existant\w*"
    r"|tienen|poseen?|usan|usa|utilizan|cuentan|trabaja\w*|compras|poseen|conocen"
    r"|avete|possiede|usate|possedete|lavora|clienti?|acquisti|conoscete|utilizzate|dispone|disponete"
    r"|têm|possui|usam|utilizam|possuem|trabalha|clientes?|conhecem|dispõem"
    r"|heeft u|u heeft|hebt|aanschaf\w*|dekt|gebruikt|bezit|werkt|klant|aankopen|kent|beschikt)\b"
)
OFFERED_AS = re.compile(  # what may be said of a product on the list
    r"\b(?:start with|begin with|beginn\w*|commenc\w*|empez\w*|inizia\w*|começ\w*|beginnen|closest|comes close|alternative|option|range|catalogue|catalog|portfolio|considered|in question|question de|s'agit|geht|se trata|trata-se|si tratta|gaat|talking|deserve\w*|look|fits?|suits?|match\w*|sell|one of our|next step|add-on|interest\w*|familiar|point you|about"
    r"|nächsten|alternative|wert|passt|passen|anbiet\w*|sortiment|infrage|in frage|geeignet|herz|interesse|vertraut"
    r"|rapproche|gamme|convien\w*|oriente\w*|intérêt|catalogue|familier"
    r"|encaj\w+|opción|alternativa|acerca|merece|gama|catálogo|interés|familiar"
    r"|merita|adatt\w+|avvicina|gamma|interesse|scelta|familiare"
    r"|adequ\w+|aproxima|opção|interesse|past|keuze|alternatief|aanbod|buurt|optie|geschikt|blik|interesse|vertrouwd)\b"
)
FIRM_ROLE = re.compile(  # what may be said of their firm without more
    r"\b(?:other (?:firms|companies|businesses)|firms like|companies like|like|such as|customers?|behalf|about|regarding|handles?|people at|colleagues at|team at|work at|contact|you are with|on our side"
    r"|firmen|unternehmen wie|kunden?|namen|wegen|handhabt|leute\w* bei|ansprechpartner\w*|kontakt|bei uns"
    r"|sociétés|entreprises|clients?|au nom|au sujet|équipes de|procède"
    r"|firmas|empresas|clientes?|en nombre|equipo de|gente de|acerca de"
    r"|aziende|clienti?|a nome|proposito|persone in|persone di"
    r"|em nome|propósito|pessoas da|equipa da|bedrijven|klant\w*|namens|mensen bij|aanspreekpunt|hear from|hören|nouvelles|saber de|risentire|sentire|notícias|horen|checked|geprüft|vérifié|comprobado|verificato|verifiquei|nagekeken|offer|angebot|offerte|oferta|offerta|proposal|proposta|quote|devis|nombre|naam|nome|ready|vorbereitet|prêt|list[oa]|pront[oa]|klaar)\b"
)
ABBREVIATION = re.compile(  # a dot behind one of these ends no sentence
    r"\b(?:mrs?|ms|dr|prof|sr|sra|srta|sig|dott|mme|st|nr|ca|bzw|inkl|exkl|zzgl|approx|incl|excl|vs|evtl|ggf|e\.g|i\.e|z\.b|z\. b|d\.h|p\.ej|p\.ex|o\.a|bijv|núm|pág|dhr|mevr|(?-i:M))\.(?=\s*[^\s])",
    re.IGNORECASE,
)
LOCATED = re.compile(  # what may be said of a place without more
    r"\b(?:based|located|lies|está en|tiene su|si trova|fica em|zit in|liegt|trouve|situe|office|headquarter\w*|from|in your region|sitz\w*|ansässig|standort|aus|siège|install\w+|située?|bas[ée]e?s?|sede|ubicad\w+|con base|situad\w+|localizad\w+|gevestigd|zetel|kantoor|uit)\b"
)
BUSINESS = re.compile(  # what a short sentence must speak of to state a fact of business
    r"\b(?:we|we're|we've|we'll|our|ours|us|wir|uns\w*|nous|notre|nos|on|nosotros|nuestr\w+|noi|nostr\w+|nós|noss\w+|wij|ons|onze|\w{3,}(?:amos|emos|imos|iamo)"
    r"|your|yours|euer|eure\w?|ihr|ihre\w?|votre|vos|sus?|vuestr\w+|vostr\w+|su[oa]|vi|seus?|suas?|voss\w+|ihnen|euch|lei|le|les|lui|uw|jullie|you(?:'re|'ve|'ll)?|sie|ihr|vous|usted\w*|voi|você\w*|u"
    r"|vais|voy|vou|ga|werde|going to|i'll|he|she|they|er|il|elle|ils|lui|loro|él|ella|ellos|ele|ela|hij|zij"
    r"|(?:support|help ?desk|service|deliver|liefer|livrais|entreg|consegn|lever|ship|contract|vertrag|contrat|team|équipe|equip|squadra|client|customer|kund|klant|data|daten|donn|datos|dati|dados|gegeven"
    r"|pric|preis|prix|preci|prezz|preç|prij|fee|tasas?|taxas?|spes[ae]|effort|aufwand|arbeit|esfuerz|sforz|esforç|moeite|cost|kost|coût|gebühr|frais|setup|set-up|einricht|install|integra|interface|implement|implant|avviament|package|paket|paquet|pacchett|pacot|pakket|invoering|mise en place|qualit|calidad|kwaliteit|actualiz|aggiorn|atualiz|lifetime|deploy|desplieg|uitrol|einführ|schnittstell|koppel|migra|rollout|demo|trial|test|pilot|proje[ck]t|proyect|progett"
    r"|invoice|rechnung|factur|fattur|fatur|licen|lizenz|seat|plätze|train|schul|forma[tzçc]|secur|sicher|sécur|segur|audit|server|system|systèm|sistem|software|feature|funktion|funzion|funç|funci|release|update|upgrade|version"
    r"|board|manager|boss|chef|jef|capo|baas|colleag|kolleg|collèg|compañer|collega|coleg|partner|vendor|supplier|lieferant|anbieter|fournisseur|proveedor|fornit|fornec|leverancier|competit|konkurren|concurren|concorren"
    r"|market|markt|marché|mercad|mercat|compan|firm|unternehm|entrepr|empres|aziend|bedrijf|office|büro|bureau|ofici|uffici|escritór|kantoor|hour|stunde|heure|hor[ao]|or[ae]\b|uur|day|tag|jour|día|giorn|dia|dag|week|woche|semain|seman|settiman"
    r"|month|monat|mois|mes|mês|maand|year|jahr|an\b|ans\b|année|año|ann[oi]|ano|jaar|quarter|quartal|trimest|kwartaal|order|bestell|command|pedid|ordin|encomend|sale|deal|discount|rabatt|remise|descuent|scont|descont|korting|money|geld|argent|dinero|sold|dinheiro"
    r"|attach|enclos|anhang|anlage|angehängt|beigefüg|joint|jointe|adjunt|allegat|anex|bijlage|bijgevoegd"
    r"|refund|guarant|garant|saving|spar|result|ergebnis|résult|risult|penal|risk|risik|risq|riesg|risc|legal|jurid|recht|budget|board|vorstand|conseil|consej|consigl|user|nutzer|utilis|usuari|utent|utiliz|gebruiker|site|standort|sede|vestig|ticket|outage|ausfall|panne|lead|campaign|meeting|workshop|webinar|fair|messe|salon|feria|fiera|feira|beurs|event)\w*)\b"
)
