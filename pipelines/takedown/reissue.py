"""Releases issued again without the records that were taken down, each signed anew.

A release keeps its number, its day and every other row. Its manifest says how many records were
removed and when. The copy is whole and on the disk before it takes the place of the old folder.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC
from pathlib import Path
from typing import Any

from pipelines import manifest, shelf, signing
from pipelines.candidate import DATABASE
from pipelines.failpoints import reached
from pipelines.manifest import Manifest
from pipelines.settings import Settings
from pipelines.takedown import tables, texts
from pipelines.takedown.plan import Plan
from pipelines.takedown.tables import Affected

WORDS = "metadata.json"
SPOKEN = (".json", ".txt", ".atom", ".html")


def reissue_all(settings: Settings, plan: Plan) -> int:
    """Issue every release on the shelf again that held something of the plan; return how many.

    A release after one that changed is signed anew as well: its manifest names the one before.
    """
    recover(settings)
    if shelf.numbers(settings):
        signing.prepare(settings)
    for number in shelf.numbers(settings):
        folder = shelf.folder(settings, number)
        told = manifest.read(folder)
        found = tables.affected(folder, plan)
        chained = _chained(settings, told)
        corrected = _inputs(told, plan)
        same = chained == told.previous_manifest_sha256 and corrected == told.inputs
        spoken = _speaks(folder, plan)
        if found or spoken or not same:
            told = replace(told, inputs=corrected, previous_manifest_sha256=chained)
            _reissue(settings, plan, told, found, spoken)
            reached("takedown: release issued again")
    numbers = shelf.numbers(settings)
    return sum(_is_named(manifest.read(shelf.folder(settings, n)), plan) for n in numbers)


def recover(settings: Settings) -> None:
    """End what a crash left between the old folder of a release and the new one."""
    for fresh in settings.releases.glob(".reissue-*"):
        folder = settings.releases / fresh.name.removeprefix(".reissue-")
        if folder.is_dir():
            shutil.rmtree(fresh)
        else:
            os.rename(fresh, folder)
    for old in settings.releases.glob(".outgoing-*"):
        shutil.rmtree(old)


def _reissue(
    settings: Settings, plan: Plan, told: Manifest, found: list[Affected], spoken: list[str]
) -> None:
    folder = shelf.folder(settings, told.number)
    with _copied(folder, settings.releases / f".reissue-{told.number:04d}") as fresh:
        _own(fresh, [manifest.NAME, manifest.SIGNATURE, signing.SIGNERS, signing.SUMS, *spoken])
        for one in found:
            _own(fresh, [f"parquet/{one.table}.parquet", f"csv/{one.table}.csv"])
            tables.rewrite(fresh, one, settings.memory_limit, settings.work)
        if found:
            _own(fresh, [DATABASE])
            tables.rewrite_database(fresh / DATABASE, found)
        words = [name for name in plan.names if tables.is_telling(name)]
        for name in spoken:
            texts.clean_file(fresh / name, words)
        _describe(settings, plan, replace(told, tables=_measured(fresh, told, found)), fresh, found)
        shelf.make_durable(fresh)
        reached("takedown: release written anew")


def _describe(
    settings: Settings, plan: Plan, told: Manifest, fresh: Path, found: list[Affected]
) -> None:
    """Write and sign the manifest of what is in the folder now."""
    signing.write_companions(settings, fresh)
    files = manifest.records(fresh)
    rows = sum(one.rows for one in found)
    removed = list(told.removed)
    if rows and not _is_named(told, plan):
        on = settings.now.astimezone(UTC).date().isoformat()
        removed.append({"takedown": plan.id, "date": on, "records": plan.records, "rows": rows})
    totals = {
        "tables": len(told.tables),
        "rows": sum(table["rows"] for table in told.tables.values()),
        "files": len(files),
        "bytes": sum(file.bytes for file in files.values()),
    }
    now = replace(
        told,
        content_id=_content_id(told, files[WORDS].sha256) if WORDS in files else told.content_id,
        signing_key=signing.prepare(settings),
        files=files,
        totals=totals,
        removed=removed,
    )
    manifest.write(fresh, now)
    signing.sign(settings, fresh)


def _measured(fresh: Path, told: Manifest, found: list[Affected]) -> dict[str, Any]:
    """The tables of the manifest, with what is left of those that were rewritten."""
    measured = dict(told.tables)
    for one in found:
        csv = manifest.record(fresh / "csv" / f"{one.table}.csv")
        parquet = manifest.record(fresh / "parquet" / f"{one.table}.parquet")
        before = measured[one.table]
        measured[one.table] = {
            **before,
            "rows": before["rows"] - one.rows,
            "csv_sha256": csv.sha256,
            "csv_bytes": csv.bytes,
            "parquet_sha256": parquet.sha256,
            "parquet_bytes": parquet.bytes,
        }
    return measured


def _content_id(told: Manifest, words: str) -> str:
    """As a release computes it: from what a reader can see."""
    lines = [f"{name}\t{table['csv_sha256']}\n" for name, table in sorted(told.tables.items())]
    return hashlib.sha256("".join([*lines, f"words\t{words}\n"]).encode()).hexdigest()


def _chained(settings: Settings, told: Manifest) -> str | None:
    """The hash of the manifest before, as it is now; as it was where that release is gone."""
    if told.previous_manifest_sha256 is None or told.previous is None:
        return told.previous_manifest_sha256
    before = shelf.folder(settings, told.previous) / manifest.NAME
    return manifest.record(before).sha256 if before.is_file() else told.previous_manifest_sha256


def _inputs(told: Manifest, plan: Plan) -> dict[str, Any]:
    """The inputs with the hashes of the bytes that are left."""
    new = {old: one["sha256"] for old, one in plan.blobs.items() if "sha256" in one}
    return {
        name: {**one, "parts": {part: new.get(sha, sha) for part, sha in one["parts"].items()}}
        for name, one in told.inputs.items()
    }


def _speaks(folder: Path, plan: Plan) -> list[str]:
    """The files of words that name a record."""
    words = [name.encode() for name in plan.names if tables.is_telling(name)]
    files = (f for f in sorted(folder.rglob("*")) if f.suffix in SPOKEN and f.name != manifest.NAME)
    return [
        file.relative_to(folder).as_posix()
        for file in files
        if words and any(word in file.read_bytes() for word in words)
    ]


def _is_named(told: Manifest, plan: Plan) -> bool:
    return any(one["takedown"] == plan.id for one in told.removed)


@contextmanager
def _copied(folder: Path, fresh: Path) -> Iterator[Path]:
    """A folder with the same files, which share their bytes until one is made its own; in the
    end it takes the place of the old one."""
    shutil.rmtree(fresh, ignore_errors=True)
    shutil.copytree(folder, fresh, copy_function=os.link)
    yield fresh
    outgoing = folder.with_name(f".outgoing-{folder.name}")
    os.rename(folder, outgoing)
    reached("takedown: old release aside")
    os.rename(fresh, folder)
    shelf.sync(folder.parent)
    shutil.rmtree(outgoing)


def _own(fresh: Path, names: list[str]) -> None:
    """Give files of the copy bytes of their own, which may be written."""
    for name in names:
        file = fresh / name
        if file.is_file():
            aside = file.with_name(f".{file.name}.own")
            shutil.copyfile(file, aside)
            aside.chmod(0o644)
            aside.replace(file)
