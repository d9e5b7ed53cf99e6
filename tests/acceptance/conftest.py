"""One release of all real files, shared by the tests that hold it against other readings."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
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


def pytest_collection_modifyitems(items: Iterable[pytest.Item]) -> None:
    """Each module stays with one process, and those that need the release with the same one."""
    for item in items:
        is_shared = "site" in getattr(item, "fixturenames", ())
        item.add_marker(pytest.mark.xdist_group("release" if is_shared else item.path.name))


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Manifest, Path, str]]:
    """One release of all files, its folder, and the address at which it is served."""
    settings = replace(
        settings_at(tmp_path_factory.mktemp("real")),
        jurisdictions=JURISDICTIONS,
        locations=LOCATIONS,
    )
    refresh = run("nightly_refresh", settings)
    assert [failure.told() for failure in refresh.failures] == []
    with serve.listening(settings) as listening:
        yield manifest.verify(settings.current), settings.current.resolve(), listening.address
