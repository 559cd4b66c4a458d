"""The runtime guard: one event in, the first proof that a run makes no progress out.

Order of the checks: budgets, wait-for cycle, orphan wait, identical or periodic pattern, ping-pong
of one field, no new semantic state, a chat without news, ageing. A declared retry, a poll that
backs off and a numbered touch are not loops, up to their own cap. Everything is keyed by run;
ping-pong and ageing by lead, so that they hold across runs and restarts.

Each check begins with the comparison that says of nearly every event that nothing is wrong.
"""

from collections import deque
from collections.abc import Mapping
from typing import Any

from fleet.liveness.policy import LivenessPolicy
from fleet.liveness.repeats import Fields, LagRuns, Pattern
from fleet.liveness.signature import Meaning, Part, is_short
from fleet.liveness.tracks import HOUR, Finding, LeadTrack, RunTrack
from fleet.liveness.waiting import WaitChecks

BACK_OFF = 1.15  # each gap this much longer than the one before is a back-off
DAY_CADENCE_S = 20 * HOUR  # one step repeated once a day or slower is a cadence
PAIR = 2  # actors; a chat of more is a crowd
ABSENT = object()


class Detector:
    """Incremental guard over any number of runs; the cost of `observe` does not grow with them."""

    def __init__(self, policy: LivenessPolicy) -> None:
        self.policy = policy
        self._waits = WaitChecks(policy)
        self._meaning = Meaning(policy)
        self._retry = frozenset(policy.retry_keys)
        self._fields = Fields(policy.max_period, policy.repeats, policy.noisy_periods)
        self._runs: dict[str, RunTrack] = {}
        self._leads: dict[str, LeadTrack] = {}
        self._states: dict[Any, int] = {}  # a number for each semantic state
        self._symbols: dict[Any, int] = {}  # and for each signature

    def observe(self, event: Mapping[str, Any], at: float | None) -> Finding | None:
        """Take one event (`at` in seconds, None if unknown) and return the first violation."""
        run_id = event["run_id"]
        track = self._runs.get(run_id) or self._open(run_id)
        if track.started is None:
            track.started = at
        lead = self._lead(event, track)
        found = (
            self._over_budget(event, track, at)
            or self._waits.check(event, track, at)
            or self._repeats(event, track, lead, at)
            or self._ages(event, lead, at)
        )
        if found is None:
            return None
        verdict, evidence, action = found
        self._waits.graph.release(track.actors.values())
        return Finding(verdict, event.get("seq"), action, evidence)

    def _open(self, run_id: str) -> RunTrack:
        track = self._runs[run_id] = RunTrack(
            lags=LagRuns(self._fields),
            recent=deque(maxlen=4 * self.policy.max_period),
            own_lead=f"run {run_id}",
        )
        return track

    def _over_budget(self, event: Mapping[str, Any], track: RunTrack, at: float | None) -> Any:
        policy, get = self.policy, event.get
        track.events += 1
        track.tokens += get("tokens") or 0
        track.cost += get("cost_usd") or 0.0
        args = get("args")
        depth = args.get("depth") if isinstance(args, dict) else None
        if not isinstance(depth, int):
            depth = 0
        hours = (at - track.started) / HOUR if at is not None and track.started is not None else 0.0
        if (
            track.events > policy.max_steps
            or track.tokens > policy.max_tokens
            or track.cost > policy.max_cost_usd
            or hours > policy.max_hours
            or depth > policy.max_depth
        ):
            return self._first_over(track, hours, depth)
        return None

    def _first_over(self, track: RunTrack, hours: float, depth: int) -> Any:
        policy = self.policy
        name, spent, limit = next(
            (name, spent, limit)
            for name, spent, limit in (
                ("steps", track.events, policy.max_steps),
                ("tokens", track.tokens, policy.max_tokens),
                ("cost_usd", track.cost, policy.max_cost_usd),
                ("hours", hours, policy.max_hours),
                ("depth", depth, policy.max_depth),
            )
            if spent > limit
        )
        text = f"{name} {spent:g} over the limit {limit:g}"
        evidence = {"budget": name, "spent": spent, "limit": limit, "text": text}
        return "BUDGET_EXCEEDED", evidence, "CANCEL"

    def _repeats(
        self, event: Mapping[str, Any], track: RunTrack, lead: LeadTrack, at: float | None
    ) -> Any:
        if event.get("effect") == "wait":
            return None  # waiting is not work, and no part of a pattern
        meaning = self._meaning.of_state(event.get("state"))
        args = event.get("args")
        state = None
        track.idle += 1
        if meaning is not None:
            state = self._states.setdefault(meaning, len(self._states))
            if state not in track.seen:  # a state of this run never seen before is progress
                self._progress(track, state)
            if state != lead.meaning:
                ping_pong = self._ping_pong(lead, meaning)
                if ping_pong:
                    return ping_pong
                lead.meaning = state
        if self._is_declared_retry(event, track, args, at):
            track.idle -= 1
            return None
        if state is None and event.get("action") == "message" and isinstance(args, dict):
            return self._talk(event, track, args)
        track.news.clear()  # a step between is news, and so is a state
        found = self._pattern(event, track, args, state)
        if found is None and state is not None and track.idle >= self.policy.stall_events:
            return self._stalled(track)
        return found

    def _progress(self, track: RunTrack, state: int) -> None:
        track.seen.add(state)
        track.lags.clear()
        track.recent.clear()
        track.idle = track.retries = 0

    def _is_declared_retry(
        self, event: Mapping[str, Any], track: RunTrack, args: Any, at: float | None
    ) -> bool:
        """Whether this repeats the step just before as a retry, a poll or a daily cadence."""
        step = (event.get("node"), event.get("actor"), event.get("action"))
        before, track.last_at = track.last_at, at
        if step != track.last:
            track.last = step
            track.gap = None
            track.retries = 0
            return False
        gap = at - before if at is not None and before is not None else None
        gap_before, track.gap = track.gap, gap
        declared = isinstance(args, dict) and not self._retry.isdisjoint(args)
        slower = gap is not None and gap_before is not None and gap >= gap_before * BACK_OFF
        cadence = gap is not None and gap >= DAY_CADENCE_S
        if not (declared or slower or cadence):
            return False
        track.retries += 1
        return track.retries <= self.policy.retry_cap

    def _pattern(
        self, event: Mapping[str, Any], track: RunTrack, args: Any, state: int | None
    ) -> Any:
        step = (track.last, self._meaning.of_args(args, drop_text=state is not None), state)
        symbol = self._symbols.setdefault(step, len(self._symbols))
        track.recent.append((event.get("seq"), event.get("node")))
        pattern = track.lags.add(symbol)
        if pattern is None or (pattern.noisy and state is None):
            return None
        return self._loop(track, pattern)

    def _loop(self, track: RunTrack, pattern: Pattern) -> Any:
        span = list(track.recent)[-pattern.period * pattern.repeats :]
        cycle = [str(node) for _, node in span[-pattern.period :]]
        odd = ", one odd event a period" if pattern.noisy else ""
        evidence = {
            "cycle": cycle,
            "period": pattern.period,
            "repeats": pattern.repeats,
            "first_seq": span[0][0],
            "last_seq": span[-1][0],
            "text": f"{' → '.join(cycle)}, period {pattern.period}, {pattern.repeats} times{odd}",
        }
        return ("LIVELOCK" if pattern.noisy else "LOOP"), evidence, "BREAK_AND_ESCALATE"

    def _stalled(self, track: RunTrack) -> Any:
        text = f"{track.idle} events of work, no new state of the lead"
        return "LIVELOCK", {"events": track.idle, "text": text}, "BREAK_AND_ESCALATE"

    def _talk(self, event: Mapping[str, Any], track: RunTrack, args: Any) -> Any:
        """Judge a chat by its words, where no state says anything; a closing is no evidence."""
        text = args.get("text")
        if is_short(text, self.policy.short_words):
            return None
        found = self._pattern(event, track, args, None)
        if found is not None:
            return found
        crowd = len(track.actors) > PAIR
        least = self.policy.crowd_share if crowd else self.policy.stale_share
        most = self.policy.crowd_messages if crowd else self.policy.stale_messages
        stale = track.news.add(text, least, balance=crowd)
        if stale < most:
            return None
        length = track.news.length
        said = "in a row" if length == stale else f"and more of the last {length}"
        evidence = {
            "messages": stale,
            "first_seq": list(track.recent)[-length:][0][0],
            "last_seq": event.get("seq"),
            "text": f"{stale} messages {said} brought no new number and few new words",
        }
        return "LIVELOCK", evidence, "BREAK_AND_ESCALATE"

    def _ping_pong(self, lead: LeadTrack, meaning: Part) -> Any:
        """Count how often a field of the lead comes back to a value it had given up."""
        lead.meaning = None  # until all fields are in
        for name, value in zip(*meaning, strict=False):  # a state without names has no fields
            held = lead.values.get(name, ABSENT)
            if held == value:
                continue
            lead.values[name] = value
            if held is ABSENT:
                lead.held[name] = {value: None}
                continue
            if value not in lead.held[name]:
                lead.held[name][value] = None
                continue
            count = lead.returns[name] = lead.returns.get(name, 0) + 1
            if count >= self.policy.returns:
                values = [str(v) for v in lead.held[name]]
                text = (
                    f"{name} went back to an earlier value {count} times: {', '.join(values[:4])}"
                )
                return (
                    "LIVELOCK",
                    {"field": name, "values": values, "text": text},
                    "BREAK_AND_ESCALATE",
                )
        return None

    def _lead(self, event: Mapping[str, Any], track: RunTrack) -> LeadTrack:
        key = str(event.get("lead_id") or track.own_lead)
        lead = self._leads.get(key)
        if lead is None:
            lead = self._leads[key] = LeadTrack()
        return lead

    def _ages(self, event: Mapping[str, Any], lead: LeadTrack, at: float | None) -> Any:
        if at is None or event.get("lead_id") is None:
            return None
        if lead.written_at is None or event.get("effect") == "write":
            lead.written_at = at
            return None
        hours = (at - lead.written_at) / HOUR
        if hours <= self.policy.age_hours:
            return None
        text = f"no value written for {hours:.0f} h, the limit is {self.policy.age_hours:g} h"
        return "STALLED", {"hours": round(hours, 1), "text": text}, "BREAK_AND_ESCALATE"
