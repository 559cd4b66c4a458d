"""Scorer: step, trajectory and system scores; whether a machine may answer a human interrupt."""
