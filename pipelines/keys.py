"""The folder of keys: outside the project, for the account of the refresh alone.

Whoever reads a key can sign in our name or undo a pseudonym, so a key that others may read is not
used. Whoever loses one loses what it made: the folder belongs in every backup.
"""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from pipelines.failures import Misconfigured
from pipelines.settings import Settings

OTHERS = 0o077


def path_of(settings: Settings, name: str) -> Path:
    """Where a key lies, or would; the folder is made when it is not there.

    Raises `Misconfigured` when the folder cannot be made or others may look into it.
    """
    try:
        if not settings.keys.is_dir():
            settings.keys.mkdir(parents=True, mode=0o700)
        if settings.keys.stat().st_mode & OTHERS:
            raise _open_to_others(settings.keys, "chmod 700")
    except OSError as error:
        raise _unusable(settings.keys, error) from None
    return settings.keys / name


def secret(settings: Settings, name: str) -> bytes:
    """The 32 bytes of a secret, made on the first day.

    Raises `Misconfigured` when others may read it, or when it is shorter than it was made.
    """
    file = path_of(settings, name)
    try:
        if not file.is_file():
            _write(file, f"{secrets.token_hex(32)}\n")
        refuse_if_open(file)
        made = bytes.fromhex(file.read_text(encoding="ascii").strip())
    except ValueError:
        made = b""
    except OSError as error:
        raise _unusable(file, error) from None
    if len(made) < 32:
        raise Misconfigured(
            "The key is damaged: it must be 64 hexadecimal digits.",
            place=str(file),
            next_step="Put it back from the backup: with another key every pseudonym would change.",
        )
    return made


def refuse_if_open(file: Path) -> None:
    """Raise `Misconfigured` when anybody but its owner may use a key."""
    if file.stat().st_mode & OTHERS:
        raise _open_to_others(file, "chmod 400")


def _write(file: Path, text: str) -> None:
    fresh = file.with_name(f".{file.name}-{os.getpid()}")
    handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o400)
    with os.fdopen(handle, "w", encoding="ascii") as stream:
        stream.write(text)
        stream.flush()
        os.fsync(stream.fileno())
    fresh.replace(file)


def _open_to_others(place: Path, remedy: str) -> Misconfigured:
    return Misconfigured(
        "Others than its owner may read it.",
        place=str(place),
        next_step=f"Find out who could have read it, make it private with `{remedy}`, run again.",
    )


def _unusable(place: Path, error: OSError) -> Misconfigured:
    return Misconfigured(
        f"It cannot be used ({error.strerror or type(error).__name__}).", place=str(place)
    )
