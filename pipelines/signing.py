"""Releases are signed: a manifest that names every file by its hash, and a signature over it.

The tool is `ssh-keygen -Y`, which every server and every reader's machine has already.
"""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

from pipelines import keys, manifest
from pipelines.failures import Misconfigured, StorageFailed
from pipelines.settings import Settings

TOOL = "ssh-keygen"
KEY = "release-key"
SIGNER = "oversight"
NAMESPACE = "oversight-release"
SIGNERS = "allowed_signers"
SUMS = "SHA256SUMS"


def prepare(settings: Settings) -> str:
    """Make the key on the first day, and say its fingerprint.

    Raises `Misconfigured` without the tool, or when others may read the key.
    """
    if shutil.which(TOOL) is None:
        raise Misconfigured(
            "There is no `ssh-keygen`, with which releases are signed.",
            place="environment",
            next_step="Install the system's package `openssh-client`.",
        )
    key = keys.path_of(settings, KEY)
    if not key.is_file():
        _run("-q", "-t", "ed25519", "-N", "", "-C", NAMESPACE, "-f", str(key))
    keys.refuse_if_open(key)
    _make_known(settings)
    return _run("-l", "-f", str(key.with_suffix(".pub"))).split()[1]


def signers(settings: Settings) -> str:
    """The line by which a reader's `ssh-keygen` knows our signature."""
    kind, public = keys.path_of(settings, f"{KEY}.pub").read_text(encoding="ascii").split()[:2]
    return f'{SIGNER} namespaces="{NAMESPACE}" {kind} {public}\n'


def _make_known(settings: Settings) -> None:
    """Who may sign, where the account of the site can read it and that of the keys need not be."""
    known, line = settings.data / SIGNERS, signers(settings)
    if not known.is_file() or known.read_text(encoding="ascii") != line:
        known.write_text(line, encoding="ascii")


def write_companions(settings: Settings, folder: Path) -> None:
    """Write what the four lines of shell need: who may sign, and the hash of every file."""
    (folder / SIGNERS).write_text(signers(settings), encoding="ascii")
    found = manifest.records(folder)
    lines = [f"{record.sha256}  {name}\n" for name, record in found.items() if name != SUMS]
    (folder / SUMS).write_text("".join(lines), encoding="utf-8")


def sign(settings: Settings, folder: Path) -> None:
    """Sign the manifest of a release folder anew. Raises `StorageFailed` when it cannot be."""
    target, key = folder / manifest.NAME, keys.path_of(settings, KEY)
    keys.refuse_if_open(key)
    (folder / manifest.SIGNATURE).unlink(missing_ok=True)
    _run("-q", "-Y", "sign", "-f", str(key), "-n", NAMESPACE, str(target))


def is_signed(folder: Path, allowed: Path) -> bool:
    """Whether one of those in the file `allowed` signed the manifest of a folder as it is now."""
    signature = folder / manifest.SIGNATURE
    if not signature.is_file() or not allowed.is_file():
        return False
    asked = ["-I", SIGNER, "-n", NAMESPACE, "-s", str(signature)]
    with (folder / manifest.NAME).open("rb") as told:
        done = subprocess.run(
            [TOOL, "-Y", "verify", "-f", str(allowed), *asked],
            stdin=told,
            capture_output=True,
            check=False,
        )
    return done.returncode == 0


def is_ours(settings: Settings, folder: Path) -> bool:
    """Whether this installation signed a release, by its own key and not by what lies beside it."""
    return is_signed(folder, settings.data / SIGNERS)


def refuse_foreign(settings: Settings, folder: Path) -> None:
    """Raise `StorageFailed` for a release that this installation did not sign as it is now."""
    if not is_ours(settings, folder):
        raise StorageFailed(
            "The signature of its manifest is not ours.",
            place=f"release {folder.name}",
            next_step="Choose another release for `oversight rollback`, or run a refresh.",
        )


def _run(*words: str) -> str:
    done = subprocess.run([TOOL, *words], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise StorageFailed(
            f"`ssh-keygen` ended with {done.returncode}.",
            place="signature",
            next_step="Look at the folder of keys, its space and its permissions.",
        )
    return done.stdout
