"""The invented feed in an installation: its contract, and each delivery through the real steps."""

from __future__ import annotations

import gc
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from time import process_time
from typing import Any

from pipelines import ingest, warehouse
from pipelines.contracts import Contract
from pipelines.history import published, store
from pipelines.holds import ledger
from pipelines.holds.ledger import Hold
from pipelines.ingest import Fetched
from pipelines.settings import Settings
from tests.feeds import Place, column, place, table
from tests.history.deliveries import Night, Revision
from tests.history.facts import FIRST_NIGHT
from tests.history.keyless import LEFT_OUT, NAMED
from tests.history.writing import COLUMNS, DATES, KEY, KLASS, STAMP

FILE = "complaints.csv"
CLERK, REASON = "Ana Clerk", "The publisher announced it."


def contract_table(keyless: bool = False, **meta: Any) -> dict[str, Any]:
    """The contract of the feed, with its key or without."""
    columns = [c for c in COLUMNS if not keyless or c not in LEFT_OUT]
    required = NAMED if keyless else (KEY,)
    key = None if keyless else [KEY]
    return table(columns=[_column(c, c in required) for c in columns], key=key, **meta)


def _column(name: str, is_required: bool) -> dict[str, Any]:
    made = column(name, **{"class": KLASS.get(name, "public")}, required=is_required)
    if name in DATES:
        made["config"]["meta"]["formats"] = ["%m/%d/%Y", "%Y-%m-%d"]
        made["data_type"] = "date"
    if name == "officer_count":
        made["data_type"] = "integer"
    if name == STAMP:
        made["config"]["meta"]["compared"] = False
    return made


@dataclass
class Feed:
    """An installation that reads the feed, and what its nights cost; CPU seconds by sequence."""

    place: Place
    costs: dict[int, float] = field(default_factory=dict)
    raw_bytes: int = 0
    spent: float = 0
    loaded: Fetched | None = None

    @property
    def contract(self) -> Contract:
        return self.place.contract

    @property
    def settings(self) -> Settings:
        return self.place.settings

    def deliver(self, content: bytes, sequence: int) -> Hold | None:
        """One night: the file is there, it is fetched and loaded; return the hold it is under.

        As each night does, it starts on an empty warehouse.
        """
        day = FIRST_NIGHT + timedelta(days=sequence - 1)
        self.place = self.place.at(now=datetime.combine(day, time(4, 15), UTC))
        (self.settings.data / FILE).write_bytes(content)
        warehouse.create(self.settings)
        start = process_time()
        fetched = ingest.fetch_snapshot(self.contract, self.settings)
        self.loaded, _ = ingest.load(fetched, self.settings)
        self.spent = process_time() - start
        return ledger.all_holds(self.settings)[-1] if self.loaded.held else None

    def replay(self, night: Night) -> Hold | None:
        """A night of a world; what is held is accepted at once, as a person would."""
        self.raw_bytes += len(night.content)
        gc.freeze()  # else what the test remembers would be counted as the cost of later nights
        hold = self.deliver(night.content, night.sequence)
        self.costs[night.sequence] = self.spent
        if hold is not None:
            self.accept(hold)
        return hold

    def accept(self, hold: Hold, *, as_changes: bool = False) -> None:
        """Decide for the delivery, and load it."""
        decided = ledger.decide(
            self.settings, hold, "accepted", CLERK, REASON, as_changes=as_changes
        )
        ingest.load_held(self.contract, self.settings, decided)

    def reject(self, hold: Hold) -> None:
        ledger.decide(self.settings, hold, "rejected", CLERK, REASON)

    def asked(self, query: str) -> list[tuple[Any, ...]]:
        """Rows from the history of the feed."""
        with store.opened(self.settings, self.contract.name) as connection:
            return connection.execute(query).fetchall()

    def revisions(self, since: int = 1) -> list[Revision]:
        """The revision log as it is kept."""
        found = self.asked(
            "select sequence, record_label, column_name, change_kind, old_value, new_value "
            f"from changes where sequence >= {since}"
        )
        return [Revision(*row)._replace(old=row[4] or None, new=row[5] or None) for row in found]

    def absent(self) -> dict[str, tuple[str, int]]:
        """The records that are not delivered any more: label, state, and since which snapshot."""
        published.write_history_tables(self.settings, [self.contract])
        found = self.place.rows(
            "select record_label, state, missing_since_sequence from history.absent"
        )
        return {label: (state, since) for label, state, since in found}

    def raw(self, columns: str = "*") -> list[tuple[Any, ...]]:
        return self.place.rows(f"select {columns} from {self.contract.raw_table}")

    @property
    def store_bytes(self) -> int:
        return store.file_of(self.settings, self.contract.name).stat().st_size


def feed(folder: Path, keyless: bool = False, **meta: Any) -> Feed:
    """A new installation with this one feed."""
    return Feed(place(folder, contract_table(keyless, **meta)))
