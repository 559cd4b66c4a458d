"""Opt-outs that ask for silence: do not write, I want no mail, stop, no more."""

from fleet.mailbox.opt_out_clause import (
    CLOSE,
    NEAR,
    SHORT,
    Clause,
    Found,
    all_of,
    any_of,
    before,
    ends_politely,
    is_own_act,
    places,
    union,
)
from fleet.mailbox.opt_out_words import Part

REACH = 8  # words behind "do not want" that can still be what is not wanted
CURT_WORDS = 6
OWNERS = Part.ME | Part.OURS | Part.THESE | Part.YOU
CURT = Part.NOT | Part.NOTHING | Part.MAIL | Part.POLITE | Part.LINK | Part.THESE | Part.DATA
LEAD = Part.POLITE | Part.LINK | Part.WANT | Part.FIRST | Part.RECEIVE
BARE_STOP = Part.STOP | Part.POLITE | Part.THESE | Part.FIRST | Part.INTO | Part.LINK
UNWANTED = Part.RECEIVE | Part.REACHED | Part.CONTACT | Part.MAIL
STOPPED = Part.CONTACT | Part.SEND | Part.MAIL
BARE_SEND = (
    Part.NOT | Part.MORE | Part.SEND | Part.POLITE | Part.LINK | Part.ME | Part.YOU
)  # fmt: skip


def forbids(clause: Clause, whole: int) -> Found:
    """Find "do not write to me again", "ne m'écrivez plus", "schicken Sie mir nichts mehr"."""
    if whole & (Part.HESITATE | Part.PAST):
        return None
    for no in places(clause, Part.NOT | Part.NOTHING):
        for act in places(clause, Part.CONTACT | Part.SEND):
            first, last = min(no, act), max(no, act)
            if not 0 < last - first <= NEAR or is_own_act(clause, first):
                continue
            if act < no and clause[act] & Part.MAIL and not any_of(clause[act + 1 : no], Part.ME):
                continue  # "some email can not be read"; but "mail me niet meer"
            if no < act and clause[act] & Part.MAIL and clause[act - 1] & OWNERS:
                continue  # "without access to my mail"
            if any_of(clause[last + 1 : last + 1 + CLOSE], Part.UNTIL):
                continue  # "do not write to me before Monday"
            if _is_further(clause, no, act, whole):
                return first, last
    return None


def _is_further(clause: Clause, no: int, act: int, whole: int) -> bool:
    """Whether the forbidden act is one towards the writer, or any further one."""
    first, last = min(no, act), max(no, act)
    if clause[act] & Part.CHASE:  # "no follow-up", but not "no follow-up questions"
        return act + 1 == len(clause) or bool(clause[act + 1])
    if clause[act] & Part.CONTACT:
        others = [p for i, p in enumerate(clause[: last + NEAR]) if i not in (no, act)]
        near = union(others[max(0, first - CLOSE) :])
        return bool((near | clause[act] | clause[no]) & Part.ME or (near | clause[no]) & Part.MORE)
    if whole & Part.MORE and all_of(clause, BARE_SEND):
        return True
    behind = union(clause[first : last + NEAR + 1])
    if behind & Part.ME and any_of(clause[act + 1 : act + CLOSE], Part.MAIL):
        return True
    things = behind & Part.NOTHING or (whole & Part.MAIL and whole & Part.MORE)
    return bool(things and behind & (Part.ME | Part.MORE))


def wants_none(clause: Clause, whole: int) -> Found:
    """Find "I no longer wish to receive", "ich will nicht mehr angeschrieben werden"."""
    if Part.HESITATE & whole:
        return None
    for no in places(clause, Part.NOT | Part.NOTHING):
        for wish in places(clause, Part.WANT):
            if abs(no - wish) > CLOSE:
                continue
            first, last = min(no, wish), max(no, wish)
            if any_of(clause[first : last + NEAR], Part.LOSE):
                continue
            start = max(0, no - CLOSE) if no == wish else first  # "… ist unerwünscht"
            if _is_unwanted(clause[start : last + REACH], len(clause)):
                return first, last
    return None


def _is_unwanted(words: Clause, length: int) -> bool:
    """Whether what is not wanted is to get mail, or to be written to."""
    near = union(words)
    is_short = length <= SHORT
    if any(_is_got(words, at, is_short) for at in places(words, Part.RECEIVE)):
        return True
    if near & Part.RECEIVE and near & Part.YOU and is_short:  # "to hear from you"
        return True
    if near & Part.REACHED and near & Part.BE:
        return True
    further = near & Part.MORE and near & (Part.ME | Part.YOU)
    if near & Part.CONTACT and (further or _is_own_contact(words)):
        return True
    theirs = near & (Part.MORE | Part.THESE | Part.YOU) or length <= NEAR
    return bool(near & Part.MAIL and theirs and is_short)


def _is_got(words: Clause, at: int, is_short: bool) -> bool:
    around = union([*before(words, at, NEAR), *words[at + 1 : at + NEAR]])
    around |= words[at] & ~Part.RECEIVE
    if around & (Part.MAIL | Part.NOTHING) or (around & Part.THESE and is_short):
        return True
    return bool(around & Part.MORE) and at == len(words) - 1


def _is_own_contact(words: Clause) -> bool:
    """Whether it is the writer who is contacted: "que me escriban"."""
    return any(
        any_of([*before(words, at, 2), *words[at : at + CLOSE]], Part.ME)
        for at in places(words, Part.CONTACT)
    )


def stops_curtly(clause: Clause, whole: int) -> Found:
    """Find "stop", "stop it now", "please stop": a few words and nothing else."""
    curt = len(clause) <= NEAR and Part.STOP & clause[0] and all_of(clause, BARE_STOP)
    return (0, len(clause) - 1) if curt and not Part.HESITATE & whole else None


def stops(clause: Clause, whole: int) -> Found:
    """Find "stop emailing me", "dejen de enviarme correos", "enough with these mails"."""
    if Part.HESITATE & whole:
        return None
    for at in places(clause, Part.STOP | Part.ENOUGH):
        if any_of(clause[at + 1 : at + CLOSE], Part.RECEIVE) and any_of(clause[at:], Part.MAIL):
            return at, at + 1
        if _is_own_stop(clause, at) or any_of(before(clause, at, 2), Part.NOT):
            continue
        for i in range(at + 1, min(len(clause), at + 1 + NEAR)):
            if _is_stopped(clause, at, i, whole):
                return at, i
    return None


def _is_stopped(clause: Clause, at: int, i: int, whole: int) -> bool:
    part = clause[i]
    if part & Part.CONTACT and (not part & Part.MAIL or i == at + 1 or Part.ME & whole):
        return True
    if part & Part.SEND and any_of(clause[i : i + NEAR], Part.ME | Part.MAIL | Part.THESE):
        return True
    return bool(part & Part.MAIL) and ends_politely(clause, i + 1)


def _is_own_stop(clause: Clause, at: int) -> bool:
    """Whether it is the writer who stops: "we want to stop sending paper"."""
    led = before(clause, at, NEAR + 1)
    first = [i for i, part in enumerate(led) if part & Part.FIRST and not part & Part.ME]
    return bool(first) and not any_of(led[first[-1] :], Part.YOU)


def no_more(clause: Clause, whole: int) -> Found:
    """Find "no more emails", "bitte keine Werbung mehr", "geen reclame aub"."""
    if Part.HESITATE & whole:
        return None
    curt = len(clause) <= CURT_WORDS and all_of(clause, CURT)
    for mail in places(clause, Part.MAIL):
        led = places(clause[:mail], Part.NOT | Part.NOTHING | Part.MORE)
        after = places(clause[: mail + CLOSE + 1], Part.MORE)
        found = [i for i in led if i >= mail - NEAR] + [i for i in after if i > mail]
        said = union([clause[i] for i in found])
        if not said & (Part.NOT | Part.NOTHING) or not (curt or said & Part.MORE):
            continue
        first, last = min(mail, *found), max(mail, *found)
        if ends_politely(clause, last + 1) and all_of(clause[:first], LEAD):
            return first, last
    return None
