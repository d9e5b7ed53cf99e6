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

from pipelines.holds import ledger, words
from pipelines.settings import Settings

if TYPE_CHECKING:
    from pipelines.holds.ledger import Hold
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
    feeds = known.get("feeds", {})
    told += [_feed_line(name, feed) for name, feed in sorted(feeds.items())]
    return told + [f"Hold {words.for_staff(hold)}" for hold in _holds(settings, feeds)]


def _feed_line(name: str, feed: Mapping[str, Any]) -> str:
    told = f"{name}: last changed {feed['fetched_at']}, asked {feed['checked_at']}."
    if feed["held"]:
        told += f" Held at its last good snapshot: {feed.get('why', feed['held'])}"
    return told


def _holds(settings: Settings, feeds: Mapping[str, Any]) -> list[Hold]:
    """The holds that somebody must decide, or that keep a feed where it is."""
    waiting = [hold for hold in ledger.all_holds(settings) if hold.state == "open"]
    decided = [
        ledger.standing(settings, name, feed["snapshot"])
        for name, feed in sorted(feeds.items())
        if feed["held"]
    ]
    return waiting + [hold for hold in decided if hold and hold.state != "open"]


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


def decided(settings: Settings, source_table: str) -> None:
    """Let the site say at once what a person decided about the hold of a feed."""
    known = read(settings)
    feed = known.get("feeds", {}).get(source_table)
    hold = feed and feed["held"] and ledger.standing(settings, source_table, feed["snapshot"])
    if hold:
        feed.update(held=words.on_site(hold), why=hold.told)
        _write(settings.status, known)


def _state(refresh: Refresh) -> str:
    if refresh.failures:
        return "refused"
    if refresh.unchanged:
        return "unchanged"
    if refresh.released is None:
        return "stopped before release"
    return "published" if refresh.released.is_new else "unchanged"


def _feed(refresh: Refresh, name: str) -> dict[str, Any]:
    """How a feed stands: `held` is what the site says of it, `why` what staff are told."""
    settings, fetched = refresh.settings, refresh.fetched[name]
    hold = ledger.standing(settings, name, fetched.snapshot.id) if fetched.held else None
    return {
        "snapshot": fetched.snapshot.id,
        "fetched_at": fetched.snapshot.fetched_at,
        "checked_at": _moment(settings.now),
        "held": words.on_site(hold) if hold else fetched.held,
        "why": fetched.held,
    }


def _write(file: Path, content: Mapping[str, Any]) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    fresh = file.with_suffix(".tmp")
    fresh.write_text(json.dumps(content, indent=1, sort_keys=True), encoding="utf-8")
    fresh.replace(file)


def _moment(instant: datetime) -> str:
    return instant.astimezone(UTC).isoformat(timespec="seconds")
