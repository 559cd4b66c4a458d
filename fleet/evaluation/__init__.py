"""Scorer: step, trajectory and system scores; whether a machine may answer a human interrupt.

Without a model a run is judged by its structure: findings from one walk over its steps lower the
dimensions they belong to, and a calibration fitted on labelled runs gives the chance of success. It
never reads a recorded outcome, and says how much of what it weighs a run offers at all. Issues have
no list of kinds: what failed, where and in which words is hashed to an id that stays.
"""
