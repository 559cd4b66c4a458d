"""Scorer: calibrated probability of conversion. Never learns from columns known only after the outcome."""
