"""Scorer: purchase intent, urgency and sentiment of a mail. Fails open, never sends."""
