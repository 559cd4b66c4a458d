"""The error hierarchy. Errors are for broken machinery and bad input; a HOLD is never an error.

FleetError
├── InputError            bad input or usage: what, where, what to do (exit code 2)
│   └── PolicyError       a policy file that does not say what it must
├── EvidenceError         evidence that is missing or does not resolve
├── EgressError           a model call that brought nothing usable
│   ├── EgressTimeout     the overall deadline passed
│   ├── EgressRefused     our own guard refused the host, the model or a redirect
│   ├── EgressHalted      402: the account is empty, the fleet stops
│   ├── EgressUnavailable the circuit is open, or retries ran out
│   └── MalformedReply    no schema-valid reply, even after one repair
├── StoreError
│   ├── RowNotFound
│   └── WriteConflict     somebody else moved the row first
├── GovernanceError       an act without the right to act
└── ReplayError
    ├── NonDeterministicReplay
    └── AttemptsExhausted
"""


class FleetError(Exception):
    """Any failure of the fleet; the message is plain text: what, which id, what to do."""


class InputError(FleetError):
    """Bad input or usage; the command line answers it with exit code 2 and one line."""


class PolicyError(InputError):
    """A policy table with an unknown key, a missing key or a value of the wrong type."""


class EvidenceError(FleetError):
    """Evidence that is missing, or that does not resolve to a row."""


class EgressError(FleetError):
    """A model call that brought nothing usable; callers fall back to their rule engine."""


class EgressTimeout(EgressError):
    """The overall deadline of one call passed."""


class EgressRefused(EgressError):
    """The guard refused a host, a model or a redirect before anything left the machine."""


class EgressHalted(EgressError):
    """The provider answered 402: nothing is retried, and the fleet halts."""


class EgressUnavailable(EgressError):
    """The circuit is open, or the bounded retries ran out."""


class MalformedReply(EgressError):
    """The reply did not validate, and neither did its one repair."""


class StoreError(FleetError):
    """The store could not do what was asked."""


class RowNotFound(StoreError):
    """No row has this id."""

    def __init__(self, table: str, row_id: str) -> None:
        super().__init__(f"{table} has no row {row_id!r}")
        self.table, self.row_id = table, row_id


class WriteConflict(StoreError):
    """A compare-and-set found that somebody else moved the row first."""


class GovernanceError(FleetError):
    """An act was tried without an approval or a grant valid at that moment."""


class ReplayError(FleetError):
    """A stored decision could not be replayed."""


class NonDeterministicReplay(ReplayError):
    """The replay gave other bytes than the record."""


class AttemptsExhausted(ReplayError):
    """Bounded retries ran out; the work is parked as a dead letter."""
