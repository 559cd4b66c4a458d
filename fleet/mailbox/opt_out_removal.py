"""Opt-outs that ask for something to be undone: a subscription, an entry in a list, a consent."""

import itertools

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
)
from fleet.mailbox.opt_out_words import Part

REFUSAL = 6  # words between "do not" and "consent"
ALONG = Part.POLITE | Part.LINK | Part.ME | Part.OFF | Part.FIRST | Part.YOU
BETWEEN = Part.LINK | Part.POLITE | Part.BE | Part.YOU | Part.DATA
OWNED = Part.DATA | Part.ME | Part.LINK | Part.POLITE | Part.REMOVE
WISHED = Part.LINK | Part.POLITE | Part.WANT | Part.PAST | Part.WISH | Part.BE


def unsubscribes(clause: Clause, whole: int) -> Found:
    """Find "unsubscribe" and its kin, unless it is other people who do it."""
    at = places(clause, Part.UNSUBSCRIBE)[0]
    if Part.THIRD & whole and not any_of(clause[at + 1 : at + CLOSE], Part.ME):
        return None
    return None if any_of(before(clause, at, 1), Part.NOT) else (at, at)


def removes(clause: Clause, whole: int) -> Found:
    """Find "take me off your list", "aus der Liste entfernen", "vorrei essere cancellato"."""
    if any(Part.HESITATE & part and not Part.REMOVE & part for part in clause):
        return None
    lists = _lists(clause)
    for at in places(clause, Part.REMOVE):
        if _is_no_request(clause, at, whole):
            continue
        if whole & Part.DATA and _is_about_writer(clause):
            return at, max(places(clause, Part.ME))
        own = _own_object(clause, at)
        if own is not None and (lists or ends_politely(clause, max(at, own) + 1)):
            return min(at, own), max([at, own, *lists])
        if lists and len(clause) <= SHORT and _only_links(clause, at, lists[0]):
            return min(at, lists[0]), max(at, lists[0])
        wish = _wish_to_be(clause, at)
        if wish is not None and (lists or at == len(clause) - 1):
            return wish, at
    return None


def _is_no_request(clause: Clause, at: int, whole: int) -> bool:
    """Whether an act of removal is denied, the writer's own, or puts something on a list."""
    led = before(clause, at, 2)
    if any_of(led, Part.NOT) or (is_own_act(clause, at) and not any_of(led, Part.WANT)):
        return True
    return bool(Part.TAKE & clause[at] and Part.INTO & whole and not Part.OFF & whole)


def _lists(clause: Clause) -> list[int]:
    """Return where their lists are named, not ours: "duplicates from our mailing list"."""
    return [i for i in places(clause, Part.LIST) if not _is_ours(clause, i)]


def _is_ours(clause: Clause, at: int) -> bool:
    for part in reversed(before(clause, at, CLOSE)):
        if part & (Part.OURS | Part.OFF):
            return bool(part & Part.OURS)
    return False


def _is_about_writer(clause: Clause) -> bool:
    """Whether "the data you hold on me" stands in a clause."""
    return any(Part.ABOUT & one and Part.ME & two for one, two in itertools.pairwise(clause))


def _own_object(clause: Clause, at: int) -> int | None:
    """Return where the writer, or the writer's address or data, is what the act is done to."""
    if Part.ME & clause[at]:
        return at
    for i in range(max(0, at - NEAR), min(len(clause), at + NEAR + 1)):
        after = clause[i + 1 : i + CLOSE]
        named = any_of(after, Part.DATA)
        # "this address" is the writer's; "this line" is not
        if i == at or not (Part.ME & clause[i] or (Part.THESE & clause[i] and named)):
            continue
        if not all_of(clause[min(i, at) + 1 : max(i, at)], BETWEEN):
            continue
        if not after or after[0] & OWNED or named:
            return i
    return None


def _only_links(clause: Clause, one: int, other: int) -> bool:
    """Whether an act and a list stand alone: "bitte aus der Liste entfernen"."""
    first, last = min(one, other), max(one, other)
    between = clause[first + 1 : last]
    theirs = Part.THESE | Part.FIRST if any_of(between, Part.YOU) else 0  # "it from your list"
    if not all_of(between, Part.LINK | Part.OFF | Part.YOU | theirs):
        return False
    return all_of([*clause[:first], *clause[last + 1 :]], ALONG)


def _wish_to_be(clause: Clause, at: int) -> int | None:
    """Return where "I asked to be", "vorrei essere" begins, right before the act at `at`."""
    if at + 1 < len(clause) and clause[at + 1] & Part.BE:  # "ausgetragen werden"
        return next(iter(places(clause[:at], Part.WISH)), None)
    for be in places(clause[:at], Part.BE):
        for wish in places(clause[:be], Part.WISH):
            strange = [*clause[wish:be], *clause[be + 1 : at]]
            if sum(not part & WISHED for part in strange) <= 1:
                return wish
    return None


def leaves(clause: Clause, _whole: int) -> Found:
    """Find "I'd like off this list", "quero sair da lista"."""
    for at in _lists(clause):
        led = before(clause, at, NEAR)
        if any_of(led, Part.LEAVE) and any_of(led, Part.OFF):
            return max(0, at - NEAR), at
    return None


def withdraws(clause: Clause, _whole: int) -> Found:
    """Find "I withdraw my consent", "ik trek mijn toestemming in"."""
    for said in places(clause, Part.WITHDRAW):
        for leave in places(clause, Part.CONSENT):
            if abs(said - leave) <= NEAR:
                return min(said, leave), max(said, leave)
    return None


def refuses(clause: Clause, whole: int) -> Found:
    """Find "I do not authorize the use of my data"."""
    no, leave = places(clause, Part.NOT)[0], places(clause, Part.CONSENT)[0]
    if abs(leave - no) <= REFUSAL and whole & (Part.MAIL | Part.DATA | Part.CONTACT):
        return min(no, leave), max(no, leave)
    return None


def objects(clause: Clause, whole: int) -> Found:
    """Find "I object to marketing", "widerspreche der Nutzung meiner Daten" (GDPR, article 21)."""
    at = places(clause, Part.OBJECT)[0]
    around = [*before(clause, at, 2), *clause[at : at + CLOSE]]
    if not whole & (Part.MAIL | Part.DATA) or not any_of(around, Part.FIRST | Part.ME):
        return None
    return at, max(at, places(clause, Part.MAIL | Part.DATA)[-1])
