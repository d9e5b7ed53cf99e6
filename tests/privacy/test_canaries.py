"""Words planted where nothing is public are found nowhere, on a good night or a bad."""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from pipelines import serve
from pipelines.demo import canaries
from pipelines.demo.generate import generate
from pipelines.settings import Settings
from tests.conftest import TINY, Installation, settings_at
from tests.privacy.everything import command, crawl, kind, stored, told

REFUSED_ROWS = 20
ASKED = (
    ("status",),
    ("hold", "list"),
    ("hold", "show", "larkhaven.allegations"),
    ("attack",),
    ("contracts-check",),
)


@pytest.fixture(scope="module")
def nights(
    released: Installation, tmp_path_factory: pytest.TempPathFactory, is_brief: bool
) -> tuple[Settings, dict[str, str]]:
    """One installation after a good night, a bad delivery, an error page and a held delivery."""
    data = tmp_path_factory.mktemp("canaries") / "data"
    shutil.copytree(released.settings.data, data, symlinks=True)
    settings = settings_at(data)
    said = {"a good night": command(settings, "refresh", "--locations", str(told_by_name(data)))}
    spoilt = {name: how for name, how in SPOILT.items() if not is_brief or name in IN_BRIEF}
    for number, (name, spoil) in enumerate(spoilt.items(), 1):
        tonight = replace(settings, now=settings.now + timedelta(days=number))
        generate(data / "demo", scale=TINY, delivery=min(number + 1, 3))
        spoil(data / "demo")
        said[name] = command(tonight, "refresh")
    for asked in ASKED:
        said[" ".join(asked[:2])] = command(tonight, *asked)
    return tonight, said


def told_by_name(data: Path) -> Path:
    """A locations file by which one feed is read from files that are named after somebody."""
    feed = (data / "demo" / "bwc_audits.csv").read_bytes().splitlines(keepends=True)
    names = [f"{canaries.LEAKED_BY_SOURCE}-{part}.csv" for part in ("one", "two")]
    half = len(feed) // 2
    for name, lines in zip(names, (feed[:half], [feed[0], *feed[half:]]), strict=True):
        (data / "demo" / name).write_bytes(b"".join(lines))
    told = data / "demo" / "locations.yml"
    place = f"{{path: [{', '.join(names)}]}}"
    told.write_text(f"root: {data / 'demo'}\nlocations:\n  larkhaven.bwc_audits: {place}\n")
    return told


def much_refused(feeds: Path) -> None:
    """A delivery with a column nobody announced, and many rows that cannot be read."""
    complaints = feeds / "complaints.csv"
    canaries.add_unexpected_column(complaints)
    with complaints.open("a", encoding="utf-8", newline="") as file:
        for number in range(REFUSED_ROWS):
            file.write(f"LH-2024-98{number:05d},{canaries.LEAKED_BY_SOURCE},cut short\r\n")


def error_page(feeds: Path) -> None:
    """A source that answers with a page about somebody instead of its file."""
    told = f"Sir, {canaries.LEAKED_BY_SOURCE} asked for this"
    (feeds / "complaints.csv").write_text(f"<html><body>{told}</body></html>\n", encoding="utf-8")


def heading_lost(feeds: Path) -> None:
    """A file whose first line is a record: what it says is taken for headings."""
    allegations = feeds / "allegations.csv"
    lines = allegations.read_text(encoding="utf-8").splitlines(keepends=True)
    first = next(line for line in lines if canaries.STEM in line)
    allegations.write_text("".join([first, *lines[1:]]), encoding="utf-8")


def not_json(feeds: Path) -> None:
    """A document that breaks off in the middle of a name."""
    file = feeds / "hearings.ndjson"
    file.write_text(f'{{"ID": 1, "Comment": "{canaries.LEAKED_BY_SOURCE}\n', encoding="utf-8")


def most_gone(feeds: Path) -> None:
    """A delivery of which most is missing, which waits for a person."""
    allegations = feeds / "allegations.csv"
    lines = allegations.read_text(encoding="utf-8").splitlines(keepends=True)
    kept = [line for line in lines if canaries.STEM in line]
    allegations.write_text("".join([*lines[:80], *kept]), encoding="utf-8")


SPOILT = {
    "much is refused": much_refused,
    "a source answers with an error page": error_page,
    "a file has lost its headings": heading_lost,
    "a document breaks off": not_json,
    "a delivery is held": most_gone,
}


IN_BRIEF = ("much is refused", "a delivery is held")


@pytest.fixture(scope="module")
def pages(nights: tuple[Settings, dict[str, str]]) -> Iterator[dict[str, bytes]]:
    settings, _ = nights
    with (
        serve.listening(settings, clock=lambda: settings.now) as running,
        httpx.Client(base_url=running.address, timeout=30) as client,
    ):
        yield dict(crawl(client))


def test_at_least_forty_canaries_stand_in_the_feeds_in_six_forms(released: Installation) -> None:
    feeds = [file.read_text(encoding="utf-8") for file in released.feeds.iterdir()]
    assert len(canaries.CANARIES) >= 40
    assert {canary.form for canary in canaries.CANARIES} == set(canaries.FORMS)
    assert len({canary.word for canary in canaries.CANARIES}) == len(canaries.CANARIES)
    for canary in canaries.CANARIES:
        written = {canary.text, json.dumps(canary.text)[1:-1]}
        assert any(text in feed for text in written for feed in feeds), canary


@pytest.mark.soak
def test_the_bad_nights_were_as_bad_as_meant(nights: tuple[Settings, dict[str, str]]) -> None:
    _, said = nights
    assert "release  2 (new)" in said["a good night"], said["a good night"]
    assert "release  3 (new)" in said["much is refused"], said["much is refused"]
    for name in [name for name in list(SPOILT)[1:-1] if name in said]:
        assert "held" in said[name], said[name]
    assert "mass_removal" in said["hold show"] or "gone" in said["hold show"], said["hold show"]


@pytest.mark.soak
def test_no_command_prints_a_canary(nights: tuple[Settings, dict[str, str]]) -> None:
    _, said = nights
    assert {name: told(text) for name, text in said.items() if told(text)} == {}


def test_the_release_of_a_good_night_holds_no_canary(released: Installation) -> None:
    searched = stored(released.settings.data)
    assert searched.places == ()
    assert searched.files > 100


@pytest.mark.soak
def test_no_published_or_logged_byte_is_of_a_canary(
    nights: tuple[Settings, dict[str, str]],
) -> None:
    settings, _ = nights
    searched = stored(settings.data)
    print(f"\n{searched.files} files of {searched.bytes:,} bytes searched")
    assert searched.places == ()
    assert searched.files > 200


@pytest.mark.soak
def test_no_page_says_a_canary(pages: dict[str, bytes]) -> None:
    sorts = {kind(address) for address in pages}
    print(f"\n{len(pages)} pages of {len(sorts)} sorts crawled")
    assert [address for address, page in pages.items() if told(page)] == []
    assert len(sorts) > 40


@pytest.mark.parametrize("form", canaries.FORMS)
def test_a_planted_leak_is_found_in_every_form(
    released: Installation, form: str, tmp_path: Path
) -> None:
    data = tmp_path / "data"
    shutil.copytree(released.settings.data / "current", data / "releases" / "0001")
    text = canaries.FORMS[form](canaries.CANARIES[0].word)
    database = data / "releases" / "0001" / "oversight.db"
    database.chmod(0o600)
    assert stored(data).places == ()
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.execute("update complaints set district = ? where rowid = 1", (text,))
    assert {place.file for place in stored(data).places} == {"releases/0001/oversight.db"}
    assert told(text)


def test_a_leak_that_was_deleted_is_still_found_in_free_pages(
    released: Installation, tmp_path: Path
) -> None:
    data = tmp_path / "data"
    shutil.copytree(released.settings.data / "current", data / "releases" / "0001")
    database = data / "releases" / "0001" / "oversight.db"
    database.chmod(0o600)
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("pragma secure_delete = off")
        connection.execute("create table aside as select ? as name", (canaries.CANARIES[0].text,))
        connection.commit()
        connection.execute("drop table aside")
        connection.commit()
    assert [place.form for place in stored(data).places] == ["bytes"]


@pytest.mark.parametrize("compression", ["zstd", "snappy", "uncompressed"])
def test_a_leak_in_parquet_is_found(
    released: Installation, tmp_path: Path, compression: str
) -> None:
    import duckdb

    data = tmp_path / "data"
    (data / "releases").mkdir(parents=True)
    with duckdb.connect() as duck:
        duck.execute(
            "copy (select ? as name from range(1000)) to "
            f"'{data}/releases/leak.parquet' (compression {compression})",
            [canaries.CANARIES[0].text],
        )
    assert "rows of Parquet" in {place.form for place in stored(data).places}
