"""What an address or a path is: which reader takes it, and what it must be asked.

Only the text is looked at; nothing is visited. An address that no service is known by is a file.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast, get_args
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

from pipelines.contract_file import ReaderName
from pipelines.contract_queries import QUERY_WORDS
from pipelines.contracts import column_name
from pipelines.failures import Misconfigured
from pipelines.readers.parts import SECRET

SOCRATA_ID = re.compile(r"(?:^|/)([a-z0-9]{4}-[a-z0-9]{4})(?:[./]|$)")
ARCGIS_LAYER = re.compile(r"^(.*/(?:Feature|Map)Server/\d+)(?:/|$)", re.IGNORECASE)
CKAN_RESOURCE = re.compile(r"^(.*?)/dataset/[^/]+/resource/([0-9a-f-]{36})(?:/|$)")
CKAN_SEARCH = re.compile(r"^(.*)/api/3/action/datastore_search$")
CARTO_TABLE = re.compile(r"\bfrom\s+([a-z_][a-z0-9_.]*)", re.IGNORECASE)
LEGISTAR_API = re.compile(r"^/v1/([A-Za-z0-9_-]+)")
UUID = re.compile(r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")
SUFFIXES: dict[str, ReaderName] = {
    ".csv": "csv",
    ".tsv": "csv",
    ".txt": "csv",
    ".xlsx": "xlsx",
    ".json": "json",
    ".ndjson": "ndjson",
    ".jsonl": "ndjson",
    ".parquet": "parquet",
}
NEXT = "Name the kind of file with --reader, or give the address of the data set itself."


@dataclass(frozen=True)
class Place:
    """Where a source is, as a contract says it, and `origin`, where it can be read now.

    `name` is a first name for its table.
    """

    reader: ReaderName
    location: str
    name: str
    query: Mapping[str, str] = field(default_factory=dict)
    landing_page: str = ""
    origin: str = ""

    @property
    def is_address(self) -> bool:
        return "://" in self.location

    @property
    def read_from(self) -> str:
        return self.origin or self.location


def recognised(text: str, data: Path, reader: str | None = None) -> Place:
    """The place that `text` names, an address or a path on this machine.

    `reader` overrules what the text suggests; a path below the folder `data` becomes relative
    to it. Raises `Misconfigured` when nobody can tell how to read it.
    """
    place = _address(text, reader) if "://" in text else _path(Path(text), data, reader)
    must, _ = QUERY_WORDS.get(place.reader, (frozenset(), frozenset()))
    lacking = sorted(must - set(place.query))
    if lacking:
        told = f"An address for the reader {place.reader!r} must name {', '.join(lacking)}."
        raise Misconfigured(told, place=text, next_step=NEXT)
    return place


def reader_named(word: str, place: str) -> ReaderName:
    """`word` when it is a reader. Raises `Misconfigured` with the list of them."""
    known = [name for kind in get_args(ReaderName) for name in (get_args(kind) or (kind,))]
    if word not in known:
        told = f"There is no reader {word!r}; there are {', '.join(known)}."
        raise Misconfigured(told, place=place, next_step=NEXT)
    return cast(ReaderName, word)


def _address(text: str, reader: str | None) -> Place:
    split = urlsplit(text)
    if split.username or any(SECRET.search(key) for key in parse_qs(split.query)):
        told = "The address holds a secret, and a contract is read by everybody."
        next_step = "Leave it out, and name the token in the contract (`token`)."
        raise Misconfigured(told, place=split.hostname, next_step=next_step)
    for recognise in RECOGNISERS if reader in (None, *SERVICES) else ():
        place = recognise(split)
        if place and reader in (None, place.reader):
            return place
    chosen = reader_named(reader, text) if reader else _by_suffix(split.path, text)
    return Place(chosen, text, _name(split.path), landing_page=f"{split.scheme}://{split.netloc}")


def _path(path: Path, data: Path, reader: str | None) -> Place:
    chosen = reader_named(reader, path.name) if reader else _by_suffix(path.name, path.name)
    absolute = path.resolve()
    inside = absolute.is_relative_to(data.resolve())
    location = str(absolute.relative_to(data.resolve())) if inside else path.name
    return Place(chosen, location, _name(path.name), origin=str(absolute))


def _by_suffix(path: str, place: str) -> ReaderName:
    steps = [step.lower() for step in Path(unquote(path)).suffixes]
    packed = bool(steps) and steps[-1] in (".gz", ".zip")
    for step in reversed(steps[:-1] if packed else steps):
        if step in SUFFIXES:
            return SUFFIXES[step]
    if packed:
        return "csv"
    told = "Its name does not say what kind of file it is."
    raise Misconfigured(told, place=place, next_step=NEXT)


def _name(path: str) -> str:
    """A table name out of the last step of a path, without dates and the endings of files."""
    last = unquote(path).rstrip("/").rsplit("/", 1)[-1]
    name = column_name(re.sub(r"\.[A-Za-z]{2,8}\b", "", last))
    name = re.sub(r"(_|^)n?\d+(?=_|$)", "", name).strip("_")
    return name[:40].strip("_") or "records"


def _socrata(split: SplitResult) -> Place | None:
    found = SOCRATA_ID.search(split.path)
    if found is None or "/dataset/" in split.path or "/rest/services/" in split.path:
        return None
    number, host = found[1], f"{split.scheme}://{split.netloc}"
    keeps = "/api/v3/" in split.path
    path = f"/api/v3/views/{number}/query.json" if keeps else f"/resource/{number}.json"
    before = split.path[: found.start()].rsplit("/", 1)[-1]
    name = "" if before in ("resource", "views", "d", "") else _name(before)
    return Place("socrata", host + path, name or "records", landing_page=f"{host}/d/{number}")


def _arcgis(split: SplitResult) -> Place | None:
    found = ARCGIS_LAYER.match(split.path)
    if found is None:
        return None
    layer = f"{split.scheme}://{split.netloc}{found[1]}"
    service = found[1].split("/")[-3]
    return Place("arcgis", layer, _name(service), landing_page=layer)


def _ckan(split: SplitResult) -> Place | None:
    page, search = CKAN_RESOURCE.match(split.path), CKAN_SEARCH.match(split.path)
    asked = parse_qs(split.query).get("resource_id", [""])[0]
    number = page[2] if page else asked
    if not (page or search) or not UUID.match(number):
        return None
    before = (page or cast("re.Match[str]", search))[1]
    host = f"{split.scheme}://{split.netloc}{before}"
    return Place(
        "ckan",
        f"{host}/api/3/action/datastore_search",
        "records",
        {"resource_id": number},
        split.geturl() if page else host,
    )


def _carto(split: SplitResult) -> Place | None:
    if not split.path.endswith("/api/v2/sql"):
        return None
    found = CARTO_TABLE.search(parse_qs(split.query).get("q", [""])[0])
    host = f"{split.scheme}://{split.netloc}"
    query = {"table": found[1]} if found else {}
    return Place("carto", f"{host}/api/v2/sql", found[1] if found else "records", query, host)


def _legistar(split: SplitResult) -> Place | None:
    host = (split.hostname or "").lower()
    if not host.endswith("legistar.com"):
        return None
    found = LEGISTAR_API.match(split.path) if host.startswith("webapi.") else None
    client = found[1] if found else host.removesuffix(".legistar.com").split(".")[-1]
    if not client or client in ("www", "webapi", "legistar"):
        return None
    location = f"https://webapi.legistar.com/v1/{client}"
    return Place("legistar", location, "hearings", {}, f"https://{client}.legistar.com")


Recogniser = Callable[[SplitResult], Place | None]
RECOGNISERS: tuple[Recogniser, ...] = (_arcgis, _ckan, _carto, _legistar, _socrata)
SERVICES = ("socrata", "arcgis", "ckan", "carto", "legistar")
