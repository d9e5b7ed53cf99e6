"""A source that was busy or broke off, and how long it wants to be left alone."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

BROKEN_OFF = "The source broke off before the end of its answer"
SHORTEST = 0.001
"""Seconds; stamina takes a wait of zero for "do not try again"."""


class Again(Exception):
    """It may do better a moment later. `wait` is in seconds, null when the source named none.

    `refusal` is the status and the code of its answer, when there was one.
    """

    def __init__(
        self, told: str, wait: float | None = None, refusal: tuple[int, str] | None = None
    ) -> None:
        super().__init__(told)
        self.told = told
        self.wait = wait
        self.refusal = refusal


def pause(error: Exception) -> bool | float:
    """What stamina is to do after a failure: stop, or wait so many seconds."""
    if not isinstance(error, Again):
        return False
    return max(error.wait or 0.0, SHORTEST)


def retry_after(header: str | None) -> float | None:
    """Seconds that the source asks for, in either form of the header; null when unreadable."""
    if not header:
        return None
    if header.strip().isdigit():
        return float(header.strip()[:12])
    try:
        until = parsedate_to_datetime(header)
    except ValueError:
        return None
    until = until if until.tzinfo else until.replace(tzinfo=UTC)
    return max((until - datetime.now(UTC)).total_seconds(), 0.0)
