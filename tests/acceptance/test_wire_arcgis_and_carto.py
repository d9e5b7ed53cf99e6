"""Real files served as an ArcGIS layer and as CARTO tables give the raw tables of the files.

Needs the files; prints counts and hashes and never a row. Run with `make acceptance`.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from pipelines import warehouse
from pipelines.contracts import Contract, load_contracts
from pipelines.settings import PROJECT, Settings
from tests.wire import fetching
from tests.wire.arcgis import ArcGIS
from tests.wire.carto import PATH, Carto
from tests.wire.server import serving
from tests.wire.tables import Table, table_of

FILES = PROJECT.parent / "shared" / "data"
DETROIT = FILES / "detroit/DPD_Citizen_Complaints.csv"
MOST = 2_000
IN_TIME = 4_000

pytestmark = [
    pytest.mark.acceptance,
    pytest.mark.skipif(not FILES.is_dir(), reason="the real files are not beside the project"),
]


def contract_of(name: str) -> Contract:
    contracts = load_contracts(PROJECT / "dbt_project", [name.split(".")[0]])
    return next(contract for contract in contracts if contract.name == name)


def settings_reading(folder: Path, name: str, **place: Any) -> Settings:
    """An installation that reads the feed at `place`, whatever its contract says."""
    folder.mkdir()
    file = folder / "locations.yml"
    locations = {"root": str(FILES), "locations": {name: place}}
    file.write_text(yaml.safe_dump(locations), encoding="utf-8")
    return replace(fetching.settings_for(folder), locations=file)


def loaded(contract: Contract, settings: Settings) -> tuple[str, int, str]:
    """Hash of the raw table, its rows, and a hash of the identities that rows without a key got."""
    digest = fetching.raw_hash(contract, settings)
    identity = "" if contract.meta.key else ", _row_hash, _row_ordinal"
    with warehouse.connect(settings, read_only=True) as connection:
        rows = connection.execute(
            f"select 1{identity} from {contract.raw_table} order by all"
        ).fetchall()
    return digest, len(rows), hashlib.sha256(json.dumps(rows).encode()).hexdigest()


def compare(name: str, file: tuple[str, int, str], service: tuple[str, int, str]) -> None:
    print(f"\n{name:<40}{file[1]:>7,} {file[0][:16]} {service[1]:>7,} {service[0][:16]}", end="")
    assert file[1] > 0
    assert service == file, f"{name}: the service gives another raw table than the file"


def by_title(table: Table) -> Table:
    """The same table with its headings as names, as a layer has them."""
    titles = {column.name: column.title for column in table.fields}
    fields = [replace(column, name=column.title) for column in table.fields]
    rows = [{titles[name]: value for name, value in row.items()} for row in table.rows]
    return Table(table.id, fields, rows, table.stamp)


def detroit() -> Table:
    kinds = {"report_date": "date", "closed": "date", "objectid": "integer"}
    kinds |= dict.fromkeys(("ccr", "age"), "integer")
    return by_title(table_of(DETROIT, "DPD_Citizen_Complaints", kinds))


@pytest.mark.parametrize("paginates", [True, False])
def test_detroit_as_a_layer_gives_the_raw_table_of_its_file(
    tmp_path: Path, paginates: bool
) -> None:
    name = "detroit.citizen_complaints"
    contract, table = contract_of(name), detroit()
    kinds = {column.name: column.type for column in table.fields}
    assert (kinds["Report_Date"], kinds["Closed"], kinds["CCR"]) == ("date", "date", "integer")
    path = str(DETROIT.relative_to(FILES))
    from_file = loaded(contract, settings_reading(tmp_path / "f", name, path=path, reader="csv"))
    service = ArcGIS(table, oid="ObjectId", most=MOST, paginates=paginates)
    with serving(service) as wire:
        settings = settings_reading(
            tmp_path / "s", name, url=wire.url(service.path), reader="arcgis"
        )
        compare(name, from_file, loaded(contract, settings))


@pytest.mark.parametrize(
    "feed", ["complaints", "complaint_disciplines", "complainant_demographics"]
)
def test_philadelphia_as_carto_tables_gives_the_raw_tables_of_its_files(
    tmp_path: Path, feed: str
) -> None:
    name, file = f"philadelphia.{feed}", f"ppd_{feed}"
    contract, path = contract_of(name), f"philadelphia/{file}.csv"
    kinds = dict.fromkeys(("officer_id", "complainant_age", "district_occurrence"), "integer")
    service = Carto(table_of(FILES / path, file, kinds), slow_above=IN_TIME)
    from_file = loaded(contract, settings_reading(tmp_path / "f", name, path=path, reader="csv"))
    with serving(service) as wire:
        settings = settings_reading(
            tmp_path / "s", name, url=wire.url(PATH), reader="carto", query={"table": file}
        )
        compare(name, from_file, loaded(contract, settings))
