"""How names and texts of a trace are read: reads, acts, approvals, errors, claims."""

import re

PREFIX = r"^(?:[a-z0-9_]+[.:/-])?"
READ = re.compile(
    PREFIX
    + r"(?:get|read|fetch|list|search|find|lookup|look_up|load|query|view|show|describe|open|"
    r"retrieve|check_status|count|knowledge|calculat|select|browse|visit)",
    re.IGNORECASE,
)
ACT = re.compile(
    PREFIX
    + r"(?:book|update|cancel|create|send|delete|add|remove|modify|set|write|insert|post|put|"
    r"exchange|return_|change|buy|pay|refund|edit|commit|submit|publish|schedule|enroll|suppress|"
    r"assign|merge|upload|upsert|patch|dispatch|transfer_money|issue)",
    re.IGNORECASE,
)
OUTBOUND = re.compile(
    r"(?:^|[._:/-])(?:send|dispatch|publish|deliver|pay|wire|transfer_money)(?:$|[._:/-])",
    re.IGNORECASE,
)
DRY = re.compile(r"draft|queue|preview|prepare|dry_?run|schedule", re.IGNORECASE)
APPROVAL = re.compile(
    r"approv|confirm|consent|human_?(?:gate|review|check|in)|review(?:er)?$|sign_?off|"
    r"^(?:human|gate)$",
    re.IGNORECASE,
)
REFUSED = re.compile(r"\b(?:reject(?:ed)?|den(?:y|ied)|refused|declined|false|no)\b", re.IGNORECASE)
CONSENT = re.compile(
    r"\b(?:yes|yeah|yep|confirm(?:ed)?|proceed|go ahead|sure|ok(?:ay)?|please|correct|agreed?|"
    r"approved?|sounds good|do it|ja|oui|sí)\b",
    re.IGNORECASE,
)
HANDOVER = re.compile(r"transfer_to|escalat|hand_?(?:off|over)|to_human|human_agent", re.IGNORECASE)
WANTS_PERSON = re.compile(
    r"\b(?:(?:speak|talk) (?:to|with)|(?:connect|transfer|put|get) me (?:to|with|through to)?|"
    r"(?:want|need|prefer|like|ask for|give me)\b(?: to [a-z]+ (?:to|with))?) ?"
    r"(?:an? |the |your |some )?(?:actual |live |real )?"
    r"(?:human|person|manager|supervisor|representative|someone real)\b",
    re.IGNORECASE,
)
OFFERS_PERSON = re.compile(
    r"\b(?:human|person|manager|supervisor|representative|colleague|specialist|transfer|escalat)",
    re.IGNORECASE,
)
ADMITS = re.compile(
    r"\b(?:errors?|fail(?:ed|s|ure)?|issues?|problems?|invalid|wrong|incorrect|mistake|oversight|"
    r"retry|try(?:ing)? again|seems?|unfortunately|unable|cannot|can['’]t|could ?n[o'’]t|could not|"
    r"sorry|apologi[sz]e|not (?:able|possible|available|exist|find|found|enough|cover|yet)|"
    r"no (?:longer|such)|there (?:is|are) no|do(?:es)? not|doesn['’]t|didn['’]t|missing|rejected|"
    r"refused|timed? ?out|unavailable|fehler|leider|erreur)\b",
    re.IGNORECASE,
)
EXCEPTION = re.compile(
    r"Traceback \(most recent call last\)|\b[A-Z]\w*(?:Error|Exception)\b(?=[:(]|$)|"
    r"^\s+at [\w.$]+\([\w.]+:\d+\)",
    re.MULTILINE,
)
UNKNOWN_TOOL = re.compile(
    r"(?:unknown|no such|undefined|unsupported|unregistered) (?:tool|function|action)|"
    r"(?:tool|function|action)\b[^.\n]{0,60}\b(?:not found|does not exist|is not defined|"
    r"is not (?:available|a valid))",
    re.IGNORECASE,
)
BAD_ARGUMENT = re.compile(
    r"(?:missing|required|unexpected|invalid|unknown|bad|extra)\b[^.\n]{0,30}"
    r"\b(?:argument|parameter|param|keyword|field|property|input|args?)\b|"
    r"(?:argument|parameter|field|property)s?\b[^.\n]{0,40}\b(?:missing|required|invalid|must be)|"
    r"validation error|does not match (?:the )?schema|json ?decode|could not parse|not valid json|"
    r"\bTypeError\b",
    re.IGNORECASE,
)
CLAIMED = re.compile(
    r"\b(?:has|have|['’]ve) (?:now )?(?:been )?(?:successfully )?(?:booked|updated|cancell?ed|"
    r"created|sent|deleted|added|removed|modified|refunded|scheduled|submitted|processed|emailed)"
    r"\b|\bsuccessfully (?:booked|updated|cancell?ed|created|sent|deleted|added|removed|modified|"
    r"refunded|scheduled|submitted|processed)\b",
    re.IGNORECASE,
)
STOP = re.compile(r"(?:#{2,}\s*STOP\s*#{2,}|\bTERMINATE)\W*\Z")  # the last word of a text
GOAL = re.compile(
    r"^\W*FINAL ANSWER\b|"
    r"\b(?:[Tt]ask|[Gg]oal) (?:is |was |has been )?(?:now )?"
    r"(?:completed?|done|achieved|accomplished)\b",
    re.MULTILINE,
)
CLOSING = re.compile(
    r"\b(?:thank|thanks|welcome|goodbye|bye|great day|terminate|anything else|glad)\b",
    re.IGNORECASE,
)
OUT_OF_ROLE = re.compile(
    r"\bas an? (?:ai|artificial intelligence)(?: language)? (?:language )?(?:model|assistant)\b|"
    r"\bi(?:['’]m| am) (?:just )?(?:chatgpt|an? (?:ai|large) language model|gpt-?\d|claude|"
    r"deepseek)|\bmy (?:system prompt|instructions (?:say|tell|are))|"
    r"\[(?:your|insert|recipient|customer|client|company|first|last)['’s]*[ _]"
    r"(?:full )?(?:name|company|title|position|address|email|phone|date|here|signature)"
    r"[\w ]{0,12}\]|\{\{\s*[a-z_]+\s*\}\}",
    re.IGNORECASE,
)
CODE = re.compile(r"(?s:```.*?(?:```|\Z))|`[^`\n]*`|^(?: {4}|\t|>>>).*$", re.MULTILINE)
REPAIR = re.compile(r"repair|re-?parse|fix_?json|parse_?retry|output_?fix", re.IGNORECASE)
ROUTE_KEYS = ("route", "next", "goto", "next_node", "route_to")
CHECK_KEYS = ("valid", "verified", "passed", "check_passed", "success_check", "ok")
DONE_KEYS = ("done", "goal_reached", "success_check", "finished", "completed", "task_complete")
REPAIR_KEYS = ("repaired", "parse_repaired", "schema_repaired", "repair_used", "repair_attempts")
WORD = re.compile(r"\w+")
FIGURE = re.compile(r"(?<![\w.,:/-])[$€£]?\d[\d,]*(?:\.\d+)?%?(?![\w:/-])")
ADDRESS = re.compile(
    r"(?<![\w.+-])[\w.+-]{1,64}@[\w-]{1,63}\.[\w.-]{0,190}\w|https?://[^\s)>\]\"']+"
)
DIGITS = re.compile(r"\d+(?:[.,]\d+)*")
NOT_DONE = re.compile(
    r"fail|error|skip|held|hold|wait|denied|overtaken|cancel|reject|pending|refus", re.IGNORECASE
)
