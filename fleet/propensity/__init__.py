"""Scorer: calibrated probability of conversion, from what is known before the outcome.

A logistic model is trained where labels exist, and used only when it beats the base rate out of
fold; columns that are known only after the outcome are refused, each with its reason. Serving
needs no training library: the exported model is plain numbers.
"""
