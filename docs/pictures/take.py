"""Take the screenshots of README and docs from a release of the invented demo.

Run by `make pictures`. Makes the demo in a temporary folder, serves it on loopback, and lets
Chromium look at each page wide and narrow.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

from pipelines import serve
from pipelines.demo.generate import generate
from pipelines.orchestration.run import run
from pipelines.settings import PROJECT, load_settings

HERE = Path(__file__).parent
BROWSER = PROJECT / "tests" / "browser" / "chromium"
PAGES = {
    "home": "/",
    "table": "/oversight/complaints?status=closed",
    "question": "/oversight/outcomes_by_year",
}
SIZES = {"wide": "1280,1000", "narrow": "390,1200"}


def main() -> int:
    """Write `<page>-<size>.png` beside this file; return the exit code."""
    with tempfile.TemporaryDirectory() as room:
        settings = replace(load_settings({}), data=Path(room))
        generate(settings.data / "demo", scale=1)
        if run("nightly_refresh", settings).failures:
            return 1
        with serve.listening(settings) as site:
            for page, path in PAGES.items():
                for size, pixels in SIZES.items():
                    take(site.address.rstrip("/") + path, HERE / f"{page}-{size}.png", pixels)
    return 0


def take(address: str, picture: Path, pixels: str) -> None:
    """Let Chromium write one picture of `pixels` (width,height)."""
    subprocess.run(
        [str(BROWSER), f"--window-size={pixels}", f"--screenshot={picture}", address],
        check=True,
        stdout=subprocess.DEVNULL,
    )


if __name__ == "__main__":
    sys.exit(main())
