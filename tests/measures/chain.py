"""The models of the measures, run by themselves: on any tables, and with any text.

A refresh leaves the compiled SQL of each model behind, and a warehouse with the tables that it
read. Here the models are run again in a database in memory, in their own order, over tables of
our choosing. A model's text can be replaced, so that a test may spoil it and look what happens.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd

from pipelines.settings import Settings

# Tables of the facts themselves: what the measures are made of, and no part of the measures.
FACTS = ("complaints", "allegations", "bwc_reviews", "bwc_audits", "hearings", "hearing_items",
         "cops_awards", "int_complaint_outcomes__rolled_up", "int_roll_calls__counted",
         "int_time_zones__declared")  # fmt: skip
FACT_ENDS = ("__unioned", "__harmonised", "__withheld", "__deduplicated", "__mapped", "__matched",
             "__dated")  # fmt: skip
LAST = ("int_measures__judged",)
Row = Mapping[str, Any]


@dataclass(frozen=True)
class Model:
    """One node of the graph: where its table stands, what it is made from, and its SQL.

    A seed or a table of the pipeline has no text.
    """

    name: str
    relation: str
    parents: tuple[str, ...]
    text: str | None


@dataclass(frozen=True)
class Chain:
    """The models by name, as one refresh compiled them, and the warehouse that it left."""

    models: Mapping[str, Model]
    warehouse: Path
    also_given: frozenset[str] = frozenset()

    def beginning_with(self, *names: str) -> Chain:
        """The same chain, in which some models are not made, but given like facts."""
        return replace(self, also_given=self.also_given | set(names))

    def order(self, *last: str) -> tuple[str, ...]:
        """The models from the facts to the last ones, each after those it reads."""
        placed: dict[str, None] = {}

        def place(name: str) -> None:
            if name not in placed and not self.is_given(name):
                for parent in self.models[name].parents:
                    place(parent)
                placed[name] = None

        for name in last or LAST:
            place(name)
        return tuple(placed)

    def is_given(self, name: str) -> bool:
        """Is this table a fact, or a seed, or written by the pipeline?"""
        model = self.models[name]
        is_measure = name.startswith(("int_measures__", "int_survival__", "int_calendar__"))
        is_fact = name in FACTS or name.startswith("stg_") or name.endswith(FACT_ENDS)
        return model.text is None or name in self.also_given or (is_fact and not is_measure)

    def given(self, *last: str) -> tuple[str, ...]:
        """The tables that the measure models read and do not make."""
        parents = {parent for name in self.order(*last) for parent in self.models[name].parents}
        return tuple(sorted(name for name in parents if self.is_given(name)))

    def below(self, name: str, *last: str) -> tuple[str, ...]:
        """A model and all that is made from it, in their order."""
        touched = {name}
        for other in self.order(*last):
            if touched.intersection(self.models[other].parents):
                touched.add(other)
        return tuple(other for other in self.order(*last) if other in touched)


def chain_of(settings: Settings) -> Chain:
    """Read what the last refresh of an installation compiled."""
    manifest = json.loads((settings.dbt_target / "manifest.json").read_text(encoding="utf-8"))
    nodes = {**manifest["nodes"], **manifest["sources"]}
    folder = settings.dbt_target / "compiled" / "oversight"
    kinds = ("model.", "seed.", "source.")
    known = {unique: node for unique, node in nodes.items() if unique.startswith(kinds)}
    names = {unique: _name(unique) for unique in known}
    models = {}
    for unique, node in known.items():
        file = folder / node["original_file_path"]
        is_model = unique.startswith("model.") and file.is_file()
        parents = node.get("depends_on", {}).get("nodes", []) if is_model else []
        models[names[unique]] = Model(
            names[unique],
            node["relation_name"],
            tuple(names[parent] for parent in parents),
            file.read_text(encoding="utf-8") if is_model else None,
        )
    return Chain(models, settings.warehouse)


def _name(unique: str) -> str:
    """`complaints` for a model or seed, `pipeline.feeds` for a source."""
    kind, _, *rest = unique.split(".")
    return ".".join(rest) if kind == "source" else rest[0]


@contextmanager
def opened(
    chain: Chain, rows: Mapping[str, Sequence[Row]] | None = None, *last: str
) -> Iterator[duckdb.DuckDBPyConnection]:
    """A database in memory that holds the given tables: those of the warehouse, or, when `rows`
    are named, empty ones of their shape but for those rows."""
    given = chain.given(*last)
    with duckdb.connect() as database:
        database.execute(f"attach '{chain.warehouse}' as warehouse (read_only)")
        for number, name in enumerate(given):
            relation = chain.models[name].relation
            kind = "limit 0" if rows is not None and not _is_constant(name) else ""
            database.execute(f"create temp table given_{number} as from {relation} {kind}")
        database.execute("detach warehouse")
        database.execute("attach ':memory:' as warehouse")
        for number, name in enumerate(given):
            relation = chain.models[name].relation
            _schema(database, relation)
            database.execute(f"create table {relation} as from temp.given_{number}")
            database.execute(f"drop table temp.given_{number}")
        for name, rows_given in (rows or {}).items():
            fill(database, chain.models[name].relation, rows_given)
        yield database


def _is_constant(name: str) -> bool:
    """What holds for every city, and stays when the rows are replaced."""
    return name in ("pipeline.metrics", "pipeline.holidays")


def _schema(database: duckdb.DuckDBPyConnection, relation: str) -> None:
    database.execute(f"create schema if not exists {relation.rsplit('.', 1)[0]}")


def fill(database: duckdb.DuckDBPyConnection, relation: str, rows: Sequence[Row]) -> None:
    """Put rows in place of those of a table; columns that they do not name are empty."""
    database.execute(f"delete from {relation}")
    if rows:
        frame = pd.DataFrame(list(rows)).astype(object)
        frame = frame.where(frame.notna(), None)
        names = ", ".join(frame.columns)
        database.register("given_rows", frame)
        database.execute(f"insert into {relation} ({names}) select {names} from given_rows")
        database.unregister("given_rows")


def run(
    database: duckdb.DuckDBPyConnection,
    chain: Chain,
    names: Sequence[str],
    replaced: Mapping[str, str] | None = None,
) -> None:
    """Make the tables of some models anew, in the order of their names."""
    for name in names:
        model = chain.models[name]
        _schema(database, model.relation)
        text = (replaced or {}).get(name, model.text)
        database.execute(f"create or replace table {model.relation} as {text}")


def table(database: duckdb.DuckDBPyConnection, chain: Chain, name: str) -> list[dict[str, Any]]:
    """The rows of a model's table."""
    return rows_of(database, f"from {chain.models[name].relation}")


def rows_of(database: duckdb.DuckDBPyConnection, query: str) -> list[dict[str, Any]]:
    """The rows of a query, by the names of its columns."""
    found = database.execute(query)
    columns = [column[0] for column in found.description]
    return [dict(zip(columns, row, strict=True)) for row in found.fetchall()]
