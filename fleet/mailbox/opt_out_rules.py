"""What the words of one clause must do together to be an opt-out."""

from collections.abc import Callable

from fleet.mailbox import opt_out_removal as removal
from fleet.mailbox import opt_out_silence as silence
from fleet.mailbox.opt_out_clause import Clause, Found, union
from fleet.mailbox.opt_out_words import Part

# parts that a clause must have all, parts of which it must have any, and who looks closer
ANY = -1
RULES: tuple[tuple[int, int, Callable[[Clause, int], Found]], ...] = (
    (Part.UNSUBSCRIBE, ANY, removal.unsubscribes),
    (Part.REMOVE, Part.ME | Part.THESE | Part.LIST | Part.WISH, removal.removes),
    (Part.LIST | Part.OFF | Part.LEAVE, ANY, removal.leaves),
    (Part.NOT | Part.CONTACT, Part.ME | Part.MORE | Part.CHASE, silence.forbids),
    (Part.NOT | Part.SEND, Part.ME | Part.MORE | Part.CHASE, silence.forbids),
    (Part.NOTHING | Part.SEND, Part.ME | Part.MORE | Part.CHASE, silence.forbids),
    (Part.NOT | Part.WANT, silence.UNWANTED, silence.wants_none),
    (Part.NOTHING | Part.WANT, silence.UNWANTED, silence.wants_none),
    (Part.STOP, ANY, silence.stops_curtly),
    (Part.STOP, silence.STOPPED, silence.stops),
    (Part.ENOUGH, silence.STOPPED, silence.stops),
    (Part.MAIL | Part.NOT, ANY, silence.no_more),
    (Part.MAIL | Part.NOTHING, ANY, silence.no_more),
    (Part.CONSENT | Part.WITHDRAW, ANY, removal.withdraws),
    (Part.OBJECT, Part.MAIL | Part.DATA, removal.objects),
    (Part.NOT | Part.CONSENT, Part.MAIL | Part.DATA | Part.CONTACT, removal.refuses),
)
AT_LENGTH = tuple(
    (needed, some) for needed, some, rule in RULES if rule is not silence.stops_curtly
)
FIRST_LOOK = union([needed & -needed for needed, _ in AT_LENGTH])  # one part of each


def asks(clause: Clause) -> Found:
    """Return the first and last word of an opt-out in a clause, or None.

    >>> asks([Part.REMOVE, Part.ME, Part.LINK, Part.YOU, Part.LIST])
    (0, 4)
    >>> asks([Part.REMOVE, Part.LINK, 0]) is None
    True
    """
    whole = union(clause)
    for needed, some, rule in RULES:
        if needed & whole == needed and some & whole:
            found = rule(clause, whole)
            if found:
                return found
    return None


def may_ask(whole: int) -> bool:
    """Whether a text with these parts could hold an opt-out that is more than a curt "stop"."""
    if not whole & FIRST_LOOK:
        return False
    for needed, some in AT_LENGTH:  # noqa: SIM110  # run on every mail: half the time of any()
        if needed & whole == needed and some & whole:
            return True
    return False
