"""The refresh as a Dagster resource: opened at the start of a run, closed at its end.

What a refresh needs, readers and their HTTP client among it, is imported when one starts: Dagster
loads the graph far more often than it runs it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from dagster import Failure, InitResourceContext, MetadataValue, ResourceDefinition

from pipelines.failures import OversightError
from pipelines.settings import Settings

if TYPE_CHECKING:
    from pipelines.refresh import Refresh, Tell


def night(
    settings: Settings,
    tell: Tell | None = None,
    progress: Tell | None = None,
    watch: Callable[[Refresh], None] | None = None,
) -> ResourceDefinition:
    """One `Refresh` a run: it holds the lock and is shared by all steps of the process.

    `watch` is handed the refresh as soon as it is open, for a caller who reads it afterwards.
    """

    def open_refresh(_: InitResourceContext) -> Iterator[Refresh]:
        from pipelines.refresh import opened, silent

        with opened(settings, tell or silent, progress or silent) as refresh:
            if watch is not None:
                watch(refresh)
            yield refresh

    return ResourceDefinition(
        contextmanager(open_refresh), description="The lock, the warehouse and the state of a run."
    )


@contextmanager
def in_plain_words(refresh: Refresh) -> Iterator[None]:
    """Show staff a failure as the sentences written for them, without a stack trace."""
    from pipelines.refresh import recorded

    try:
        with recorded(refresh):
            yield
    except OversightError as failure:
        raise Failure(
            description=failure.told(),
            metadata={
                "place": failure.place or "the refresh",
                "what happened": MetadataValue.md(failure.what),
                "what to do": MetadataValue.md(failure.next_step),
                "exit code": failure.exit_code,
            },
            allow_retries=False,
        ) from None
