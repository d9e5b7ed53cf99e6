"""Fetch millions of Socrata rows, and say what it cost beside `curl` of the same pages.

A server of its own process answers from page files that are written beforehand, so that neither
the reader nor curl pays for making them. The reader does what curl does not: it counts the rows,
proves by their keys that none came twice, and keeps a journal to go on from.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from processes import measure

PROJECT = Path(__file__).resolve().parent.parent
PAGE_ROWS = 50_000
MEMORY_BAR_MB = 300
DATA_SET = "/resource/abcd-1234.json"
VIEW = "/api/views/abcd-1234.json"


def main() -> int:
    """Run one part when called as a child, else all of them; 1 when the memory bar is broken."""
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--rows", type=int, default=5_000_000)
    words.add_argument("--part", choices=["serve", "read"])
    words.add_argument("--folder", type=Path)
    words.add_argument("--address", default="")
    given = words.parse_args()
    if given.part == "serve":
        serve(given.folder, given.rows)
    elif given.part == "read":
        read(given.folder, given.address)
    else:
        with tempfile.TemporaryDirectory() as folder:
            return compare(Path(folder), given.rows)
    return 0


def compare(folder: Path, rows: int) -> int:
    """Print the costs of both, as ratios of this run."""
    write_pages(folder / "pages", rows)
    server = subprocess.Popen(
        _child("serve", folder / "pages", "--rows", str(rows)), stdout=subprocess.PIPE, text=True
    )
    try:
        assert server.stdout is not None
        address = server.stdout.readline().strip()
        curl = measure(_curl(folder, address, rows), folder / "curl.log")
        command = _child("read", folder / "data", "--address", address)
        reader = measure(command, folder / "reader.log", {"PYTHONPATH": str(PROJECT)})
    finally:
        server.terminate()
        server.wait()
    print(f"{'':<8}{'CPU s':>8}{'memory MB':>11}")
    for name, cost in (("curl", curl), ("reader", reader)):
        print(f"{name:<8}{cost.cpu_seconds:>8.1f}{cost.peak_mb:>11.0f}")
    ratio = reader.cpu_seconds / curl.cpu_seconds
    each = reader.cpu_seconds / rows * 1e6
    print(f"reader / curl at {rows:,} rows: CPU {ratio:.1f}; {each:.1f} CPU microseconds a row")
    fits = reader.peak_mb < MEMORY_BAR_MB
    print(f"memory {'below' if fits else 'ABOVE'} the bar of {MEMORY_BAR_MB} MB")
    return 0 if fits else 1


def write_pages(folder: Path, rows: int) -> None:
    """The pages as the service would write them, one file each, every row with its own `:id`."""
    folder.mkdir(parents=True)
    for start in range(0, rows, PAGE_ROWS):
        numbers = range(start, min(start + PAGE_ROWS, rows))
        text = ",\n".join(_row(n) for n in numbers)
        (folder / f"{start}.json").write_text(f"[{text}]\n", encoding="utf-8")


def _row(n: int) -> str:
    return (
        f'{{":id":"row-{n:012d}",":created_at":"2026-01-01T00:00:00.000Z",'
        f'":updated_at":"2026-01-01T00:00:00.000Z","id":"{n}","incident_date":'
        f'"2019-{n % 12 + 1:02d}-01T00:00:00.000","category":"Category {n % 31}",'
        f'"status":"{"Closed" if n % 3 else "Open"}","precinct":"{n % 77}","age":"{n % 90}"}}'
    )


def serve(folder: Path, rows: int) -> None:
    """Answer for the data set until the process is ended."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            split = urlsplit(self.path)
            query = {name: values[0] for name, values in parse_qs(split.query).items()}
            if split.path == VIEW:
                self._say(json.dumps({"rowsUpdatedAt": 1, "columns": []}).encode())
            elif query.get("$select") == "count(*)":
                self._say(json.dumps([{"count": str(rows)}]).encode())
            else:
                assert (query["$order"], query["$limit"]) == (":id", str(PAGE_ROWS))
                self._page(folder / f"{query['$offset']}.json")

        def _page(self, page: Path) -> None:
            self.send_response(200)
            self.send_header("Content-Length", str(page.stat().st_size))
            self.end_headers()
            self.wfile.flush()
            with page.open("rb") as file:
                self.connection.sendfile(file)

        def _say(self, body: bytes) -> None:
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    print(f"http://127.0.0.1:{server.server_port}", flush=True)
    server.serve_forever()


def read(folder: Path, address: str) -> None:
    """Fetch the data set as a refresh does, up to the finished pages."""
    from pipelines import readers
    from tests.wire import fetching

    folder.mkdir()
    contract = fetching.contract_for(folder, "socrata", f"{address}{DATA_SET}", ("id", "status"))
    settings = fetching.settings_for(folder)
    parts = readers.fetch(
        contract, fetching.location_of(contract, settings), settings.work, settings
    )
    assert sum(part.records or 0 for part in parts) > 0


def _curl(folder: Path, address: str, rows: int) -> list[str]:
    question = f"$select=:*,*&$order=:id&$limit={PAGE_ROWS}&$offset="
    words = ["curl", "-sS", "--fail", "-g"]
    (folder / "curl").mkdir()
    for start in range(0, rows, PAGE_ROWS):
        words += ["-o", str(folder / "curl" / f"{start}.json")]
        words += [f"{address}{DATA_SET}?{question}{start}"]
    return words


def _child(part: str, folder: Path, *more: str) -> list[str]:
    return [sys.executable, __file__, "--part", part, "--folder", str(folder), *more]


if __name__ == "__main__":
    shutil.which("curl") or sys.exit("curl is not installed")
    sys.exit(main())
