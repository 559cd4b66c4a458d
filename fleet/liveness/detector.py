"""The runtime guard: one event in, the first proof that a run makes no progress out.

Order of the checks: budgets, wait-for cycle, orphan wait, identical or periodic pattern, ping-pong
of one field, no new semantic state, a chat without news, ageing. A declared retry, a poll that
backs off and a numbered touch are not loops, up to their own cap. Everything is keyed by run;
ping-pong and ageing by lead, so that they hold across runs and restarts.
"""

from collections.abc import Mapping
from typing import Any

from fleet.liveness.policy import LivenessPolicy
from fleet.liveness.repeats import LagRuns
from fleet.liveness.signature import Meaning, is_short
from fleet.liveness.tracks import Finding, LeadTrack, RunTrack
from fleet.liveness.waits import WaitForGraph

HOUR = 3600.0
BACK_OFF = 1.15  # each gap this much longer than the one before is a back-off
DAY_CADENCE_S = 20 * HOUR  # one step repeated once a day or slower is a cadence


class Detector:
    """Incremental guard over any number of runs; `observe` costs O(max_period)."""

    def __init__(self, policy: LivenessPolicy) -> None:
        self.policy = policy
        self.waits = WaitForGraph()
        self._meaning = Meaning(policy)
        self._retry = frozenset(policy.retry_keys)
        self._final = frozenset(policy.final_actions)
        self._runs: dict[str, RunTrack] = {}
        self._leads: dict[str, LeadTrack] = {}
        self._symbols: dict[Any, int] = {}

    def observe(self, event: Mapping[str, Any], at: float | None) -> Finding | None:
        """Take one event (`at` in seconds, None if unknown) and return the first violation."""
        run_id = event["run_id"]
        track = self._runs.get(run_id)
        if track is None:
            policy = self.policy
            lags = LagRuns(policy.max_period, policy.repeats, policy.noisy_periods)
            track = self._runs[run_id] = RunTrack(lags)
        track.events += 1
        if track.started is None:
            track.started = at
        found = (
            self._over_budget(event, track, at)
            or self._waits(event, track, at)
            or self._repeats(event, track, at)
            or self._ages(event, at)
        )
        if found is None:
            return None
        verdict, evidence, action = found
        self.waits.release(run_id)
        return Finding(verdict, event.get("seq"), action, evidence)

    def _over_budget(self, event: Mapping[str, Any], track: RunTrack, at: float | None) -> Any:
        policy = self.policy
        track.tokens += event.get("tokens") or 0
        track.cost += event.get("cost_usd") or 0.0
        args = event.get("args")
        depth = args.get("depth") if isinstance(args, dict) else None
        hours = (at - track.started) / HOUR if at is not None and track.started is not None else 0
        for name, spent, limit in (
            ("steps", track.events, policy.max_steps),
            ("tokens", track.tokens, policy.max_tokens),
            ("cost_usd", track.cost, policy.max_cost_usd),
            ("hours", hours, policy.max_hours),
            ("depth", depth if isinstance(depth, int) else 0, policy.max_depth),
        ):
            if spent > limit:
                text = f"{name} {spent:g} over the limit {limit:g}"
                return (
                    "BUDGET_EXCEEDED",
                    {"budget": name, "spent": spent, "limit": limit, "text": text},
                    "CANCEL",
                )
        return None

    def _waits(self, event: Mapping[str, Any], track: RunTrack, at: float | None) -> Any:
        actor = (event["run_id"], str(event.get("actor")))
        wanted = event.get("waits_for")
        holds = event.get("holds")
        cycle = self.waits.update(
            actor,
            str(wanted) if wanted else None,
            frozenset(map(str, holds)) if isinstance(holds, list) else None,
            final=event.get("action") in self._final,
        )
        if cycle:
            text = " waits for ".join(cycle)
            return "DEADLOCK", {"cycle": cycle, "text": text}, "BREAK_AND_ESCALATE"
        if wanted and self.waits.is_orphan(actor):
            text = f"{actor[1]} waits for {wanted}, which has ended"
            return "ORPHAN_WAIT", {"waits_for": wanted, "text": text}, "BREAK_AND_ESCALATE"
        return self._expired_wait(event, track, actor[1], wanted, at)

    def _expired_wait(
        self, event: Mapping[str, Any], track: RunTrack, actor: str, wanted: Any, at: float | None
    ) -> Any:
        if wanted and "expired" in str(event.get("action", "")).lower():
            text = f"{actor} waits for {wanted}, which has expired"
            return "ORPHAN_WAIT", {"waits_for": wanted, "text": text}, "BREAK_AND_ESCALATE"
        if at is None:
            return None
        if not wanted:
            track.waiting_since.pop(actor, None)
        elif actor not in track.waiting_since:
            args = event.get("args")
            own = args.get("timeout_s") if isinstance(args, dict) else None
            limit = (
                float(own)
                if isinstance(own, (int, float)) and own > 0
                else self.policy.wait_hours * HOUR
            )
            track.waiting_since[actor] = (at, limit)
        for name, (since, limit) in track.waiting_since.items():
            if at - since > limit:
                waited, limit_h = (at - since) / HOUR, limit / HOUR
                text = f"{name} has waited {waited:.1f} h, the wait ends after {limit_h:.1f} h"
                return "ORPHAN_WAIT", {"actor": name, "text": text}, "BREAK_AND_ESCALATE"
        return None

    def _repeats(self, event: Mapping[str, Any], track: RunTrack, at: float | None) -> Any:
        if event.get("effect") == "wait":
            return None  # waiting is not work, and no part of a pattern
        meaning = self._meaning.of_state(event.get("state"))
        args = event.get("args")
        step = (
            event.get("node"),
            event.get("actor"),
            event.get("action"),
            self._meaning.of_args(args, drop_text=meaning is not None),
        )
        if meaning is not None and self._progressed(track, meaning):
            track.lags.clear()
            track.recent.clear()
            track.idle = track.retries = 0
        else:
            track.idle += 1
        ping_pong = self._ping_pong(event, meaning)
        if ping_pong:
            return ping_pong
        if self._is_declared_retry(track, step, args, at):
            track.idle -= 1
            return None
        if meaning is None and self._is_closing(event, args):
            return None
        return (
            self._pattern(event, track, (step, meaning))
            or self._stalled(track, meaning)
            or self._talk(event, track, meaning)
        )

    def _progressed(self, track: RunTrack, meaning: Any) -> bool:
        """A semantic state never seen before in this run is progress; a return to one is not."""
        if meaning in track.seen:
            track.state = meaning
            return False
        track.seen.add(meaning)
        track.state = meaning
        return True

    def _pattern(self, event: Mapping[str, Any], track: RunTrack, signature: Any) -> Any:
        symbol = self._symbols.setdefault(signature, len(self._symbols))
        track.recent.append((event.get("seq"), str(event.get("node"))))
        del track.recent[: -4 * self.policy.max_period]
        pattern = track.lags.add(symbol)
        if pattern is None or (pattern.noisy and signature[1] is None):
            return None
        span = track.recent[-pattern.period * pattern.repeats :]
        cycle = [node for _, node in span[-pattern.period :]]
        odd = ", one odd event a period" if pattern.noisy else ""
        evidence = {
            "cycle": cycle,
            "period": pattern.period,
            "repeats": pattern.repeats,
            "first_seq": span[0][0],
            "last_seq": event.get("seq"),
            "text": f"{' → '.join(cycle)}, period {pattern.period}, {pattern.repeats} times{odd}",
        }
        return ("LIVELOCK" if pattern.noisy else "LOOP"), evidence, "BREAK_AND_ESCALATE"

    def _is_declared_retry(self, track: RunTrack, step: Any, args: Any, at: float | None) -> bool:
        """Whether this repeats the step just before as a retry, a poll or a daily cadence."""
        core = step[:3]
        gap = at - track.last_at if at is not None and track.last_at is not None else None
        same = core == track.last
        declared = isinstance(args, dict) and not self._retry.isdisjoint(args)
        slower = gap is not None and track.gap is not None and gap >= track.gap * BACK_OFF
        cadence = gap is not None and gap >= DAY_CADENCE_S
        track.gap = gap if same else None
        track.last, track.last_at = core, at
        if not same or not (declared or slower or cadence):
            track.retries = track.retries if same else 0
            return False
        track.retries += 1
        return track.retries <= self.policy.retry_cap

    def _is_closing(self, event: Mapping[str, Any], args: Any) -> bool:
        if event.get("action") != "message" or not isinstance(args, dict):
            return False
        return is_short(args.get("text"), self.policy.short_words)

    def _stalled(self, track: RunTrack, meaning: Any) -> Any:
        if meaning is None or track.idle < self.policy.stall_events:
            return None
        text = f"{track.idle} events of work, no new state of the lead"
        return "LIVELOCK", {"events": track.idle, "text": text}, "BREAK_AND_ESCALATE"

    def _talk(self, event: Mapping[str, Any], track: RunTrack, meaning: Any) -> Any:
        """Judge a chat by its words, where no state says anything; a step between is news."""
        args = event.get("args")
        text = args.get("text") if isinstance(args, dict) else None
        if meaning is not None or event.get("action") != "message" or not isinstance(text, str):
            track.news.stale = 0
            return None
        stale = track.news.add(text, self.policy.stale_share)
        if stale < self.policy.stale_messages:
            return None
        said = f"{stale} messages in a row brought no new number and few new words"
        evidence = {
            "messages": stale, "first_seq": track.recent[-stale:][0][0],
            "last_seq": event.get("seq"), "text": said,
        }  # fmt: skip
        return "LIVELOCK", evidence, "BREAK_AND_ESCALATE"

    def _ping_pong(self, event: Mapping[str, Any], meaning: Any) -> Any:
        """Count how often a field of the lead comes back to a value it had given up."""
        if meaning is None:
            return None
        lead = self._lead(event)
        for name, value in self._meaning.fields(event.get("state")):
            if name not in lead.values:
                lead.values[name], lead.held[name] = value, {value: None}
                continue
            if value == lead.values[name]:
                continue
            lead.values[name] = value
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

    def _lead(self, event: Mapping[str, Any]) -> LeadTrack:
        key = str(event.get("lead_id") or f"run {event['run_id']}")
        return self._leads.setdefault(key, LeadTrack())

    def _ages(self, event: Mapping[str, Any], at: float | None) -> Any:
        if at is None or event.get("lead_id") is None:
            return None
        lead = self._lead(event)
        if lead.written_at is None or event.get("effect") == "write":
            lead.written_at = at
            return None
        hours = (at - lead.written_at) / HOUR
        if hours <= self.policy.age_hours:
            return None
        text = f"no value written for {hours:.0f} h, the limit is {self.policy.age_hours:g} h"
        return "STALLED", {"hours": round(hours, 1), "text": text}, "BREAK_AND_ESCALATE"
