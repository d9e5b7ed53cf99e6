"""The table of known sources that OpenPoliceData keeps: found, read and searched, never bundled."""

from __future__ import annotations

import csv
import hashlib
import os
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlsplit

from pipelines.contract_file import Dialect, ReaderName
from pipelines.contracts import Contract
from pipelines.failures import Misconfigured
from pipelines.onboarding import provisional
from pipelines.onboarding.places import Place, recognised
from pipelines.settings import Settings

ADDRESS = "https://raw.githubusercontent.com/openpolicedata/opd-data/main/opd_source_table.csv"
FILE = "opd_source_table.csv"
VANISHED = "datasets_deleted_by_publisher.csv"
READERS: dict[str, ReaderName | None] = {
    "CSV": "csv",
    "Excel": "xlsx",
    "Socrata": "socrata",
    "ArcGIS": "arcgis",
    "CKAN": "ckan",
    "Carto": "carto",
    "HTML": None,
    "Opendatasoft": None,
}
"""The reader that this project has for each `DataType` of the table."""
FEEDS = {
    "COMPLAINTS": "complaints",
    "COMPLAINTS - BACKGROUND": "complaints",
    "COMPLAINTS - ALLEGATIONS": "allegations",
    "COMPLAINTS - BODY WORN CAMERA": "bwc_reviews",
}
YEAR = re.compile(r"\d{4}")
NEXT = (
    f"Fetch {ADDRESS} (`oversight sources find WORD --download` keeps it in the data folder), "
    "or name a copy with --catalogue or OVERSIGHT_CATALOGUE."
)


@dataclass(frozen=True)
class Row:
    """One data set of the table; `is_gone` when its publisher took it away."""

    id: str
    state: str
    source: str
    agency: str
    table_type: str
    platform: str
    first_day: str
    last_day: str
    page: str
    address: str
    dataset: str
    query: str
    is_gone: bool = False

    @property
    def reader(self) -> ReaderName | None:
        """What reads it here; null where nothing does, such as for the old Excel format."""
        if self.platform == "Excel" and self.address.lower().split("?")[0].endswith(".xls"):
            return None
        return READERS.get(self.platform)

    @property
    def coverage(self) -> str:
        """The years it covers; nothing when the table does not say."""
        years = [YEAR.search(day) for day in (self.first_day, self.last_day)]
        return "-".join(dict.fromkeys(year[0] for year in years if year))


def rows(settings: Settings, given: str | None = None) -> list[Row]:
    """The table, and behind it the sets that vanished, when their list lies beside it.

    `given` is a path or an address, else the setting, else the copy in the data folder. Raises
    `Misconfigured` when there is none, or when it lacks a column.
    """
    with _local(settings, given) as file:
        known = _read(file, is_gone=False)
        vanished = file.with_name(VANISHED)
        return known + (_read(vanished, is_gone=True) if vanished.is_file() else [])


def found(table: Iterable[Row], word: str) -> list[Row]:
    """The rows that have all parts of `word` in their place, agency, table type or platform."""
    parts = word.lower().split()
    return [row for row in table if all(part in _words(row) for part in parts)]


def row_of(table: Iterable[Row], number: str) -> Row:
    """The row of an id. Raises `Misconfigured` when there is none, or it cannot be read here."""
    row = next((row for row in table if row.id == number), None)
    if row is None:
        told = f"The catalogue has no data set {number!r}."
        raise Misconfigured(
            told, place="--from-catalogue", next_step="Use `oversight sources find`."
        )
    if row.is_gone or row.reader is None:
        why = "its publisher took it away" if row.is_gone else f"nothing reads {row.platform}"
        raise Misconfigured(
            f"The data set {number!r} cannot be read here: {why}.",
            place="--from-catalogue",
            next_step="Save it as CSV or XLSX, and give new-source the file.",
        )
    return row


def place(row: Row, data: Path) -> Place:
    """Where the data set of a row is, as a contract says it."""
    host = row.address if "://" in row.address else f"https://{row.address}"
    host, number = host.rstrip("/"), row.dataset.strip()
    addresses = {
        "Socrata": f"{host}/resource/{number}.json",
        "CKAN": f"{host}/api/3/action/datastore_search?resource_id={number}",
        "Carto": f"https://{row.address}.carto.com/api/v2/sql?q=SELECT * FROM {number}",
    }
    is_file = row.platform in ("CSV", "Excel")
    address = addresses.get(row.platform, row.address)
    return recognised(address, data, reader=row.reader if is_file else None)


def contracted(row: Row, contracts: Iterable[Contract], data: Path) -> str:
    """The name of the contract that reads this data set, or nothing."""
    if row.reader is None:
        return ""
    try:
        where = place(row, data)
    except Misconfigured:
        return ""
    return next((c.name for c in contracts if _reads(c, where)), "")


def download(settings: Settings, address: str = ADDRESS) -> Path:
    """Keep the table in the data folder. Raises `SourceFailed` when it does not come."""
    target = settings.data / "catalogue" / FILE
    with TemporaryDirectory() as folder:
        received = _fetched(settings, address, Path(folder))
        _read(received, is_gone=False)
        target.parent.mkdir(parents=True, exist_ok=True)
        temporary = target.with_name(f".{FILE}")
        temporary.write_bytes(received.read_bytes())
        os.replace(temporary, target)
    return target


@contextmanager
def _local(settings: Settings, given: str | None) -> Iterator[Path]:
    named = given or settings.catalogue or str(settings.data / "catalogue" / FILE)
    if "://" in named:
        with TemporaryDirectory() as folder:
            yield _fetched(settings, named, Path(folder))
    elif Path(named).is_file():
        yield Path(named)
    else:
        told = f"There is no catalogue at {Path(named).name!r}."
        raise Misconfigured(told, place="catalogue", next_step=NEXT)


def _fetched(settings: Settings, address: str, folder: Path) -> Path:
    from pipelines import readers

    where = Place("csv", address, "catalogue", landing_page=address)
    contract = provisional.contract(where, "catalogue", "sources")
    location = provisional.location(where, dialect=Dialect(header=False))
    (part, *_) = readers.fetch(contract, location, folder, settings)
    return part.path


def _read(file: Path, *, is_gone: bool) -> list[Row]:
    with file.open(encoding="utf-8-sig", newline="") as text:
        table = csv.DictReader(text)
        lacking = {"State", "SourceName", "TableType", "URL"} - set(table.fieldnames or ())
        if lacking:
            told = f"{file.name!r} is no table of sources: it lacks {', '.join(sorted(lacking))}."
            raise Misconfigured(told, place="catalogue", next_step=NEXT)
        return [_row(line, is_gone) for line in table]


def _row(line: dict[str, str], is_gone: bool) -> Row:
    told = {key: (value or "").strip() for key, value in line.items() if isinstance(value, str)}
    dataset = told.get("dataset_id", "")
    naming = ("State", "SourceName", "TableType", "URL", "dataset_id", "Year", "coverage_start")
    named = tuple(told.get(key, "") for key in naming)
    return Row(
        id=told.get("source_table_id") or _stable(named),
        state=told["State"],
        source=told["SourceName"],
        agency=told.get("AgencyFull", ""),
        table_type=told["TableType"],
        platform=told.get("DataType", ""),
        first_day=told.get("coverage_start", ""),
        last_day=told.get("coverage_end", ""),
        page=told.get("source_url", ""),
        address=told["URL"],
        dataset=dataset,
        query=told.get("query", ""),
        is_gone=is_gone,
    )


def _stable(named: tuple[str, ...]) -> str:
    """An id for a row without one: the same as long as what it names is the same."""
    digest = hashlib.sha256("\x1f".join(named).encode()).hexdigest()
    return f"row_{digest[:12]}"


def _words(row: Row) -> str:
    told = (row.id, row.state, row.source, row.agency, row.table_type, row.platform)
    return " ".join(told).lower()


def _reads(contract: Contract, where: Place) -> bool:
    given = contract.meta.location
    locations = [given] if isinstance(given, str) else list(given)
    same = {_bare(location) for location in locations} & {_bare(where.location)}
    return bool(same) and dict(contract.meta.query).items() >= dict(where.query).items()


def _bare(location: str) -> str:
    split = urlsplit(location)
    path = re.sub(r"\.(json|csv)$", "", split.path.rstrip("/"))
    return f"{(split.hostname or '').lower()}{path}"
