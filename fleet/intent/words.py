"""The keyword engine's vocabulary: cue classes, each a list of lower-case phrases, seven languages.

A trailing `*` stands for any word ending, Negated cues are phrases of their own, so that a negation
can never be missed by a window that is too short.
"""

DAYS = (
    "monday tuesday wednesday thursday friday saturday sunday montag dienstag mittwoch donnerstag "
    "freitag samstag sonntag lundi mardi mercredi jeudi vendredi samedi dimanche lunes martes "
    "miércoles jueves viernes sábado domingo lunedì martedì mercoledì giovedì venerdì sabato domenica "
    "segunda terça quarta quinta sexta maandag dinsdag woensdag donderdag vrijdag zaterdag zondag"
).split()
MONTHS = (
    "january february march april may june july august september october november december januar "
    "februar märz mai juni juli oktober dezember janvier février mars avril juin juillet août "
    "septembre octobre novembre décembre enero febrero marzo abril mayo junio julio agosto septiembre "
    "octubre noviembre diciembre gennaio febbraio aprile maggio giugno luglio settembre ottobre "
    "dicembre janeiro fevereiro março maio junho julho setembro outubro novembro dezembro januari "
    "februari maart mei augustus"
).split()
# something is wanted by one of these; words that may stand between; what else names its end
BY = (
    "by", "before", "until", "no later than", "bis", "vor", "spätestens", "avant", "d'ici", "antes",
    "antes del", "para", "hasta", "entro", "prima di", "prima del", "até", "uiterlijk", "vóór", "voor",
    "tegen",
)  # fmt: skip
LINKS = "the zum zur dem den am le la les el día il o à ao op de het van of".split()
ENDS = (
    "end of", "month-end", "monatsende", "ende", "quartalsende", "jahresende", "fin", "final",
    "finales", "fine", "fim", "eind", "einde", "christmas", "weihnachten", "noël", "navidad",
    "natale", "natal", "kerst",
)  # fmt: skip

CUES: dict[str, tuple[str, ...]] = {
    "commit": (
        "order form", "place an order", "place the order", "sign the contract", "budget approved",
        "budget is approved", "approved the budget", "approved our budget", "board approv*",
        "freigegeben", "budget bewilligt", "budget genehmigt", "bon de commande", "budget validé",
        "budget approuvé", "signer le contrat", "presupuesto aprobado", "aprobado el presupuesto",
        "firmar el contrato", "budget approvato", "approvato il budget", "firmare il contratto",
        "orçamento aprovado", "assinar o contrato", "budget goedgekeurd", "contract tekenen",
    ),
    "buy": (
        "buy", "purchase*", "sign up", "contract", "go ahead", "move forward", "proceed",
        "ready to start", "procurement", "invoice us", "send the invoice", "send an invoice",
        "send the quote", "get started", "kaufen", "bestell*", "beauftrag*",
        "vertrag*", "loslegen", "acheter", "commander", "contrat",
        "signer", "comprar", "contratar", "pedido", "contrato", "firmar", "acquistare", "comprare",
        "ordine", "contratto", "firmare", "adquirir", "encomenda*", "assinar", "kopen", "bestellen",
        "aanschaf*", "tekenen",
    ),
    "price": (
        "price*", "pricing", "quote", "quotation", "proposal", "cost", "costs", "how much", "licen*e*",
        "seats", "discount", "preis*", "angebot*", "kosten", "kostet", "lizenz*", "konditionen", "prix",
        "devis", "tarif*", "coût*", "combien", "licence*", "precio*", "presupuesto", "cotización",
        "cuánto", "licencia*", "oferta", "prezz*", "preventivo", "quanto costa", "offerta", "licenz*",
        "preço*", "orçamento", "proposta", "quanto custa", "licença*", "prijs*", "prijzen", "offerte",
        "wat kost", "licentie*", "too expensive", "expensive", "zu teuer", "trop cher", "demasiado caro",
        "muy caro", "troppo caro", "muito caro", "te duur",
    ),
    "meet": (
        "demo", "demonstration", "demostraci*", "dimostrazion*", "demonstraç*", "demonstratie",
        "meeting", "call me", "schedule*", "trial", "pilot", "interested",
        "available on", "book a", "walk us through", "tell me more", "learn more", "looking for",
        "evaluat*", "vorführung", "termin*", "testen", "testversion", "interesse an", "interessiert",
        "rückruf", "démo*", "rendez-vous", "réunion", "essai", "intéressé*", "reunión", "prueba",
        "interesado*", "interesada*", "llamada", "riunione", "prova", "interessat*", "chiamata",
        "reunião", "teste", "interessado*", "afspraak", "proefversie", "geïnteresseerd", "bellen",
    ),
    "no": (
        "not interested", "no interest", "no longer interested", "not relevant", "not the right person",
        "no thanks", "no thank you", "went with another", "chose another", "not a fit", "don't need",
        "dont need", "do not need", "not looking", "were not looking", "no need", "wrong person",
        "kein interesse", "nicht interessiert", "nein danke", "kein bedarf",
        "brauchen wir nicht", "anderen anbieter", "pas intéressé*", "aucun intérêt",
        "non merci", "pas besoin", "no me interesa", "no nos interesa", "no estamos interesad*",
        "no estoy interesad*", "no gracias", "non siamo interessat*",
        "non sono interessat*", "non interessa", "nessun interesse", "no grazie", "não tenho interesse",
        "não temos interesse", "sem interesse", "não estamos interessad*",
        "geen interesse", "niet geïnteresseerd", "nee bedankt",
        "another vendor", "another supplier", "another provider", "other vendor", "a competitor",
        "autre fournisseur", "autre prestataire", "concurrent", "otro proveedor", "altro fornitore",
        "outro fornecedor", "andere leverancier", "for another", "pass on this", "well pass",
    ),
    "later": (
        "next year", "next quarter", "not now", "not right now", "later this year", "circle back",
        "too early", "nächstes jahr", "nächstes quartal", "später", "derzeit nicht", "momentan nicht",
        "l'année prochaine", "plus tard", "pas maintenant", "el próximo año", "más adelante",
        "ahora no", "l'anno prossimo", "più avanti", "non ora", "no próximo ano", "mais tarde",
        "agora não", "volgend jaar", "later dit jaar", "nu niet",
        "not a priority", "keine priorität", "pas une priorité", "pas la priorité", "no es prioridad",
        "no es una prioridad", "non è una priorità", "não é prioridade", "não é uma prioridade",
        "geen prioriteit", "no budget", "kein budget",
        "pas de budget", "sin presupuesto", "no tenemos presupuesto", "nessun budget",
        "non abbiamo budget", "sem orçamento", "não temos orçamento", "geen budget",
    ),
    "urgent": (
        "asap", "urgent*", "immediately", "today", "tomorrow", "this week",
        "deadline", "as soon as possible", "right away", "dringend*",
        "sofort", "heute", "morgen", "diese woche", "frist", "schnellstmöglich",
        "aujourd'hui", "demain", "cette semaine", "dès que possible", "hoy", "mañana",
        "esta semana", "cuanto antes", "urgente*", "oggi", "domani", "questa settimana",
        "al più presto", "hoje", "amanhã", "o quanto antes", "vandaag",
        "deze week", "zo snel mogelijk", "spoed*",
    ),
    "good": (
        "great", "happy with", "thanks", "thank you", "love", "excellent", "happy to", "looking forward", "perfect",
        "danke*", "super", "gerne", "freue*", "merci", "parfait", "ravi*", "gracias", "perfecto",
        "encantad*", "grazie", "perfetto", "volentieri", "obrigad*", "perfeito", "ótimo", "bedankt",
        "dank", "graag", "prima",
    ),
    "bad": (
        "disappointed", "angry", "unacceptable", "complain*", "terrible", "worst", "annoy*", "spam",
        "broken", "still waiting", "cancel my", "refund", "outage", "erstattung", "rückerstattung", "remboursement",
        "reembolso", "rimborso", "terugbetaling", "enttäuscht", "inakzeptabel", "beschwer*", "verärgert",
        "ärgerlich", "déçu*", "inacceptable", "plainte", "mécontent*", "decepcionad*", "inaceptable",
        "queja", "molest*", "delus*", "inaccettabile", "reclamo", "lament*", "decepcionado*",
        "inaceitável", "reclama*", "teleurgesteld", "onacceptabel", "klacht*", "boos",
    ),
}  # fmt: skip

# A cue behind one of these, in the same clause and at most a few words on, is taken back.
NEGATORS = frozenset(
    "not no never neither nor without cannot cant dont doesnt didnt wont isnt arent werent wasnt "
    "couldnt wouldnt hardly nicht kein keine keinen keiner keinem nichts nie niemals ohne weder pas "
    "rien jamais aucun aucune sans ni nada nunca jamás ningún ninguna sin tampoco non niente mai "
    "nessun nessuna senza né não nem nenhum nenhuma sem niet geen niets nooit zonder".split()
)
# "not only", "no problem", "can't wait", "why not": a negator that takes nothing back
EXCUSED = frozenset(
    "only just wait problem worries doubt hesitate sooner later nur warten problem zweifel seulement "
    "souci problème doute sólo solo problema duda soltanto dubbio só dúvida alleen probleem twijfel "
    "kwestie why warum pourquoi waarom perché issue matter".split()
)
TURNS = frozenset(
    "but however aber jedoch sondern mais cependant pero sino ma però porém maar".split()
)
