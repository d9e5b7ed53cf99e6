"""The past can be asked for: as it was published, bit for bit, and as it is known to have been."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import random
import shutil
import sqlite3
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from pipelines import cli, serve, shelf, shown_log
from pipelines.demo.generate import generate
from pipelines.rollback import go_back
from pipelines.settings import Settings
from tests.conftest import TINY, Installation, settings_at

SEED = 20261104
PAIRS = 20
LATER = datetime(2026, 11, 9, 12, tzinfo=UTC)
QUESTION = "how_many_were_sustained"
NIGHTS = {2: "2026-11-03", 3: "2026-11-04", 4: "2026-11-05", 5: "2026-11-07"}
"""The day on which each release after the first was made."""
TAKEN_BACK, TAKEN_BACK_ON = 4, "2026-11-06"
OFFERED = (1, 2, 3, 5)


@dataclass
class Months:
    """An installation with five releases, of which the fourth was taken back, and what was seen."""

    settings: Settings
    answers: dict[int, list[tuple[Any, ...]]] = field(default_factory=dict)

    def folder(self, release: int) -> Path:
        return shelf.folder(self.settings, release)


@pytest.fixture(scope="module")
def months(released: Installation, tmp_path_factory: pytest.TempPathFactory) -> Months:
    """Five nights of the demo, each with other files, and the answer to a question on each."""
    data = tmp_path_factory.mktemp("months") / "data"
    shutil.copytree(released.settings.data, data, symlinks=True)
    made = Months(settings_at(data))
    made.answers[1] = _answered(data / "current")
    for release, day in NIGHTS.items():
        _refresh(made.settings, release, day)
        made.answers[release] = _answered(data / "current")
        if release == TAKEN_BACK:
            go_back(_on(made.settings, TAKEN_BACK_ON))
    return made


def _refresh(settings: Settings, number: int, day: str) -> None:
    from pipelines.orchestration.run import run

    if number <= 3:
        generate(settings.data / "demo", scale=TINY, delivery=number)
    else:
        _sustain(settings.data / "demo" / "allegations.csv", number)
    done = run("nightly_refresh", _on(settings, day, day))
    assert [failure.told() for failure in done.failures] == []
    assert done.held == {}
    assert done.released is not None
    assert (done.released.number, done.released.is_new) == (number, True)


def _sustain(allegations: Path, number: int) -> None:
    """Let the agency have found otherwise in some cases, other ones each night."""
    lines = allegations.read_text(encoding="utf-8").splitlines(keepends=True)
    places = [n for n, line in enumerate(lines) if ",Unfounded," in line][number::40]
    for place in places:
        lines[place] = lines[place].replace(",Unfounded,", ",Sustained,")
    allegations.write_text("".join(lines), encoding="utf-8")


def _on(settings: Settings, day: str, vouched_for: str | None = None) -> Settings:
    """The settings of that night, on which the publisher may vouch for a day."""
    night = replace(settings, now=datetime.fromisoformat(f"{day}T09:15:00+00:00"))
    if vouched_for is None:
        return night
    feeds = ("complaints", "allegations", "bwc_reviews")
    lines = [f"  larkhaven.{feed}: {{as_of: {vouched_for}}}\n" for feed in feeds]
    file = settings.data / "locations.yml"
    file.write_text("locations:\n" + "".join(lines), encoding="utf-8")
    return replace(night, locations=file)


def _answered(folder: Path) -> list[tuple[Any, ...]]:
    words = json.loads((folder / "metadata.json").read_text(encoding="utf-8"))
    asked = words["databases"]["oversight"]["queries"][QUESTION]["sql"]
    with closing(sqlite3.connect(f"file:{folder / 'oversight.db'}?mode=ro", uri=True)) as rows:
        return rows.execute(asked, {"jurisdiction": "larkhaven"}).fetchall()


@dataclass(frozen=True)
class Said:
    """What the command ended in and printed, the bytes of its answer apart from its remarks."""

    code: int
    out: bytes
    err: str


Run = Callable[..., Said]


@pytest.fixture
def oversight(monkeypatch: pytest.MonkeyPatch, capfdbinary: Any) -> Run:
    """Runs `oversight as-of` as the shell would."""

    def command(*words: str, settings: Settings) -> Said:
        monkeypatch.setattr(sys, "argv", ["oversight", "as-of", *words])
        monkeypatch.setenv("OVERSIGHT_DATA", str(settings.data))
        monkeypatch.setenv("OVERSIGHT_NOW", LATER.isoformat())
        capfdbinary.readouterr()
        with pytest.raises(SystemExit) as ended:
            cli.main()
        printed = capfdbinary.readouterr()
        return Said(int(ended.value.code or 0), printed.out, printed.err.decode())

    return command


@pytest.fixture(scope="module")
def site(months: Months) -> Iterator[httpx.Client]:
    with (
        serve.listening(months.settings, clock=lambda: LATER) as running,
        httpx.Client(base_url=running.address, timeout=20, follow_redirects=True) as client,
    ):
        yield client


def _pairs(months: Months) -> list[tuple[str, int]]:
    """Random tables of random releases, the same ones each time."""
    tables = sorted(path.stem for path in (months.folder(1) / "csv").glob("*.csv"))
    every = [(table, release) for table in tables for release in OFFERED]
    return random.Random(SEED).sample(every, PAIRS)


def test_twenty_random_tables_of_random_releases_are_the_retained_files_bit_for_bit(
    months: Months, site: httpx.Client, oversight: Run
) -> None:
    pairs = _pairs(months)
    for table, release in pairs:
        kept = (months.folder(release) / "csv" / f"{table}.csv").read_bytes()
        said = oversight(table, "--release", str(release), settings=months.settings)
        assert (said.code, said.out) == (0, kept), (table, release)
        assert hashlib.sha256(kept).hexdigest() in said.err
        assert site.get(f"/r{release:04d}/{table}.csv").content == kept, (table, release)
    assert {release for _, release in pairs} == set(OFFERED)
    print(f"\n{len(pairs)} pairs, {len(pairs)} equal to the retained files")


def test_the_rows_that_the_site_answers_for_a_release_are_those_of_its_file(
    months: Months, site: httpx.Client
) -> None:
    """Not the file this time: the database of that release, asked through filters and as JSON."""
    for table, release in _pairs(months):
        kept = _read((months.folder(release) / "csv" / f"{table}.csv").read_text("utf-8"))
        every = f"/r{release:04d}/{table}.csv?_where=1"
        assert _plain(_read(site.get(every).text)) == _plain(kept), (table, release)
        told = site.get(f"/r{release:04d}/{table}.json?_shape=objects&_size=1").json()
        assert told["filtered_table_rows_count"] == len(kept) - 1, (table, release)


def _read(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text, newline="")))


def _plain(rows: list[list[str]]) -> list[list[str]]:
    """Rows in an order of their own, with numbers written in one way.

    Where a key has gaps the site numbers the rows, to address them.
    """
    if rows[0][0] == "rowid":
        rows = [row[1:] for row in rows]
    return [rows[0], *sorted([_number(cell) for cell in row] for row in rows[1:])]


def _number(cell: str) -> str:
    try:
        return repr(float(cell))
    except ValueError:
        return cell


def test_a_number_as_published_on_that_day_is_the_number_that_was_published(
    months: Months, site: httpx.Client, oversight: Run
) -> None:
    seen = set()
    for release in OFFERED:
        asked = ("--question", QUESTION, "--param", "jurisdiction=larkhaven")
        said = oversight(*asked, "--release", str(release), settings=months.settings)
        then = [
            ["" if cell is None else str(cell) for cell in row] for row in months.answers[release]
        ]
        assert said.code == 0
        assert _read(said.out.decode())[1:] == then
        answer = site.get(f"/r{release:04d}/{QUESTION}.csv?jurisdiction=larkhaven")
        assert answer.content == said.out
        seen.add(said.out)
    assert len(seen) > 2


def test_a_day_is_answered_by_what_stood_at_its_end_rollbacks_included(
    months: Months, site: httpx.Client, oversight: Run
) -> None:
    days = {
        "2026-11-01": None,
        "2026-11-02": 1,
        "2026-11-03": 2,
        "2026-11-04": 3,
        "2026-11-05": 4,
        "2026-11-06": 3,
        "2026-11-07": 5,
        "2026-11-09": 5,
    }
    for day, release in days.items():
        assert shown_log.shown_on(months.settings, date.fromisoformat(day)) == release, day
    for day in ("2026-11-02", "2026-11-04", "2026-11-06", "2026-11-08"):
        release = days.get(day, 5)
        page = site.get(f"/as-of?date={day}&table=complaints")
        assert page.status_code == 200
        assert f"the site showed release {release}," in page.text
        assert f'href="/r{release:04d}/complaints"' in page.text
        said = oversight("complaints", "--date", day, settings=months.settings)
        kept = months.folder(int(release or 0)) / "csv" / "complaints.csv"
        assert said.out == kept.read_bytes(), day


def test_a_release_that_people_went_back_from_is_not_offered(
    months: Months, site: httpx.Client, oversight: Run
) -> None:
    page = site.get("/as-of?date=2026-11-05")
    assert page.status_code == 404
    assert "Release 4 was taken back after it was published" in page.text
    for path in ("/r0004/complaints", "/r0004", "/downloads/0004/csv/complaints.csv"):
        assert site.get(path).status_code == 404, path
    assert "r0004" not in site.get("/.json").text
    said = oversight("complaints", "--date", "2026-11-05", settings=months.settings)
    assert said.out == (months.folder(4) / "csv" / "complaints.csv").read_bytes()
    assert "went back from this release" in said.err


def test_without_a_table_the_releases_are_listed_with_their_days(
    months: Months, oversight: Run
) -> None:
    said = oversight(settings=months.settings)
    lines = said.out.decode().splitlines()
    assert said.code == 0
    assert len(lines) == 6
    assert "2026-11-04, 2026-11-06" in lines[3]
    assert "gone back from" in lines[4]
    assert "2026-11-07 until now" in lines[5]
    assert "current" in lines[5]


def test_parquet_and_json_come_from_the_same_release(
    months: Months, oversight: Run, tmp_path: Path
) -> None:
    file = tmp_path / "complaints.parquet"
    asked = ("complaints", "--release", "2", "--format")
    said = oversight(*asked, "parquet", "-o", str(file), settings=months.settings)
    assert (said.code, said.out) == (0, b"")
    assert file.read_bytes() == (months.folder(2) / "parquet" / "complaints.parquet").read_bytes()
    told = json.loads(oversight(*asked, "json", settings=months.settings).out)
    kept = _read((months.folder(2) / "csv" / "complaints.csv").read_text("utf-8"))
    assert [row["complaint_id"] for row in told] == [
        row[kept[0].index("complaint_id")] for row in kept[1:]
    ]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("complaints", "--date", "2026-10-01"), "first release on record was shown from 2 Nov"),
        (("complaints", "--date", "2027-01-01"), "has not come yet"),
        (("complaints", "--release", "77"), "the releases kept: 1, 2, 3, 4, 5"),
        (("complaint", "--release", "2"), "no table 'complaint'"),
        (("--question", "why", "--release", "2"), "no ready-made question 'why'"),
        (("--question", QUESTION, "--param", "sex=F"), "the names are: jurisdiction"),
        (("--question", QUESTION, "--format", "parquet"), "not kept as Parquet"),
        (("complaints", "--question", QUESTION), "Ask for one of them"),
        (("complaints", "--release", "2", "--date", "2026-11-03"), "Give one of them"),
        (("complaints", "--known", "now", "--release", "2"), "Give --date and no --release"),
        (("complaints", "-o", "/nowhere/x.csv"), "cannot be written"),
    ],
)
def test_what_cannot_be_answered_is_said_in_words(
    months: Months, oversight: Run, words: tuple[str, ...], told: str
) -> None:
    said = oversight(*words, settings=months.settings)
    assert (said.code, said.out) == (78, b"")
    assert told in said.err
    assert "Next:" in said.err


def test_what_is_now_known_about_a_day_comes_from_the_history(
    months: Months, oversight: Run
) -> None:
    """The records valid on a day make the tables that the snapshot accepted for it made.

    On the last of these days the release shown was an earlier one, because of the rollback.
    Allegations have no number of their own: which of several that read the same in public has
    which place among them is not told by the history, and not compared.
    """
    before = _everything(months.settings.releases)
    for table, day, release in (
        ("complaints", "2026-11-03", 2),
        ("allegations", "2026-11-03", 2),
        ("complaints", "2026-11-06", 4),
    ):
        said = oversight(table, "--known", "now", "--date", day, settings=months.settings)
        kept = (months.folder(release) / "csv" / f"{table}.csv").read_bytes()
        assert said.code == 0, said.err
        if table == "complaints":
            assert said.out == kept, (table, day)
        else:
            assert _without_ids(said.out) == _without_ids(kept), (table, day)
        assert f"larkhaven.allegations: snapshot {release}," in said.err
    shown_then = shown_log.shown_on(months.settings, date(2026, 11, 6))
    assert shown_then == 3
    assert said.out != (months.folder(3) / "csv" / "complaints.csv").read_bytes()
    assert _everything(months.settings.releases) == before
    assert shelf.shown_number(months.settings) == 5
    assert not months.settings.work.exists()


def _without_ids(content: bytes) -> list[list[str]]:
    rows = _read(content.decode())
    place = rows[0].index("allegation_id")
    return sorted(row[:place] + row[place + 1 :] for row in rows)


def test_of_a_day_before_the_first_delivery_nothing_is_known(
    months: Months, oversight: Run
) -> None:
    said = oversight(
        "complaints", "--known", "now", "--date", "2020-01-01", settings=months.settings
    )
    assert said.code == 78
    assert "Nothing is known about 2020-01-01" in said.err


def _everything(folder: Path) -> dict[str, float]:
    return {str(file): file.stat().st_mtime for file in folder.rglob("*")}
