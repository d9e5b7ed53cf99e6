"""Answers that were refused, kept so that a person can see what the source really said."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path

from pipelines.settings import Settings


def keep_evidence(settings: Settings, feed: str, path: Path) -> str:
    """Copy a refused answer to `snapshots/refused` and return its file name there."""
    digest = hashlib.sha256(path.read_bytes()).hexdigest()[:16]
    folder = settings.snapshots / "refused"
    folder.mkdir(parents=True, exist_ok=True)
    kept = folder / f"{feed}-{digest}"
    shutil.copyfile(path, kept)
    return kept.name
