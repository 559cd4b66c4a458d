"""Limits of the runtime guard; every number from a policy file."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class LivenessPolicy:
    """When a run no longer makes progress."""

    max_steps: int
    max_hours: float
    max_tokens: int
    max_cost_usd: float
    max_depth: int
    repeats: int  # periods of an identical pattern
    max_period: int
    noisy_periods: int  # periods of a pattern with one odd event each
    retry_cap: int  # repeats of a declared retry or of a poll that backs off
    stall_events: int  # working events without a new semantic state
    stale_messages: int  # messages of a chat in a row that bring nothing new
    stale_share: float  # of a message's words: up to so many new ones are nothing new
    crowd_messages: int  # the same of a chat of three and more, less those that bring something
    crowd_share: float
    returns: int  # times one field of one lead may come back to an earlier value
    wait_hours: float  # a wait without its own timeout
    age_hours: float  # a lead without a value-writing event
    short_words: int  # messages this short are closings, not evidence
    progress_keys: tuple[str, ...]  # arguments that number a declared sequence
    retry_keys: tuple[str, ...]  # arguments that declare a retry or a poll
    volatile_keys: tuple[str, ...]  # counters, clocks and ids: never progress
    text_keys: tuple[str, ...]  # prose: a paraphrase is not progress
    final_actions: tuple[str, ...]  # after one of these an actor is gone
