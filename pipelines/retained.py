"""The releases that a visitor may ask for: the one shown and the good ones before it."""

from __future__ import annotations

import logging
import sqlite3
from dataclasses import replace

from pipelines import manifest, rollback, shelf, signing
from pipelines.failures import OversightError
from pipelines.settings import Settings
from pipelines.shown import Clock, Shown, described, open_release

log = logging.getLogger(__name__)


def offered(settings: Settings, shown: int) -> list[int]:
    """The releases kept up to the one shown, without those that people went back from."""
    bad = set(rollback.gone_back_from(settings))
    return [n for n in shelf.numbers(settings) if n == shown or (n < shown and n not in bad)]


def opened(settings: Settings, number: int, clock: Clock) -> Shown:
    """The release to show, verified byte for byte, together with those offered beside it.

    An earlier release that cannot be read is left out, and that is logged. Raises
    `StorageFailed` when the one to show is not what was released and signed.
    """
    signing.refuse_foreign(settings, shelf.folder(settings, number))
    shown = open_release(shelf.folder(settings, number), settings.status, clock)
    releases = {}
    for one in offered(settings, number):
        read = shown if one == number else _earlier(settings, one, clock)
        if read is not None:
            database = f"r{read.number}"
            releases[database] = replace(read, database=database, is_current=one == number)
    return replace(shown, releases=releases)


def _earlier(settings: Settings, number: int, clock: Clock) -> Shown | None:
    folder = shelf.folder(settings, number)
    try:
        told = manifest.read(folder)
        whole = (folder / "oversight.db").stat().st_size == told.files["oversight.db"].bytes
        if told.number == number and whole and signing.is_ours(settings, folder):
            return described(folder, told, settings.status, clock)
        log.warning("Release %s is not offered: it is not what was released.", number)
    except (OversightError, OSError, ValueError, LookupError, sqlite3.Error) as error:
        log.warning("Release %s is not offered (%s).", number, type(error).__name__)
    return None
