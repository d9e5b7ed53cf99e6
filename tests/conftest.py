"""What the tests share: no network beyond loopback, and one small demo release."""

from __future__ import annotations

import ipaddress
import json
import shutil
import socket
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


@pytest.fixture(autouse=True)
def _only_loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    """A test that reaches for the internet fails, and says where it wanted to go."""
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: Any) -> None:
        if isinstance(address, tuple) and not ipaddress.ip_address(address[0]).is_loopback:
            raise AssertionError(f"a test tried to reach {address[0]}")
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", guarded)


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
