"""Each rule of privacy, switched off in turn, turns a gate red; each gate, switched off, is missed.

A rule is switched off in the product's own functions. What follows is the stretch of the line that
the rule belongs to, up to the gate, over the demo's feeds or over invented people.
"""

from __future__ import annotations

import random
import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest

from pipelines import (
    contract_file,
    exports,
    guard,
    landing,
    pseudonyms,
    shelf,
    signing,
    snapshots,
    sqlite_file,
    transform,
)
from pipelines.attack.audit import audit
from pipelines.attack.truth import found_out
from pipelines.checks import judge, suites
from pipelines.contracts import Contract, load_contracts
from pipelines.disclosure import cuts, layout, suppress, tables, vocabulary
from pipelines.disclosure.people import Received
from pipelines.disclosure.quarters import Quarter, Span
from pipelines.disclosure.tables import Person
from pipelines.failures import PrivacyRefused
from pipelines.scans import gate, patterns, protected_values, published_bytes, sqlite_pages
from pipelines.settings import Settings
from pipelines.transform import Mart
from tests.attack.invented import CUT, release
from tests.conftest import Installation
from tests.test_pseudonyms import guesses

Patch = pytest.MonkeyPatch
Row = dict[str, Any]
NOT_PUBLISHED = ("manifest.json", "manifest.json.sig", "SHA256SUMS", "allowed_signers")
ONE_CUT = {**CUT, "cut": "2020-Q1", "period_start": "2020-01-01", "period_end": "2020-03-31"}
SPAN = Span(Quarter(2020, 1), Quarter(2020, 1))


@dataclass(frozen=True)
class Bench:
    """A copy of the demo's release as a candidate, and what it was made of."""

    settings: Settings
    contracts: tuple[Contract, ...]
    marts: Mapping[str, Mart]
    folder: Path

    def contract(self, table: str) -> Contract:
        return next(one for one in self.contracts if one.table.name == table)

    def landed(self, table: str, query: str) -> list[Any]:
        """Land what was accepted last, and ask the raw table; no answer without the column."""
        contract = self.contract(table)
        snapshot = snapshots.latest(self.settings, contract)
        assert snapshot is not None
        with duckdb.connect() as duck:
            duck.execute("create schema raw_larkhaven; create schema private")
            parent = contract.meta.withhold_with
            if parent:
                duck.execute(
                    f'create table private."withheld_larkhaven__{parent.table}__'
                    f'{parent.their_column}" (key varchar)'
                )
            landing.land(duck, contract, snapshot, self.settings, self.folder.parent)
            try:
                return [row[0] for row in duck.execute(query).fetchall()]
            except duckdb.BinderException:
                return []

    def publish(self, table: str, column: str, values: list[Any]) -> None:
        """Put values into one column of a public table, and write the table as the line does."""
        mart, work = self.marts[table], self.folder.parent
        with exports.exporter("256MB", work) as duck:
            form = exports.Forms(mart, self.folder, exports.parquet_types(duck, self.folder, mart))
            file = exports.quoted(form.parquet)
            duck.execute(f"create temp table said as select * from read_parquet({file})")
            duck.execute("create temp table told (place bigint, value varchar)")
            for place, value in enumerate(values):
                duck.execute("insert into told values (?, ?)", (place, value))
            duck.execute(
                f'update said set "{column}" = told.value from told where said.rowid = told.place'
            )
            exports.write_parquet(duck, form, "said", form.parquet)
            exports.write_csv(duck, form)
            sqlite_file.empty(self.folder / "oversight.db", table)
            exports.insert(duck, self.folder / "oversight.db", [form])
        sqlite_file.finish(self.folder / "oversight.db", (), [table])

    def told(self, *only: str) -> list[str]:
        """What the gates say of the candidate."""
        return [
            f"{name}: {reason}"
            for name, stands in guard.GATES
            if name in only or not only
            for reason in stands(self.settings, self.folder, self.contracts)
        ]


@pytest.fixture
def bench(released: Installation, tmp_path: Path) -> Bench:
    folder = tmp_path / "work" / "candidate"
    shutil.copytree(
        released.settings.current, folder, ignore=shutil.ignore_patterns(*NOT_PUBLISHED)
    )
    for file in folder.rglob("*"):
        file.chmod(0o700)
    marts = {one.name: one for one in transform.marts(transform.manifest(released.settings))}
    contracts = load_contracts(released.settings.dbt_project, ["larkhaven"])
    return Bench(released.settings, contracts, marts, folder)


# What the line does with the protected columns of a feed.


def published_from(table: str, column: str) -> Callable[[Bench], list[str]]:
    """A model that carelessly takes a column which should not have landed."""

    def look(bench: Bench) -> list[str]:
        query = f'select "{column}" from raw_larkhaven."{table}" where length("{column}") > 8'
        values = bench.landed(table, f"{query} limit 40")
        bench.publish("allegations", "category_local", values)
        return bench.told("scan")

    return look


def lands_all(patch: Patch) -> None:
    patch.setattr(
        contract_file, "LANDED", frozenset({"public", "internal", "protected", "narrative"})
    )


def withheld_published(bench: Bench) -> list[str]:
    """What lands is published: complaints that are expunged come with the state they have."""
    values = bench.landed(
        "complaints",
        "select lower(trim(status)) from raw_larkhaven.complaints "
        "where lower(trim(status)) in ('expunged', 'sealed', 'deleted')",
    )
    bench.publish("complaints", "void_reason", values)
    declared = suites.load_suites(bench.settings.expectations, tuple(bench.marts.values()))
    asked = [one for one in declared if one.mart == "complaints"]
    checks = judge.judge(bench.folder / "oversight.db", asked)
    return [f"judge: {c.name}" for c in checks if not c.has_passed and c.severity == "critical"]


def lands_expunged(patch: Patch) -> None:
    patch.setattr(Contract, "withheld_words", property(lambda _: ()))


def formulas(bench: Bench) -> list[str]:
    bench.publish("allegations", "category_local", ["=1+2", "@SUM(A1)", "+3", "-4"])
    return bench.told("scan")


def leaves_formulas(patch: Patch) -> None:
    patch.setattr(exports, "harmless", lambda column: column)


def residue(bench: Bench) -> list[str]:
    bench.publish("bwc_reviews", "district", ["Somewhere"] * 200)
    return bench.told("scan")


def leaves_residue(patch: Patch) -> None:
    patch.setattr(sqlite_pages, "clear", lambda _: None)


# What is counted of people.


def people(seed: int = 1, size: int = 700) -> list[Received]:
    lot = random.Random(seed)

    def one(at: int) -> Received:
        district = lot.choices("1234567", (30, 30, 20, 12, 8, 1, 1))[0]
        race = lot.choices(("asian", "black", "unknown", "white"), (1, 30, 6, 12))[0]
        outcome = lot.choice(("sustained", "unresolved", "unresolved"))
        age = vocabulary.age_band(str(lot.randint(12, 70)), "as_unknown")
        dimensions = {"district": district, "resolution_class": outcome}
        person = Person(str(at), {"race": race, "age_band": age}, dimensions)
        return Received(person, date(2020, 1, 1))

    return [one(at) for at in range(size)]


def made(everyone: list[Received]) -> list[Row]:
    possible = {"race": ("asian", "black", "unknown", "white")}
    return cuts.made("larkhaven", "complainant", SPAN, everyone, 11, possible, found_out).rows


def counted(bench: Bench) -> list[str]:
    for seed in range(6):
        try:
            told = made(people(seed))
        except PrivacyRefused as refused:
            return [f"cut: {refused.what}"]
        shown = release(bench.folder.parent / f"{seed}", told, [ONE_CUT])
        if reasons := audit(shown).reasons:
            return [f"attack: {reasons[0]}"]
    return []


def hides_no_small(patch: Patch) -> None:
    patch.setattr(suppress, "protect", lambda *_, **__: frozenset())
    patch.setattr(tables, "protect", lambda *_, **__: frozenset())


def hides_only_small(patch: Patch) -> None:
    def bare(family: Any, threshold: int, extra: Any = frozenset()) -> frozenset[int]:
        return frozenset(family.small(threshold) | extra)

    patch.setattr(tables, "protect", bare)


def hides_two_a_line(patch: Patch) -> None:
    """The rule of thumb: in each sum with one hidden part, hide the next smallest as well."""

    def lines(family: Any, threshold: int, extra: Any = frozenset()) -> frozenset[int]:
        hidden = set(family.small(threshold) | extra)
        for _ in range(5):
            for _, parts in family.equations:
                if len(hidden.intersection(parts)) == 1:
                    others = [p for p in parts if p not in hidden and p not in family.fixed]
                    hidden |= {min(others, key=lambda p: family.counts[p])} if others else set()
        return frozenset(hidden)

    patch.setattr(tables, "protect", lines)


def hides_totals(patch: Patch) -> None:
    """A total that anybody can count in the tables of rows is taken for a secret."""
    protect = tables.protect

    def more(family: Any, threshold: int, extra: Any = frozenset()) -> frozenset[int]:
        return frozenset(protect(family, threshold, extra) | {min(family.fixed)})

    patch.setattr(tables, "protect", more)


def pools_nothing(patch: Patch) -> None:
    patch.setattr(layout, "pooled", lambda totals, _: {value: value for value in totals})


class Night:
    """What a later night does with a cut that was made before."""

    @staticmethod
    def later(frozen: list[Row]) -> list[Row]:
        return frozen


def cut_again(bench: Bench) -> list[str]:
    """The same quarter on a later night, when a few complaints more have come in."""
    before, work = made(people()), bench.folder.parent
    shown = release(work / "shown", before, [ONE_CUT])
    now = release(work / "now", Night.later(before), [ONE_CUT])
    return [f"attack: {reason}" for reason in audit(now, shown).reasons]


def cuts_every_night(patch: Patch) -> None:
    def anew(_: list[Row]) -> list[Row]:
        return made(people() + people(seed=2, size=4))

    patch.setattr(Night, "later", staticmethod(anew))


# Secrets.


def badges_tried(_: Bench) -> list[str]:
    key = bytes(range(32))
    hidden = {pseudonyms.pseudonym(key, "larkhaven", str(n)) for n in range(5_000, 5_050)}
    found = hidden.intersection(guesses("larkhaven", range(4_990, 5_060), [""]))
    return [f"attack: {len(found)} of 50 officers recovered"] if found else []


def hashes_without_a_key(patch: Patch) -> None:
    import base64
    import hashlib

    def plain(_: bytes, __: str, number: str) -> str:
        digest = hashlib.sha256(number.encode()).digest()
        return base64.b32encode(digest).decode().lower()[: pseudonyms.LENGTH]

    patch.setattr(pseudonyms, "pseudonym", plain)


def signed(bench: Bench) -> list[str]:
    folder = bench.folder.parent / "release"
    shutil.copytree(bench.settings.current, folder)
    for file in (folder, *folder.rglob("*")):
        file.chmod(0o700)
    (folder / "manifest.json.sig").unlink()
    signing.sign(bench.settings, folder)
    return [] if signing.is_ours(bench.settings, folder) else ["site: the signature is not ours"]


def signs_nothing(patch: Patch) -> None:
    patch.setattr(signing, "sign", lambda *_: None)


@dataclass(frozen=True)
class Rule:
    name: str
    off: Callable[[Patch], None]
    look: Callable[[Bench], list[str]]


RULES = (
    Rule("protected columns do not land", lands_all, published_from("allegations", "officer_name")),
    Rule("narratives do not land", lands_all, published_from("complaints", "summary")),
    Rule("expunged, sealed and deleted rows do not land", lands_expunged, withheld_published),
    Rule("small numbers are hidden", hides_no_small, counted),
    Rule("others are hidden beside them", hides_only_small, counted),
    Rule("as many others as the programmes say", hides_two_a_line, counted),
    Rule("totals without an attribute are shown", hides_totals, counted),
    Rule("values of few people are pooled", pools_nothing, counted),
    Rule("a cut is made once", cuts_every_night, cut_again),
    Rule("officers' numbers are hashed with a key", hashes_without_a_key, badges_tried),
    Rule("cells of CSV are made harmless", leaves_formulas, formulas),
    Rule("what belongs to no row is cleared", leaves_residue, residue),
    Rule("releases are signed", signs_nothing, signed),
)


@pytest.fixture(scope="module")
def outcome() -> Iterator[list[str]]:
    red: list[str] = []
    yield red
    print(f"\n{len(red)} of {len(RULES) + len(GATES)} rules turned something red")
    print("\n".join(red))


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_a_rule_switched_off_turns_a_gate_red(
    bench: Bench, monkeypatch: Patch, rule: Rule, outcome: list[str]
) -> None:
    rule.off(monkeypatch)
    said = rule.look(bench)
    assert said, f"nobody noticed that this was off: {rule.name}"
    outcome.append(f"  {rule.name:<48} {said[0].split(':')[0]}")


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_with_the_rule_in_force_every_gate_is_green(bench: Bench, rule: Rule) -> None:
    assert rule.look(bench) == []


# The gates themselves: what one of them finds, no other one would.


def new_column(bench: Bench) -> None:
    """Harmless by its values, and read by nobody."""
    file = bench.folder / "parquet" / "hearings.parquet"
    csv = bench.folder / "csv" / "hearings.csv"
    with duckdb.connect() as duck:
        duck.execute(f"create table more as select *, 1 as seats from read_parquet('{file}')")
        duck.execute(f"copy more to '{file}' (format parquet)")
        duck.execute(f"copy more to '{csv}' (format csv, header)")


def a_small_number(bench: Bench) -> None:
    bench.publish("demographic_counts", "value_state", ["shown"] * 400)


def an_address(bench: Bench) -> None:
    bench.publish("complaints", "district", ["write to wren.alder@mail.example"])


def a_name(bench: Bench) -> None:
    with duckdb.connect() as duck:
        file = bench.settings.data / "demo" / "officers.csv"
        query = f"select \"Officer Name\" from read_csv('{file}') offset 5 limit 1"
        told = duck.execute(query).fetchone()
    assert told
    bench.publish("complaints", "district", [told[0]])


def another_text(bench: Bench) -> None:
    file = bench.folder / "csv" / "hearings.csv"
    file.write_text(file.read_text(encoding="utf-8").replace("Online", "Offline"), encoding="utf-8")


def without(name: str) -> Callable[[Patch], None]:
    kept = tuple(pair for pair in guard.GATES if pair[0] != name)
    return lambda patch: patch.setattr(guard, "GATES", kept)


GATES: dict[str, tuple[Callable[[Patch], None], Callable[[Bench], None]]] = {
    "the list of columns": (without("allow_list"), new_column),
    "the attack": (without("attack"), a_small_number),
    "shapes of people": (lambda patch: patch.setattr(patterns, "PATTERNS", {}), an_address),
    "values of sources": (
        lambda patch: patch.setattr(
            protected_values, "gather", lambda *_: protected_values.Known()
        ),
        a_name,
    ),
    "forms that differ": (
        lambda patch: patch.setattr(published_bytes, "differing", lambda _: ()), another_text
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", GATES)
def test_a_gate_finds_what_no_other_gate_does(
    bench: Bench, monkeypatch: Patch, name: str, outcome: list[str]
) -> None:
    off, plant = GATES[name]
    plant(bench)
    said = bench.told()
    assert said, f"nobody noticed: {name}"
    off(monkeypatch)
    assert bench.told() == []
    outcome.append(f"  {name:<48} {said[0].split(':')[0]}")


def test_the_good_release_passes_every_gate(bench: Bench) -> None:
    assert bench.told() == []
    assert shelf.shown_number(bench.settings) == 1
    assert gate.exposed_by_scan in {stands for _, stands in guard.GATES}
