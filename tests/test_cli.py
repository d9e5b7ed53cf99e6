"""The command line: verbs, plain words, exit codes."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from pipelines import cli, shelf
from pipelines.lock import refresh_lock
from pipelines.settings import PROJECT
from tests.conftest import NIGHT, Installation

Run = Callable[..., tuple[int, str]]


@pytest.fixture
def oversight(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Run:
    """Runs the command as the shell would: its exit code, and all that it printed."""

    def command(*words: str, data: Path) -> tuple[int, str]:
        monkeypatch.setattr(sys, "argv", ["oversight", *words])
        monkeypatch.setenv("OVERSIGHT_DATA", str(data))
        monkeypatch.setenv("OVERSIGHT_NOW", NIGHT)
        monkeypatch.setenv("COLUMNS", "120")
        with pytest.raises(SystemExit) as ended:
            cli.main()
        printed = capfd.readouterr()
        return int(ended.value.code or 0), printed.out + printed.err

    return command


def test_contracts_check_prints_every_feed(oversight: Run, tmp_path: Path) -> None:
    code, told = oversight("contracts", "check", data=tmp_path)
    assert code == 0
    for feed in ("larkhaven.complaints", "chicago.complaints_clear", "us_doj.cops_awards_16710"):
        assert feed in told


def test_the_demo_is_written_where_the_contract_looks_for_it(
    oversight: Run, tmp_path: Path
) -> None:
    code, told = oversight("demo", "--scale", "0.02", data=tmp_path)
    assert code == 0
    assert "Invented" in told
    assert (tmp_path / "demo" / "complaints.csv").is_file()


def test_status_says_what_to_do_next_before_the_first_refresh(
    oversight: Run, tmp_path: Path
) -> None:
    code, told = oversight("status", data=tmp_path)
    assert code == 0
    assert "no release yet" in told
    assert "oversight refresh" in told


def test_an_unchanged_refresh_ends_in_zero_and_says_so(
    oversight: Run, yesterday: Installation
) -> None:
    code, told = oversight("refresh", data=yesterday.settings.data)
    assert code == 0
    assert "unchanged" in told


def test_a_refused_refresh_ends_in_its_exit_code_with_the_place_and_the_next_step(
    oversight: Run, yesterday: Installation
) -> None:
    complaints = yesterday.feeds / "complaints.csv"
    complaints.write_bytes(complaints.read_bytes().replace(b"Complaint Id", b"Case", 1))
    code, told = oversight("refresh", data=yesterday.settings.data)
    assert code == 3
    for words in ("larkhaven.complaints", "complaint_id", "stays on the site", "Next:"):
        assert words in told
    assert "Traceback" not in told
    code, told = oversight("status", data=yesterday.settings.data)
    assert "refused" in told
    assert "complaint_id" in told


def test_a_second_refresh_ends_in_75(oversight: Run, yesterday: Installation) -> None:
    with refresh_lock(yesterday.settings.lock):
        code, told = oversight("refresh", data=yesterday.settings.data)
    assert code == 75
    assert "Another refresh is running" in told


def test_a_first_refresh_without_any_feed_ends_in_4_and_names_them(
    oversight: Run, tmp_path: Path
) -> None:
    code, told = oversight("refresh", data=tmp_path)
    assert code == 4
    assert "larkhaven.complaints" in told
    assert "complaints.csv" in told


def test_an_unknown_jurisdiction_ends_in_78(oversight: Run, tmp_path: Path) -> None:
    code, told = oversight("refresh", "-j", "atlantis", data=tmp_path)
    assert code == 78
    assert "atlantis" in told


def test_rollback_without_an_earlier_release_is_refused_in_words(
    oversight: Run, yesterday: Installation
) -> None:
    code, told = oversight("rollback", data=yesterday.settings.data)
    assert code == 78
    assert "no an earlier" not in told
    assert "earlier release" in told
    assert shelf.shown_number(yesterday.settings) == 1


def test_serve_tells_its_address_and_ends_when_asked(yesterday: Installation) -> None:
    environment = {**os.environ, "OVERSIGHT_DATA": str(yesterday.settings.data)}
    server = subprocess.Popen(
        [sys.executable, "-m", "pipelines", "serve"],
        cwd=PROJECT,
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert server.stdout is not None
    told = server.stdout.readline()
    server.terminate()
    assert "address  http://127.0.0.1:" in told
    assert server.wait(30) == 0
