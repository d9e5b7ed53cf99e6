"""What the last refresh did, in a file that the site, the command line and staff read.

It lies outside the releases: that a source is late or held is true of tonight, not of the
numbers, and must not make two identical releases differ.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipelines.settings import Settings

if TYPE_CHECKING:
    from pipelines.refresh import Refresh


def read(settings: Settings) -> dict[str, Any]:
    """The last status; empty before the first refresh or when the file cannot be read."""
    try:
        return dict(json.loads(settings.status.read_text(encoding="utf-8")))
    except (OSError, ValueError):
        return {}


def lines(settings: Settings) -> list[str]:
    """The status in plain lines, for the command line."""
    known = read(settings)
    refresh = known.get("refresh", {})
    if not refresh:
        return ["Last refresh: none yet. Next: `oversight refresh`."]
    state = refresh["state"]
    if state == "running" and not _alive(refresh["process"]):
        state = "interrupted. Next: run `oversight refresh` again"
    told = [f"Last refresh: {state} (started {refresh['started_at']})."]
    told += [f"  {message}" for message in refresh.get("messages", [])]
    for name, feed in sorted(known.get("feeds", {}).items()):
        held = f" Held at its last good snapshot: {feed['held']}" if feed["held"] else ""
        told.append(f"{name}: last changed {feed['fetched_at']}, asked {feed['checked_at']}.{held}")
    return told


def _alive(process: int) -> bool:
    return Path(f"/proc/{process}").exists()


def started(settings: Settings) -> None:
    """Say that a refresh is running; what was known of the feeds stays."""
    before = read(settings)
    refresh = {"state": "running", "process": os.getpid(), "started_at": _moment(settings.now)}
    _write(settings.status, {**before, "refresh": refresh})


def ended(settings: Settings, refresh: Refresh) -> None:
    """Say how the refresh ended and how each of its feeds stands."""
    before = read(settings)
    feeds = {**before.get("feeds", {}), **{n: _feed(refresh, n) for n in refresh.fetched}}
    outcome = {
        **before.get("refresh", {}),
        "state": _state(refresh),
        "exit_code": refresh.exit_code,
        "messages": [failure.told() for failure in refresh.failures],
        "ended_at": _moment(datetime.now(UTC)),
        "release": refresh.released.number if refresh.released else None,
    }
    _write(settings.status, {"refresh": outcome, "feeds": feeds})


def _state(refresh: Refresh) -> str:
    if refresh.failures:
        return "refused"
    if refresh.unchanged:
        return "unchanged"
    if refresh.released is None:
        return "stopped before release"
    return "published" if refresh.released.is_new else "unchanged"


def _feed(refresh: Refresh, name: str) -> dict[str, Any]:
    fetched = refresh.fetched[name]
    return {
        "snapshot": fetched.snapshot.id,
        "fetched_at": fetched.snapshot.fetched_at,
        "checked_at": _moment(refresh.settings.now),
        "held": fetched.held,
    }


def _write(file: Path, content: Mapping[str, Any]) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    fresh = file.with_suffix(".tmp")
    fresh.write_text(json.dumps(content, indent=1, sort_keys=True), encoding="utf-8")
    fresh.replace(file)


def _moment(instant: datetime) -> str:
    return instant.astimezone(UTC).isoformat(timespec="seconds")
