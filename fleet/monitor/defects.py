"""Which defects one finished run has: every detector, in one deterministic pass.

A behavioural gap between what the control logic expects and what the model did; no detector reads
the recorded outcome, and none asks a model.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from fleet.errors import InputError
from fleet.monitor.defect_policy import EMPTY, SEVERITIES, Contract, DefectPolicy
from fleet.monitor.detect_calls import detect_calls
from fleet.monitor.detect_contract import detect_contract
from fleet.monitor.detect_flow import detect_flow
from fleet.monitor.detect_text import detect_text
from fleet.monitor.taxonomy import CODES
from fleet.monitor.view import Defect, View
from fleet.policy import parse
from fleet.traces.model import Trajectory


def find_defects(
    run: Trajectory, policy: DefectPolicy, contract: Contract = EMPTY
) -> tuple[Defect, ...]:
    """Return the defects of a run, in the order of its steps."""
    if not run.steps:
        return ()
    view = View(run, policy, contract)
    detect_calls(view)
    detect_contract(view)
    detect_flow(view)
    detect_text(view)
    return tuple(sorted(view.found, key=lambda d: (d.position, CODES.index(d.code), d.span)))


def read_contracts(policies: Mapping[str, Any]) -> dict[str, Contract]:
    """Return the contracts of `[monitor.contracts.GRAPH]` by graph; none is no error."""
    table = policies.get("monitor", {}).get("contracts", {})
    return {name: parse(Contract, row, f"monitor.contracts.{name}") for name, row in table.items()}


def fails_on(word: str, defects: Iterable[Defect]) -> bool:
    """Whether any defect is of the code, or at least of the severity, that `word` names.

    Raises InputError for a word that is neither.
    """
    name = word.strip().lower()
    if name in SEVERITIES:
        bar = SEVERITIES.index(name)
        return any(SEVERITIES.index(d.severity) >= bar for d in defects)
    if name not in CODES:
        raise InputError(
            f"--fail-on {word}: neither a severity ({', '.join(SEVERITIES)}) nor a defect code "
            f"({', '.join(CODES)})"
        )
    return any(d.code == name for d in defects)
