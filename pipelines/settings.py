"""Paths and environment in one frozen record; the only reader of `os.environ`."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pipelines.failures import Misconfigured

PROJECT = Path(__file__).resolve().parent.parent
NAMED = "OVERSIGHT_TOKEN_"


@dataclass(frozen=True)
class Patience:
    """How long a source is waited for, in seconds, and how often it is asked again."""

    connect: float = 10
    read: float = 30
    one_answer: float = 900
    attempts: int = 5
    first_wait: float = 0.5
    longest_wait: float = 120


@dataclass(frozen=True)
class Settings:
    """Everything that differs between two installations or two nights.

    `tokens` are the secrets that services ask for, by the name that a contract gives them;
    `catalogue` is the path or address of a table of known sources.

    `key_folder` is where secrets lie, outside the data if set; a release is to be believed for
    `valid_days`.

    `now` is the only clock of the product: tests and rebuilds set it. `offline` takes the
    snapshots already kept instead of asking the sources; `force` builds although no input changed.
    """

    project: Path
    data: Path
    jurisdictions: tuple[str, ...]
    locations: Path | None
    time_zone: str
    now: datetime
    keep_releases: int = 13
    memory_limit: str = "1GB"
    allow_private_hosts: bool = False
    patience: Patience = Patience()
    tokens: Mapping[str, str] = field(default_factory=dict, repr=False)
    catalogue: str | None = None
    dagster_home: Path | None = None
    key_folder: Path | None = None
    valid_days: int = 45
    offline: bool = False
    force: bool = False

    @property
    def keys(self) -> Path:
        """What releases are signed and pseudonyms are made with; in no backup that others read."""
        return self.key_folder or self.data / "keys"

    @property
    def dbt_project(self) -> Path:
        return self.project / "dbt_project"

    @property
    def expectations(self) -> Path:
        return self.project / "expectations"

    @property
    def site_source(self) -> Path:
        return self.project / "datasette"

    @property
    def snapshots(self) -> Path:
        return self.data / "snapshots"

    @property
    def history(self) -> Path:
        """What each record looked like from when to when, a file a feed; private."""
        return self.data / "history"

    @property
    def holds(self) -> Path:
        """Deliveries that wait for a person, and what was decided."""
        return self.data / "holds"

    @property
    def fetching(self) -> Path:
        """Finished pages of fetches that were interrupted; outlives a refresh, unlike `work`."""
        return self.data / "fetching"

    @property
    def protected(self) -> Path:
        """Counts of people as they were cut once, and what is true of them; private."""
        return self.data / "protected"

    @property
    def work(self) -> Path:
        """Swept at the start of each refresh; nothing in it outlives one."""
        return self.data / "work"

    @property
    def warehouse(self) -> Path:
        return self.work / "warehouse.duckdb"

    @property
    def candidate(self) -> Path:
        return self.work / "candidate"

    @property
    def dbt_target(self) -> Path:
        """dbt's own cache; kept between refreshes so that parsing is partial."""
        return self.data / "dbt"

    @property
    def releases(self) -> Path:
        return self.data / "releases"

    @property
    def current(self) -> Path:
        """Link to the folder of the release that the site shows."""
        return self.data / "current"

    @property
    def lock(self) -> Path:
        return self.data / "refresh.lock"

    @property
    def status(self) -> Path:
        return self.data / "status.json"


def load_settings(environment: Mapping[str, str] | None = None, **changes: object) -> Settings:
    """Read `OVERSIGHT_*` from the environment; keyword arguments win.

    Raises `Misconfigured` for a time zone or a date that cannot be read.
    """
    env = os.environ if environment is None else environment
    settings = Settings(
        project=PROJECT,
        data=Path(env.get("OVERSIGHT_DATA", str(PROJECT / "data"))).resolve(),
        jurisdictions=_words(env.get("OVERSIGHT_JURISDICTIONS", "larkhaven")),
        locations=Path(env["OVERSIGHT_LOCATIONS"]).resolve()
        if env.get("OVERSIGHT_LOCATIONS")
        else None,
        time_zone=_time_zone(env.get("OVERSIGHT_TIME_ZONE", "America/New_York")),
        now=_instant(env.get("OVERSIGHT_NOW")),
        keep_releases=_count(env, "OVERSIGHT_KEEP_RELEASES", 13),
        memory_limit=env.get("OVERSIGHT_MEMORY_LIMIT", "1GB"),
        key_folder=Path(env["OVERSIGHT_KEYS"]).resolve() if env.get("OVERSIGHT_KEYS") else None,
        valid_days=_count(env, "OVERSIGHT_VALID_DAYS", 45),
        dagster_home=Path(env["DAGSTER_HOME"]) if env.get("DAGSTER_HOME") else None,
        tokens={
            name.removeprefix(NAMED).lower(): value
            for name, value in env.items()
            if name.startswith(NAMED) and value
        },
        catalogue=env.get("OVERSIGHT_CATALOGUE") or None,
        allow_private_hosts=env.get("OVERSIGHT_ALLOW_PRIVATE_HOSTS", "") == "1",
    )
    return replace(settings, **changes)  # type: ignore[arg-type]


def _words(text: str) -> tuple[str, ...]:
    return tuple(sorted({word.strip() for word in text.split(",") if word.strip()}))


def _instant(text: str | None) -> datetime:
    if not text:
        return datetime.now(UTC)
    try:
        read = datetime.fromisoformat(text)
    except ValueError:
        raise Misconfigured(
            f"OVERSIGHT_NOW is {text!r}, which is not an ISO date and time.", place="setting"
        ) from None
    return read if read.tzinfo else read.replace(tzinfo=UTC)


def _time_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        raise Misconfigured(
            f"OVERSIGHT_TIME_ZONE is {name!r}, which is not a time zone name.", place="setting"
        ) from None
    return name


def _count(env: Mapping[str, str], name: str, default: int) -> int:
    text = env.get(name, str(default))
    if not text.isdigit() or int(text) < 1:
        raise Misconfigured(f"{name} is {text!r}, which is not a number from 1.", place="setting")
    return int(text)
