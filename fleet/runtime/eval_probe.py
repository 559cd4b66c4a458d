"""What a prompt file must do even without a model: take each case, fence it, name its reply."""

import re
from collections.abc import Mapping
from typing import Any

from fleet.adapters.prompts import load_prompt
from fleet.errors import EgressUnavailable, FleetError
from fleet.evaluation.harness import HarnessPolicy

FENCED = re.compile(r"<<<data (\S+) (\S+)>>>\n.*?\n<<<end \1 \2>>>", re.DOTALL)


class ProbeChat:
    """Fills the prompt as the exit would, measures it, and brings no reply."""

    def __init__(self, path: str, case: Mapping[str, Any], policy: HarnessPolicy) -> None:
        self._path, self._case, self._policy = path, case, policy
        self.cells: dict[str, float] = {}

    def ask(
        self, prompt: str, values: Mapping[str, str], schema: type[Any], *, purpose: str, **_: Any
    ) -> Any:
        """Measure; raises EgressUnavailable always, InputError when the prompt takes no case."""
        if prompt != self._path:
            raise FleetError(f"path {self._path} asked prompt {prompt} for {purpose}")
        file = load_prompt(prompt)
        filled = "\n".join(message["content"] for message in file.messages(values))
        outside = _plain(FENCED.sub("", filled))
        leaked = any(text in outside for text in self._foreign())
        self.cells = {
            "prompt_fenced": float(not leaked),
            "prompt_names": float(named_share(file.text, schema) >= self._policy.named_share),
        }
        raise EgressUnavailable("a probe brings no reply")

    def _foreign(self) -> list[str]:
        """Return the longer texts of the case: none of them may stand outside a fence."""
        return [
            text for text in map(_plain, _texts(self._case["input"]))
            if len(text) >= self._policy.plain_chars
        ]  # fmt: skip


def named_share(text: str, schema: type[Any]) -> float:
    """Return which share of the reply's fields the prompt speaks of, 0..1."""
    names = list(getattr(schema, "model_fields", {}))
    words = set(re.findall(r"\w+", text.lower()))
    return sum(name.lower() in words for name in names) / len(names) if names else 1.0


def _texts(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    inner = value.values() if isinstance(value, Mapping) else value
    return (
        [text for item in inner for text in _texts(item)]
        if isinstance(value, Mapping | list)
        else []
    )


def _plain(text: str) -> str:
    return " ".join(text.split())
