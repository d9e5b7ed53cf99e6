"""No table of rows of the real cities sorts people by an attribute that the cities' files hold."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.conftest import FILES
from tests.acceptance.raw_files import lines
from tests.attack.group_by import telling

pytestmark = [
    pytest.mark.acceptance,
    pytest.mark.skipif(not FILES.is_dir(), reason="the real files are not beside the project"),
]

HELD = {
    "detroit": (
        "detroit/DPD_Citizen_Complaints.csv",
        "bpc",
        ("age", "ctznrace", "ctznsex", "ofcrrace", "ofcrsex"),
    ),
    "philadelphia": (
        "philadelphia/ppd_complainant_demographics.csv",
        "complaint_id",
        ("complainant_age", "complainant_race", "complainant_sex"),
    ),
    "new_orleans": (
        "new_orleans/NOPD_Misconduct_Complaints_20200214.csv",
        "complaint_tracking_number",
        (
            "complainant_age",
            "complainant_ethnicity",
            "complainant_gender",
            "officer_age",
            "officer_race_ethnicity",
            "officer_gender",
        ),
    ),
}


def people(file: str, key: str, columns: tuple[str, ...]) -> dict[str, dict[str, str]]:
    """Of each attribute: the word of each complaint's first person, the age by tens."""
    held: dict[str, dict[str, str]] = {name: {} for name in columns}
    for row in lines(FILES / file):
        for name in columns:
            held[name].setdefault(row[key], row[name][:1] if name.endswith("age") else row[name])
    return held


@pytest.mark.parametrize("city", sorted(HELD))
def test_no_column_and_no_two_columns_stand_for_a_protected_attribute(
    site: tuple[Any, Path, str], city: str
) -> None:
    held = people(*HELD[city])
    assert min(len(words) for words in held.values()) > 1000
    begun = time.perf_counter()
    assert telling(site[1] / "oversight.db", held, city) == set()
    print(f"{city}: every column and pair tried in {time.perf_counter() - begun:.1f} s")
