"""How a reader reports an error: the ways that the settings of the site name, and links to them.

A link carries the name of a table, the public number of a record and the number of a release, and
nothing else: whoever opens it has not said anything about anyone yet.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlencode

from pipelines.failures import Misconfigured

EMAIL = re.compile(r"[A-Za-z0-9._+-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")
NAME = re.compile(r"[a-z][a-z0-9_]{0,62}(\.[a-z][a-z0-9_]{0,62})?")
LONGEST = 120
ANSWER_DAYS = 10
Words = Mapping[str, Any]


def ways(told: object) -> dict[str, Any]:
    """The part `report` of site.yml: `email`, `post`, and the working days until an answer.

    Each may be left out. Raises `Misconfigured` for a word that is not known, for an address that
    cannot be one, and for days that are none.
    """
    if told is not None and not isinstance(told, Mapping):
        raise _wrong("it is a list of email, post and answer_days")
    given = dict(told or {})
    email, post = given.pop("email", None), given.pop("post", None)
    days = given.pop("answer_days", ANSWER_DAYS)
    if given:
        raise _wrong(f"{', '.join(sorted(map(str, given)))} is not known in it")
    if email is not None and not EMAIL.fullmatch(str(email)):
        raise _wrong("email is not an address")
    if post is not None and not (isinstance(post, str) and post.strip()):
        raise _wrong("post is not a text")
    if not isinstance(days, int) or isinstance(days, bool) or not 1 <= days <= 90:
        raise _wrong("answer_days is a number of working days from 1 to 90")
    return {"email": email, "post": post, "answer_days": days}


def of_release(words: Words) -> dict[str, Any]:
    """The ways as a release has them; one that was made before there were any has none."""
    return {**ways(None), **(words.get("report") or {})}


def link(words: Words, release: int | str, table: str = "", record: str = "") -> str:
    """Where a reader goes who found an error in a table, or in one record of it.

    A letter with a subject if there is an address to write to, else the page that says how.
    """
    table, record = subject_of(table, record)
    email = of_release(words)["email"]
    if email:
        subject = f"Error in {told(table, record)}, release {int(release)}"
        return f"mailto:{quote(email, safe='@+')}?subject={quote(subject, safe='')}"
    asked = {"table": table, "record": record, "release": int(release)}
    return f"/corrections?{urlencode({k: v for k, v in asked.items() if v})}#report"


def subject_of(table: str, record: str) -> tuple[str, str]:
    """The table and the record as a link or a page may repeat them: on one line, and not long."""
    named = table if NAME.fullmatch(table) else ""
    return named, re.sub(r"[\x00-\x1f\x7f-\x9f]+", " ", record).strip()[:LONGEST] if named else ""


def told(table: str, record: str) -> str:
    """What is reported on, in a few words."""
    return f"{table}, record {record}" if record else table or "a page"


def _wrong(what: str) -> Misconfigured:
    return Misconfigured(
        f"The part `report` of site.yml cannot be used: {what}.",
        place="datasette",
        next_step="Mend datasette/site.yml.",
    )
