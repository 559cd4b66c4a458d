"""The one clock."""

from datetime import UTC, datetime


class SystemClock:
    """UTC from the operating system."""

    def now(self) -> datetime:
        """Return the time in UTC, aware."""
        return datetime.now(UTC)


def stamp(at: datetime) -> str:
    """Write a time as the store does: ISO 8601, UTC, microseconds; text order is time order."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
