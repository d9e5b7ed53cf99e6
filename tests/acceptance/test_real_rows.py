"""Every complaint and allegation of four cities, held against a reading that is not ours.

The other reading is plain Python over the cities' own files and the crosswalk seeds. Prints
counts, and never a row.
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from contextlib import closing
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from pipelines.manifest import Manifest
from tests.acceptance.conftest import FILES
from tests.acceptance.raw_cities import READERS
from tests.acceptance.raw_facts import Fact, facts
from tests.acceptance.raw_words import CLASSES, FINDINGS, Outcome

pytestmark = [
    pytest.mark.acceptance,
    pytest.mark.skipif(not FILES.is_dir(), reason="the real files are not beside the project"),
]
OUTCOME = "resolution_class, finding, truncation_reason, alternative_kind, void_reason"


def a_day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def outcome(words: tuple[str | None, ...]) -> Outcome | None:
    group, finding, *details = (word or "" for word in words)
    if not group:
        return None
    return Outcome(FINDINGS.get(finding) or CLASSES.get(group, 12), group, finding, *details)


def shown(folder: Path, sql: str, city: str) -> list[Any]:
    file = f"file:{folder / 'oversight.db'}?mode=ro&immutable=1"
    with closing(sqlite3.connect(file, uri=True)) as connection:
        return connection.execute(sql, (city,)).fetchall()


@pytest.mark.parametrize("city", READERS)
def test_a_second_reading_of_the_files_gives_the_same_rows(
    site: tuple[Manifest, Path, str], city: str
) -> None:
    complaints, allegations = facts(READERS[city](FILES / city))
    ours = Counter(
        Fact(number, a_day(r), a_day(c), status, category or "", outcome(end), channel, district)
        for number, r, c, status, category, channel, district, *end in shown(
            site[1],
            "select complaint_id, received_date, investigation_closed_date, status, category,"
            f" intake_channel, district, {OUTCOME} from complaints where jurisdiction = ?",
            city,
        )
    )
    theirs = Counter(replace(fact, channel=fact.channel or None) for fact in complaints)
    missing, extra = (theirs - ours).total(), (ours - theirs).total()
    print(
        f"\n{city}: complaints {len(complaints):,}, not ours {missing}, only ours {extra}", end=""
    )
    assert (missing, extra) == (0, 0)

    ours = Counter(
        Fact(number, a_day(received), None, status or "", category or "", outcome(end))
        for number, received, status, category, *end in shown(
            site[1],
            f"select complaint_id, received_date, status, category, {OUTCOME}"
            " from allegations where jurisdiction = ?",
            city,
        )
    )
    theirs = Counter(
        replace(fact, channel=None, officer=None, outcome_word=None) for fact in allegations
    )
    missing, extra = (theirs - ours).total(), (ours - theirs).total()
    print(f"; allegations {len(allegations):,}, not ours {missing}, only ours {extra}")
    assert (missing, extra) == (0, 0)
