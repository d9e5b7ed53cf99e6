"""The dbt project as one installation reads it: without the sources of cities it does not build.

dbt reads and checks each file of a project, also of cities that the installation never asks, and
that is a quarter of what a first refresh spends on it. So it is shown a folder that links to the
project and names, in dbt's own `.dbtignore`, what is not to be read.
"""

from __future__ import annotations

import os
from pathlib import Path

from pipelines.settings import Settings

STAGING = Path("models", "staging")
HIDDEN = (".", "logs", "target", "dbt_packages")


def own_project(settings: Settings) -> Path:
    """The folder to point dbt at, brought up to date; safe beside another process doing so."""
    folder = settings.dbt_target / "project"
    folder.mkdir(parents=True, exist_ok=True)
    shown = [item for item in settings.dbt_project.iterdir() if not item.name.startswith(HIDDEN)]
    for item in shown:
        _link(folder / item.name, item)
    _write(folder / ".dbtignore", "".join(f"{name}/\n" for name in others(settings)))
    return folder


def others(settings: Settings) -> list[str]:
    """Folders of the project that hold nothing but a jurisdiction that is not built."""
    cities = sorted(item.name for item in (settings.dbt_project / STAGING).glob("*/"))
    return [(STAGING / name).as_posix() for name in cities if name not in settings.jurisdictions]


def _link(link: Path, target: Path) -> None:
    if link.is_symlink() and link.readlink() == target:
        return
    fresh = link.with_name(f".{link.name}-{os.getpid()}")
    fresh.unlink(missing_ok=True)
    fresh.symlink_to(target)
    fresh.replace(link)


def _write(file: Path, text: str) -> None:
    if file.is_file() and file.read_text(encoding="utf-8") == text:
        return
    fresh = file.with_name(f"{file.name}-{os.getpid()}")
    fresh.write_text(text, encoding="utf-8")
    fresh.replace(file)
