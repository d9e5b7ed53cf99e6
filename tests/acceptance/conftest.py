"""One release of all real files, shared by the tests that hold it against other readings."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from pipelines import manifest, serve
from pipelines.manifest import Manifest
from pipelines.orchestration.run import run
from pipelines.settings import PROJECT
from tests.conftest import settings_at

FILES = PROJECT.parent / "shared" / "data"
LOCATIONS = Path(__file__).with_name("locations.yml")
JURISDICTIONS = (
    "chicago",
    "detroit",
    "new_orleans",
    "new_york",
    "new_york_council",
    "philadelphia",
    "san_diego",
    "us_doj",
)


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Manifest, Path, str]]:
    """One release of all files, its folder, and the address at which it is served."""
    settings = replace(
        settings_at(_shared(tmp_path_factory) / "real"),
        jurisdictions=JURISDICTIONS,
        locations=LOCATIONS,
    )
    with (settings.data.parent / "real.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not settings.current.exists():
            refresh = run("nightly_refresh", settings)
            assert [failure.told() for failure in refresh.failures] == []
    with serve.listening(settings) as listening:
        yield manifest.verify(settings.current), settings.current.resolve(), listening.address


def _shared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of this run that all its processes see; the first of them makes the release."""
    own = tmp_path_factory.getbasetemp()
    return own.parent if "PYTEST_XDIST_WORKER" in os.environ else own
