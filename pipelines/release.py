"""Releases: numbered, immutable folders; the site shows the one that `current` links to.

A release is written aside, made durable, renamed into place and only then linked, so that a
reader sees the one before or the one after and never a mixture.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipelines import (
    about,
    changes,
    changes_kept,
    guard,
    manifest,
    pseudonyms,
    rollback,
    shelf,
    signing,
    site,
)
from pipelines.candidate import Candidate
from pipelines.checks.judge import CheckResult, refuse_on_failure
from pipelines.failpoints import reached
from pipelines.failures import DataRefused
from pipelines.manifest import Manifest
from pipelines.settings import Settings
from pipelines.transform import Mart

if TYPE_CHECKING:
    from pipelines.accounting import Accounting
    from pipelines.ingest import Fetched

WORDS = "metadata.json"
CODE = {
    "pipelines": ("*.py",),
    "dbt_project": ("*.sql", "*.yml", "*.csv", "*.md"),
    "expectations": ("*.yml",),
    "datasette": ("*.yml", "*.html", "*.css", "*.py", "*.svg"),
}


@dataclass(frozen=True)
class Released:
    """The release that the site shows now; `is_new` is false when its content was the same."""

    number: int
    folder: Path
    is_new: bool


def release(
    settings: Settings,
    candidate: Candidate,
    *,
    checks: Sequence[CheckResult],
    fetched: Mapping[str, Fetched],
    accountings: Mapping[str, Accounting],
    fingerprint: str,
    marts: Sequence[Mart],
) -> Released:
    """Publish the candidate, unless what a reader would see is what the site already shows.

    `fetched` and `accountings` are by feed name. Raises `DataRefused` for a failed critical
    check, `PrivacyRefused` where something private would become public and `StorageFailed`
    without room for three more releases.
    """
    refuse_on_failure(checks)
    shelf.preflight(settings)
    contracts = [one.contract for one in fetched.values()]
    words = site.words(settings, marts, contracts)
    manifest.write_json(candidate.folder / WORDS, words)
    about.write(candidate.folder, candidate.database, words)
    seen = changes.sequences(candidate.database)
    inputs = {n: _input(one, accountings[n], seen.get(n)) for n, one in sorted(fetched.items())}
    shown = shelf.current(settings)
    twin = _twin(settings, content_id(candidate))
    if twin:
        return _show_again(settings, twin, fingerprint, inputs)
    described = _described(settings, candidate, shown, checks, fingerprint, inputs)
    changes.write_changes(settings, candidate.folder, described, shown)
    guard.refuse_exposure(settings, candidate.folder, contracts)
    folder = _store(settings, candidate, described)
    changes_kept.keep(settings)
    shelf.flip(settings, described.number)
    _remember(settings, described, fingerprint, inputs)
    shelf.prune(settings)
    return Released(described.number, folder, is_new=True)


def _twin(settings: Settings, content: str) -> Manifest | None:
    """A whole release with this content that is not older than the one shown."""
    shown = shelf.shown_number(settings)
    newer = [n for n in shelf.numbers(settings) if shown is None or n >= shown]
    kept = (manifest.read(shelf.folder(settings, n)) for n in newer if shelf.is_intact(settings, n))
    return next((m for m in kept if m.content_id == content and _will_last(settings, m)), None)


def _will_last(settings: Settings, told: Manifest) -> bool:
    """Whether a release is to be believed long enough not to be issued again unchanged."""
    if told.expires_at is None:
        return False
    left = datetime.fromisoformat(told.expires_at) - settings.now
    return left > timedelta(days=settings.valid_days / 3)


def _show_again(
    settings: Settings, twin: Manifest, fingerprint: str, inputs: Mapping[str, Any]
) -> Released:
    """Keep showing a release, or show the one that a crash kept from being shown.

    One that people went back from is not shown again by a refresh: they had a reason.
    """
    is_new = twin.number != shelf.shown_number(settings)
    if is_new and twin.number in rollback.gone_back_from(settings):
        raise DataRefused(
            f"The data are those of release {twin.number}, which was rolled back.",
            place="release",
            next_step="Wait for other data, or show it with "
            f"`oversight rollback {twin.number}` if it was right.",
        )
    changes_kept.keep(settings)
    if is_new:
        shelf.flip(settings, twin.number)
    _remember(settings, twin, fingerprint, inputs)
    return Released(twin.number, shelf.folder(settings, twin.number), is_new)


def is_current(settings: Settings, made_of: str) -> bool:
    """Whether the shown release was made of exactly this fingerprint, is whole and will last."""
    try:
        remembered = json.loads(_memory(settings).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    number = shelf.shown_number(settings)
    if number is None or remembered.get("release") != number:
        return False
    if remembered.get("fingerprint") != made_of or not shelf.is_intact(settings, number):
        return False
    return _will_last(settings, manifest.read(shelf.folder(settings, number)))


def fingerprint(inputs: Mapping[str, Any], code: str) -> str:
    """Identifies everything a release depends on: the inputs, by feed name, and the code."""
    lines = [f"{name}\t{inputs[name]!s}\n" for name in sorted(inputs)]
    return hashlib.sha256("".join([*lines, f"code\t{code}\n"]).encode()).hexdigest()


def content_id(candidate: Candidate) -> str:
    """Identifies what a reader can see: each table's CSV, and the words of the site."""
    lines = [f"{name}\t{table.csv_sha256}\n" for name, table in sorted(candidate.tables.items())]
    words = manifest.record(candidate.folder / WORDS).sha256
    return hashlib.sha256("".join([*lines, f"words\t{words}\n"]).encode()).hexdigest()


def code_version(settings: Settings) -> str:
    """Twelve characters that change when a file of code, model, seed or words does."""
    digest = hashlib.sha256()
    for part, patterns in CODE.items():
        found = {f for pattern in patterns for f in (settings.project / part).rglob(pattern)}
        for file in sorted(f for f in found if "target" not in f.parts):
            digest.update(f"{file.relative_to(settings.project).as_posix()}\0".encode())
            digest.update(hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()[:12]


def _described(
    settings: Settings,
    candidate: Candidate,
    shown: Manifest | None,
    checks: Sequence[CheckResult],
    fingerprint: str,
    inputs: Mapping[str, Any],
) -> Manifest:
    """All of the manifest that is known before the files are in their place."""
    moment = settings.now.astimezone(UTC)
    return Manifest(
        number=max(shelf.numbers(settings), default=0) + 1,
        previous=shown.number if shown else None,
        content_id=content_id(candidate),
        fingerprint=fingerprint,
        created_at=moment.isoformat(timespec="seconds"),
        code_version=code_version(settings),
        inputs=inputs,
        tables={name: asdict(table) for name, table in sorted(candidate.tables.items())},
        files={},
        checks=_told(checks),
        totals={},
        previous_manifest_sha256=_hash_of(settings, shown),
        expires_at=(moment + timedelta(days=settings.valid_days)).isoformat(timespec="seconds"),
        signing_key=signing.prepare(settings),
        pseudonym_key=pseudonyms.key_id(settings),
    )


def _hash_of(settings: Settings, shown: Manifest | None) -> str | None:
    if shown is None:
        return None
    return manifest.record(shelf.folder(settings, shown.number) / manifest.NAME).sha256


def _store(settings: Settings, candidate: Candidate, described: Manifest) -> Path:
    """Move the candidate in, describe and sign it, make it durable and read-only, then name it."""
    incoming = settings.releases / f".incoming-{described.number:04d}"
    shutil.rmtree(incoming, ignore_errors=True)
    shutil.move(candidate.folder, incoming)
    signing.write_companions(settings, incoming)
    files = manifest.records(incoming)
    totals = {
        "tables": len(described.tables),
        "rows": sum(table["rows"] for table in described.tables.values()),
        "files": len(files),
        "bytes": sum(file.bytes for file in files.values()),
    }
    manifest.write(incoming, replace(described, files=files, totals=totals))
    signing.sign(settings, incoming)
    reached("manifest written")
    shelf.make_durable(incoming)
    folder = shelf.folder(settings, described.number)
    os.rename(incoming, folder)
    shelf.sync(settings.releases)
    reached("release renamed")
    return folder


def _remember(settings: Settings, shown: Manifest, made_of: str, inputs: Mapping[str, Any]) -> None:
    """Say what the shown release could equally be made of, so that such a night is skipped."""
    remembered = {"release": shown.number, "fingerprint": made_of, "inputs": inputs}
    manifest.write_json(_memory(settings), remembered)
    reached("inputs remembered")


def _memory(settings: Settings) -> Path:
    return settings.data / "inputs.json"


def _input(fetched: Fetched, accounting: Accounting, sequence: int | None) -> dict[str, Any]:
    snapshot = fetched.snapshot
    return {
        "snapshot": snapshot.id,
        "sequence": sequence,
        "fetched_at": snapshot.fetched_at,
        "as_of": str(snapshot.as_of) if snapshot.as_of else None,
        # By number: how a publisher names a file may say whom it is about.
        "parts": {str(number): part.sha256 for number, part in enumerate(snapshot.parts, 1)},
        "held": fetched.held,
        "received": accounting.received_in_public,
        "loaded": accounting.loaded,
        "quarantined": accounting.quarantined,
        "dropped_identical": accounting.dropped_identical,
        "withheld": accounting.withheld_band,
    }


def _told(checks: Sequence[CheckResult]) -> dict[str, Any]:
    passed = sum(check.has_passed for check in checks)
    results = [asdict(check) for check in checks]
    return {
        "ran": len(checks),
        "passed": passed,
        "failed": len(checks) - passed,
        "results": results,
    }
