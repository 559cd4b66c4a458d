"""The model's wording of recommendations, and the check that it says nothing its path does not.

The model chooses among path ids and writes a sentence for each; it ranks nothing and adds no path.
A sentence with a number, a name or an address that its path does not hold is dropped and counted.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from pydantic import BaseModel, Field

from fleet.recommender.wording import PathFact, Worded

NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
NAME = re.compile(r"(?<![.!?:]\s)(?<!^)\b[A-ZÀ-Þ][\w&'-]*")
OUTSIDE = re.compile(r"https?:|www\.|@|\b[\w-]+\.(?:com|net|org|io|de)\b", re.IGNORECASE)
ORDINALS = frozenset({"1", "2", "3"})  # counts of hops in a sentence need no row


@dataclass(frozen=True, slots=True, kw_only=True)
class ExplainPolicy:
    """Table [recommender_explain] of the policies."""

    max_text: int
    max_paths: int


class PathReply(BaseModel):
    """The wording of one path."""

    path: str = Field(description="id of a path, such as p2")
    text: str = Field(description="one or two short sentences")


class ExplainReply(BaseModel):
    """The wordings of the paths that are worth telling."""

    explanations: list[PathReply]


def read_wording(
    reply: ExplainReply, facts: Sequence[PathFact], policy: ExplainPolicy, *, model: str,
    prompt_digest: str,
) -> Worded:  # fmt: skip
    """Keep the sentences that their own path backs, the first of each path."""
    by_id = {fact.id: fact for fact in facts}
    texts: dict[str, str] = {}
    dropped = []
    for found in reply.explanations:
        path_id, text = found.path.strip(), " ".join(found.text.split())
        fact = by_id.get(path_id)
        fault = find_claim(text, fact, policy) if fact else "it cites no path that was shown"
        if fault is None and path_id in texts:
            fault = "it words a path twice"
        if fault:
            dropped.append({"reason": f"the model's wording was dropped: {fault}",
                            "path": path_id[: policy.max_text]})  # fmt: skip
        else:
            texts[path_id] = text
    return Worded(texts=texts, dropped=tuple(dropped), model=model, prompt_digest=prompt_digest)


def find_claim(text: str, fact: PathFact, policy: ExplainPolicy) -> str | None:
    """Return what a sentence says that its path does not, or None."""
    if not text or len(text) > policy.max_text:
        return "it is empty or too long"
    line = fact.line()
    low = line.lower()
    if fact.target.lower() not in text.lower():
        return "it does not name its target"
    if OUTSIDE.search(_without_names(text, fact)):
        return "it holds an address"
    known = set(NUMBER.findall(line)) | ORDINALS
    if number := next((n for n in NUMBER.findall(text) if n not in known), None):
        return f"the number {number} is not on its path"
    named = (name for name in NAME.findall(text) if name.lower() not in low)
    if name := next(named, None):
        return f"the name {name!r} is not on its path"
    return None


def _without_names(text: str, fact: PathFact) -> str:
    for hop in fact.hops:
        _, _, name = hop.partition(" ")
        text = text.replace(name.rpartition(", ")[0] or name, "")
    return text
