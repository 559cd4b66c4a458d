"""What the words of one clause must do together to be an opt-out."""

from collections.abc import Callable

from fleet.mailbox import opt_out_removal as removal
from fleet.mailbox import opt_out_silence as silence
from fleet.mailbox.opt_out_clause import Clause, Found, union
from fleet.mailbox.opt_out_words import Part

RULES: tuple[tuple[int, Callable[[Clause, int], Found]], ...] = (
    (Part.UNSUBSCRIBE, removal.unsubscribes),
    (Part.REMOVE, removal.removes),
    (Part.LIST | Part.OFF | Part.LEAVE, removal.leaves),
    (Part.NOT | Part.CONTACT, silence.forbids),
    (Part.NOT | Part.SEND, silence.forbids),
    (Part.NOTHING | Part.SEND, silence.forbids),
    (Part.NOT | Part.WANT, silence.wants_none),
    (Part.NOTHING | Part.WANT, silence.wants_none),
    (Part.STOP, silence.stops),
    (Part.ENOUGH, silence.stops),
    (Part.MAIL | Part.NOT, silence.no_more),
    (Part.MAIL | Part.NOTHING, silence.no_more),
    (Part.CONSENT | Part.WITHDRAW, removal.withdraws),
    (Part.OBJECT, removal.objects),
    (Part.NOT | Part.CONSENT, removal.refuses),
)
NEEDED = tuple(needed for needed, _ in RULES)


def asks(clause: Clause) -> Found:
    """Return the first and last word of an opt-out in a clause, or None.

    >>> asks([Part.REMOVE, Part.ME, Part.LINK, Part.YOU, Part.LIST])
    (0, 4)
    >>> asks([Part.REMOVE, Part.LINK, 0]) is None
    True
    """
    whole = union(clause)
    for needed, rule in RULES:
        if needed & whole == needed:
            found = rule(clause, whole)
            if found:
                return found
    return None


def may_ask(whole: int) -> bool:
    """Whether a text with these parts could hold an opt-out at all."""
    return any(needed & whole == needed for needed in NEEDED)
