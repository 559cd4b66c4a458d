"""What the autonomy gate has shown beside people, and how many more of each it needs to answer."""

from typing import Any

import streamlit as st

from fleet.domain.trust import Rung
from fleet.evaluation.autonomy.shadow import Readiness
from fleet.runtime.autonomy_shadow import autonomy_policy, shadow_readiness
from fleet.ui import resources, theme
from fleet.ui.untrusted import escaped
from fleet.ui.version_names import marked_name


def show(rows: list[dict[str, Any]]) -> None:
    """Draw one row a version that has been judged in silence."""
    fleet = resources.fleet()
    rule = autonomy_policy(fleet).shadow
    st.subheader("Autonomy gate: what it has shown beside people", anchor=False)
    theme.note(
        f"A version leaves SHADOW after {rule.min_verdicts} verdicts and {rule.min_rejections} "
        f"drafts that people refused, planted ones included, when the lower bounds reach "
        f"{rule.composite_bar:.2f} and {rule.rejected_bar:.2f}, and kappa is above chance."
    )
    found = [
        (row, shadow_readiness(fleet, row["graph"], row["version"]))
        for row in rows
        if row["history"] or row["rung"] != Rung.DRAFT.value
    ]
    seen = [(row, ready) for row, ready in found if ready.verdicts]
    if not seen:
        theme.note(
            f"○ No version was judged beside people yet: {rule.min_verdicts} more verdicts and "
            f"{rule.min_rejections} more refused drafts are needed."
        )
        return
    st.table([_row(row, ready, rule) for row, ready in seen])


def _row(row: dict[str, Any], ready: Readiness, rule: Any) -> dict[str, str]:
    word = "PASS" if ready.ready else "INSUFFICIENT" if _is_thin(ready) else "MARGINAL"
    return {
        "Version": f"{marked_name(row['graph'], row['version'])}  \n{theme.verdict(word)}",
        "Verdicts": _count(ready.verdicts, rule.min_verdicts, ready.needed["verdicts"]),
        "Refused by people": _count(
            ready.rejections, rule.min_rejections, ready.needed["rejections"]
        ),
        "Composite": _bound(ready.composite, rule.composite_bar),
        "Agreement on refused": _bound(ready.rejected, rule.rejected_bar),
        "Kappa": _kappa(ready.kappa),
        "Still missing": escaped("; ".join(ready.missing), 200) or "nothing",
    }


def _is_thin(ready: Readiness) -> bool:
    return bool(ready.needed["verdicts"] or ready.needed["rejections"])


def _count(n: int, least: int, more: int | None) -> str:
    return f"{n:,} of {least}  \n" + (f"**{more} more**" if more else ":gray[enough]")


def _bound(pair: tuple[float, float] | None, bar: float) -> str:
    if pair is None:
        return "○ none yet"
    sign = "▲" if pair[1] >= bar else "◆"
    return f"{pair[0]:.2f}  \n:gray[{sign} at least {pair[1]:.2f}, bar {bar:.2f}]"


def _kappa(triple: tuple[float, float, float] | None) -> str:
    if triple is None:
        return "○ not defined"
    return f"{triple[0]:.2f}  \n:gray[{triple[1]:.2f} – {triple[2]:.2f}]"
