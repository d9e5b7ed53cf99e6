"""The keys of all rows that came, as hashes on the disk: proof that no row came twice.

Millions of keys would not fit the memory that a reader may use; DuckDB spills them.
"""

from __future__ import annotations

from pathlib import Path
from types import TracebackType

import duckdb

from pipelines.failures import SourceFailed

MEMORY = "100MB"
SHARES = 16


class Keys:
    """A table of (page, hash of a key). Collisions are beyond 1 in 10^6 at 5 million keys."""

    def __init__(self, file: Path, feed: str) -> None:
        """Open the table in `file`, or start it; a broken one is started anew."""
        self._feed = feed
        try:
            self._connection = self._opened(file)
        except duckdb.Error:
            file.unlink(missing_ok=True)
            self._connection = self._opened(file)

    def __enter__(self) -> Keys:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def add(self, page: str, path: Path, form: str, key: str) -> int:
        """Note the keys of a page and return its number of rows, of rows without a key too.

        `form` is "array" for a list of records, else the JSON path of the list within the
        document; `key` is the JSON path of the key within a record. Repeating a page adds
        nothing. Raises `SourceFailed` for a page that is not JSON.
        """
        self._connection.execute("delete from keys where page = ?", [page])
        name, size = str(path).replace("'", "''"), path.stat().st_size + 1024
        if form == "array":
            rows = f"select json as one from read_json_objects('{name}', format='array')"
        else:
            rows = (
                f"select unnest(json_extract(json, '{form}')) as one from read_json_objects("
                f"'{name}', format='unstructured', maximum_object_size={size})"
            )
        try:
            answer = self._connection.execute(
                f"insert into keys select ?, hash(json_extract_string(one, '{key}')) from ({rows})",
                [page],
            ).fetchone()
        except duckdb.OutOfMemoryException:
            raise SourceFailed(
                f"{page!r} is too large to be looked at.", place=self._feed
            ) from None
        except duckdb.Error:
            raise SourceFailed(f"{page!r} is not whole JSON.", place=self._feed) from None
        return int(answer[0]) if answer else 0

    def noted(self, page: str) -> int:
        """How many keys of a page are here."""
        answer = self._connection.execute(
            "select count(*) from keys where page = ?", [page]
        ).fetchone()
        return int(answer[0]) if answer else 0

    def distinct(self) -> int:
        """How many different keys came; counted in shares, so that no large table is needed."""
        shares = (
            self._connection.execute(
                f"select count(distinct key) from keys where key % {SHARES} = {share}"
            ).fetchone()
            for share in range(SHARES)
        )
        return sum(int(answer[0]) for answer in shares if answer)

    def close(self) -> None:
        """Let the file go."""
        self._connection.close()

    @staticmethod
    def _opened(file: Path) -> duckdb.DuckDBPyConnection:
        connection = duckdb.connect(
            str(file),
            config={
                "threads": 1,
                "memory_limit": MEMORY,
                "temp_directory": str(file.parent / "spill"),
                "preserve_insertion_order": False,
            },
        )
        connection.execute("create table if not exists keys (page varchar, key ubigint)")
        return connection
