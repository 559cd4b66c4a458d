"""Runs that finish and never repeat: retries, timers, plans of touches, and the touch's graph."""
