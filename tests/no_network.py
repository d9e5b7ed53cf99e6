"""A whole night and a crawl of the site, on a machine that has nothing but itself.

Run by `unshare -rn`, which gives a process and all its children a network of their own without
a way out. The kernel then counts what any of them tried to send elsewhere; nobody has to be asked.
`python tests/no_network.py DATA [--reach-out]` prints the counts and ends in 1 unless they are 0.
"""

from __future__ import annotations

import fcntl
import socket
import struct
import sys
from pathlib import Path

SIOCSIFFLAGS, IFF_UP = 0x8914, 0x1
REFUSED = "OutNoRoutes"


def bring_up_loopback() -> None:
    """A network of one's own starts without even its loopback."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        fcntl.ioctl(any_socket, SIOCSIFFLAGS, struct.pack("16sh", b"lo", IFF_UP))


def tried() -> int:
    """How many packets had no way to go since this network came into being."""
    lines = Path("/proc/net/snmp").read_text(encoding="ascii").splitlines()
    names, numbers = (line.split() for line in lines if line.startswith("Ip:"))
    six = Path("/proc/net/snmp6").read_text(encoding="ascii").splitlines()
    found = [line.split()[1] for line in six if line.startswith(f"Ip6{REFUSED}")]
    return int(dict(zip(names, numbers, strict=True))[REFUSED]) + sum(map(int, found))


def night(data: Path) -> int:
    """Write the demo, refresh as a command does, serve, and visit every sort of page."""
    import httpx

    from pipelines import serve
    from tests.conftest import TINY, settings_at
    from tests.privacy.everything import command, crawl

    settings = settings_at(data)
    command(settings, "demo", "--scale", str(TINY))
    told = command(settings, "refresh")
    assert "release  1 (new)" in told, told
    with (
        serve.listening(settings, clock=lambda: settings.now) as running,
        httpx.Client(base_url=running.address, timeout=30) as client,
    ):
        return sum(1 for _ in crawl(client))


def reach_out() -> None:
    """What must be noticed: a child that looks for a host elsewhere."""
    import subprocess

    asks = "import socket; socket.create_connection(('192.0.2.1', 443), timeout=2)"
    subprocess.run([sys.executable, "-c", asks], capture_output=True, check=False)


if __name__ == "__main__":
    bring_up_loopback()
    if "--reach-out" in sys.argv:
        reach_out()
    else:
        print(f"demo, refresh, and {night(Path(sys.argv[1]))} pages of the site")
    print(f"{tried()} packets were for another machine")
    sys.exit(1 if tried() else 0)
