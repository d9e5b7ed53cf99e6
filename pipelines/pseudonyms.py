"""Officers under a name that is not theirs: always the same, and made with a secret.

A hash without a secret would hide nothing, because there are so few badge numbers that all of
them can be tried. Whoever has no key learns from a pseudonym only that two rows name the same
officer. The key is never changed but after a leak, and no list from old to new is ever kept.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import unicodedata
from collections.abc import Iterable, Sequence
from typing import Any

import duckdb

from pipelines import keys
from pipelines.contracts import Contract
from pipelines.parsers.parsed import literal, quoted
from pipelines.settings import Settings

KEY = "pseudonym-key"
LENGTH = 13
"""Characters of base32, that is 65 bits: among 50,000 officers two share one once in 10^10."""

OFFICERS = (
    "jurisdiction varchar, officer_key varchar, officer_pseudonym varchar, officer_name varchar, "
    "is_public boolean"
)
SALTS = "jurisdiction varchar, salt varchar"
Row = tuple[Any, ...]


def key_id(settings: Settings) -> str:
    """Eight digits that tell two keys apart and say nothing of either; for the manifest."""
    return hashlib.sha256(b"oversight key|" + keys.secret(settings, KEY)).hexdigest()[:8]


def pseudonym(key: bytes, jurisdiction: str, number: str) -> str:
    """The 13 lower-case letters and digits under which an officer of a jurisdiction appears.

    HMAC-SHA256 over the jurisdiction and the number as the agency gives it, whatever its case and
    the blanks around it. A jurisdiction has one police agency here, so it stands for both.
    """
    told = unicodedata.normalize("NFKC", number).strip().casefold()
    digest = hmac.new(key, f"officer|{jurisdiction}|{told}".encode(), hashlib.sha256).digest()
    return base64.b32encode(digest).decode("ascii").lower()[:LENGTH]


def salt(key: bytes, jurisdiction: str) -> str:
    """What is mixed into hashes that only put rows into an order which tells nothing."""
    return hmac.new(key, f"order|{jurisdiction}".encode(), hashlib.sha256).hexdigest()


def rows(
    connection: duckdb.DuckDBPyConnection, settings: Settings, contracts: Sequence[Contract]
) -> tuple[list[Row], list[Row]]:
    """For the private table of officers and that of salts; reads the raw tables of the night.

    An officer is public where the policy lets a row stand for one officer and the jurisdiction has
    so many that nobody is found by being the only one. The name is null unless names are public.
    """
    key = keys.secret(settings, KEY)
    officers: list[Row] = []
    for jurisdiction, own in _by_jurisdiction(contracts):
        policy = own[0].policy
        known = _numbers(connection, own)
        is_public = (
            policy.officers.names != "none"
            and policy.officers.row_grain == "permitted"
            and len(known) >= policy.demographics.threshold
        )
        officers += [
            (jurisdiction, number, pseudonym(key, jurisdiction, number), name, is_public)
            for number, name in sorted(known.items())
        ]
    return officers, [(one, salt(key, one)) for one, _ in _by_jurisdiction(contracts)]


def _by_jurisdiction(contracts: Iterable[Contract]) -> list[tuple[str, list[Contract]]]:
    found: dict[str, list[Contract]] = {}
    for contract in contracts:
        found.setdefault(contract.jurisdiction, []).append(contract)
    return sorted(found.items())


def _numbers(
    connection: duckdb.DuckDBPyConnection, contracts: Sequence[Contract]
) -> dict[str, str | None]:
    """All numbers of officers, with a name where that has landed because names are public."""
    known: dict[str, str | None] = {}
    for contract in contracts:
        number = next((c.name for c in contract.landed if c.officer == "number"), None)
        if number is None or not _has_landed(connection, contract):
            continue
        name = next((c.name for c in contract.landed if c.officer == "name"), None)
        told = f"max(nullif(trim({quoted(name)}), ''))" if name else "null"
        found = connection.execute(
            f"select trim({quoted(number)}), {told} from {contract.raw_table} "
            f"where trim({quoted(number)}) <> '' group by 1"
        ).fetchall()
        for officer, called in found:
            known[officer] = known.get(officer) or called
    return known


def _has_landed(connection: duckdb.DuckDBPyConnection, contract: Contract) -> bool:
    schema, table = contract.raw_table.split(".")
    found = connection.execute(
        "select count(*) from duckdb_tables() "
        f"where schema_name = {literal(schema)} and table_name = {literal(table)}"
    ).fetchone()
    return bool(found and found[0])
