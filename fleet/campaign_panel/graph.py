"""The panel as a graph: empathise → define → (ideate → critique, within the bound) → converge.

Each node asks the room for the notes of its stage and returns them; a stage whose notes are there
already is not asked again, so a recorded panel replays, and a steered one goes on from where the
person spoke.
"""

import operator
from collections.abc import Callable, Sequence
from typing import Annotated, Any, Literal, Protocol, TypedDict

from langgraph.config import get_stream_writer
from langgraph.graph import END, START, StateGraph

from fleet.campaign_panel.record import said
from fleet.campaign_panel.values import Note, Stage, read_note

HEARD = "heard"  # the key of a note that is streamed while its stage still goes on


class PanelState(TypedDict, total=False):
    """What the run carries: notes as plain values, in the order spoken."""

    notes: Annotated[list[dict[str, Any]], operator.add]
    round: int
    stop: str | None
    answer: dict[str, Any]


class Room(Protocol):
    """Where the lenses sit; safe to ask again."""

    def speak(
        self, stage: Stage, round_: int, notes: Sequence[Note], heard: Callable[[Note], object]
    ) -> Sequence[Note]:
        """Return the notes of all lenses that speak in a stage, in the lenses' order.

        `heard` is told of each note as it comes in, whoever is first.
        """
        ...

    def stop(self, notes: Sequence[Note]) -> str | None:
        """Say why the panel stops after this critique; None: one more round."""
        ...

    def settle(self, notes: Sequence[Note], stop: str) -> dict[str, Any]:
        """Return the answer in the wire format."""
        ...


class Node(Protocol):
    """One step: read the state, return the changed keys."""

    def __call__(self, state: PanelState) -> dict[str, Any]:
        """Run the step."""
        ...


def build_graph(room: Room, checkpointer: Any = None) -> Any:
    """Compile the graph; the registry declares how often it may go round."""
    graph = StateGraph(PanelState)
    graph.add_node("empathise", _stage(room, Stage.EMPATHISE))
    graph.add_node("define", _stage(room, Stage.DEFINE))
    graph.add_node("ideate", _stage(room, Stage.IDEATE))
    graph.add_node("critique", _stage(room, Stage.CRITIQUE))
    graph.add_node("converge", _converge(room))
    graph.add_edge(START, "empathise")
    graph.add_edge("empathise", "define")
    graph.add_edge("define", "ideate")
    graph.add_edge("ideate", "critique")
    graph.add_conditional_edges("critique", is_settled, ["ideate", "converge"])
    graph.add_edge("converge", END)
    return graph.compile(checkpointer=checkpointer)


def is_settled(state: PanelState) -> Literal["ideate", "converge"]:
    """Go round once more only while that may change something."""
    return "converge" if state.get("stop") else "ideate"


def spoken(state: PanelState) -> tuple[Note, ...]:
    """Read the notes of a state."""
    return tuple(read_note(raw) for raw in state.get("notes") or ())


def _stage(room: Room, stage: Stage) -> Node:
    def node(state: PanelState) -> dict[str, Any]:
        round_ = state.get("round", 0) + (stage is Stage.IDEATE)
        notes = [note for note in spoken(state) if note.round <= max(round_, 1)]
        known = said(notes, stage, max(round_, 1))
        write = get_stream_writer()

        def heard(note: Note) -> None:
            write({HEARD: note.as_json()})

        fresh = [] if known else list(room.speak(stage, max(round_, 1), notes, heard))
        changed: dict[str, Any] = {"notes": [note.as_json() for note in fresh], "round": round_}
        if stage is Stage.CRITIQUE:
            changed["stop"] = room.stop((*notes, *fresh))
        return changed

    return node


def _converge(room: Room) -> Node:
    def node(state: PanelState) -> dict[str, Any]:
        return {"answer": room.settle(spoken(state), state.get("stop") or "")}

    return node
