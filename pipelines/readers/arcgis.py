"""ArcGIS layers: pages in the order of the object ids, or batches of ids where there are none.

The service clips pages without a word, so the next page starts after the rows that came, and
its own flag and count say when it is the end, never the length of a page.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from pipelines.readers import pages
from pipelines.readers.errand import Errand
from pipelines.readers.journal import Journal
from pipelines.readers.keys import Keys
from pipelines.readers.layer import GOES_ON, Layer, Metadata
from pipelines.readers.look import Look
from pipelines.readers.parts import FetchedPart
from pipelines.readers.reconcile import State, reconciled

IDS_AT_ONCE = 1000
Ask = Callable[[Path, int], FetchedPart]


def fetch(errand: Errand) -> list[FetchedPart]:
    """All rows of the layer as page files, or the known parts when nothing was edited.

    Raises `SourceFailed` when two readings do not agree with the service's count, or when the
    service reports an error.
    """
    with errand.transport() as transport:
        layer = Layer(errand, transport)
        told = layer.described()
        known = errand.unchanged(told.stamp)
        if known:
            return known

        def read(journal: Journal, keys: Keys, expected: int) -> list[FetchedPart]:
            return _Reading(errand, layer, told, journal, keys, expected).parts()

        plan = f"{told.object_id} {told.has_pages} {told.page_rows}"
        return reconciled(errand, plan, lambda: State(layer.count(), layer.described().stamp), read)


def look(errand: Errand) -> Look:
    """Fields, types and stamp, from the layer's description."""
    with errand.transport() as transport:
        told = Layer(errand, transport).described()
    return Look(tuple(name for name, _ in told.fields), dict(told.fields), stamp=told.stamp)


def sample(errand: Errand, rows: int) -> list[FetchedPart]:
    """The first rows of the layer."""
    target = errand.folder / "sample.json"
    with errand.transport() as transport:
        layer = Layer(errand, transport)
        told = layer.described()
        some = min(rows, told.page_rows)
        if told.has_pages:
            part = layer.page(told, target, 0, some)
        else:
            part = layer.rows_of(told, target, layer.ids()[:some])
    return [replace(part, stamp=told.stamp)]


class _Reading:
    """One pass over all rows of a layer."""

    def __init__(
        self,
        errand: Errand,
        layer: Layer,
        told: Metadata,
        journal: Journal,
        keys: Keys,
        expected: int,
    ) -> None:
        self._errand = errand
        self._layer = layer
        self._told = told
        self._journal = journal
        self._keys = keys
        self._expected = expected
        self._size = told.page_rows
        self._received = 0
        self._parts: list[FetchedPart] = []

    def parts(self) -> list[FetchedPart]:
        """The pages; by ids where the layer has no pages, or stops giving them half-way."""
        if not self._told.has_pages or self._is_stuck_at_a_page():
            self._by_ids()
        return self._parts

    def _is_stuck_at_a_page(self) -> bool:
        """Read page after page; true when an empty one came and the service says there is more."""
        goes_on = True
        while goes_on:
            offset = self._received

            def ask(target: Path, rows: int, offset: int = offset) -> FetchedPart:
                return self._layer.page(self._told, target, offset, rows)

            part = self._page(f"page-{offset:010d}.json", ask)
            is_marked = GOES_ON in part.headers
            if not part.records:
                if is_marked and self._is_short:
                    return True
                self._parts = self._parts or [part]
                return False
            self._take(part)
            goes_on = self._is_short or (is_marked and self._received == self._expected)
        return False

    def _by_ids(self) -> None:
        """Read what is left, the rows being asked for by name."""
        last = self._last()
        left = [one for one in self._layer.ids() if last is None or one > last]
        self._size = min(self._size, IDS_AT_ONCE)
        while self._is_short or not self._parts:

            def ask(target: Path, rows: int, left: list[int] = left) -> FetchedPart:
                return self._layer.rows_of(self._told, target, left[:rows])

            part = self._page(f"ids-{left[0] if left else 0:010d}.json", ask)
            if part.records or not self._parts:
                self._take(part)
            last = self._last()
            left = [one for one in left if last is not None and one > last]
            if not left or not part.records:
                return

    @property
    def _is_short(self) -> bool:
        return self._received < self._expected

    def _page(self, name: str, ask: Ask) -> FetchedPart:
        def smaller(target: Path) -> FetchedPart:
            return pages.fewer(lambda rows: ask(target, rows), self._size, 2, self._errand.feed)

        return pages.kept(self._journal, self._keys, name, self._told.shape, smaller)

    def _take(self, part: FetchedPart) -> None:
        self._parts.append(part)
        self._received += part.records or 0
        self._size = int(part.headers[pages.ROWS_ASKED])
        self._errand.count_told(self._received, self._expected)

    def _last(self) -> int | None:
        if not self._parts:
            return None
        return pages.last_key(self._parts[-1], self._errand.feed)
