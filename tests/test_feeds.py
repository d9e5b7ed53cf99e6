"""The Atom feeds are valid, survive what a file may hold, and tell a reader of each change once."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import feedparser
import httpx
import pytest
from lxml import etree, html

from pipelines import serve
from pipelines.atom import MOST, Entry, Feed, tag, written
from pipelines.rollback import go_back
from pipelines.settings import PROJECT, Settings
from tests import invented_changes as history
from tests import invented_marts as invented
from tests.invented_changes import COMPLAINTS, HEARINGS, delivery, hold, night, revision

ATOM = "{http://www.w3.org/2005/Atom}"
SCHEMA = etree.RelaxNG(etree.parse(PROJECT / "tests" / "atom.rng"))
NASTY = {
    "markup": '<script>alert("1")</script>&amp;<![CDATA[x]]>',
    "control": "a\x01b\x0bc\x1bd\ufffe",
    "right to left": "\u05d0\u05d1\u05d2 \u202e\u0645\u0631\u062d\u0628\u0627",
    "entity": "&#0; &nbsp; ]]>",
    "quote": "x\" onload='y' href=\"/evil",
    "far away": "\U0001f4c4 e\u0301",
}
FEEDS = ("/feed.atom", f"/feeds/{COMPLAINTS}.atom", f"/feeds/{HEARINGS}.atom")


def nights() -> list[dict[str, Any]]:
    """What is published on each of three nights."""
    first = [
        delivery(COMPLAINTS, 1, "2026-10-30 04:15:00", rows=1000),
        delivery(HEARINGS, 1, "2026-10-30 04:15:00", rows=40),
    ]
    second = [
        *first,
        delivery(COMPLAINTS, 2, "2026-10-31 04:15:00", rows=999, removed=len(NASTY), reformatted=9),
        delivery(COMPLAINTS, 3, "2026-11-01 04:15:00", rows=999, reformatted=500),
    ]
    removed = [revision(COMPLAINTS, 2, "removed", label) for label in NASTY.values()]
    third = [*second, delivery(HEARINGS, 2, "2026-11-02 04:15:00", added=1, columns_added="room")]
    held = hold(HEARINGS, 1, "2026-10-31 04:15:00", explanation="".join(NASTY.values()))
    decided = {
        **held,
        "decision": "accepted",
        "decided_at": "2026-11-01 10:00:00",
        "decided_by": "<b>R. Ruiz</b>",
        "reason": "".join(NASTY.values()),
    }
    return [
        {"deliveries": first},
        {"deliveries": second, "revisions": removed, "holds": [held]},
        {"deliveries": third, "revisions": removed, "holds": [decided]},
    ]


@pytest.fixture(scope="module")
def three(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    settings = invented.settings(tmp_path_factory.mktemp("feeds"))
    for number, told in enumerate(nights()):
        history.publish(settings, night(1 + number), **told)
    return settings


@pytest.fixture(scope="module")
def site(three: Settings) -> Iterator[httpx.Client]:
    with (
        serve.listening(three, clock=lambda: invented.NIGHT) as running,
        httpx.Client(base_url=running.address, timeout=20) as client,
    ):
        yield client


def valid(answer: httpx.Response) -> Any:
    """The feed as XML, after every rule of RFC 4287 that a grammar cannot hold."""
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/atom+xml; charset=utf-8"
    root = etree.fromstring(answer.content)
    assert SCHEMA.validate(root), SCHEMA.error_log
    (own,) = root.findall(f"{ATOM}link[@rel='self']")
    assert own.get("href") == str(answer.url)
    ids = [one.text for one in root.iter(f"{ATOM}id")]
    assert len(ids) == len(set(ids))
    entries = root.findall(f"{ATOM}entry")
    moments = [one.findtext(f"{ATOM}updated") for one in entries]
    assert moments == sorted(moments, reverse=True)
    assert root.findtext(f"{ATOM}updated") == max(moments)
    for one in entries:
        assert one.findtext(f"{ATOM}published") <= one.findtext(f"{ATOM}updated")
        assert len(one.findall(f"{ATOM}link[@rel='alternate']")) == 1
        _safe(one.findtext(f"{ATOM}content"))
    return root


def _safe(content: str) -> None:
    """Content is our markup only: no script, no attribute but a link to a whole address."""
    body = html.fragment_fromstring(content, create_parent="div")
    for element in body.iter():
        assert element.tag in ("div", "p", "ul", "li", "a", "bdi"), element.tag
        assert set(element.keys()) <= {"href"}
        if element.tag == "a":
            assert element.get("href").startswith("http://")


def entries(answer: httpx.Response) -> dict[str, str]:
    """The entries of a feed by id, whole."""
    found = etree.fromstring(answer.content).findall(f"{ATOM}entry")
    return {one.findtext(f"{ATOM}id"): etree.tostring(one).decode() for one in found}


@pytest.mark.parametrize("path", FEEDS)
def test_a_feed_is_valid_atom_and_a_reader_takes_it(site: httpx.Client, path: str) -> None:
    answer = site.get(path)
    root = valid(answer)
    read = feedparser.parse(answer.content, response_headers=dict(answer.headers))
    assert read.bozo == 0, read.get("bozo_exception")
    assert read.version == "atom10"
    assert read.feed.language == "en"
    assert read.feed.author == "Police oversight data"
    assert len(read.entries) == len(root.findall(f"{ATOM}entry")) > 0
    assert all(one.id and one.title and one.updated_parsed and one.link for one in read.entries)


def test_a_release_is_an_entry_of_the_feed_of_the_site(site: httpx.Client) -> None:
    read = feedparser.parse(site.get("/feed.atom").content)
    assert [one.link.rpartition("/")[2] for one in read.entries] == ["0003", "0002", "0001"]
    assert read.entries[1].title == "Release 2: 6 changes in 1 of 12 sources: 6 records removed."
    assert read.entries[1].updated == "2026-11-02T04:15:00Z"
    assert read.entries[1].id.endswith(",2026-11-02:release/0002")
    assert "9 values" not in read.entries[1].title


def test_a_source_tells_of_deliveries_that_changed_something_and_of_holds(
    site: httpx.Client,
) -> None:
    complaints = feedparser.parse(site.get(FEEDS[1]).content)
    assert [one.title for one in complaints.entries] == [
        "6 records removed",
        "First delivery: 1,000 records",
    ]
    hearings = feedparser.parse(site.get(FEEDS[2]).content)
    assert [one.title for one in hearings.entries] == [
        "1 record added",
        "The held delivery was accepted",
        "A delivery is held: unusually many records are gone",
        "First delivery: 40 records",
    ]
    assert "New columns: room." in hearings.entries[0].summary
    assert "Licence" in complaints.feed.subtitle or "licence" in complaints.feed.subtitle


@pytest.mark.parametrize("kind", NASTY)
def test_what_a_file_may_hold_is_only_ever_text(site: httpx.Client, kind: str) -> None:
    content = etree.fromstring(site.get(FEEDS[1]).content).findtext(f"{ATOM}entry/{ATOM}content")
    labels = [one.text_content() for one in html.fromstring(content).iter("bdi")]
    shown = "".join("\ufffd" if c in "\x01\x0b\x1b\ufffe" else c for c in NASTY[kind])
    assert shown in labels


def test_feeds_never_hold_a_value(three: Settings, tmp_path: Path) -> None:
    data = tmp_path / "data"
    shutil.copytree(three.data, data, symlinks=True)
    of = replace(three, data=data)
    told = nights()[2]
    changed = delivery(COMPLAINTS, 4, "2026-11-04 04:15:00", value_changed=1)
    value = {"column_name": "finding", "old_value": "was-secret", "new_value": "is-secret"}
    told["deliveries"].append(changed)
    told["revisions"].append(revision(COMPLAINTS, 4, "value_changed", "LH-1", **value))
    history.publish(of, night(5), **told)
    with serve.listening(of) as running:
        text = httpx.get(f"{running.address.rstrip('/')}{FEEDS[1]}").text
    assert "Finding: value changed" in text
    assert "secret" not in text


def test_a_reader_that_asks_again_is_told_that_nothing_is_new(site: httpx.Client) -> None:
    for path in FEEDS:
        first = site.get(path)
        assert first.headers["cache-control"].startswith("public, max-age=")
        for known in (first.headers["etag"], f'"x", W/{first.headers["etag"]}', "*"):
            again = site.get(path, headers={"if-none-match": known})
            assert (again.status_code, again.content) == (304, b"")
            assert again.headers["etag"] == first.headers["etag"]
        assert site.get(path, headers={"if-none-match": '"other"'}).content == first.content
        read = feedparser.parse(first.content, response_headers=dict(first.headers))
        assert read.headers["etag"] == first.headers["etag"]
        assert site.head(path).headers["etag"] == first.headers["etag"]


def test_an_entry_never_changes_once_it_was_read(tmp_path: Path) -> None:
    settings = invented.settings(tmp_path)
    seen: dict[str, dict[str, str]] = {path: {} for path in FEEDS}
    told: list[dict[str, Any]] = [*nights(), nights()[2]]
    for number, one in enumerate(told):
        history.publish(settings, night(1 + number), complaints=5 + number, **one)
        with serve.listening(settings) as running, _at_home(running.address) as client:
            for path, known in seen.items():
                found = entries(client.get(path))
                assert {key: found.get(key) for key in known} == known
                known.update(found)
    assert [len(known) for known in seen.values()] == [4, 2, 4]


def _at_home(address: str) -> httpx.Client:
    """A reader who knows the site by its name, whatever port it has tonight."""
    return httpx.Client(base_url=address, headers={"host": "data.larkhaven.example"})


def test_releases_after_the_one_shown_are_not_told(three: Settings, tmp_path: Path) -> None:
    data = tmp_path / "data"
    shutil.copytree(three.data, data, symlinks=True)
    of = replace(three, data=data)
    go_back(of)
    with serve.listening(of) as running:
        read = feedparser.parse(httpx.get(f"{running.address}feed.atom").content)
    assert [one.link[-4:] for one in read.entries] == ["0002", "0001"]


def test_links_begin_at_the_host_that_was_asked(site: httpx.Client) -> None:
    answer = site.get(FEEDS[1], headers={"host": "Data.Larkhaven.example"})
    root = etree.fromstring(answer.content)
    links = [one.get("href") for one in root.iter(f"{ATOM}link")]
    assert {link.partition("/feeds")[0].partition("/oversight")[0] for link in links} == {
        "http://Data.Larkhaven.example"
    }
    assert root.findtext(f"{ATOM}id") == (
        f"tag:data.larkhaven.example,2026-01-01:feed/{COMPLAINTS}"
    )


@pytest.mark.parametrize("host", ['"><x a="', "a b", "[::1]:80", "\u05d0.example", "", "a..b", "-"])
def test_a_host_that_is_none_makes_no_id_and_breaks_no_feed(host: str) -> None:
    feed = Feed("feed", "T", "S", "A", "/feed.atom", "/changes", "2026-01-01T00:00:00Z", [], 0)
    root = etree.fromstring(written(feed, f"http://{host}"))
    assert root.findtext(f"{ATOM}id") == "tag:localhost,2026-01-01:feed"


def test_the_newest_fifty_are_told_and_that_there_are_more() -> None:
    days = [f"2026-{1 + n // 28:02d}-{1 + n % 28:02d}T00:00:00Z" for n in range(70)][::-1]
    told = [
        Entry(f"e/{day[:10]}", "One change", day, "/changes/0001", "<p>One.</p>") for day in days
    ]
    feed = Feed("feed", "T", "S.", "A", "/feed.atom", "/changes", days[0], told, len(told))
    root = etree.fromstring(written(feed, "https://data.example"))
    assert SCHEMA.validate(root), SCHEMA.error_log
    assert len(root.findall(f"{ATOM}entry")) == MOST == 50
    assert root.findtext(f"{ATOM}updated") == days[0]
    assert "newest 50 of 70 entries" in root.findtext(f"{ATOM}subtitle")


def test_a_long_history_is_cut_and_says_so(tmp_path: Path) -> None:
    settings = invented.settings(tmp_path)
    days = [f"2026-{1 + n // 28:02d}-{1 + n % 28:02d} 04:15:00" for n in range(70)]
    told = [delivery(COMPLAINTS, n + 1, day, added=n) for n, day in enumerate(days)]
    history.publish(settings, night(1), deliveries=told)
    with serve.listening(settings) as running:
        root = valid(httpx.get(f"{running.address}feeds/{COMPLAINTS}.atom"))
    assert len(root.findall(f"{ATOM}entry")) == 50
    assert "newest 50 of 70 entries" in root.findtext(f"{ATOM}subtitle")
    assert root.find(f"{ATOM}entry").findtext(f"{ATOM}title") == "69 records added"


def test_a_tag_is_of_the_day_and_of_the_host() -> None:
    assert tag("https://a.example:8001", "2026-11-02", "x") == "tag:a.example,2026-11-02:x"


@pytest.mark.parametrize("name", ["nope.nope", "larkhaven", "larkhaven.complaints.x", "..", "X.y"])
def test_a_source_that_is_not_there_has_no_feed(site: httpx.Client, name: str) -> None:
    assert site.get(f"/feeds/{name}.atom").status_code == 404


def test_a_feed_carries_the_same_guard_as_a_page(site: httpx.Client) -> None:
    for path in FEEDS:
        told = site.get(path).headers
        assert told["content-security-policy"].startswith("default-src 'none'")
        assert told["x-content-type-options"] == "nosniff"
        assert told["x-release"] == "0003"
        assert site.post(path).status_code == 405
