"""The shelf of releases: numbered folders, the link to the one shown, and what may be removed."""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path

from pipelines import manifest, signing, turns
from pipelines.failpoints import reached
from pipelines.failures import StorageFailed
from pipelines.manifest import Manifest
from pipelines.settings import Settings
from pipelines.turns import Turn

NUMBERED = re.compile(r"^\d{4,}$")
FREE_FACTOR = 3


def current(settings: Settings) -> Manifest | None:
    """The manifest of the release that the site shows; none before the first or when damaged."""
    try:
        return manifest.read(settings.current.resolve(strict=True))
    except (OSError, StorageFailed):
        return None


def numbers(settings: Settings) -> list[int]:
    """The releases that are kept, oldest first."""
    if not settings.releases.is_dir():
        return []
    return sorted(int(f.name) for f in settings.releases.iterdir() if NUMBERED.match(f.name))


def prune(settings: Settings) -> list[int]:
    """Drop releases beyond the number to keep, oldest first, never the one shown."""
    shown = shown_number(settings)
    old = [n for n in numbers(settings)[: -settings.keep_releases] if n != shown]
    for number in old:
        outgoing = settings.releases / f".outgoing-{number:04d}"
        os.replace(folder(settings, number), outgoing)
        shutil.rmtree(outgoing)
    return old


def sweep(settings: Settings) -> None:
    """Remove what an interrupted release left: half-written folders and unused links."""
    if settings.releases.is_dir():
        for unfinished in (".incoming-*", ".outgoing-*"):
            for left in settings.releases.glob(unfinished):
                shutil.rmtree(left)
    for link in settings.data.glob(f".{settings.current.name}-*"):
        link.unlink()


def preflight(settings: Settings) -> None:
    """Raise `StorageFailed` unless three releases of the last one's size would still fit."""
    shown = current(settings)
    needed = FREE_FACTOR * shown.totals["bytes"] if shown else 0
    settings.releases.mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(settings.releases).free
    if free < needed:
        raise StorageFailed(
            f"{free >> 20} MiB are free and {needed >> 20} MiB are needed.",
            place=str(settings.releases),
        )


def folder(settings: Settings, number: int) -> Path:
    """Where a release is kept."""
    return settings.releases / f"{number:04d}"


def shown_number(settings: Settings) -> int | None:
    """The number that `current` links to, whether or not its files are intact."""
    try:
        name = settings.current.resolve(strict=True).name
    except OSError:
        return None
    return int(name) if NUMBERED.match(name) else None


def is_intact(settings: Settings, number: int) -> bool:
    """Whether every byte of a release is what was released and signed here."""
    place = folder(settings, number)
    try:
        manifest.verify(place)
    except StorageFailed:
        return False
    return signing.is_ours(settings, place)


def make_durable(place: Path) -> None:
    """Make every file of a folder read-only and safe from a power cut."""
    for file in (f for f in place.rglob("*") if f.is_file()):
        file.chmod(0o444)
        sync(file)
    for inner in (place, *(f for f in place.rglob("*") if f.is_dir())):
        sync(inner)


def sync(place: Path) -> None:
    """Wait until a file or a folder's list of names is on the disk."""
    handle = os.open(place, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def flip(settings: Settings, number: int) -> None:
    """Point `current` at a release by one rename, and write down from when on it is shown."""
    if missed := turns.unwritten(settings):
        turns.write(settings, missed)
    fresh = settings.data / f".{settings.current.name}-{os.getpid()}"
    fresh.unlink(missing_ok=True)
    fresh.symlink_to(folder(settings, number).relative_to(settings.data))
    reached("link made")
    os.replace(fresh, settings.current)
    sync(settings.data)
    reached("link flipped")
    turns.write(settings, Turn(settings.now, number))
