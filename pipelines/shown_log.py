"""Which release the site showed on a given day.

The journal says it. For the time before an installation had one, the moment at which each
release was made stands in. Days are those of UTC; a day is answered by what stood at its end.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise

from pipelines import manifest, shelf, turns
from pipelines.failures import Misconfigured, StorageFailed
from pipelines.settings import Settings
from pipelines.turns import Turn

LISTED = "Run `oversight as-of` without a table to see the releases that are kept, and their days."
ONE_DAY = timedelta(days=1)


def known_turns(settings: Settings) -> list[Turn]:
    """All turns that are known, oldest first, each later than the one before or equal.

    Where the clock went back, the later line holds.
    """
    logged = turns.written(settings)
    missed = turns.unwritten(settings)
    logged = [*logged, missed] if missed else logged
    first = logged[0].at if logged else None
    made = [turn for turn in _made(settings) if first is None or turn.at < first]
    found: list[Turn] = []
    for turn in [*made, *logged]:
        while found and found[-1].at > turn.at:
            found.pop()
        found.append(turn)
    return found


def shown_on(settings: Settings, day: date | datetime) -> int | None:
    """The release shown at the end of that day, or at that moment; none when none is known of."""
    moment = _moment(day)
    before = [turn.release for turn in known_turns(settings) if turn.at <= moment]
    return before[-1] if before else None


def kept_on(settings: Settings, day: date, now: datetime) -> int:
    """The release shown at the end of `day`, if it is still there to be read.

    Raises `Misconfigured` in words a visitor may read for a day that has not come, for one
    before the first release, and for a release that is no longer kept.
    """
    number = shown_on(settings, min(_moment(day), now))
    if day > now.astimezone(UTC).date():
        raise _refused(f"{_told(day)} has not come yet.")
    if number is None:
        raise _refused(_too_early(settings, day))
    kept = shelf.numbers(settings)
    if number not in kept:
        raise _refused(
            f"On {_told(day)} the site showed release {number}, which is no longer kept. "
            f"Those that are kept: {', '.join(map(str, kept)) or 'none'}."
        )
    return number


def days_shown(settings: Settings) -> dict[int, list[str]]:
    """For each release ever shown, in words, the days at whose end it stood on the site."""
    found: dict[int, list[str]] = {}
    for turn, until in _spans(known_turns(settings)):
        found.setdefault(turn.release, []).append(_days(turn.at.date(), until))
    return found


def _spans(known: Sequence[Turn]) -> Iterator[tuple[Turn, date | None]]:
    """Each turn with the day on which another release took over; none for the last."""
    merged = [turn for n, turn in enumerate(known) if not n or known[n - 1].release != turn.release]
    yield from ((turn, after.at.date()) for turn, after in pairwise(merged))
    yield from ((turn, None) for turn in merged[-1:])


def _days(first: date, until: date | None) -> str:
    if until is None:
        return f"{first} until now"
    if until <= first:
        return f"part of {first}"
    last = until - ONE_DAY
    return str(first) if last == first else f"{first} to {last}"


def _made(settings: Settings) -> Iterator[Turn]:
    for number in shelf.numbers(settings):
        try:
            told = manifest.read(shelf.folder(settings, number))
            yield Turn(datetime.fromisoformat(told.created_at), number)
        except (StorageFailed, ValueError):
            continue


def _moment(day: date | datetime) -> datetime:
    if isinstance(day, datetime):
        return day if day.tzinfo else day.replace(tzinfo=UTC)
    return datetime.combine(day, time.max, UTC)


def _too_early(settings: Settings, day: date) -> str:
    known = known_turns(settings)
    if not known:
        return "No release has been shown yet."
    return (
        f"Nothing is known to have been published by {_told(day)}: the first release on record "
        f"was shown from {_told(known[0].at.date())}."
    )


def _told(day: date) -> str:
    return f"{day.day} {day:%B %Y}"


def _refused(what: str) -> Misconfigured:
    return Misconfigured(what, place="as of a date", next_step=LISTED)
