"""The golden set of the panel's prompt path, judged: by a model when there is one, else by rule."""

from collections.abc import Mapping
from typing import Any

from fleet.campaign_panel.golden import case_table, score_note
from fleet.campaign_panel.policy import read_panel_policy
from fleet.campaign_panel.rules import rule_note
from fleet.campaign_panel.values import Note, Stage
from fleet.ports import ChatModel
from fleet.runtime.panel_room import PanelRoom


def score_case(
    case: Mapping[str, Any], policies: Mapping[str, Any], chat: ChatModel | None = None
) -> dict[str, float]:
    """Return `{cell: 0..1}` of one line of data/golden/panel.lens.jsonl.

    A model whose reply was unusable scores 0, whatever its rule note would have scored.
    """
    policy = read_panel_policy(policies)
    table, given = case_table(case, policy), case["input"]
    stage = Stage(given["stage"])
    note: Note | str
    if chat is None:
        note = rule_note(given["lens"], stage, given["round"], table)
    else:
        room = PanelRoom(table.brief, policy, chat)
        note = room.ask_one(given["lens"], stage, given["round"], table)
        note = note.why_rule or note
    return score_note(case, note)
