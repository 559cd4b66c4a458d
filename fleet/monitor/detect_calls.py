"""Defects of tool calls: loops, reads again, errors passed over, calls refused as malformed."""

from collections.abc import Iterator, Mapping
from itertools import pairwise

from fleet.monitor.view import QUOTE, Act, View, said
from fleet.monitor.words import ADMITS, BAD_ARGUMENT, UNKNOWN_TOOL
from fleet.traces.model import StepKind


def detect_calls(view: View) -> None:
    """Look at the executed calls of a run."""
    looped = set(_repeats(view)) | set(_periods(view))
    _failing(view)
    _reads_again(view, looped)
    _misuse(view)
    _ignored(view)


def _repeats(view: View) -> Iterator[str]:
    """The same call, at least `loop_repeats` times, with nothing changed in between."""
    runs: dict[str, list[Act]] = {}
    reported: set[str] = set()
    for act in view.acts:
        # Another change may alter what the same call answers; an equal answer shows it did not.
        if act.changes:
            for signature in [s for s, seen in runs.items() if s != act.signature]:
                if runs[signature][-1].result is None:
                    del runs[signature]
        seen = runs.setdefault(act.signature, [])
        if seen and seen[-1].result != act.result:
            seen.clear()  # a poll whose answer moves is no loop
        seen.append(act)
        if len(seen) >= view.policy.loop_repeats and act.signature not in reported:
            reported.add(act.signature)
            sure = view.policy.strong if act.result is not None else view.policy.medium
            _loop(view, seen, f"{act.call.name} is called {len(seen)} times alike", sure)
            yield act.signature


def _periods(view: View) -> Iterator[str]:
    """A cycle of two or more calls, taken at least `loop_periods` times in a row."""
    marks = [(act.signature, act.result) for act in view.acts]
    for period in range(2, view.policy.max_period + 1):
        same, start = 0, 0
        for at in range(period, len(marks)):
            same = same + 1 if marks[at] == marks[at - period] else 0
            if same == period * (view.policy.loop_periods - 1):
                start = at - period * view.policy.loop_periods + 1
                cycle = view.acts[start : start + period]
                if len({act.signature for act in cycle}) < 2:  # noqa: PLR2004  # one call is a repeat
                    continue
                names = " > ".join(act.call.name for act in cycle)
                _loop(view, view.acts[start : at + 1], f"the cycle {names} comes again", 1.0)
                yield from (act.signature for act in cycle)


def _failing(view: View) -> None:
    """One tool failing again and again, however its arguments vary."""
    row: list[Act] = []
    for act in view.acts:
        if row and (act.call.name != row[-1].call.name or act.call.error is None):
            row = []
        if act.call.error is not None:
            row.append(act)
            if len(row) == view.policy.failing_repeats:
                text = f"{act.call.name} fails {len(row)} times in a row"
                _loop(view, row, text, view.policy.medium)


def _loop(view: View, acts: list[Act], text: str, confidence: float) -> None:
    view.add(
        "tool_loop", acts[-1].step, text, quote=acts[-1].signature,
        confidence=min(confidence, view.policy.strong), spans=tuple(act.step.id for act in acts),
    )  # fmt: skip


def _reads_again(view: View, looped: set[str]) -> None:
    known: dict[str, Act] = {}
    for act in view.acts:
        if not act.reads:
            known.clear()  # what is no read may have changed what a read gives
            continue
        before = known.get(act.signature)
        if before is not None and before.call.error is None and act.signature not in looped:
            equal = act.result is not None and act.result == before.result
            if equal or act.result is None or before.result is None:
                sure = view.policy.strong if equal else view.policy.weak
                text = f"{act.call.name} reads again what step {before.step.position} has read"
                spans = (before.step.id, act.step.id)
                view.add(
                    "redundant_read", act.step, text, quote=act.signature, confidence=sure,
                    spans=spans,
                )  # fmt: skip
        known[act.signature] = act


def _misuse(view: View) -> None:
    offered = {*view.run.tools, *view.contract.tools}
    shaped = {act.call.name for act in view.acts if isinstance(act.call.arguments, Mapping)}
    for act in view.acts:
        call = act.call
        error = call.error or ""
        if offered and call.name not in offered:
            text, sure = f"{call.name} is no tool that was offered", view.policy.strong
        elif UNKNOWN_TOOL.search(error):
            text, sure = f"{call.name} is unknown", view.policy.strong
        elif isinstance(call.arguments, str) and call.arguments[:1] in ("{", "["):
            text, sure = f"{call.name} is given arguments that are no JSON", view.policy.strong
        elif isinstance(call.arguments, str) and call.name in shaped:
            text, sure = f"{call.name} is given text where it takes fields", view.policy.medium
        elif BAD_ARGUMENT.search(error):
            text, sure = f"{call.name} refuses its arguments", view.policy.medium
        else:
            continue
        view.add("misuse", act.step, text, quote=error or act.signature, confidence=sure)


def _ignored(view: View) -> None:
    """A failed call after which the run speaks as if it had not failed, or does not speak."""
    if not view.replies:
        return
    later = _mended(view)
    for at, act in enumerate(view.acts):
        if act.call.error is None or act.step.kind is not StepKind.TOOL or at in later:
            continue
        reply = view.reply_after(act.place)
        if reply is None or reply.tool_calls:
            continue
        if not ADMITS.search(said(reply)):
            text = f"{act.call.name} failed, and the next reply does not say so"
            quote = f"{act.call.error[: QUOTE // 2]} | {said(reply)[: QUOTE // 2]}"
            view.add(
                "ignored_error", act.step, text, quote=quote, confidence=view.policy.medium,
                spans=(act.step.id, reply.id),
            )  # fmt: skip


def _mended(view: View) -> set[int]:
    """Return the places of failed calls of which the same tool succeeded before the next reply.

    A tool that does not exist is mended by any other that succeeds.
    """
    mended: set[int] = set()
    good: dict[str, int] = {}
    nearest: int | None = None
    for at in range(len(view.acts) - 1, -1, -1):
        act = view.acts[at]
        if act.call.error is None:
            good[act.call.name] = nearest = act.place
            continue
        unknown = UNKNOWN_TOOL.search(act.call.error)
        again = nearest if unknown else good.get(act.call.name)
        reply = view.reply_after(act.place)
        if again is not None and (reply is None or reply.tool_calls or again < reply.position):
            mended.add(at)
    return mended


def transitions(view: View) -> Iterator[tuple[str, str]]:
    """Yield the names of nodes that follow one another."""
    for first, second in pairwise(view.nodes()):
        yield first.node or "", second.node or ""
