"""The draft of a new source: every file that it touches, made in memory and written together."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from pipelines.contracts import check_contracts
from pipelines.failpoints import reached
from pipelines.failures import Misconfigured
from pipelines.onboarding import (
    contract_text,
    insertion,
    meanings,
    models_text,
    profiles,
    samples,
    staging_text,
    vocabulary,
)
from pipelines.onboarding.brief import Brief, Findings
from pipelines.onboarding.interface import interface
from pipelines.onboarding.vocabulary import Words
from pipelines.settings import Settings

TABLES = ("sources", 0, "tables")
PUBLISHED = ("vars", "published")


@dataclass(frozen=True)
class Draft:
    """The new text of each file, the words that were found, and the size of the sample."""

    brief: Brief
    files: Mapping[Path, str]
    words: tuple[Words, ...]
    rows: int
    columns: int


def drafted(brief: Brief, settings: Settings) -> Draft:
    """Look at a sample and make the draft; nothing is written.

    Raises what the reader raises when there is nothing to read, and `Misconfigured` when the
    table stands in a contract already or a name cannot be one.
    """
    brief = _placed(brief)
    project = settings.dbt_project
    given = interface(project, brief.feed)
    _check_new(brief, project)
    with samples.opened(brief.place, brief.jurisdiction, brief.table, settings) as sample:
        seen = profiles.profiles(sample, brief.feed)
        mapped = meanings.mapping(given, seen, brief.said)
        findings = Findings(
            rows=sample.rows,
            profiles=seen,
            given=given,
            mapped={g.name: mapped[g.name] for g in given if g.name in mapped},
            dialect=sample.dialect,
            records=sample.records,
            sheets=sample.sheets,
        )
        seeds = project / "seeds"
        words = vocabulary.words_to_fill(sample, brief.feed, mapped, seeds, brief.jurisdiction)
    files = {**_folder(brief, findings, project), **_register(brief, project)}
    files |= vocabulary.appended(seeds, words, brief.jurisdiction)
    return Draft(brief, files, words, findings.rows, len(seen))


def written(draft: Draft) -> list[Path]:
    """Write the files; each is whole or not there. Returns them in the order of their names.

    Raises `Misconfigured` when the contract would not read, which leaves all as it was.
    """
    for file, text in draft.files.items():
        file.parent.mkdir(parents=True, exist_ok=True)
        _beside(file).write_text(text, encoding="utf-8")
    try:
        _check_contract(draft)
    except Misconfigured:
        for file in draft.files:
            _beside(file).unlink()
        raise
    for file in draft.files:
        os.replace(_beside(file), file)
        reached("draft file in place")
    return sorted(draft.files)


def contract_file(dbt_project: Path, jurisdiction: str) -> Path:
    """Where the contract of a jurisdiction stands."""
    return _staging(dbt_project, jurisdiction) / f"_{jurisdiction}__sources.yml"


def _placed(brief: Brief) -> Brief:
    """A file from elsewhere is expected in a folder of the data folder named for its place."""
    place = brief.place
    outside = not place.is_address and "/" not in place.location
    if outside:
        place = replace(place, location=f"{brief.jurisdiction}/{place.location}")
    return replace(brief, place=place)


def _check_new(brief: Brief, project: Path) -> None:
    file = contract_file(project, brief.jurisdiction)
    contracts, problems = check_contracts([file]) if file.is_file() else ([], [])
    if problems:
        raise Misconfigured("; ".join(map(str, problems)), place=file.name)
    model = _staging(project, brief.jurisdiction) / f"{brief.model}.sql"
    if model.exists() or brief.table in {contract.table.name for contract in contracts}:
        raise Misconfigured(
            "This table stands in the contract, or in the folder, already.",
            place=f"{brief.jurisdiction}.{brief.table}",
            next_step="Choose another name with --table.",
        )


def _folder(brief: Brief, findings: Findings, project: Path) -> dict[Path, str]:
    """The files of the jurisdiction's own folder."""
    folder, name = _staging(project, brief.jurisdiction), brief.jurisdiction
    contract = contract_file(project, name)
    if contract.is_file():
        table = contract_text.table(brief, findings)
        texts = {contract: insertion.with_item(_text(contract), TABLES, table, apart=True)}
    else:
        texts = {contract: contract_text.new_file(brief, findings)}
    if brief.feed != "reference":
        models = folder / f"_{name}__models.yml"
        texts[models] = _models(models, brief, findings)
        texts[folder / f"{brief.model}.sql"] = staging_text.model(brief, findings)
    return texts


def _models(file: Path, brief: Brief, findings: Findings) -> str:
    text = _text(file) if file.is_file() else "version: 2\n"
    items = {
        "models": models_text.described(brief, findings),
        "unit_tests": models_text.unit_test(brief, findings),
    }
    for key, item in items.items():
        if insertion.has(text, (key,)):
            text = insertion.with_item(text, (key,), item, apart=True)
        else:
            text = f"{text.rstrip()}\n\n{key}:\n{item}"
    return text


def _register(brief: Brief, project: Path) -> dict[Path, str]:
    """The public register with the new staging model; nothing for a table without a feed."""
    if brief.feed == "reference":
        return {}
    file = project / "dbt_project.yml"
    added = insertion.with_item(_text(file), (*PUBLISHED, brief.feed), f"- {brief.model}\n")
    return {file: added}


def _check_contract(draft: Draft) -> None:
    (file,) = (file for file in draft.files if file.name.endswith("__sources.yml"))
    _, problems = check_contracts([_beside(file)])
    if problems:
        told = "; ".join(map(str, problems))
        raise Misconfigured(f"The draft would not read: {told}", place=file.name)


def _beside(file: Path) -> Path:
    return file.with_name(f"{file.name}.draft")


def _staging(dbt_project: Path, jurisdiction: str) -> Path:
    return dbt_project / "models" / "staging" / jurisdiction


def _text(file: Path) -> str:
    return file.read_text(encoding="utf-8")
