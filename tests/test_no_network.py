"""Building, testing and serving need no machine but this one."""

from __future__ import annotations

import re
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from pipelines.settings import PROJECT

OWN_NETWORK = ("unshare", "-rn", sys.executable, "-m", "tests.no_network")
LOADED = re.compile(
    rb"""<(?:script|img|iframe|source|video|audio|embed)\b[^>]*\bsrc=["'](?:https?:)?//"""
    rb"""|<link\b(?=[^>]*\brel=["'](?:stylesheet|icon|preload|preconnect))[^>]*href=["']"""
    rb"""(?:https?:)?//|@import|url\((?:["'])?(?:https?:)?//"""
)


def alone(*words: str) -> subprocess.CompletedProcess[str]:
    """What the night says on a network of its own."""
    if shutil.which("unshare") is None or subprocess.run(["unshare", "-rn", "true"]).returncode:
        pytest.skip("this machine gives no process a network of its own")
    command = [*OWN_NETWORK, *words]
    return subprocess.run(
        command, cwd=PROJECT, capture_output=True, text=True, check=False, timeout=900
    )


def test_a_whole_night_and_its_site_reach_for_no_other_machine(tmp_path: Path) -> None:
    done = alone(str(tmp_path / "data"))
    print(done.stdout.strip().replace("\n", "; "))
    assert done.returncode == 0, done.stderr[-2000:]
    assert "0 packets were for another machine" in done.stdout
    assert int(re.search(r"(\d+) pages", done.stdout)[1]) > 100  # type: ignore[index]


def test_one_child_that_reaches_out_is_noticed() -> None:
    done = alone("nowhere", "--reach-out")
    assert done.returncode == 1, done.stderr[-2000:]
    assert not done.stdout.startswith("0 packets")


def send() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.sendto(b"hello", ("192.0.2.1", 53))


@pytest.mark.parametrize(
    "reach",
    [
        lambda: socket.create_connection(("192.0.2.1", 443), timeout=2),
        lambda: socket.getaddrinfo("example.org", 443),
        send,
    ],
    ids=["a connection", "a name", "a datagram"],
)
def test_no_test_may_reach_for_another_machine(reach: Callable[[], object]) -> None:
    with pytest.raises(AssertionError, match="another machine"):
        reach()


def test_nothing_that_a_page_loads_comes_from_another_host() -> None:
    files = [
        file
        for part in ("templates", "static", "plugins")
        for file in sorted((PROJECT / "datasette" / part).rglob("*"))
        if file.suffix in {".html", ".css", ".svg", ".py", ".js"}
    ]
    assert len(files) > 40
    assert [file.name for file in files if LOADED.search(file.read_bytes())] == []
    assert LOADED.search(b'<img alt="x" src="https://example.org/x.png">')
    assert LOADED.search(b"body { background: url(//example.org/x) }")
