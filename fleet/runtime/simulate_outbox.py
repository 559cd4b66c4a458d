"""The outbox of a simulated version: the real one, which sends nothing else."""

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from fleet.adapters.store.outbox import Outbox
from fleet.adapters.store.schema import approvals


class SimulatedOutbox(Outbox):
    """The real outbox, for one version only: what real people approved is not its to send."""

    version = ""

    def _granted(self) -> Any:
        return super()._granted() & (approvals.c.graph_version == self.version)

    def _recover(self, row: Mapping[str, Any]) -> str | None:
        mine = sa.select(approvals.c.id).where(
            approvals.c.id == row["approval_id"], approvals.c.graph_version == self.version
        )
        return super()._recover(row) if self.store.read(mine) else None
