"""When each touch of a sequence is due: business hours of the contact, in their own time zone.

Decides moments. Refuses nothing: an unknown zone is read as the policy's own.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignPolicy:
    """Table [campaigns] of the policies."""

    open_hour: int
    close_hour: int
    work_days: tuple[int, ...]
    default_zone: str
    offsets: tuple[int, ...]
    max_touches: int
    max_offset: int
    max_text: int
    max_contacts: int


def zone_of(name: str | None, policy: CampaignPolicy) -> ZoneInfo:
    """Return the zone of an IANA name; the policy's when it is absent, misspelt or hostile."""
    for candidate in (name, policy.default_zone):
        try:
            if candidate:
                return ZoneInfo(candidate)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            continue
    return ZoneInfo("UTC")


def next_open(at: datetime, zone: ZoneInfo, policy: CampaignPolicy) -> datetime:
    """Return the first moment (UTC) at or after `at` that lies in business hours."""
    local = at.astimezone(zone)
    if local.hour >= policy.close_hour:
        day, clock = local.date() + timedelta(days=1), time(policy.open_hour)
    elif local.hour < policy.open_hour:
        day, clock = local.date(), time(policy.open_hour)
    else:
        day, clock = local.date(), local.time()
    worked = _work_day(day, policy)
    return _moment(worked, clock if worked == day else time(policy.open_hour), zone)


def due_times(
    start: datetime, offsets: Sequence[int], zone_name: str | None, policy: CampaignPolicy
) -> list[datetime]:
    """Return the due moments (UTC, strictly rising, one a day) of touches `offsets` days after.

    Days count from the next open moment after the start; every touch keeps its local hour.
    """
    zone = zone_of(zone_name, policy)
    first = next_open(start, zone, policy)
    anchor = first.astimezone(zone)
    times: list[datetime] = []
    last: date | None = None
    for offset in offsets:
        day = _work_day(anchor.date() + timedelta(days=offset), policy)
        if last is not None and day <= last:
            day = _work_day(last + timedelta(days=1), policy)
        is_first = day == anchor.date()
        times.append(first if is_first else _moment(day, anchor.time(), zone))
        last = day
    return times


def after_delay(
    planned: datetime, sent: datetime, gap_days: int, zone_name: str | None, policy: CampaignPolicy
) -> datetime:
    """Return when the next touch is due after one that left late: the planned gap is kept."""
    earliest = sent + timedelta(days=gap_days)
    late = earliest.date() > planned.date()
    return next_open(earliest, zone_of(zone_name, policy), policy) if late else planned


def _work_day(day: date, policy: CampaignPolicy) -> date:
    while policy.work_days and day.weekday() not in policy.work_days:
        day += timedelta(days=1)
    return day


def _moment(day: date, clock: time, zone: ZoneInfo) -> datetime:
    """Return a local wall time as UTC; one that a clock change skips is moved past the gap."""
    naive = datetime.combine(day, clock.replace(tzinfo=None, fold=0))
    return naive.replace(tzinfo=zone).astimezone(UTC)
