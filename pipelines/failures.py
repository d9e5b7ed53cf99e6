"""What can go wrong, in words that a person on call can act on.

Every failure that the product foresees carries what happened, where, what it means for the
public site and what to do next, and the exit code that a scheduler sees.
"""

from __future__ import annotations

PUBLISHED = 0
DEGRADED = 20
SITE_UNCHANGED = "The last good release stays on the site."


class OversightError(Exception):
    """A foreseen failure; `exit_code` follows sysexits where one fits, else the product's own."""

    exit_code = 70
    next_step = "Read the message above; nothing was published."

    def __init__(
        self, what: str, *, place: str | None = None, next_step: str | None = None
    ) -> None:
        self.what = what
        self.place = place
        if next_step:
            self.next_step = next_step
        super().__init__(self.told())

    def told(self) -> str:
        """The failure in three plain sentences: where and what, the effect, the next step."""
        where = f"{self.place}: " if self.place else ""
        return f"{where}{self.what} {SITE_UNCHANGED} Next: {self.next_step}"


class DataRefused(OversightError):
    """Data arrived, and a gate refused to publish it."""

    exit_code = 3
    next_step = "Compare the file with the contract, then run `oversight refresh` again."


class HeaderLost(DataRefused):
    """A file begins with data where its headings should be; `fields` is how many there are."""

    fields = 0


class SnapshotHeld(DataRefused):
    """A delivery looks wrong as a whole: it waits for a person to accept or to reject it."""


class SourceFailed(OversightError):
    """A source did not answer with data, and there is no earlier snapshot to fall back on."""

    exit_code = 4
    next_step = "Open the landing page of the source; when it answers, run `oversight refresh`."


class PrivacyRefused(OversightError):
    """Something that must stay private would have become public."""

    exit_code = 5
    next_step = "Do not publish by hand; correct the contract or the vocabulary first."


class StorageFailed(OversightError):
    """The disk is full, unreadable or holds something other than what was written."""

    exit_code = 74
    next_step = "Free space or repair the folder named, then run `oversight refresh` again."


class LockHeld(OversightError):
    """Another refresh is running."""

    exit_code = 75
    next_step = "Wait for the other refresh to end; `oversight status` shows it."


class Misconfigured(OversightError):
    """A contract, a locations file or a setting cannot be read."""

    exit_code = 78
    next_step = "Mend the lines named, then run `oversight contracts check`."
