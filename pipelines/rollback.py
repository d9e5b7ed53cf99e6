"""Going back to another release, by a person who says so."""

from __future__ import annotations

import json
from pathlib import Path

from pipelines import shelf, signing
from pipelines.failures import Misconfigured
from pipelines.manifest import verify, write_json
from pipelines.settings import Settings


def go_back(settings: Settings, to: int | None = None) -> int:
    """Show another release, the good one before if `to` is not given; return its number.

    Releases after it are remembered, so that the next refresh does not bring them back and
    nobody is offered them; one that people choose again is forgiven.

    Raises `StorageFailed` when its files are not what was released.
    """
    now, bad = shelf.shown_number(settings), gone_back_from(settings)
    earlier = [n for n in shelf.numbers(settings) if (now is None or n < now) and n not in bad]
    number = to if to is not None else max(earlier, default=None)
    if number is None or number not in shelf.numbers(settings):
        asked = f"release {to}" if to is not None else "earlier release"
        kept = ", ".join(str(n) for n in shelf.numbers(settings)) or "none"
        raise Misconfigured(
            f"There is no {asked} to go back to.",
            place="rollback",
            next_step=f"Choose one of the releases kept: {kept}.",
        )
    signing.refuse_foreign(settings, shelf.folder(settings, number))
    verify(shelf.folder(settings, number))
    later = [n for n in shelf.numbers(settings) if n > number]
    write_json(_memory(settings), sorted({*later, *bad} - {number}))
    shelf.flip(settings, number)
    return number


def gone_back_from(settings: Settings) -> list[int]:
    """The releases that people went back from."""
    try:
        return list(json.loads(_memory(settings).read_text(encoding="utf-8")))
    except (OSError, ValueError):
        return []


def _memory(settings: Settings) -> Path:
    return settings.data / "rolled-back.json"
