"""What the program by hand reads beside the feeds: the register of metrics, and the holidays."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import holidays
import yaml

PROJECT = Path(__file__).resolve().parent.parent / "dbt_project"
HASHED = (
    "kind", "unit", "numerator", "denominator", "date_role", "population", "maturity_rule",
    "interval_method", "day_basis", "rule_version",
)  # fmt: skip
COLUMNS = (
    "metric", "title", "family", "kind", "unit", "numerator", "denominator", "date_role",
    "population", "maturity_rule", "interval_method", "day_basis", "definition", "caveat", "feed",
    "smallest_denominator", "is_naive", "counterpart", "not_valid_for", "must_agree",
    "comparability_hash",
)  # fmt: skip


def metrics() -> list[dict[str, Any]]:
    """Each metric of each family, with the hash of its definition."""
    found = []
    for file in sorted((PROJECT / "metrics").glob("*.yml")):
        family = yaml.load(file.read_text(encoding="utf-8"), yaml.CSafeLoader)
        for metric in family["metrics"]:
            whole = {"rule_version": 1, "smallest_denominator": 0, "naive": False, **metric}
            facts = json.dumps([whole.get(name) for name in HASHED])
            whole["comparability_hash"] = hashlib.sha256(facts.encode()).hexdigest()[:12]
            whole["is_naive"] = whole["naive"]
            whole["caveat"] = " ".join(filter(None, [whole["caveat"], family.get("caveat")]))
            for name in ("not_valid_for", "must_agree"):
                whole[name] = ",".join(whole.get(name, []))
            found.append({**whole, "family": family["family"]})
    return found


def write(folder: Path) -> None:
    """Two files that the script reads like any other."""
    rows = [{name: metric.get(name) for name in COLUMNS} for metric in metrics()]
    (folder / "register.json").write_text(json.dumps(rows), encoding="utf-8")
    days = holidays.country_holidays("US", subdiv="CA", years=range(1990, 2051))
    listed = [{"day": day.isoformat()} for day in sorted(days)]
    (folder / "holidays.json").write_text(json.dumps(listed), encoding="utf-8")
