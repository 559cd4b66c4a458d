"""The queue: leases, decisions, suppression, outbox; draft-first human approval."""
