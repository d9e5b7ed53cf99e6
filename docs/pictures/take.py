"""Take the screenshots of README and docs from a release of the invented demo.

Run by `make pictures`. Makes the demo in a temporary folder, serves it on loopback, and looks
at each page with Debian's Chromium, wide and as narrow as a phone.
"""

from __future__ import annotations

import base64
import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from websockets.sync.client import ClientConnection, connect

from pipelines import serve
from pipelines.demo.generate import generate
from pipelines.orchestration.run import run
from pipelines.settings import load_settings

HERE = Path(__file__).parent
PAGES = {
    "home": "/",
    "table": "/oversight/complaints?status=closed",
    "question": "/oversight/how_complaints_were_resolved",
    "sql": "/oversight?sql=select+category%2C+count(*)+from+complaints+group+by+1",
}
SIZES = {"wide": (1280, 1000), "narrow": (390, 1200)}
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--hide-scrollbars",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--remote-debugging-port=0",
)


def main() -> int:
    """Write `<page>-<size>.png` beside this file; return the exit code."""
    with tempfile.TemporaryDirectory() as room:
        settings = replace(load_settings({}), data=Path(room) / "data")
        generate(settings.data / "demo", scale=1)
        if run("nightly_refresh", settings).failures:
            return 1
        with serve.listening(settings) as site, browser(Path(room)) as page:
            for name, path in PAGES.items():
                for size, (width, height) in SIZES.items():
                    address = site.address.rstrip("/") + path
                    picture = HERE / f"{name}-{size}.png"
                    picture.write_bytes(look(page, address, width, height))
    return 0


@contextmanager
def browser(room: Path) -> Iterator[ClientConnection]:
    """A page of a headless Chromium with a profile of its own, spoken to on loopback."""
    command = ["chromium", *FLAGS, f"--user-data-dir={room / 'profile'}", "about:blank"]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    try:
        assert process.stderr is not None
        told = next(m for line in process.stderr if (m := re.search(r"ws://(\S+?)/", line)))
        with connect(f"ws://{told[1]}/devtools/page/{_page(told[1])}", max_size=None) as page:
            yield page
    finally:
        process.terminate()
        process.wait()


def look(page: ClientConnection, address: str, width: int, height: int) -> bytes:
    """The PNG of an address in a window of that size, once it has loaded."""
    metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 500}
    _ask(page, "Emulation.setDeviceMetricsOverride", **metrics)
    _ask(page, "Page.enable")
    _ask(page, "Page.navigate", url=address)
    while json.loads(page.recv()).get("method") != "Page.loadEventFired":
        pass
    return base64.b64decode(_ask(page, "Page.captureScreenshot", format="png")["data"])


def _ask(page: ClientConnection, method: str, **params: Any) -> dict[str, Any]:
    page.send(json.dumps({"id": 1, "method": method, "params": params}))
    while True:
        answer = json.loads(page.recv())
        if answer.get("id") == 1:
            return dict(answer["result"])


def _page(host: str) -> str:
    from urllib.request import urlopen

    with urlopen(f"http://{host}/json/list") as pages:
        return str(next(p["id"] for p in json.load(pages) if p["type"] == "page"))


if __name__ == "__main__":
    sys.exit(main())
