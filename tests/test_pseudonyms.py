"""A pseudonym is always the same, is made with a secret, and stands only where a policy lets it."""

from __future__ import annotations

import base64
import csv
import hashlib
import re
import shutil
import sqlite3
import stat
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from random import Random

import duckdb
import pytest

from pipelines import keys, manifest, pseudonyms, shelf
from pipelines.contracts import Contract, load_contracts
from pipelines.failures import Misconfigured
from pipelines.orchestration.run import run
from pipelines.policies import Policy
from pipelines.scans.gate import exposed_by_scan
from pipelines.settings import Settings
from tests.conftest import Installation, settings_at
from tests.feeds import column, contracts, table

SECRET = bytes(range(32))
ANSWERED = {"citation": "Invented act", "decided_on": "2026-01-15", "reviewer": "Invented board"}
WAYS = ("{number}", "{city}|{number}", "officer|{city}|{number}", "{number}{city}")


def table_of(file: Path) -> list[dict[str, str]]:
    with file.open(encoding="utf-8-sig", newline="") as lines:
        return list(csv.DictReader(lines))


def shortened(digest: bytes) -> set[str]:
    """The forms in which a digest could stand as a pseudonym."""
    return {base64.b32encode(digest).decode().lower()[: pseudonyms.LENGTH], digest.hex()[:13]}


def guesses(city: str, numbers: range, salts: list[str]) -> Iterator[str]:
    """What somebody without the key can try: plain and salted hashes of every number."""
    for number in numbers:
        for way in WAYS:
            text = way.format(number=number, city=city)
            for salt in salts:
                digest = hashlib.sha256(f"{salt}{text}".encode()).digest()
                yield from shortened(digest)
        yield from shortened(hashlib.md5(str(number).encode()).digest())
        yield from shortened(hashlib.sha1(str(number).encode()).digest())


def test_every_badge_number_tried_without_the_key_finds_no_officer() -> None:
    officers = Random(7).sample(range(100_000), 1_000)
    hidden = {pseudonyms.pseudonym(SECRET, "larkhaven", str(one)) for one in officers}
    assert len(hidden) == 1_000
    tried = guesses("larkhaven", range(100_000), ["", "oversight"])
    recovered = hidden.intersection(tried)
    print(f"{len(recovered)} of {len(hidden):,} pseudonyms recovered without the key")
    assert recovered == set()


def test_the_attack_would_find_officers_under_an_unkeyed_hash() -> None:
    officers = range(5_000, 6_000)
    plain = {shortened(hashlib.sha256(str(one).encode()).digest()).pop() for one in officers}
    assert len(plain.intersection(guesses("larkhaven", range(4_900, 6_100), [""]))) == 1_000


def test_the_same_officer_has_the_same_pseudonym_however_the_number_is_written() -> None:
    told = pseudonyms.pseudonym(SECRET, "larkhaven", "B1234")
    assert re.fullmatch(r"[a-z2-7]{13}", told)
    assert {pseudonyms.pseudonym(SECRET, "larkhaven", n) for n in (" b1234", "B1234 ")} == {told}
    others = [(SECRET, "elsewhere", "B1234"), (SECRET, "larkhaven", "B1235"),
              (bytes(32), "larkhaven", "B1234")]  # fmt: skip
    assert told not in {pseudonyms.pseudonym(*other) for other in others}


def test_the_key_is_made_once_for_its_owner_alone(tmp_path: Path) -> None:
    settings = settings_at(tmp_path / "data")
    made = keys.secret(settings, pseudonyms.KEY)
    file = settings.keys / pseudonyms.KEY
    assert len(made) == 32
    assert stat.S_IMODE(file.stat().st_mode) == 0o400
    assert stat.S_IMODE(settings.keys.stat().st_mode) == 0o700
    assert keys.secret(settings, pseudonyms.KEY) == made


def test_keys_lie_where_the_setting_says(tmp_path: Path) -> None:
    settings = settings_at(tmp_path / "data", key_folder=tmp_path / "elsewhere" / "keys")
    keys.secret(settings, pseudonyms.KEY)
    assert (tmp_path / "elsewhere" / "keys" / pseudonyms.KEY).is_file()
    assert not (tmp_path / "data" / "keys").exists()


def _open_file(settings: Settings) -> None:
    (settings.keys / pseudonyms.KEY).chmod(0o440)


def _open_folder(settings: Settings) -> None:
    settings.keys.chmod(0o755)


def _short(settings: Settings) -> None:
    file = settings.keys / pseudonyms.KEY
    file.chmod(0o600)
    file.write_text("ab" * 31, encoding="ascii")


@pytest.mark.parametrize(
    ("spoil", "told"),
    [(_open_file, "may read it"), (_open_folder, "may read it"), (_short, "damaged")],
)
def test_a_key_that_others_may_read_or_that_is_short_is_not_used(
    tmp_path: Path, spoil: Callable[[Settings], None], told: str
) -> None:
    settings = settings_at(tmp_path / "data")
    made = keys.secret(settings, pseudonyms.KEY)
    spoil(settings)
    with pytest.raises(Misconfigured, match=told) as refused:
        keys.secret(settings, pseudonyms.KEY)
    assert refused.value.exit_code == 78
    assert made.hex() not in refused.value.told()


def feed_of_officers(folder: Path, **decided: object) -> Contract:
    """A feed with numbers and names of officers, under a policy."""
    name = column("officer_name", officer="name")
    feed = table(columns=["id", "status", name, column("badge", officer="number")])
    told = {"jurisdiction": "larkhaven", "officers": {**ANSWERED, **decided}}
    return contracts(folder, feed)[0].model_copy(update={"policy": Policy.model_validate(told)})


def known(folder: Path, contract: Contract, officers: int) -> list[pseudonyms.Row]:
    """What the private table says when `officers` numbers have landed."""
    with duckdb.connect() as connection:
        columns = ", ".join(f"{one.name} varchar" for one in contract.landed)
        connection.execute(
            f"create schema raw_larkhaven; create table {contract.raw_table} ({columns})"
        )
        for number in range(officers):
            cells = {"badge": f"B{number}", "officer_name": f"Birch, Ivy {number}"}
            row = [cells.get(one.name, "x") for one in contract.landed]
            places = ", ".join("?" for _ in row)
            connection.execute(f"insert into {contract.raw_table} values ({places})", row)
        return pseudonyms.rows(connection, settings_at(folder / "data"), [contract])[0]


@pytest.mark.parametrize(
    ("decided", "officers", "public", "named"),
    [
        ({"names": "pseudonym", "row_grain": "permitted"}, 11, True, False),
        ({"names": "pseudonym", "row_grain": "permitted"}, 10, False, False),
        ({"names": "pseudonym", "row_grain": "none"}, 40, False, False),
        ({"names": "public", "row_grain": "permitted"}, 40, True, True),
        ({"names": "none", "row_grain": "permitted"}, 40, False, False),
    ],
)
def test_a_row_for_an_officer_needs_a_policy_and_enough_officers(
    tmp_path: Path, decided: dict[str, str], officers: int, public: bool, named: bool
) -> None:
    rows = known(tmp_path, feed_of_officers(tmp_path, **decided), officers)
    assert len(rows) == officers
    assert {is_public for *_, is_public in rows} == {public}
    assert {name is not None for *_, name, _ in rows} == {named}


def test_the_release_shows_pseudonyms_made_with_the_key_and_names_the_key(
    released: Installation,
) -> None:
    settings = released.settings
    folder = settings.current.resolve()
    key = keys.secret(settings, pseudonyms.KEY)
    roster = table_of(released.feeds / "officers.csv")
    possible = {pseudonyms.pseudonym(key, "larkhaven", row["Badge"]) for row in roster}
    shown = {row["officer_pseudonym"] for row in table_of(folder / "csv" / "allegations.csv")}
    repeat = {row["officer_pseudonym"] for row in table_of(folder / "csv" / "repeat_officers.csv")}
    assert len(shown) > 100
    assert len(shown - {""} & possible) > 100
    assert repeat
    assert repeat <= shown - {""}
    told = manifest.read(folder).pseudonym_key
    assert told == pseudonyms.key_id(settings)
    assert told is not None
    assert not key.hex().startswith(told)


def test_no_file_outside_the_folder_of_keys_holds_the_key(released: Installation) -> None:
    key = keys.secret(released.settings, pseudonyms.KEY)
    salt = pseudonyms.salt(key, "larkhaven")
    needles = (key, key.hex().encode(), salt.encode())
    private = (released.settings.keys, released.settings.work)
    files = [
        file
        for file in released.settings.data.rglob("*")
        if file.is_file() and not any(file.is_relative_to(one) for one in private)
    ]
    assert len(files) > 100
    holding = [file.name for file in files if any(n in file.read_bytes() for n in needles)]
    assert holding == []


def test_another_night_with_the_same_key_shows_the_same_pseudonyms(
    yesterday: Installation,
) -> None:
    before = table_of(yesterday.settings.current / "csv" / "allegations.csv")
    complaints = yesterday.feeds / "allegations.csv"
    text = complaints.read_text(encoding="utf-8-sig")
    again = text.splitlines()[-1]
    complaints.write_text(f"{text.rstrip()}\n{again}\n", encoding="utf-8")
    refresh = run("nightly_refresh", yesterday.settings)
    assert [one.told() for one in refresh.failures] == []
    assert shelf.shown_number(yesterday.settings) == 2
    after = table_of(yesterday.settings.current / "csv" / "allegations.csv")
    told = {
        row["allegation_id"]: (row["officer_pseudonym"], row["officer_ordinal"]) for row in after
    }
    for row in before:
        pair = (row["officer_pseudonym"], row["officer_ordinal"])
        assert told[row["allegation_id"]] == pair, "an officer changed the pseudonym"


def tables_with(folder: Path, names: set[str]) -> list[str]:
    """The tables in which some cell is one of the names."""
    return [
        file.name
        for file in sorted((folder / "csv").glob("*.csv"))
        if any(cell in names for row in table_of(file) for cell in row.values())
    ]


def misplaced(
    settings: Settings, folder: Path, told: Sequence[Contract], planted: Path, name: str
) -> list[str]:
    """Where the scan finds a public name that was also written into another column."""
    assert exposed_by_scan(settings, folder, told) == []
    shutil.copytree(folder, planted)
    for file in planted.rglob("*"):
        file.chmod(0o700)
    with closing(sqlite3.connect(planted / "oversight.db")) as database, database:
        database.execute("update complaints set district = ? where rowid = 1", (name,))
    return [reason.split(" holds ")[0] for reason in exposed_by_scan(settings, planted, told)]


def test_names_are_published_only_by_a_policy_and_only_where_the_column_says(
    yesterday: Installation, project_copy: Callable[[], Path], tmp_path: Path
) -> None:
    project = project_copy()
    policy = project / "dbt_project" / "policies" / "larkhaven.yml"
    text = policy.read_text(encoding="utf-8")
    assert "names: pseudonym" in text
    policy.write_text(text.replace("names: pseudonym", "names: public"), encoding="utf-8")
    settings = replace(yesterday.settings, project=project)
    feeds = ("allegations.csv", "bwc_reviews.csv", "officers.csv")
    rows = (row for name in feeds for row in table_of(yesterday.feeds / name))
    names = {(row.get("Officer Name") or "").strip() for row in rows}
    before = table_of(yesterday.settings.current / "csv" / "allegations.csv")
    assert {row["officer_name"] for row in before} == {""}
    refresh = run("nightly_refresh", settings)
    assert [one.told() for one in refresh.failures] == []
    folder = settings.current.resolve()
    assert folder.name == "0002"
    shown = {row["officer_name"] for row in table_of(folder / "csv" / "allegations.csv")} - {""}
    assert len(shown) > 100
    assert len(shown - names) == 0, "a name that no feed has"
    assert tables_with(folder, shown) == ["allegations.csv"], "a name stands in another table"
    told = load_contracts(project / "dbt_project", ["larkhaven"])
    found = misplaced(settings, folder, told, tmp_path / "planted", max(shown))
    assert found == ["complaints.district"]
    refresh = run("nightly_refresh", replace(yesterday.settings, force=True))
    assert [one.told() for one in refresh.failures] == []
    last = yesterday.settings.current.resolve()
    assert last.name == "0003"
    after = table_of(last / "csv" / "allegations.csv")
    assert {row["officer_name"] for row in after} == {""}
    assert tables_with(last, shown) == [], "a name stayed when names went back to pseudonyms"
    assert [row["officer_pseudonym"] for row in after] == [
        row["officer_pseudonym"] for row in before
    ]
