"""What the tests share: no network beyond loopback, and one small demo release."""

from __future__ import annotations

import ipaddress
import json
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from pipelines.settings import PROJECT, Settings, load_settings

TINY = 0.04
NIGHT = "2026-11-02T04:15:00+00:00"


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--brief` is for every change; the whole of the soaks is for a release."""
    parser.addoption(
        "--brief",
        action="store_true",
        help="the soaks in brief: each kind of step once, 180 nights, a fifth of the fetches",
    )


@pytest.fixture(scope="session")
def is_brief(request: pytest.FixtureRequest) -> bool:
    """Whether the soaks are asked for in brief."""
    return bool(request.config.getoption("--brief"))


def _only_loopback(event: str, told: tuple[Any, ...]) -> None:
    """Whatever in a test reaches for another machine fails, in any thread and any library."""
    if event in ("socket.connect", "socket.sendto"):
        address = told[1]
        host = address[0] if isinstance(address, tuple) else None
    elif event == "socket.getaddrinfo" and not _is_number(told[0]):
        host = told[0]
    else:
        return
    name = host.decode() if isinstance(host, bytes) else host
    if name and name != "localhost" and not _is_loopback(name):
        raise AssertionError(f"a test tried to reach another machine: {name}")


def _is_loopback(name: str) -> bool:
    return _is_number(name) and (
        ipaddress.ip_address(name).is_loopback or name in ("0.0.0.0", "::")
    )


def _is_number(name: Any) -> bool:
    """Whether it is an address as such, which nobody has to be asked for."""
    try:
        return bool(ipaddress.ip_address(name))
    except ValueError:
        return False


def pytest_configure() -> None:
    """A hook of the interpreter, because libraries keep their own hold on functions."""
    sys.addaudithook(_only_loopback)


def settings_at(data: Path, **changes: Any) -> Settings:
    """Settings of an installation in `data`, on a pretended night."""
    return replace(load_settings({"OVERSIGHT_DATA": str(data), "OVERSIGHT_NOW": NIGHT}), **changes)


@dataclass(frozen=True)
class Installation:
    """A data folder with the demo's feeds and one release of them, and the known answers."""

    settings: Settings
    answers: dict[str, Any]
    content_id: str

    @property
    def feeds(self) -> Path:
        return self.settings.data / "demo"


@pytest.fixture(scope="session")
def released(tmp_path_factory: pytest.TempPathFactory) -> Installation:
    """The tiny demo, refreshed once through the whole graph. Copy it before changing it."""
    from pipelines import shelf
    from pipelines.demo.generate import generate
    from pipelines.orchestration.run import run

    settings = settings_at(tmp_path_factory.mktemp("released"))
    generate(settings.data / "demo", scale=TINY)
    refresh = run("nightly_refresh", settings)
    assert [failure.told() for failure in refresh.failures] == []
    shown = shelf.current(settings)
    assert shown is not None
    answers = json.loads((settings.data / "demo" / "answers.json").read_text(encoding="utf-8"))
    return Installation(settings, answers, shown.content_id)


@pytest.fixture
def yesterday(released: Installation, tmp_path: Path) -> Installation:
    """A copy of the released installation that a test may poison."""
    data = tmp_path / "data"
    shutil.copytree(released.settings.data, data, symlinks=True)
    return replace(released, settings=settings_at(data))


@pytest.fixture
def project_copy(tmp_path: Path) -> Callable[[], Path]:
    """Makes a copy of the declared half of the project, to plant a fault in."""

    def copy() -> Path:
        project = tmp_path / "project"
        for part in ("dbt_project", "expectations", "datasette", "pipelines"):
            shutil.copytree(
                PROJECT / part, project / part, ignore=shutil.ignore_patterns("__pycache__")
            )
        return project

    return copy
