"""The words of the site: what Datasette says about each table, from where it is declared once.

Titles and columns come from the marts, publisher and licence from the contracts that a table
is made of, and only the rest from `datasette/site.yml`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from pipelines import error_reports, strict_yaml
from pipelines.contracts import Contract
from pipelines.failures import Misconfigured
from pipelines.settings import Settings
from pipelines.transform import Mart

DATABASE = "oversight"
INVENTED = "Invented demonstration data: {} does not exist, and nobody and nothing here is real."
PARTLY_INVENTED = "Partly invented demonstration data: {} does not exist."
FINDINGS = (
    "Allegations are not findings: an allegation says what was reported, not what was proved."
)


def words(
    settings: Settings, marts: Sequence[Mart], contracts: Sequence[Contract]
) -> dict[str, Any]:
    """Datasette's metadata for a release. The same declarations always give the same words."""
    site = _site(settings)
    sources = {contract.name: contract for contract in contracts}
    tables = {
        mart.name: _table(mart, _sources(mart, sources), site) for mart in _ordered(marts, site)
    }
    return {
        "title": site["title"],
        "description": site["description"],
        "license": site["license"],
        "about": site["about"],
        "license_statement": site["license_statement"],
        "contact": site["contact"],
        "report": error_reports.ways(site.get("report")),
        "banner": banner(contracts),
        "notice": FINDINGS,
        "databases": {
            DATABASE: {
                "title": "Data",
                "description": site["description"],
                "tables": tables,
                "queries": {name: _question(one) for name, one in site["questions"].items()},
            }
        },
    }


def banner(contracts: Iterable[Contract]) -> str | None:
    """What every page says while a jurisdiction is invented; nothing when all are real."""
    invented = {c.jurisdiction: c.source.config.meta for c in contracts}
    titles = [meta.title for meta in invented.values() if meta.invented]
    if not titles:
        return None
    words = INVENTED if len(titles) == len(invented) else PARTLY_INVENTED
    return words.format(", ".join(sorted(titles)))


def _site(settings: Settings) -> Mapping[str, Any]:
    document = strict_yaml.read(settings.site_source / "site.yml")
    if document.problems or not isinstance(document.data, dict):
        told = "; ".join(map(str, document.problems)) or "site.yml is empty"
        raise Misconfigured(f"The words of the site cannot be read: {told}.", place="datasette")
    wanted = ("title", "description", "about", "license", "license_statement", "contact")
    missing = [key for key in (*wanted, "order", "questions") if not document.data.get(key)]
    if missing:
        raise Misconfigured(f"site.yml lacks {', '.join(missing)}.", place="datasette")
    return document.data


def _ordered(marts: Sequence[Mart], site: Mapping[str, Any]) -> list[Mart]:
    """The tables in the order in which a reader meets them; a new one goes last."""
    place = {name: number for number, name in enumerate(site["order"])}
    return sorted(marts, key=lambda mart: (place.get(mart.name, len(place)), mart.name))


def _sources(mart: Mart, contracts: Mapping[str, Contract]) -> list[Contract]:
    """The sources of a table that this installation builds."""
    return [contracts[name] for name in mart.sources if name in contracts]


def _table(mart: Mart, sources: Sequence[Contract], site: Mapping[str, Any]) -> dict[str, Any]:
    told: dict[str, Any] = {
        "title": mart.title,
        "description": mart.description,
        "columns": {column.name: column.description for column in mart.columns},
        "sources": [contract.name for contract in sources],
        "license": "; ".join(_distinct(c.license for c in sources)) or site["license"],
        "source": "; ".join(_distinct(c.publisher for c in sources)) or site["title"],
    }
    pages = _distinct(contract.landing_page for contract in sources)
    if len(pages) == 1:
        told["source_url"] = pages[0]
    if mart.facets:
        told["facets"] = list(mart.facets)
    for key, value in (("sort_desc", mart.sort_desc), ("label_column", mart.label_column)):
        if value:
            told[key] = value
    return told


def _question(one: Mapping[str, Any]) -> dict[str, Any]:
    told = {"title": one["title"], "description": one["description"], "sql": one["sql"]}
    return {**told, "params": one["params"]} if one.get("params") else told


def _distinct(values: Iterable[str]) -> list[str]:
    return sorted(set(values))
