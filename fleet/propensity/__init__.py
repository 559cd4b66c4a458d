"""Scorer: calibrated probability of conversion, from what is known before the outcome."""
