"""The words of an opt-out, by what they do in a clause: en, de, fr, es, it, pt, nl.

Accents are folded before a word is looked up, and a word may play several parts: *mail* is a thing
and an act. The languages share one table: a rule needs several parts at once, which chance words of
another language do not give.
"""


class Part:
    """What a word does in a clause: bits of a plain int, for every word of every mail is seen."""

    ME = 1 << 0  # the writer, as an object or owner
    FIRST = 1 << 1  # the writer, as the subject
    THIRD = 1 << 2  # other people, as in "our customers unsubscribe"
    NOT = 1 << 3
    NOTHING = 1 << 4
    MORE = 1 << 5
    WANT = 1 << 6
    BE = 1 << 7
    PAST = 1 << 8  # "avez", "haben": tells what was, asks for nothing
    CONTACT = 1 << 9  # to write to somebody
    SEND = 1 << 10  # to send something
    RECEIVE = 1 << 11
    STOP = 1 << 12
    ENOUGH = 1 << 13
    MAIL = 1 << 14  # what is sent
    THESE = 1 << 15
    REMOVE = 1 << 16
    LEAVE = 1 << 17
    OFF = 1 << 18
    LIST = 1 << 19
    DATA = 1 << 20  # the writer's address, name, data
    CONSENT = 1 << 21
    WITHDRAW = 1 << 22
    OBJECT = 1 << 23
    UNSUBSCRIBE = 1 << 24
    POLITE = 1 << 25
    LINK = 1 << 26  # articles and prepositions
    HESITATE = 1 << 27  # "don't hesitate to contact me"
    OURS = 1 << 28
    YOU = 1 << 29
    TAKE = 1 << 30  # takes off a list, or puts on one
    INTO = 1 << 31
    CHASE = 1 << 32  # to write once more, whoever is written to
    ABOUT = 1 << 33
    REACHED = 1 << 34  # "contacted", "angeschrieben"
    HINT = 1 << 40  # an idiom may stand here
    WISH = 1 << 35
    ALONE = 1 << 36  # may be all that a mail says
    AWAY = 1 << 37  # may stand in an automatic reply
    LOSE = 1 << 41  # "I do not want to miss your mail"
    UNTIL = 1 << 39  # a no for a time is none for good
    MACHINE = 1 << 38  # may begin the subject of one


WORDS: dict[int, str] = {
    Part.ME: r"me|us|my|our|mich|mir|uns|mein\w{0,2}|unser\w{0,2}|moi|nous|mon|ma|mes|notre"
    r"|nos|m|mi|mis"
    r"|nuestr[oa]s?|ci|mi[ao]|miei|mie|nostr[oaie]|meus?|minhas?|noss[oa]s?|mij|ons|onze|mijn"
    r"|company|firma",
    Part.OURS: r"our|unser\w{0,2}|notre|nuestr[oa]s?|nostr[oaie]|nossos?|nossas?|onze|his|her"
    r"|their|its",
    Part.FIRST: r"i|we|they|he|she|it|ich|wir|je|j|on|yo|nosotros|io|noi|eu|ik|wij",
    Part.THIRD: r"customers?|users?|people|subscribers?|leads?|contacts|recipients?|kunden"
    r"|nutzern?"
    r"|abonnenten|empfangern?|clients?|utilisateurs?|abonnes|clientes?|usuari[oa]s?"
    r"|suscriptores|clienti"
    r"|utenti|iscritti|utilizadores|assinantes|klanten|gebruikers|abonnees",
    Part.YOU: r"you|ihnen|euch|vous|ustedes|voi|voces|jullie|u|your|ihren?|vos|votre"
    r"|vostr[aoie]|voss[oa]s?|suas?|sus?|ihre[mnr]?|eure[mnr]?|uw|sentirvi|sentirla",
    Part.NOT: r"no|not|don'?t|never|cannot|nicht|nie|niemals|kein\w{0,2}|ne|n|pas|jamais"
    r"|aucune?|nunca|jamas"
    r"|ningun\w?|haven'?t|hasn'?t|didn'?t|untersag\w*|verbiet\w*|verbitte|interdis\w*"
    r"|prohib\w+|diffido|vieto|proibo|verbied|forbid|refus\w+|rechazo|rifiuto|recuso|weiger"
    r"|non|nessun\w?|nao|nenhum\w?|niet|nooit|nobody|niemand\w*|personne|nadie|nessuno|ninguem"
    r"|unerwunscht\w*|indesirables?|indesiderat\w+|indesejad\w+|ongewenst\w*|geen|sem|without"
    r"|sans|sin|inutile|inutil|unnotig",
    Part.NOTHING: r"anything|nothing|nichts|rien|nada|nulla|niente|altro|niets",
    Part.MORE: r"more|anymore|again|further|longer|future|additional|keep|kunftig\w*"
    r"|zukunft\w*|weiterhin|dorenavant|adelante|toekomst|sig[ua]\w*|continu\w+|blijf|blijven"
    r"|mehr|weitere[nrs]?|weiter|wieder|plus"
    r"|davantage|mas|ya|vuelv[ae]n?|piu|ulteriori?|altr[oiea]|otr[oa]s?|outr[oa]s?|autres?"
    r"|mais|voltem?|volte|meer|verder[e]?|again",
    Part.WANT: r"want|wish|like|care|desire|interested|unerwunscht\w*|indesirables?"
    r"|indesiderat\w+|indesejad\w+|ongewenst\w*|untersag\w*|verbiet\w*|verbitte|interdis\w*"
    r"|prohib\w+|diffido|vieto|proibo|verbied|forbid|brauch\w*|doit|must|should|soll\w*|darf"
    r"|debe\w*|deve\w*|moet\w*|refus\w+|rechazo|rifiuto|recuso|weiger|interess\w*|interet"
    r"|interes|interest|wert|need|bedarf|besoin|bisogno|behoefte|geinteresseerd|exig[eo]|exijo"
    r"|demand|prefer|rather|intend\w*|ask(?:ing|ed)?|request(?:ing)?|verlange|demande|solicito"
    r"|pido|chiedo|peco|vraag|verzoek|mochten?|will|wollen|wunschen?|souhait\w+|veux|veut"
    r"|voulons|voudrais|desir\w+|quier[oe]|queremos|dese[oa]\w*|quisiera|voglio|vogliamo"
    r"|vorrei|desider\w+"
    r"|quero|desej\w+|gostaria|wil|willen|wens\w*",
    Part.BE: r"be|been|being|werden|worden|wurde|sein|etre|ete|ser|sido|essere|stato|stata"
    r"|venire",
    Part.PAST: r"haben|hat|habe|hast|hatte\w*|avez|avons|ai|avait|ont|ha|han|he|hemos|habeis"
    r"|avete|abbiamo|ho"
    r"|hanno|tem|temos|enviaram|heeft|hebben|heb|hebt|did|didn'?t|has|have|haven'?t|hasn'?t"
    r"|can'?t|could|couldn'?t",
    Part.CONTACT: r"contact(?:ing|s)?|follow(?:-?up)?|chase|chasing|nachfassen|nachhaken"
    r"|gecontacteerd|benaderd|gemaild|aangeschreven|opvolgen|re-?contact\w*|e?mail(?:ing)?"
    r"|writ(?:e|ing)|messag(?:e|ing)|reach(?:ing)?|bother(?:ing)?"
    r"|spamming|pitch(?:ing)?|disturb(?:ing)?|solicit(?:ing)?|harass\w*"
    r"|(?:an(?:zu)?)?schreib\w*|zu(?:kontaktieren|schreiben)|angeschrieben|kontaktier\w*"
    r"|kontakt\w*|anmail\w*|mailen|meld(?:e[nt]?|et)?|belastig\w*"
    r"|ecri(?:re|vez|s|vant)|recontact\w*|sollicit\w*|derang\w*|relanc\w*|harcel\w*|demarch\w*"
    r"|escrib\w*|contact(?!ed)[aeo]\w*|molest\w*|insist\w*|escriv\w*"
    r"|scriv\w+|(?:ri)?contatt\w+|disturb\w+"
    r"|escrev\w+|contat\w+|incomod\w+"
    r"|schrijv\w*|schrijf|contacteer\w*|contacteren|benader\w*|lastig\w*|lastigvallen",
    Part.SEND: r"send(?:ing)?|deliver|forward|senden?|sendet|schick\w*|zuschick\w*|zusend\w*"
    r"|zukommen|envo[iy]\w*|adress(?:er|ez)"
    r"|envi(?:e[ns]?|ar|es|a|ando|arme|eis)\w*|mand\w+|invi(?:a\w*|ate\w*|i|no)|stur\w+"
    r"|stuur\w*|zend\w*|toezend\w*",
    Part.RECEIVE: r"receiv(?:e|ing)|reciev(?:e|ing)|get(?:ting)?|hear(?:ing)?|erhalten"
    r"|bekommen|empfangen|kriegen|recevoir|recois"
    r"|recib\w+|ricev\w+|receb\w+|ontvang\w*|krijg\w*|horen|sentir\w*|saber|entendre",
    Part.STOP: r"stop+|stopp\w*|discontinue|refrain|abstain|desist|abstenez|abstengan?se"
    r"|abstener\w*|astene\w+|abstenham|ces(?:en?|ar)|quit|cease|arret(?:ez|er|e)"
    r"|cess(?:ez|er|e|em|ate)|stoppez|dej(?:en?|a|ad|ar)|parad|cesad"
    r"|par(?:em|e|ar|en|a)|finitela|smett\w+|deix(?:em|e|ar|a)|ophouden|hou|houd|aufhoren|auf"
    r"|unterlassen",
    Part.ENOUGH: r"enough|basta|genug|assez|cheg[au]|genoeg|suficiente|schluss|marre|fini",
    Part.MAIL: r"e?mails?|e-mails?|messages?|newsletters?|mailings?|ads?|adverts?|advertising"
    r"|advertisements?|spam|marketing|stuff|things|crap|junk|material"
    r"|communications?|promotions?|promos?|follow-?ups?|ups|offers|correspondence|outreach"
    r"|solicitations?|pitch(?:es)?"
    r"|mails?|nachrichten|werbung|werbe\w*|newsletters?|angebote|kontakt\w*|zuschriften|post"
    r"|zusendungen?"
    r"|envois?|envios?|invi[io]|versand|zusendung\w*|courriels?|mels?|publicites?|pubs?|offres"
    r"|sollicitations?|infolettres?|lettres?"
    r"|correos?|mensajes?|publicidad|ofertas|boletin\w*|comunicaciones|propaganda"
    r"|messaggi|pubblicita|offerte|comunicazioni|promozioni"
    r"|mensagens|mensagem|publicidade|comunicacoes|novidades"
    r"|berichten|reclame|aanbiedingen|nieuwsbrie\w+|contact",
    Part.LOSE: r"miss|lose|verpassen|verlieren|rater|manquer|perder|perdere|missen",
    Part.UNTIL: r"before|until|till|vor|bis|avant|jusqu|antes|hasta|prima|fino|ate|tot",
    Part.THESE: r"these|this|them|informacion\w*|informazioni|informacoes|informatie"
    r"|diese[nrs]?|ces|ca|estos|esto|queste|questi|estas?|estes|isto|deze|dit",
    Part.REMOVE: r"remov(?:e|ed|al|ing)|delist(?:ed)?|delet(?:e|ed|ion|ing)|tak(?:e|en|ing)"
    r"|drop(?:ped)?|strike|purge|exclude|block|cut|scrub|eras(?:e|ure|ed)|forget|wipe"
    r"|entfern\w*|losch\w*|gelosch\w*|streich\w*|gestrich\w*|nehmen|nimm|nehmt|genommen"
    r"|austrag\w*|ausgetragen|trag(?:en|e|t)?"
    r"|retir\w+|oublie[rz]|olviden?|dimenticat?e|sup+rim\w+|suppression|enlev\w+|effac\w+"
    r"|effacement|raye[rz]?|otez|oter|sort(?:ez|ir)|exclu\w+"
    r"|elimin\w+|borr\w+|sac(?:ar|a|ame|arme)\w*|saq\w+|quit(?:en?|ar|a)\w*|supres\w+"
    r"|rimuov\w+|rimoss\w+|rimozione|cancell(?:a(?!tion)|i|o)\w*|cancelate\w*|togli\w*|tolto|lev(?:a|ate"
    r"|are|atemi|ami)\w*"
    r"|remov\w+|remoc\w+|tir(?:em?|ar|a)\w*|exclu\w+|apag\w+"
    r"|verwijder\w*|haal|haalt|halen|gehaald|schrap\w*|geschrapt|wis|wissen|gewist",
    Part.TAKE: r"tak(?:e|en|ing)|nehmen|nimm|nehmt|genommen|trag(?:en|e|t)?",
    Part.INTO: r"in|into|onto|to|auf|ein|op",
    Part.CHASE: r"follow|followup|follow-up|chase|chasing|nachfassen|nachhaken|relanc\w+"
    r"|insist\w+|solicit|recontact\w*|opvolgen",
    Part.ABOUT: r"on|about|uber|sur|sobre|over|su|di|betreffend\w*|concerning",
    Part.REACHED: r"contacte?d|emailed|messaged|pitched|angeschrieben|kontaktiert|belastigt"
    r"|(?:re)?contactee?s?|sollicitee?s?|relancee?s?|contactad[oa]s?|contattat[oaie]|ricontattat[oa]"
    r"|contatad[oa]s?"
    r"|gecontacteerd|benaderd|gemaild|aangeschreven|lastiggevallen",
    Part.WISH: r"i|we|ich|wir|je|want|wish|like|ask(?:ed|ing)?|request\w*|prefer|mochten?"
    r"|souhait\w+|veux|voulons|desir\w+|quier[oe]|queremos|dese[oa]\w*"
    r"|solicito|pido|exijo|voglio|vogliamo|vorrei|desider\w+|chiedo|quero|desej\w+|gostaria"
    r"|peco|wil|willen|wens\w*",
    Part.ALONE: r"stop\w*|arret\w*|baja|basta|fine|pare|parar|sair|remove|unsub|off|cancel|end|quit"
    r"|nein|alto|ophouden|genoeg|delete|loschen|entfernen|supprimez|eliminar|cancellare"
    r"|remover|verwijderen",
    Part.LEAVE: r"get|getting|leave|come|be|go|count|like|opt|salir|sair|saio|uscire|sortir"
    r"|wil|raus|runter|eraf|eruit|want",
    Part.OFF: r"off|out|von|aus|da|de|del|de|dalla|dall|dal|d[aeo]s?t[ae]s?|dess[ae]s?|van|uit"
    r"|from|hors",
    Part.LIST: r"lists?|mailing-?lists?|mailings?|campaigns?|contacts|kontakten?|contactos"
    r"|contatti|contatos|contacten|databases?|db|newsletters?|distribution|sequences?"
    r"|cadences?|outreach|records?|systems?|crm|everything|blacklist"
    r"|\w*verteilern?|\w*listen?|datenbank\w*|kartei|adressbestand|robinson\w*|listes?|bases?"
    r"|fichiers?|diffusion|listas?|archivi\w*|archivos?|elenco|files?|systeem|sistema|systeme"
    r"|archief|kundenkartei|banco"
    r"|registros?|cadastros?|ficheiros?|lijst(?:en)?|\w+lijst|bestand\w*|adressenbestand",
    Part.DATA: r"address(?:es)?|e?mails?|e-mails?|name|details|data|info|information|empresa"
    r"|azienda|societe|bedrijf|entreprise|unternehmen|firm|business|domain|team|inbox"
    r"|organi[sz]ation|file|dossier|id|number|adressen?|mailadresse|daten|namen?"
    r"|donnees|coordonnees|noms?|direccion|correo|datos|nombre|indirizzo|nominativo|contatto"
    r"|recapit\w*|dati|nome|enderecos?|dados|contac?to|contato"
    r"|adres|\w*gegevens|kontaktdaten|naam|mailadres|su[bs]*cripcion|inscripcion|inscription"
    r"|abonnement|anmeldung|iscrizione|inscricao|subscricao|inschrijving|emailadres"
    r"|e-mailadres|emailadresse|e-mail-adresse",
    Part.CONSENT: r"consent|permission|stimme|authori[sz]e|autoris\w+|autoriz\w+|erlaub\w+"
    r"|einwilligung|zustimmung|einverstandnis|consentement|accord|consentimiento|autorizacion"
    r"|consenso"
    r"|autorizzazione|consentimento|autorizacao|toestemming",
    Part.WITHDRAW: r"withdraw|withdrawing|withdrawn|revok\w+|rescind|widerruf\w*|zuruck\w*"
    r"|ziehe|entziehe|retir\w+|revoc\w+|revog\w+|cancel\w*|trek|intrek\w*|annul\w+",
    Part.OBJECT: r"object|widersprech\w*|oppose|opongo|oppongo|oponho|bezwaar",
    Part.POLITE: r"please|pls|plz|kindly|thanks|thank|thx|bitte|bitten|danke|merci|svp|stp"
    r"|veuillez|gracias|favor|por|x|grazie|prego|favore|obrigad[oa]"
    r"|endlich|finally|enfin|finalmente|eindelijk|graag|aub|alstublieft|alsjeblieft|a|u|b|bedankt|now|asap|immediately"
    r"|sofort|ever|ensure|make|sure|umgehend|unverzuglich|immediatement|inmediatamente"
    r"|immediatamente|imediatamente|onmiddellijk|already|again|ja|today|maintenant|ya|subito"
    r"|agora|hello|hi|at|all|s|v|p|gelieve"
    r"|under|gdpr|dsgvo|rgpd|avg|anymore|mehr|meer|plus|more|then|und|and|et|y|e|en",
    Part.LINK: r"an|up|raus|runter|eraf|eruit|from|of|off|out|vom|beim|zum|im|um|tout|toute"
    r"|alle|all|toda?s?|tutt[eio]|the|this|your|ur|all|any|these|those|aus|von|dem|der|den"
    r"|ihre[mnr]?|eure[mnr]?|diese[mnr]?|zu|de|del|du|des|la|le|les|l|votre|vos|cette|ces"
    r"|el|los|las|su|sus|esta|esa|dal|dalla|dall|della|delle|vostr[aoie]|sua|suo|tua|questa|da"
    r"|do|a|o|as|os|das|dos|dess[ae]|dest[ae]|vossa"
    r"|van|uw|jullie|je|deze|uit|het|een|future|with|mit|con|com|met|aux|about|mailing"
    r"|marketing|distribution|sie|vous|ustedes|sales|promo"
    r"|te|il|lo|gli|i|dei|degli|mio|personal|personenbezogene?n?|personnelles|personales"
    r"|personali|pessoais|persoonlijke|for|fur|pour|para|per|voor|to|here|hier|contact"
    r"|completely|altogether|e?mail",
    Part.HESITATE: r"hesitat\w*|zoger\w*|hesit\w+|dud\w+|esit\w+|aarzel\w*|vergess\w*|vergiss"
    r"|oubli\w+|olvid\w*|dimentic\w*"
    r"|esquec\w*|vergeet\w*|fail|worry|forg[eo]t|scheu\w*|privez|sorry|previous|last|letzte\w*"
    r"|dernier\w*|ultim\w*|invite|meeting|quote|invoice|order",
    Part.UNSUBSCRIBE: r"unsub\w*|desub\w*|optout|optingout|abmeld\w*|abgemeldet|abbestellt"
    r"|abzumelden|abmel\w*|abbestell\w*|abzubestellen|des?ab+on\w*|des?insc\w+"
    r"|desu[bs]+\w*cri\w*|disis?c\w*ri\w+|disic\w*ri\w+|descadas\w*|desinscr\w*|desescrev\w*"
    r"|uits?ch?r?ij\w*|uitgeschreven|afmeld\w*|uitteken\w*",
}
