"""Scorer: purchase intent, urgency and sentiment of a mail. Fails open, never sends.

One schema-constrained model call when there is a gateway, this keyword engine otherwise and
whenever the call fails; the answer always says which. Opt-outs and automatic replies are found by
rules and outvote both.
"""

from fleet.intent.score import IntentPolicy, IntentScores, score_keywords

__all__ = ["IntentPolicy", "IntentScores", "score_keywords"]
