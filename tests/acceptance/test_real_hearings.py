"""The numbers of the council's meetings are those of a reading that is not ours.

Prints counts, and never a row.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from pipelines.manifest import Manifest
from tests.acceptance.conftest import FILES
from tests.acceptance.council import FILE, NEW_YORK
from tests.measures.by_hand.hearings import hearings as by_hand
from tests.measures.facts.hearings import documents, hearings

pytestmark = [
    pytest.mark.acceptance,
    pytest.mark.skipif(not FILES.is_dir(), reason="the real files are not beside the project"),
]
FIELDS = "value, numerator, denominator, lower, upper, value_state, maturity"
NAIVE = ("attendance_share_of_members", "minutes_days_mean_published")


def test_every_number_of_the_meetings_is_that_of_a_second_reading(
    site: tuple[Manifest, Path, str],
) -> None:
    told = by_hand(hearings(documents(FILE), NEW_YORK))
    ours = {key[1:]: shown for key, shown in told.items() if key[1] not in NAIVE}
    metrics = sorted({key[0] for key in ours})
    marks = ", ".join("?" * len(metrics))
    file = f"file:{site[1] / 'oversight.db'}?mode=ro&immutable=1"
    with closing(sqlite3.connect(file, uri=True)) as connection:
        rows = connection.execute(
            f"select metric, period_kind, period, dimension, dimension_value, {FIELDS}"
            f" from measures where jurisdiction = ? and metric in ({marks})",
            [NEW_YORK.jurisdiction, *metrics],
        ).fetchall()
    published = {tuple(row[:5]): row[5:] for row in rows}
    assert len(published) > 100
    assert published.keys() == ours.keys()
    wrong = []
    for place, row in published.items():
        shown = ours[place]
        numbers = (shown.value, shown.numerator, shown.denominator, shown.lower, shown.upper)
        if row[:5] != pytest.approx(numbers, rel=1e-9) or row[5:] != (shown.state, shown.maturity):
            wrong.append(place)
    assert wrong == []
