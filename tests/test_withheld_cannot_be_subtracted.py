"""What is withheld cannot be worked out from what is public, by any sum.

The proof needs no list of sums: a release of feeds from which the publisher itself had taken the
sealed records is, table by table, the release of the whole feeds. Whoever cannot tell the two
apart cannot tell what is withheld.
"""

from __future__ import annotations

import csv
import re
import shutil
from pathlib import Path
from typing import Any

import pytest

from pipelines import manifest
from pipelines.demo.generate import generate
from pipelines.orchestration.run import run
from pipelines.settings import Settings
from tests.conftest import TINY, Installation, settings_at
from tests.sealed_apart import remove_sealed

TOLD = {
    # The band itself, and names of deliveries, which are made of their bytes.
    "sources": {"withheld_band"},
    "source_changes": {"snapshot_id", "previous_snapshot_id"},
    "maturity_triangle": {"snapshot_id"},
}
BAND = re.compile(r"(?<= Withheld besides: )[^.]+|(?<=sealed or deleted: )[^.]+")


@pytest.fixture(scope="module")
def without(released: Installation, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """An installation with the same keys whose publisher sent no sealed record."""
    settings = _installation(released, tmp_path_factory.mktemp("without"))
    assert remove_sealed(settings.data / "demo") > 0
    _refreshed(settings)
    return settings


def test_a_release_is_the_same_with_and_without_the_sealed_records(
    released: Installation, without: Settings
) -> None:
    differing = differences(released.settings.current, without.current)
    print(f"{len(tables(without.current))} tables compared, {len(differing)} differ")
    assert differing == []


def test_the_manifest_says_no_number_that_includes_them(
    released: Installation, without: Settings
) -> None:
    ours, theirs = (inputs(one) for one in (released.settings.current, without.current))
    withheld = {name for name, told in ours.items() if told.pop("withheld") != "none"}
    assert {told.pop("withheld") for told in theirs.values()} == {"none"}
    assert withheld >= {"larkhaven.complaints", "larkhaven.allegations"}
    assert ours == theirs


def test_the_words_and_the_changes_of_a_release_tell_nothing_either(
    released: Installation, without: Settings
) -> None:
    for name in ("metadata.json", "CHANGES.json"):
        ours, theirs = (_unnamed(s.current / name) for s in (released.settings, without))
        assert len(ours) > 1_000
        assert ours == theirs, name


def test_one_number_that_includes_them_is_seen(
    released: Installation, without: Settings, tmp_path: Path
) -> None:
    """Planted: one count of one table, higher by the sealed records."""
    leaking = tmp_path / "leaking"
    shutil.copytree(released.settings.current, leaking)
    file = leaking / "csv" / "sources.csv"
    file.chmod(0o644)
    (count,) = (
        row["received_count"]
        for row in _rows(leaking, "sources")
        if row["source_table"] == "larkhaven.complaints"
    )
    more = int(count) + released.answers["feeds"]["complaints"]["withheld"]
    file.write_text(file.read_text("utf-8").replace(f",{count},", f",{more},"), "utf-8")
    assert differences(leaking, without.current) == ["sources"]


def differences(ours: Path, theirs: Path) -> list[str]:
    """Every public table that is not the same in two releases, but for what may differ."""
    assert tables(ours) == tables(theirs)
    return [name for name in tables(ours) if _rows(ours, name) != _rows(theirs, name)]


def tables(folder: Path) -> list[str]:
    return sorted(manifest.read(folder).tables)


def inputs(folder: Path) -> dict[str, dict[str, Any]]:
    """What the manifest says of each feed, without what names its bytes."""
    named = {"snapshot", "parts", "fetched_at"}
    return {
        name: {word: said for word, said in told.items() if word not in named}
        for name, told in manifest.read(folder).inputs.items()
    }


def _unnamed(file: Path) -> str:
    """A file's text without what names deliveries, bands and hashes of tables."""
    text = BAND.sub("", file.read_text(encoding="utf-8"))
    return re.sub(r"[0-9a-f]{12,}|20[0-9]{6}T[0-9]{6}Z-[0-9a-f]+", "", text)


def _rows(folder: Path, table: str) -> list[dict[str, str]]:
    with (folder / "csv" / f"{table}.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return [
        {
            name: BAND.sub("", cell)
            for name, cell in row.items()
            if name not in TOLD.get(table, set())
        }
        for row in rows
    ]


def _installation(released: Installation, data: Path) -> Settings:
    """A fresh data folder with the demo's feeds and the keys of the released one."""
    settings = settings_at(data)
    generate(data / "demo", scale=TINY)
    shutil.copytree(released.settings.keys, settings.keys)
    (data / "history").mkdir(mode=0o700)
    shutil.copy2(released.settings.data / "history" / "key", data / "history" / "key")
    return settings


def _refreshed(settings: Settings) -> None:
    refresh = run("nightly_refresh", settings)
    assert [failure.told() for failure in refresh.failures] == []
