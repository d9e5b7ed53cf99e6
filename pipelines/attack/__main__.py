"""The attack on its own: `python -m pipelines.attack FOLDER [EARLIER]`, with `highspy` alone."""

from __future__ import annotations

import sys
from pathlib import Path

from pipelines.attack.audit import audit

EXPOSED = 5


def main(arguments: list[str]) -> int:
    """Print the audit of a release folder; 5 when someone is exposed."""
    told = audit(*(Path(argument) for argument in arguments[:2]))
    sys.stdout.writelines(f"{line}\n" for line in told.lines())
    return EXPOSED if told.reasons else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
