"""One mail and its intent: the words that gave the scores, how sure, by whom, what follows."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from fleet.adapters.store.intent_reads import view_of
from fleet.mailbox.opt_out import detect_opt_out
from fleet.ui import charts, score_tracks, theme
from fleet.ui.intent_text import HUES, find_marks, marked, what
from fleet.ui.untrusted import escaped

TALL = 260  # pixels of a mail before it scrolls
MAIL_LINES, LINE = 9, 90
SCORES = (("purchase_intent", "Wants to buy"), ("urgency", "Urgency"), ("sentiment", "Mood"))
STOPS = {
    "opt_out": "an opt-out", "out_of_office": "an absence", "auto_reply": "an automatic reply",
    "bounce": "a bounce", "soft_bounce": "a bounce that may pass", "suppressed": "the sender is "
    "suppressed", "newer_mail": "a newer mail of the thread counts", "empty": "it says nothing",
}  # fmt: skip
OPT_OUT = theme.Sign(hue="red", icon=":material/block:", word="Opt-out: no further mail")
AUTOMATIC = theme.Sign(hue="gray", icon=":material/smart_toy:", word="Automatic reply")
STOPPED = theme.Sign(hue="gray", icon=":material/front_hand:", word="Stopped before scoring")


def show(row: dict[str, Any]) -> None:
    """Draw the card of one mail of the store."""
    view, detail = view_of(row), _detail(row)
    sender = row["contact"] or row["from_name"] or row["from_address"]
    with st.container(border=True, gap="small"):
        title, act = st.columns([2.2, 1], vertical_alignment="top")
        with title:
            does = escaped(what(row["label"]), 60) if view == "scored" else _stop_words(row, view)
            st.subheader(f"{escaped(sender, 60)} {does}", anchor=False)
            with st.container(horizontal=True, gap="xsmall"):
                _badges(row, view, detail)
        with act, st.container(horizontal=True, horizontal_alignment="right"):
            _next(row)
        left, right = st.columns([1.42, 1], gap="medium")
        with left:
            theme.note(
                f"**{escaped(row['subject'], 140) or 'no subject'}** · "
                f"{escaped(row['company'], 60) or 'no company'} · {_at(row['at'])}"
            )
            _mail(row["reply"] or "", detail, f"mail {row['id']}")
        with right:
            if view == "scored":
                scored(detail, f"scores {row['id']}", row["reply"] or "")
                _origin(row)
            else:
                _unscored(row, view)


def scored(detail: Mapping[str, Any], key: str, text: str) -> None:
    """Draw the scores, the reason and the numbered quotes; `detail` is the wire form."""
    rows = [(name, detail[field]) for field, name in SCORES if _is_share(detail.get(field))]
    if _is_share(detail.get("score")):
        rows.append(("Score", detail["score"]))
    if rows:
        said = ", ".join(f"{name.lower()} {value:.2f}" for name, value in rows)
        charts.show(score_tracks.tracks(rows), key=key, alt=f"From 0 to 1: {said}")
    st.markdown(f"**Why** {escaped(str(detail.get('reason') or 'no reason kept'), 240)}")
    marks = find_marks(text, detail.get("evidence"))
    with st.container(gap="xxsmall"):
        for mark in marks:
            theme.note(f"{mark.number} · “{escaped(text[mark.start : mark.end], 90)}”")
    if not marks:
        theme.note("No words of the mail are quoted for it: read the mail before you rely on it.")


def mail_text(text: str, detail: Mapping[str, Any], key: str) -> None:
    """Draw the newest reply with what gave the scores marked in it; long ones scroll."""
    _mail(text, detail, key)


def method_badge(method: str | None, model: str | None) -> None:
    """Draw who scored: a language model by its name, or the rules."""
    if method == "llm":
        theme.badge(theme.METHODS["model"], escaped(model or "Model", 40))
    else:
        theme.badge(theme.METHODS["rules"])


def marks_badges(detail: Mapping[str, Any]) -> None:
    """Draw what stops a mail whatever its scores say."""
    if detail.get("opt_out") is True:
        theme.badge(OPT_OUT)
    if detail.get("auto_reply") is True:
        theme.badge(AUTOMATIC)


def _detail(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return the wire form of a mail's scores; a mail that stopped shows what stopped it."""
    if row["score_id"]:
        kept = row["detail"] if isinstance(row["detail"], Mapping) else {}
        return {"score": row["value"], "reason": row["reason"]} | dict(kept)
    opt_out = detect_opt_out(row["subject"] or "", row["reply"] or "")
    quoted = opt_out is not None and opt_out.end > opt_out.start
    return {
        "opt_out": opt_out is not None or row["kind"] == "opt_out",
        "auto_reply": row["kind"] in ("out_of_office", "auto_reply"),
        "evidence": [opt_out.as_json()] if opt_out and quoted else [],
    }


def _badges(row: Mapping[str, Any], view: str, detail: Mapping[str, Any]) -> None:
    marks_badges(detail)
    if view == "stopped":
        theme.badge(STOPPED)
    if view == "scored":
        label = row["label"] or "no label"
        st.badge(escaped(label.replace("_", " "), 40), color=HUES.get(label, "gray"))
        method_badge(row["method"], row["model"])
        st.badge(f"Sure {row['confidence']:.2f}", color="gray")
    if row["language"]:
        st.badge(escaped(row["language"], 12), color="gray", icon=":material/language:")
    if row["kind"] == "person" and not row["contact_id"]:
        st.badge("No contact has this address", color="gray", icon=":material/person_off:")


def _next(row: Mapping[str, Any]) -> None:
    if row["contact_id"] and st.button("The lead", icon=":material/group:"):
        st.switch_page("pages/leads.py", query_params={"for": f"contact:{row['contact_id']}"})
    if row["draft_id"] and st.button("Open the draft", type="primary", icon=":material/rule:"):
        st.switch_page("pages/approvals.py", query_params={"item": row["draft_id"]})


def _mail(text: str, detail: Mapping[str, Any], key: str) -> None:
    hue: theme.Hue = "red" if detail.get("opt_out") is True else "blue"
    shown = marked(text, find_marks(text, detail.get("evidence")), hue)
    lines = sum(1 + len(line) // LINE for line in text.split("\n"))
    with st.container(
        height=TALL if lines > MAIL_LINES else "content", border=False, key=key.replace(":", "-")
    ):
        st.markdown(shown or ":gray[The mail says nothing of its own.]")


def _unscored(row: Mapping[str, Any], view: str) -> None:
    if view == "stopped":
        st.markdown("**Why it was not scored**")
        theme.note(
            f"It is {_reason(row)}: a rule said so before any score, and no model was asked. "
            "A score could not change what follows."
            if row["kind"] != "person"
            else f"Not scored: {_reason(row)}."
        )
        if row["returns_at"]:
            theme.note(f"Back on {escaped(row['returns_at'][:10], 20)}; what waits goes on then.")
    elif row["handled_at"]:
        st.markdown("**Why it was not scored**")
        theme.note("Somebody answered it before the fleet read this mailbox.")
    else:
        st.markdown("**It waits**")
        theme.note(
            "`fleet run inbox` scores it and drafts an answer; `fleet worker` does so alone."
        )
    theme.note(f":material/table_rows: emails:{escaped(row['id'], 60)}")


def _reason(row: Mapping[str, Any]) -> str:
    outcome = str(row["handled_as"] or "").removeprefix("skipped:")
    return STOPS.get(outcome) or STOPS.get(row["kind"]) or escaped(outcome or row["kind"], 60)


def _stop_words(row: Mapping[str, Any], view: str) -> str:
    if view == "unscored":
        return "was answered before" if row["handled_at"] else "waits to be read"
    return {
        "opt_out": "wants no further mail", "out_of_office": "is away", "bounce": "got nothing",
        "auto_reply": "sent an automatic reply",
    }.get(row["kind"], "was not scored")  # fmt: skip


def _origin(row: Mapping[str, Any]) -> None:
    parts = [
        f":material/table_rows: emails:{escaped(row['id'], 60)}",
        f"scored {_at(row['recorded_at'])}",
    ]
    if row["prompt_digest"]:
        parts.append(f"prompt {escaped(row['prompt_digest'][:8], 8)}")
    if row["policy_digest"]:
        parts.append(f"policy {escaped(row['policy_digest'][:8], 8)}")
    theme.note(" · ".join(parts))


def _at(at: str | None) -> str:
    return escaped((at or "no time")[:16].replace("T", " "), 20)


def _is_share(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)
