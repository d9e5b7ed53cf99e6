"""The gates of privacy: each looks at the candidate's own bytes; one that closes ends the night.

They run last, on the very files that would be published, and know nothing of how these were made.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from pipelines.allow_list import beyond_the_list
from pipelines.attack_gate import exposed_by_attack
from pipelines.contracts import Contract
from pipelines.failpoints import reached
from pipelines.failures import PrivacyRefused
from pipelines.scans.gate import exposed_by_scan
from pipelines.settings import Settings

Gate = Callable[[Settings, Path, Sequence[Contract]], list[str]]
"""Given the folder that would be published: why it must not be, in words without any value."""

GATES: tuple[tuple[str, Gate], ...] = (
    ("allow_list", beyond_the_list),
    ("attack", exposed_by_attack),
    ("scan", exposed_by_scan),
)


def refuse_exposure(settings: Settings, folder: Path, contracts: Sequence[Contract]) -> None:
    """Raise `PrivacyRefused` with the words of every gate that finds something exposed."""
    found = [
        f"{name}: {told}" for name, gate in GATES for told in gate(settings, folder, contracts)
    ]
    if found:
        raise PrivacyRefused(" ".join(found), place="candidate")
    reached("privacy gates passed")
