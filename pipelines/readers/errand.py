"""One place of one feed, to be read: what every reader is given."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from pipelines.contracts import Contract
from pipelines.failures import Misconfigured
from pipelines.locations import Location
from pipelines.readers.journal import Journal
from pipelines.readers.parts import FetchedPart
from pipelines.readers.transport import Transport
from pipelines.settings import Settings

Progress = Callable[[str], None]


def silent(_: str) -> None:
    """The progress listener of those who do not listen."""


@dataclass(frozen=True)
class Errand:
    """Fetch `place` of `contract` into `folder`.

    `known` are the parts of the last accepted snapshot of this place, `progress` hears how far
    the fetch is.
    """

    contract: Contract
    location: Location
    place: str
    folder: Path
    settings: Settings
    known: tuple[FetchedPart, ...] = ()
    progress: Progress = silent

    @property
    def feed(self) -> str:
        """The name by which people call the feed."""
        return self.contract.name

    def transport(self) -> Transport:
        """The connection to the host of this place; a context manager."""
        return Transport(
            self.place, self.contract.name, self.contract.meta.redirect_hosts, self.settings
        )

    def journal(self, plan: str) -> Journal:
        """The pages kept so far; of use only under the same `plan`."""
        return Journal(self.settings, self.contract.name, self.place, plan)

    def unchanged(self, stamp: str) -> list[FetchedPart] | None:
        """The known parts when the source says that nothing changed since, else null."""
        if stamp and self.known and all(part.stamp == stamp for part in self.known):
            self.progress(f"{self.feed}: unchanged at the source")
            return list(self.known)
        return None

    def token(self) -> str | None:
        """The secret that the contract names. Raises `Misconfigured` when it is not set."""
        name = self.contract.meta.token
        if name is None:
            return None
        if name not in self.settings.tokens:
            raise Misconfigured(
                "The service asks for a token, and none is set.",
                place=self.feed,
                next_step=f"Set OVERSIGHT_TOKEN_{name.upper()} to the token of the service.",
            )
        return self.settings.tokens[name]

    def count_told(self, done: int, total: int | None) -> None:
        """Tell how many rows have come, of how many."""
        of = f" of {total:,}" if total is not None else ""
        self.progress(f"{self.feed}: {done:,}{of} rows")
