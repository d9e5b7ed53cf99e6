"""A brief that starts from a row of the catalogue: what its table says need not be asked again."""

from __future__ import annotations

from dataclasses import replace

from pipelines.onboarding import catalogue
from pipelines.onboarding.brief import Brief
from pipelines.onboarding.catalogue import Row
from pipelines.onboarding.states import LETTERS
from pipelines.settings import Settings


def brief(row: Row, settings: Settings, jurisdiction: str, feed: str | None = None) -> Brief:
    """The words of a row as the start of a brief; those of a person go before them."""
    where = catalogue.place(row, settings.data)
    chosen = feed or catalogue.FEEDS.get(row.table_type, "reference")
    name = where.name if where.name != "records" else row.table_type
    table = "_".join(name.lower().replace("-", " ").replace("/", " ").split())
    return Brief(
        place=replace(where, landing_page=row.page or where.landing_page),
        jurisdiction=jurisdiction,
        table=chosen if chosen != "reference" else table,
        feed=chosen,
        state=LETTERS.get(row.state),
        title=row.source,
        publisher=row.agency,
        remarks=_remarks(row),
    )


def _remarks(row: Row) -> tuple[str, ...]:
    """What the table says and a contract cannot: filters, and members of an archive."""
    told = []
    if row.query:
        told.append("whether only a part of the set is meant: the catalogue reads it with a filter")
    if row.dataset and row.platform == "Excel":
        told.append("whether every workbook of the archive is meant: the catalogue names one")
    return tuple(told)
