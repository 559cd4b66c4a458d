"""The scored inbox: what each mail wants, the words that say so, and a place to try a mail."""

from typing import Any

import streamlit as st

from fleet.adapters.store.intent_reads import (
    ORDERS,
    MailFilter,
    count_labels,
    count_mails,
    count_views,
    read_one,
    view_of,
)
from fleet.ui import device, intent_card, intent_list, intent_play, resources, theme
from fleet.ui.own_command import run_command
from fleet.ui.untrusted import escaped, plain

TRY = "try"
VIEWS = {"scored": "Scored", "stopped": "Stopped", "unscored": "Not scored", TRY: "Try a mail"}
ORDER_WORDS = {
    "intent": "Strongest intent", "urgency": "Most urgent", "mood": "Worst mood first",
    "newest": "Newest", "doubt": "Least sure",
}  # fmt: skip
ANY = "Any label"


def show() -> None:
    """Draw the page."""
    counts = count_views(resources.fleet().store)
    labels = count_labels(resources.fleet().store)
    head, which = st.columns([1.35, 1], vertical_alignment="bottom")
    asked = _asked(counts)
    with head:
        st.title(_title(counts, labels))
        theme.note(_subtitle(counts, labels))
    with which, st.container(horizontal=True, horizontal_alignment="right"):
        view = st.segmented_control(
            "Which mails", list(VIEWS), default=asked, key="intent.view", required=True,
            format_func=lambda name: _view_words(name, counts),
            label_visibility="collapsed", on_change=_first_page,
            width="stretch" if device.is_phone() else "content",
        )  # fmt: skip
    view = view or asked
    st.query_params["view"] = view
    if view == TRY:
        intent_play.show()
        return
    if not counts[view] and not st.query_params.get("mail"):
        _empty(view, counts)
        return
    _inbox(view, labels)


def _view_words(name: str, counts: dict[str, int]) -> str:
    if device.is_phone():
        return {TRY: "Try"}.get(name, VIEWS[name])
    return VIEWS[name] if name == TRY else f"{VIEWS[name]} {counts[name]:,}"


def _asked(counts: dict[str, int]) -> str:
    """Return the view that the address names, or that of the mail it names."""
    name = st.query_params.get("view", "")
    if name in VIEWS:
        return name
    mail = st.query_params.get("mail")
    row = read_one(resources.fleet().store, mail) if mail else None
    if row:
        return view_of(row)
    return "unscored" if counts["waiting"] and not counts["scored"] else "scored"


def _title(counts: dict[str, int], labels: list[dict[str, Any]]) -> str:
    if not any(counts[name] for name in ("scored", "stopped", "unscored")):
        return "No mail has come in"
    if not counts["scored"]:
        return "No mail is scored yet"
    hot = sum(row["n"] for row in labels if row["label"] == "hot")
    warm = sum(row["n"] for row in labels if row["label"] == "interested")
    if hot:
        verb = "mail wants" if hot == 1 else "mails want"
        return f"{hot:,} {verb} to buy, {warm:,} more {'is' if warm == 1 else 'are'} interested"
    return f"No mail wants to buy, {warm:,} {'is' if warm == 1 else 'are'} interested"


def _subtitle(counts: dict[str, int], labels: list[dict[str, Any]]) -> str:
    asked = sum(row["n"] for row in labels if row["method"] == "llm")
    ruled = counts["scored"] - asked
    by = [f"{asked:,} by the model"] if asked else []
    by += [f"{ruled:,} by rules"] if ruled or not asked else []
    waits = f" {counts['waiting']:,} wait to be read." if counts["waiting"] else ""
    played = f" Left out: {counts['played']:,} of a simulated past." if counts["played"] else ""
    return (
        f"Scored: {' and '.join(by)}. {counts['stopped']:,} stopped before a score: opt-outs, "
        f"absences, bounces.{waits}{played}"
    )


def _first_page() -> None:
    st.session_state[intent_list.PLACE] = 1
    for name in ("mail", "view"):
        st.query_params.pop(name, None)


def _empty(view: str, counts: dict[str, int]) -> None:
    if view == "unscored" and (counts["scored"] or counts["stopped"]):
        theme.note("▲ Every mail was read: nothing waits.")
    elif view == "stopped" and (counts["scored"] or counts["unscored"]):
        theme.note("▲ No mail had to be stopped: no opt-out, no absence, no bounce.")
    elif counts["waiting"]:
        theme.note(
            f"{counts['waiting']:,} mails came in, and nobody has read them. Reading scores each, "
            "stops what must stop, and drafts answers for your approval."
        )
        if st.button("Read the inbox", type="primary", icon=":material/mark_email_read:"):
            _read()
    elif counts["unscored"]:
        theme.note(
            "All mails here were answered before the fleet read this mailbox. The next one that "
            "comes in is scored: `fleet import mail PATH`, then `fleet run inbox`."
        )
    else:
        theme.note(
            "The store holds no inbound mail. `fleet import mail PATH` takes a mailbox file, a "
            "Maildir or single mails; a worker watches the inbox that the settings name."
        )
        if st.button("Try a mail here", type="primary", icon=":material/science:"):
            st.query_params["view"] = TRY
            st.session_state.pop("intent.view", None)
            st.rerun()


def _read() -> None:
    with st.spinner("Reading the inbox"):
        problem = run_command("run", "inbox")
    if problem:
        st.toast(escaped(problem))
        return
    st.rerun()


def _inbox(view: str, labels: list[dict[str, Any]]) -> None:
    wanted, order = _filters(view, labels)
    store = resources.fleet().store
    total = count_mails(store, wanted)
    chosen = None
    if total:
        chosen = intent_list.show(wanted, order, total)
    else:
        theme.note("No mail passes this filter.")
        if st.button("Show all", icon=":material/filter_alt_off:", on_click=_clear):
            st.rerun()
    asked = st.query_params.get("mail")
    row = chosen or (read_one(store, asked) if asked else None)
    if row:
        intent_card.show(row)
    elif asked:
        theme.note(f"There is no inbound mail {escaped(asked, 80)} in the store.")


def _clear() -> None:
    for name in ("intent.label", "intent.method", "intent.words"):
        st.session_state.pop(name, None)
    for name in ("label", "order"):
        st.query_params.pop(name, None)


def _filters(view: str, labels: list[dict[str, Any]]) -> tuple[MailFilter, str]:
    """Draw the filters of a view and return what they ask for; the address may set them."""
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        label, method, order = None, None, "newest"
        narrow = 167 if device.is_phone() else 190  # two beside each other
        if view == "scored":
            names = list(dict.fromkeys(str(row["label"]) for row in labels))
            asked = st.query_params.get("label", "")
            label = st.selectbox(
                "Label", [None, *names], index=names.index(asked) + 1 if asked in names else 0,
                key="intent.label", width=narrow, label_visibility="collapsed",
                format_func=lambda name: _label_words(name, labels), on_change=_first_page,
            )  # fmt: skip
            methods = list(dict.fromkeys(str(row["method"]) for row in labels))
            if len(methods) > 1:
                method = st.selectbox(
                    "Scored by", [None, *methods], key="intent.method", width=150,
                    label_visibility="collapsed", on_change=_first_page,
                    format_func=lambda name: {None: "Any method", "llm": "Model",
                                              "keyword": "Rules"}.get(name, plain(str(name))),
                )  # fmt: skip
            asked = st.query_params.get("order", "")
            order = st.selectbox(
                "Order", ORDERS, index=ORDERS.index(asked) if asked in ORDERS else 0,
                key="intent.order", format_func=ORDER_WORDS.__getitem__, width=narrow,
                label_visibility="collapsed", on_change=_first_page,
            )  # fmt: skip
            _address("label", label)
            _address("order", order if order != ORDERS[0] else None)
        words = st.text_input(
            "Sender or subject", key="intent.words", placeholder="Sender, company or subject",
            width="stretch" if device.is_phone() else 260, label_visibility="collapsed",
            max_chars=80, on_change=_first_page, icon=":material/search:",
        )  # fmt: skip
    return MailFilter(view=view, label=label, method=method, words=words or ""), order


def _label_words(name: str | None, labels: list[dict[str, Any]]) -> str:
    if name is None:
        return ANY
    n = sum(row["n"] for row in labels if row["label"] == name)
    return f"{plain(name.replace('_', ' '))[:24].capitalize()} {n:,}"


def _address(name: str, value: str | None) -> None:
    if value is None:
        st.query_params.pop(name, None)
    else:
        st.query_params[name] = value
