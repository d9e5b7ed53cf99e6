"""What of the history is public: the tables that dbt reads, and the figures of the marts."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import duckdb
import pytest

from pipelines import transform, warehouse
from pipelines.contracts import Contract, load_contracts
from pipelines.history import identity, store
from pipelines.history.published import TABLES, write_history_tables
from pipelines.holds import ledger
from pipelines.holds.ledger import Doubt
from pipelines.parsers.parsed import literal
from pipelines.pipeline_tables import TABLES as PIPELINE
from pipelines.settings import PROJECT, Settings
from tests.conftest import settings_at

CONTRACTS = load_contracts(PROJECT / "dbt_project", ["larkhaven"])
MARTS = ("revisions", "missing_records", "source_changes", "maturity_triangle", "holds", "sources")
NIGHTS = ("2026-01-31", "2026-02-03", "2026-03-04", "2026-03-05", "2026-05-02")
KINDS = ("added", "removed", "restored", "value_changed", "blanked", "filled")


def contract_of(table: str, **changes: Any) -> Contract:
    """A contract of the invented city, some of its meta changed."""
    found = next(one for one in CONTRACTS if one.table.name == table)
    meta = found.meta.model_copy(update=changes)
    config = found.table.config.model_copy(update={"meta": meta})
    return found.model_copy(update={"table": found.table.model_copy(update={"config": config})})


class Place:
    """An installation whose histories are written by hand."""

    def __init__(self, folder: Path) -> None:
        self.settings = settings_at(folder / "data")
        warehouse.create(self.settings)

    def observe(self, contract: Contract, nights: int, **counts: list[int]) -> None:
        """So many snapshots of a feed; `counts` are the numbers of the later ones by kind."""
        with self._store(contract) as connection:
            store.create(connection, contract)
            for number, day in enumerate(NIGHTS[:nights], 1):
                told = {kind: str(values[number - 1]) for kind, values in counts.items()}
                columns = [*("added", "removed", "restored", "value_changed", "blanked", "filled")]
                columns += ["recoded", "key_migrated", "reformatted", "changed_records"]
                numbers = ", ".join(f"{told.get(one, '0')} as {one}" for one in columns)
                connection.execute(
                    f"insert into store.observations by name select {number} as sequence, "
                    f"'s{number}' as snapshot_id, "
                    f"{literal(f's{number - 1}') if number > 1 else 'null'} as "
                    f"previous_snapshot_id, '{day} 04:15:00'::timestamp as fetched_at, "
                    f"'{day} 04:20:00'::timestamp as accepted_at, '{day}'::date as valid_on, "
                    f"10 as rows_count, 12 as ever_count, 2 as absent_count, {numbers}"
                )

    def keep(self, contract: Contract, key: str, **columns: Any) -> None:
        """One record as the store last knew it; columns of the feed and the marks of its state."""
        with self._store(contract) as connection:
            told = ", ".join(
                f"{value if isinstance(value, int) else literal(value)} as {name}"
                for name, value in columns.items()
            )
            connection.execute(
                f"insert into store.current by name select {literal(key)} as record_key, "
                f"1 as from_sequence, {told}"
            )

    def change(self, contract: Contract, sequence: int, key: str, kind: str, **told: str) -> None:
        """One row of the log of changes."""
        made = identity.record_id(contract.name, literal(key))
        with self._store(contract) as connection:
            values = ", ".join(f"{literal(value)} as {name}" for name, value in told.items())
            connection.execute(
                f"insert into store.changes by name select {sequence} as sequence, "
                f"{made} as record_id, {literal(key)} as record_label, "
                f"{literal(kind)} as change_kind{', ' if told else ''}{values}"
            )

    def mature(self, contract: Contract, sequence: int, month: str, *numbers: int) -> None:
        """The numbers of a month, from this snapshot on."""
        told = f"{sequence}, date '{month}', {numbers[0]}, {numbers[1]}"
        with self._store(contract) as connection:
            connection.execute(f"insert into store.cohorts values ({told})")

    def _store(self, contract: Contract) -> Any:
        return _Opened(self.settings, contract)

    def write(self, contracts: Sequence[Contract] = CONTRACTS) -> None:
        write_history_tables(self.settings, contracts)

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        with warehouse.connect(self.settings, read_only=True) as connection:
            return connection.execute(sql).fetchall()


class _Opened:
    """A store that may be written to, closed at the end."""

    def __init__(self, settings: Settings, contract: Contract) -> None:
        self.connection = duckdb.connect()
        self.attached = store.attached(self.connection, settings, contract.name)

    def __enter__(self) -> duckdb.DuckDBPyConnection:
        self.attached.__enter__()
        return self.connection

    def __exit__(self, *_: object) -> None:
        self.attached.__exit__(None, None, None)
        self.connection.close()


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


def test_all_tables_are_there_before_anything_was_observed(place: Place) -> None:
    place.write()
    for table in set(TABLES) - {"feeds"}:
        assert place.rows(f"select count(*) from history.{table}") == [(0,)], table
    assert len(place.rows("select * from history.feeds")) == len(CONTRACTS)


def test_the_tables_are_those_that_the_models_read(place: Place) -> None:
    place.write()
    declared = transform.manifest(place.settings)["sources"].values()
    for source in (one for one in declared if one["source_name"] == "history"):
        found = place.rows(
            f"select column_name, column_type from (describe history.{source['name']})"
        )
        wanted = [(c["name"], c["data_type"].upper()) for c in source["columns"].values()]
        assert found == wanted, source["name"]


def test_a_record_is_missing_first_and_withdrawn_after_three_snapshots(place: Place) -> None:
    complaints = contract_of("complaints")
    place.observe(complaints, 5)
    place.keep(complaints, "there", complaint_id="there")
    place.keep(complaints, "two", complaint_id="two", missing_since=4)
    place.keep(complaints, "three", complaint_id="three", missing_since=3)
    place.write()
    told = "record_label, state, missing_since_sequence, last_seen_sequence"
    assert place.rows(f"select {told} from history.absent order by 1") == [
        ("three", "withdrawn", 3, 2),
        ("two", "missing", 4, 3),
    ]


def test_the_last_values_are_those_of_public_columns_in_the_words_of_the_source(
    place: Place,
) -> None:
    complaints = contract_of("complaints")
    place.observe(complaints, 2)
    place.keep(
        complaints,
        "LH-1",
        complaint_id="LH-1",
        incident_number="private",
        received_date="01/31/2026",
        finding=' "Not  Sustained" ',
        _mark_summary="abcdef",
        missing_since=2,
    )
    place.write()
    ((told,),) = place.rows("select last_values from history.absent")
    values = json.loads(told)
    assert set(values) == {c.name for c in complaints.columns if c.klass == "public"}
    assert values["received_date"] == "01/31/2026"
    assert values["finding"] == ' "Not  Sustained" '
    assert values["district"] is None
    assert "private" not in told


def test_of_a_withheld_record_only_its_state_is_public(place: Place) -> None:
    complaints = contract_of("complaints")
    place.observe(complaints, 3)
    place.keep(complaints, "LH-1", complaint_id="LH-1", withheld_since=3, missing_since=2)
    place.change(complaints, 2, "LH-1", "removed")
    place.change(complaints, 2, "LH-2", "added")
    place.write()
    ((state, *rest),) = place.rows("select state, * exclude (state) from history.absent")
    assert state == "withheld"
    assert rest.count(None) == 4
    assert place.rows("select record_label from history.changes") == [("LH-2",)]


def test_what_follows_a_sealed_complaint_is_sealed_with_it_even_when_it_was_gone_before(
    place: Place,
) -> None:
    """A row without a key that was corrected once is gone for the store; its complaint is not."""
    complaints, allegations = contract_of("complaints"), contract_of("allegations")
    place.observe(complaints, 3)
    place.observe(allegations, 3)
    place.keep(complaints, "LH-1", complaint_id=" LH-1", withheld_since=3)
    place.keep(allegations, "a#1", complaint_id="LH-1 ", missing_since=2)
    place.keep(allegations, "b#1", complaint_id="LH-2", missing_since=2)
    place.change(allegations, 2, "a#1", "removed")
    place.change(allegations, 2, "b#1", "removed")
    place.write()
    told = "select state, record_label from history.absent where source_table = '{}' order by 1"
    assert place.rows(told.format(allegations.name)) == [("missing", "LH-2"), ("withheld", None)]
    assert place.rows("select record_label from history.changes") == [("b#1",)]


def test_a_complaint_sealed_before_we_looked_seals_what_follows_it(place: Place) -> None:
    allegations = contract_of("allegations")
    place.observe(allegations, 2)
    place.keep(allegations, "a#1", complaint_id="LH-1", missing_since=2)
    with warehouse.connect(place.settings) as connection:
        connection.execute("create schema private")
        connection.execute(
            "create table private.withheld_larkhaven__complaints__complaint_id as "
            "select 'LH-1' as key"
        )
    place.write()
    assert place.rows("select state from history.absent") == [("withheld",)]


def test_a_word_that_the_contract_withholds_today_withholds_what_is_long_gone(
    place: Place,
) -> None:
    complaints = contract_of("complaints")
    place.observe(complaints, 2)
    place.keep(complaints, "LH-1", complaint_id="LH-1", status=" sealed ", missing_since=2)
    place.write()
    assert place.rows("select state, last_values from history.absent") == [("withheld", None)]


def test_rows_without_a_key_that_may_have_been_sealed_keep_their_values_private(
    place: Place,
) -> None:
    sealing = contract_of("complaints").meta.withhold
    assert sealing is not None
    own = sealing.model_copy(update={"column": "finding"})
    allegations = contract_of("allegations", withhold=own, withhold_with=None)
    place.observe(allegations, 2)
    place.keep(allegations, "a#1", complaint_id="LH-1", finding="Unfounded", missing_since=2)
    place.write([allegations])
    assert place.rows("select state, last_values from history.absent") == [("missing", None)]


def test_a_feed_that_publishes_counts_shows_no_record(place: Place) -> None:
    complaints = contract_of("complaints", revisions="counts")
    place.observe(complaints, 2, removed=[0, 1])
    place.keep(complaints, "LH-1", complaint_id="LH-1", missing_since=2)
    place.change(complaints, 2, "LH-1", "removed")
    place.write([complaints])
    assert place.rows("select count(*) from history.changes") == [(0,)]
    assert place.rows("select count(*) from history.absent") == [(0,)]
    assert place.rows("select sum(removed) from history.observations") == [(1,)]
    assert place.rows("select * from history.feeds") == [(complaints.name, True, False)]


def test_a_column_that_is_not_public_any_more_only_changed(place: Place) -> None:
    """What was public when it was written may have been declared private since."""
    complaints = contract_of("complaints")
    place.observe(complaints, 3)
    told = {"column_name": "summary", "old_value": "words", "new_value": "other words"}
    place.change(complaints, 2, "LH-1", "filled", **told)
    place.change(complaints, 3, "LH-1", "reformatted", **told)
    place.change(complaints, 3, "LH-1", "filled", column_name="finding", new_value="Unfounded")
    place.write()
    told = "column_name, change_kind, old_value, new_value"
    assert place.rows(f"select {told} from history.changes order by 1") == [
        ("finding", "filled", None, "Unfounded"),
        ("summary", "value_changed", None, None),
    ]


def test_columns_that_came_and_went_are_named_as_the_source_names_them(place: Place) -> None:
    complaints = contract_of("complaints")
    place.observe(complaints, 1)
    with place._store(complaints) as connection:
        connection.execute(
            "update store.observations set columns_added = 'district, _mark_summary'"
        )
    place.write()
    assert place.rows("select columns_added from history.observations") == [("district, summary",)]


def test_a_store_that_was_only_begun_stops_nothing(place: Place) -> None:
    with place._store(contract_of("complaints")):
        pass
    place.write()
    assert place.rows("select count(*) from history.observations") == [(0,)]


def test_holds_are_told_with_the_decision_and_without_the_evidence(place: Place) -> None:
    name = "larkhaven.complaints"
    doubts = [
        Doubt("mass_removal", "9 of 10 records are gone.", {"removed": 9}),
        Doubt("recoded", "One word was renamed.", {}),
    ]
    hold = ledger.open_hold(place.settings, name, "s2", "s1", doubts)
    ledger.decide(place.settings, hold, "rejected", "R. Example", "The office says it was a slip.")
    ledger.open_hold(place.settings, name, "s3", "s1", doubts[:1])
    ledger.open_hold(place.settings, "elsewhere.complaints", "s3", "s1", doubts[:1])
    place.write()
    ((kinds, told, state, opened, by), (*_, second, _, nobody)) = place.rows(
        "select kinds, told, state, opened_at, decided_by from history.holds order by hold_id"
    )
    assert (kinds, state, by) == ("mass_removal, recoded", "rejected", "R. Example")
    assert told == "9 of 10 records are gone. One word was renamed."
    assert opened == place.settings.now.replace(tzinfo=None)
    assert (second, nobody) == ("open", None)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Place:
    """The marts of a small history, built and tested by dbt."""
    place = Place(tmp_path_factory.mktemp("built"))
    complaints, awards = contract_of("complaints"), contract_of("cops_awards")
    place.observe(complaints, 5, removed=[0, 2, 0, 1, 0], filled=[0, 0, 1, 0, 0])
    place.observe(awards, 1)
    place.keep(complaints, "LH-1", complaint_id="LH-1", missing_since=2)
    place.keep(complaints, "LH-2", complaint_id="LH-2", withheld_since=3)
    place.keep(complaints, "LH-3", complaint_id="LH-3", missing_since=4)
    place.keep(complaints, "LH-9", complaint_id="LH-9", missing_since=4)
    for key, sequence in (("LH-1", 2), ("LH-2", 2), ("LH-3", 4), ("LH-9", 4)):
        place.change(complaints, sequence, key, "removed")
    place.change(complaints, 3, "LH-1", "filled", column_name="finding", new_value="Unfounded")
    place.mature(complaints, 1, "2026-01-01", 4, 1)
    place.mature(complaints, 2, "2026-01-01", 6, 1)
    place.mature(complaints, 4, "2026-01-01", 6, 3)
    place.mature(complaints, 4, "2026-02-01", 8, 0)
    doubt = Doubt("mass_removal", "2 of 10 records are gone.", {})
    ledger.open_hold(place.settings, complaints.name, "s6", "s5", [doubt])
    place.write()
    _rest_of_the_warehouse(place)
    _dbt(place.settings)
    return place


def _rest_of_the_warehouse(place: Place) -> None:
    """What the other models would have built: a complaint that another source seals."""
    with warehouse.connect(place.settings) as connection:
        for schema in ("pipeline", "intermediate", "marts"):
            connection.execute(f"create schema {schema}")
        for table, shape in PIPELINE.items():
            connection.execute(f"create table pipeline.{table} ({shape})")
        for one in CONTRACTS:
            connection.execute(
                "insert into pipeline.feeds by name select ? as source_table, ? as feed",
                [one.name, one.meta.feed],
            )
        connection.execute(
            "create table intermediate.int_complaints__withheld as "
            "select 'larkhaven' as jurisdiction, 'LH-9' as complaint_id"
        )


def _dbt(settings: Settings) -> None:
    """Build these marts alone, with their unit tests and the tests of their rows."""
    outcome = transform._invoke(transform.dbt_arguments("build", settings, "--select", *MARTS))
    told = {result.node.name: result.message for result in outcome if result.status != "pass"}
    assert set(told) == set(MARTS), told
    kinds = [str(result.node.resource_type) for result in outcome]
    assert kinds.count("unit_test") >= 7
    assert kinds.count("test") == len(MARTS)


def test_revisions_hold_each_change_with_the_snapshots_it_lies_between(built: Place) -> None:
    told = "record_label, change_kind, is_substantive, snapshot_sequence, previous_snapshot_id"
    rows = built.rows(f"select {told}, first_seen_at from marts.revisions order by 4, 1")
    assert [row[:5] for row in rows] == [
        ("LH-1", "removed", True, 2, "s1"),
        ("LH-1", "filled", True, 3, "s2"),
        ("LH-3", "removed", True, 4, "s3"),
    ]
    assert str(rows[0][5]) == f"{NIGHTS[1]} 04:15:00"
    ((ids, lengths),) = built.rows(
        "select count(distinct revision_id), max(length(record_id)) from marts.revisions"
    )
    assert (ids, lengths) == (3, 16)


def test_missing_records_have_a_state_and_the_days_that_go_with_it(built: Place) -> None:
    told = "record_label, record_state, missing_since_date::varchar, last_seen_date::varchar"
    sql = f"select {told}, snapshots_absent_count from marts.missing_records order by 2, 1"
    assert built.rows(sql) == [
        ("LH-3", "missing", NIGHTS[3], NIGHTS[2], 2),
        ("LH-1", "withdrawn", NIGHTS[1], NIGHTS[0], 4),
        (None, "withheld", None, None, None),
        (None, "withheld", None, None, None),
    ]


def test_each_snapshot_of_a_source_tells_how_much_of_it_changed(built: Place) -> None:
    told = "source_table, snapshot_sequence, removed_count, filled_count, substantive_count"
    assert built.rows(f"select {told} from marts.source_changes order by 1, 2") == [
        ("larkhaven.complaints", 1, 0, 0, 0),
        ("larkhaven.complaints", 2, 2, 0, 2),
        ("larkhaven.complaints", 3, 0, 1, 1),
        ("larkhaven.complaints", 4, 1, 0, 1),
        ("larkhaven.complaints", 5, 0, 0, 0),
        ("larkhaven.cops_awards", 1, 0, 0, 0),
    ]


def test_the_triangle_takes_the_last_snapshot_of_each_age_and_leaves_gaps_open(
    built: Place,
) -> None:
    told = "cohort_month::varchar, age_months, snapshot_id, records_count, decided_pct::double"
    assert built.rows(f"select {told} from marts.maturity_triangle order by 1, 2") == [
        ("2026-01-01", 0, "s2", 6, 16.7),
        ("2026-01-01", 1, "s4", 6, 50.0),
        ("2026-01-01", 3, "s5", 6, 50.0),
        ("2026-02-01", 0, "s4", 8, 0.0),
        ("2026-02-01", 2, "s5", 8, 0.0),
    ]


def test_an_open_hold_is_public_before_anybody_decides(built: Place) -> None:
    told = "hold_id, decision, explanation, decided_by"
    assert built.rows(f"select {told} from marts.holds") == [
        ("larkhaven.complaints-1", "open", "2 of 10 records are gone.", None)
    ]


def test_sources_say_what_their_history_cannot_tell(built: Place) -> None:
    told = "select snapshots_count, revisions_note from marts.sources where source_table = "
    assert built.rows(f"{told}'larkhaven.complaints'") == [(5, None)]
    assert built.rows(f"{told}'larkhaven.hearings'") == [(0, None)]
    ((count, note),) = built.rows(f"{told}'larkhaven.allegations'")
    assert count == 0
    assert note.startswith("Its rows have no number of their own")
