"""The numbers about grants in the real files agree with a reading by the standard library alone."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from decimal import Decimal
from pathlib import Path

import pytest

from pipelines.manifest import Manifest
from tests import grants_by_hand
from tests.acceptance.conftest import FILES

GRANTS = FILES / "cops_grants"
pytestmark = [
    pytest.mark.acceptance,
    pytest.mark.skipif(not GRANTS.is_dir(), reason="the real files are not beside the project"),
]


def test_every_number_about_grants_is_what_the_files_say(
    site: tuple[Manifest, Path, str],
) -> None:
    expected = {
        key: float(value)
        for key, value in grants_by_hand.real(GRANTS).items()
        if "naive" not in key[0]
    }
    file = f"file:{site[1] / 'oversight.db'}?mode=ro&immutable=1"
    with closing(sqlite3.connect(file, uri=True)) as database:
        found = database.execute(
            "select metric, period, dimension, dimension_value, value from measures"
            " where jurisdiction = 'us_doj'"
        ).fetchall()
    told = {(metric, *place): value for metric, *place, value in found}
    assert told.keys() == expected.keys()
    assert [key for key in told if told[key] != pytest.approx(expected[key], abs=1e-9)] == []


def test_one_page_of_awards_holds_what_is_known_of_it() -> None:
    """Totals stated beforehand: 100 and 75 awards, one of which stands in both."""
    sums = grants_by_hand.real(GRANTS)
    awards = sums["cops_outlay_not_reported_awards", "all", "all", "all"]
    assert awards == 174
    assert sums["cops_net_obligated_usd", "all", "all", "all"] == Decimal("69227958.52")
    assert not [key for key in sums if key[0] == "cops_outlayed_usd"]
