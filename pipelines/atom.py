"""Atom 1.0 (RFC 4287), so that a reader who subscribes hears of each change once.

Ids and moments come from the data and never from the clock: the same release gives the same
bytes, and an entry that a reader has seen does not come back as new.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit
from xml.etree import ElementTree as Xml

ATOM = "http://www.w3.org/2005/Atom"
TYPE = "application/atom+xml"
MOST = 50
UNPRINTABLE = re.compile("[^\\t\\n\\r\\x20-\\ud7ff\\ue000-\\ufffd\\U00010000-\\U0010ffff]")
"""What XML cannot hold, not even escaped."""
HOST = re.compile(r"^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$")


@dataclass(frozen=True)
class Entry:
    """One thing that happened: `key` and `updated` never change, `html` is what it says."""

    key: str
    title: str
    updated: str
    url: str
    html: str


@dataclass(frozen=True)
class Feed:
    """A feed before it has an address: paths start at the root of the site.

    `updated` is the moment of a feed without entries; `total` is how many entries there are,
    of which only the newest are given.
    """

    key: str
    title: str
    subtitle: str
    author: str
    path: str
    page: str
    updated: str
    entries: Sequence[Entry]
    total: int


def written(feed: Feed, base: str) -> bytes:
    """The feed as XML, for readers who reach the site at `base`, such as `https://host`."""
    root = Xml.Element("feed", {"xmlns": ATOM, "xml:lang": "en"})
    _text(root, "id", tag(base, "2026-01-01", feed.key))
    _text(root, "title", feed.title)
    _text(root, "subtitle", f"{feed.subtitle} {_cut(feed)}".strip())
    _text(root, "updated", max((one.updated for one in feed.entries), default=feed.updated))
    _text(Xml.SubElement(root, "author"), "name", feed.author)
    _link(root, "self", TYPE, base + feed.path)
    _link(root, "alternate", "text/html", base + feed.page)
    for one in feed.entries[:MOST]:
        _entry(root, one, base)
    Xml.indent(root, " ")
    return b'<?xml version="1.0" encoding="utf-8"?>\n' + Xml.tostring(root) + b"\n"


def tag(base: str, day: str, key: str) -> str:
    """An id (RFC 4151) that stays the same for as long as the site keeps its host name."""
    host = (urlsplit(base).hostname or "").lower()
    return f"tag:{host if HOST.match(host) else 'localhost'},{day}:{key}"


def printable(text: str) -> str:
    """Text without the characters that XML cannot hold; each leaves a mark."""
    return UNPRINTABLE.sub("\ufffd", text)


def _entry(root: Xml.Element, entry: Entry, base: str) -> None:
    element = Xml.SubElement(root, "entry")
    _text(element, "id", tag(base, entry.updated[:10], entry.key))
    _text(element, "title", entry.title)
    _text(element, "updated", entry.updated)
    _text(element, "published", entry.updated)
    _link(element, "alternate", "text/html", base + entry.url)
    content = "".join(_absolute(entry.html, base))
    _text(element, "content", content, type="html")


def _absolute(html: str, base: str) -> Iterator[str]:
    """Markup whose links, all of them ours, begin at the host."""
    first, *rest = html.split('href="/')
    yield first
    for part in rest:
        yield f'href="{base}/{part}'


def _cut(feed: Feed) -> str:
    if feed.total <= MOST:
        return ""
    return f"These are the newest {MOST} of {feed.total:,} entries; the page has all of them."


def _text(parent: Xml.Element, name: str, text: str, **attributes: str) -> None:
    Xml.SubElement(parent, name, attributes).text = printable(text)


def _link(parent: Xml.Element, rel: str, kind: str, address: str) -> None:
    Xml.SubElement(parent, "link", {"rel": rel, "type": kind, "href": printable(address)})
