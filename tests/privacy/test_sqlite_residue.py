"""A published database holds no byte that belongs to nothing: rows that were moved, cut or deleted.

The files are invented, and of every page size and kind of page; the rows are compared before and
after with SQLite itself, which knows nothing of how the bytes were found.
"""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from random import Random
from typing import Any

import pytest

from pipelines import sqlite_file
from pipelines.scans import sqlite_pages
from pipelines.takedown.tables import Affected, rewrite_database
from tests.conftest import Installation

SECRET = "Quorlinsky"
TRIED = [(size, seed) for size in (512, 1024, 4096, 8192, 32768, 65536) for seed in (1, 2)]


def untidy(file: Path, size: int, seed: int) -> Path:
    """A database whose rows were written, changed and deleted without being cleared."""
    chance = Random(seed)
    with closing(sqlite3.connect(file, isolation_level=None)) as database:
        for pragma in (f"page_size = {size}", "journal_mode = off", "secure_delete = off"):
            database.execute(f"pragma {pragma}")
        database.execute("create table kept (number integer primary key, told text)")
        database.execute("create table keyed (word text primary key, told text) without rowid")
        database.execute("create index by_text on kept (told)")
        database.execute("begin")
        for number in range(400):
            long = f"{SECRET} {number} " * chance.choice([1, 2, 9, 60, 400, 900])
            database.execute("insert into kept values (?, ?)", (number, long))
            database.execute("insert into keyed values (?, ?)", (f"{chance.random()}", long))
        database.execute("update kept set told = substr(told, 1, 9) where number % 3 = 0")
        database.execute("update kept set told = replace(told, ?, 'plainly')", (SECRET,))
        database.execute("delete from kept where number % 7 = 0")
        database.execute("update keyed set told = replace(told, ?, 'plainly')", (SECRET,))
        database.execute("commit")
    return file


def rows(file: Path) -> list[Any]:
    with closing(sqlite3.connect(file)) as database:
        assert database.execute("pragma integrity_check").fetchall() == [("ok",)]
        listed = database.execute("select name from sqlite_schema where type = 'table'").fetchall()
        return [
            database.execute(f'select * from "{name}" order by 1, 2').fetchall()
            for (name,) in listed
        ]


def without_free_pages(file: Path) -> None:
    with closing(sqlite3.connect(file, isolation_level=None)) as database:
        database.execute("pragma secure_delete = off")
        database.execute("vacuum")


@pytest.mark.parametrize(("size", "seed"), TRIED)
def test_what_was_deleted_is_cleared_and_every_row_is_what_it_was(
    tmp_path: Path, size: int, seed: int
) -> None:
    file = untidy(tmp_path / "untidy.db", size, seed)
    assert SECRET.encode() in file.read_bytes()
    assert sqlite_pages.has_residue(file)
    without_free_pages(file)
    before = rows(file)
    sqlite_pages.clear(file)
    assert not sqlite_pages.has_residue(file)
    assert rows(file) == before
    assert SECRET.encode() not in file.read_bytes()


def test_a_free_page_is_residue_even_where_it_is_empty(tmp_path: Path) -> None:
    file = tmp_path / "free.db"
    with closing(sqlite3.connect(file, isolation_level=None)) as database:
        database.execute("create table one as select 1 as number")
        database.execute("create table two as select 2 as number")
        database.execute("drop table one")
    sqlite_pages.clear(file)
    assert sqlite_pages.has_residue(file)


def test_the_released_database_holds_no_residue(released: Installation) -> None:
    file = released.settings.current / "oversight.db"
    assert not sqlite_pages.has_residue(file)


@pytest.mark.parametrize("kind", ["deleted", "shortened", "overflowing"])
def test_a_row_that_was_taken_away_later_is_found(
    released: Installation, tmp_path: Path, kind: str
) -> None:
    file = tmp_path / "oversight.db"
    shutil.copy(released.settings.current / "oversight.db", file)
    file.chmod(0o600)
    told = f"{SECRET} " * (900 if kind == "overflowing" else 3)
    with closing(sqlite3.connect(file, isolation_level=None)) as database:
        database.execute("pragma secure_delete = off")
        database.execute("create table aside (name text)")
        database.execute("insert into aside values (?), ('somebody else')", (told,))
    sqlite_pages.clear(file)
    assert not sqlite_pages.has_residue(file)
    with closing(sqlite3.connect(file, isolation_level=None)) as database:
        database.execute("pragma secure_delete = off")
        if kind == "deleted":
            database.execute("delete from aside where rowid = 1")
        else:
            database.execute("update aside set name = substr(name, 1, 4) where rowid = 1")
    assert SECRET[4:].encode() in file.read_bytes()
    assert sqlite_pages.has_residue(file)
    sqlite_file.finish(file, ())
    assert SECRET[4:].encode() not in file.read_bytes()
    assert not sqlite_pages.has_residue(file)


def test_a_database_out_of_which_rows_were_taken_holds_no_residue(
    released: Installation, tmp_path: Path
) -> None:
    file = tmp_path / "oversight.db"
    shutil.copy(released.settings.current / "oversight.db", file)
    file.chmod(0o600)
    told = f"{SECRET} " * 900
    with closing(sqlite3.connect(file, isolation_level=None)) as database:
        database.execute("pragma secure_delete = off")
        database.execute("create table aside (name text, told text)")
        for name in ("kept", "gone", "kept"):
            database.execute("insert into aside values (?, ?)", (name, told))
        database.execute("update aside set told = 'a word' where name = 'kept'")
    rewrite_database(file, [Affected("aside", (), "name = 'gone'", 1)])
    assert not sqlite_pages.has_residue(file)
    assert SECRET.encode() not in file.read_bytes()
    assert [row[0] for row in rows_of(file, "aside")] == ["kept", "kept"]


def rows_of(file: Path, table: str) -> list[Any]:
    with closing(sqlite3.connect(file)) as database:
        assert database.execute("pragma integrity_check").fetchall() == [("ok",)]
        return database.execute(f'select * from "{table}"').fetchall()
