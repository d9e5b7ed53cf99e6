"""The numbers of the council's meetings are those of a reading that is not ours.

Prints counts, and never a row.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from pipelines.manifest import Manifest
from tests.acceptance.conftest import FILES
from tests.acceptance.council import FILE, NEW_YORK
from tests.acceptance.released_measures import released_measures
from tests.measures.by_hand.differences import differences
from tests.measures.by_hand.hearings import hearings as by_hand
from tests.measures.facts.hearings import documents, hearings

pytestmark = [
    pytest.mark.acceptance,
    pytest.mark.skipif(not FILES.is_dir(), reason="the real files are not beside the project"),
]
NAIVE = {"attendance_share_of_members", "minutes_days_mean_published"}


def test_every_number_of_the_meetings_is_that_of_a_second_reading(
    site: tuple[Manifest, Path, str],
) -> None:
    told = by_hand(hearings(documents(FILE), NEW_YORK))
    metrics = {key[1] for key in told} - NAIVE
    ours = released_measures(site[1], NEW_YORK.jurisdiction, metrics)
    assert len(ours) > 100
    assert differences(told, ours, metrics) == []
