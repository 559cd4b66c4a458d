"""Guard: PROMOTE, HOLD or ROLLBACK of one version from a window of verdicts."""
