"""What the gates of privacy cost, beside the refresh that they stand at the end of.

Usage: python privacy_gates.py [--scale 20]. Writes the demo, refreshes it once, and sends the
release through each gate by itself. Ends in 1 when the scan reads fewer rows a second than it must.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path

from compare import python

from pipelines import guard, manifest, protection
from pipelines.contracts import load_contracts
from pipelines.settings import Settings, load_settings

ROWS_A_SECOND = 20_000


def gates(settings: Settings) -> dict[str, float]:
    """CPU seconds of each gate on the release shown; each must find nothing."""
    contracts = load_contracts(settings.dbt_project, settings.jurisdictions)
    (settings.data / "protected" / "attacked.json").unlink(missing_ok=True)
    spent = {}
    for name, gate in guard.GATES:
        started = time.process_time()
        told = gate(settings, settings.current.resolve(), contracts)
        spent[name] = time.process_time() - started
        if told:
            raise SystemExit(f"{name}: {told}")
    return spent


def main(scale: float) -> int:
    """Print the costs; 1 where the scan is too slow."""
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "data"
        python("-m", "pipelines", "demo", "--scale", f"{scale:g}", data=data, log="demo")
        whole = python("-m", "pipelines", "refresh", data=data, log="refresh").cpu_seconds
        settings = load_settings({"OVERSIGHT_DATA": str(data)})
        spent = gates(settings)
        rows = sum(table["rows"] for table in manifest.read(settings.current).tables.values())
        due = protection.due(settings, load_contracts(settings.dbt_project, ["larkhaven"]))
    print(f"scale {scale:g}: {rows:,} rows, refresh {whole:.1f} CPU s, people counted up to {due}")
    for name, seconds in spent.items():
        print(f"  {name:<12}{seconds:8.2f} CPU s {100 * seconds / whole:6.1f} %")
    speed = rows / spent["scan"]
    print(f"  the scan reads {speed:,.0f} rows a second (bar {ROWS_A_SECOND:,})")
    return 0 if speed >= ROWS_A_SECOND else 1


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scale", type=float, default=20)
    sys.exit(main(parser.parse_args().scale))
