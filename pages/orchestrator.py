"""Plans: what each contact needs, what the gate said to each step, and what waits for a person."""

from fleet.ui import frame, orchestrator, resources

if resources.is_ready():
    orchestrator.show()
else:
    frame.preparing()
