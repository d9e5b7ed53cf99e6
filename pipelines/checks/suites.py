"""The declared expectations: one file a public table, each with a reason the public may read."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipelines import strict_yaml
from pipelines.failures import Misconfigured
from pipelines.transform import Mart

SEVERITIES = ("critical", "warning")
KEYS = {"type", "kwargs", "severity", "meta"}
COUNTING = "select 1 from {batch} where "
ID = re.compile(r"^[a-z][a-z0-9_]{0,62}$")


@dataclass(frozen=True)
class Expectation:
    """One of Great Expectations' own expectations; a critical one blocks the release."""

    id: str
    type: str
    kwargs: Mapping[str, Any]
    severity: str
    why: str


@dataclass(frozen=True)
class Suite:
    """What is expected of one public table."""

    mart: str
    expectations: tuple[Expectation, ...]


def load_suites(folder: Path, marts: Sequence[Mart]) -> tuple[Suite, ...]:
    """Read `folder/<mart>.yml` for every mart, strictly, all problems at once.

    Raises `Misconfigured` for a mart without expectations, a file without a mart, and an
    expectation without type, severity, id or reason.
    """
    files = {file.stem: file for file in sorted(folder.glob("*.yml"))}
    names = {mart.name for mart in marts}
    problems = [
        f"{folder.name}/{name}.yml is missing: table {name} would be published unchecked"
        for name in sorted(names - set(files))
    ]
    problems += [
        f"{folder.name}/{name}.yml checks no public table" for name in sorted(set(files) - names)
    ]
    suites = []
    for name in sorted(names & set(files)):
        suite, wrong = _suite(name, files[name])
        suites.append(suite)
        problems += wrong
    if problems:
        told = "\n".join(f"  {problem}" for problem in problems)
        raise Misconfigured(
            f"{len(problems)} problem(s) in the expectations:\n{told}\n",
            next_step="Mend the files named, then run `oversight check`.",
        )
    return tuple(suites)


def _suite(mart: str, file: Path) -> tuple[Suite, list[str]]:
    document = strict_yaml.read(file)
    problems = [str(problem) for problem in document.problems]
    items = document.data if isinstance(document.data, list) else []
    if not items and not problems:
        problems.append(f"{file.name}: must be a list of at least one expectation")
    read: list[Expectation] = []
    for place, item in enumerate(items):
        wrong = list(_wrong(item, {one.id for one in read}))
        problems += [str(document.problem((place,), words)) for words in wrong]
        if not wrong:
            read.append(_expectation(item))
    return Suite(mart, tuple(read)), problems


def _wrong(item: object, taken: set[str]) -> Iterator[str]:
    if not isinstance(item, dict):
        yield "an expectation must be a mapping of type, kwargs, severity and meta"
        return
    if unknown := sorted(set(item) - KEYS):
        yield f"unknown key(s) {', '.join(unknown)}"
    told = item.get("meta")
    meta: dict[str, Any] = told if isinstance(told, dict) else {}
    if not str(item.get("type", "")).startswith(("expect_", "unexpected_rows_")):
        yield "type must name an expectation of Great Expectations"
    if not isinstance(item.get("kwargs", {}), dict):
        yield "kwargs must be a mapping"
    yield from _leaky(item)
    if item.get("severity") not in SEVERITIES:
        yield "severity must be critical or warning"
    if len(str(meta.get("why") or "").split()) < 3:
        yield "meta.why must be a sentence that the public may read"
    if not ID.match(str(meta.get("id", ""))):
        yield "meta.id must be a short name in snake_case"
    elif meta["id"] in taken:
        yield f"meta.id {meta['id']!r} stands twice in this file"


def _leaky(item: Mapping[str, Any]) -> Iterator[str]:
    """A query that counts can show no value; any other could."""
    if item.get("type") != "unexpected_rows_expectation":
        return
    query = (item.get("kwargs") or {}).get("unexpected_rows_query", "")
    if not str(query).startswith(COUNTING):
        yield f"unexpected_rows_query must start with {COUNTING!r}, so that no value leaves it"


def _expectation(item: Mapping[str, Any]) -> Expectation:
    return Expectation(
        id=item["meta"]["id"],
        type=item["type"],
        kwargs=item.get("kwargs", {}),
        severity=item["severity"],
        why=" ".join(str(item["meta"]["why"]).split()),
    )
