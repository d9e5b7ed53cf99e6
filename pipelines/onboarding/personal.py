"""Whether a column looks as if it told of people, by its heading and by the shape of its values.

A guess errs towards people: what it calls protected does not land until somebody says otherwise.
"""

from __future__ import annotations

from dataclasses import dataclass

import duckdb

from pipelines.contract_file import Privacy
from pipelines.parsers.parsed import literal, quoted


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


PEOPLE = _words(
    "complainant complainants victim victims witness witnesses suspect suspects citizen civilian "
    "person people subject subjects plaintiff investigator supervisor"
)
ATTRIBUTES = _words(
    "race ethnicity ethnic gender sex age ages birth birthdate birthday dob yob minor juvenile "
    "religion disability nationality immigration"
)
NAMES = _words(
    "name names firstname lastname fullname surname fname lname initial initials middle alias "
    "signature"
)
CONTACTS = _words(
    "phone telephone mobile cell fax email mail address addr street apartment apt zip zipcode "
    "postal ssn license plate vin"
)
PLACES = _words(
    "latitude longitude lat lon lng geom geometry shape point coordinates xy location "
    "block intersection"
)
PROSE = _words(
    "narrative summary description comment comments note notes remark remarks statement synopsis "
    "details account story text memo explanation"
)
THINGS = _words(
    "body agency department unit district precinct program programme recipient city county state "
    "committee office bureau division event file matter"
)
"""Words that make `name` the name of a thing."""
GLUED = ("race", "sex", "gender", "ethnicity", "dob", "name", "address", "phone", "email")
"""Words that tell also at the end of a heading written as one word."""
MEETINGS = frozenset({"hearings", "hearing_items"})
"""Feeds about public meetings: their places and long titles are for everybody."""
GIVEN = (
    "james|robert|john|michael|david|william|richard|joseph|thomas|charles|christopher|daniel|"
    "matthew|anthony|donald|steven|paul|andrew|joshua|kenneth|kevin|brian|george|timothy|ronald|"
    "edward|jason|jeffrey|ryan|jacob|gary|nicholas|eric|jonathan|stephen|larry|justin|scott|"
    "brandon|benjamin|samuel|gregory|alexander|patrick|jack|dennis|jerry|tyler|aaron|jose|juan|"
    "carlos|luis|mary|patricia|jennifer|linda|elizabeth|barbara|susan|jessica|sarah|karen|lisa|"
    "nancy|betty|sandra|margaret|ashley|kimberly|emily|donna|michelle|carol|amanda|melissa|"
    "deborah|stephanie|rebecca|laura|sharon|cynthia|kathleen|amy|angela|shirley|anna|brenda|"
    "pamela|emma|nicole|helen|samantha|katherine|christine|rachel|carolyn|janet|maria|jane|ann"
)
PATTERNS = {
    "email": r"[\w.+-]+@[\w-]+\.[A-Za-z]{2,}",
    "number": r"\b\d{3}-\d{2}-\d{4}\b|\(\d{3}\) ?\d{3}-\d{4}|\b\d{3}[-.]\d{3}[-.]\d{4}\b",
    "street": r"(?i)\b\d+ .*\b(st|street|ave|avenue|rd|road|blvd|dr|drive|ln|lane|ct|way|pl)\b",
    "surname": r"^[A-Za-z][A-Za-z'\x{2019}-]+, [A-Z][A-Za-z'\x{2019}.-]*( [A-Z]\.?)?$",
    "given": rf"(?i)^(\S+ )?({GIVEN})( [a-z]\.?)? [a-z'\x{2019}-]+$|, ?({GIVEN})\b",
    "title": r"\b(Ofc|Sgt|Det|Lt|Capt|Cpl|Mr|Mrs|Ms|Dr)\.? [A-Z][a-z]+",
}
SHARES = {"email": 0, "number": 0, "street": 0.1, "surname": 0.2, "given": 0.1, "title": 0.02}
"""Above which share of the stated values a pattern says that the column tells of people."""
LONG_PROSE = 9
"""Words that a value has on average when it is prose."""


@dataclass(frozen=True)
class Guess:
    """A privacy class with its reason; the reason is empty where nothing suggests people."""

    klass: Privacy
    why: str = ""

    @property
    def is_personal(self) -> bool:
        return self.klass != "internal"


def guess(connection: duckdb.DuckDBPyConnection, values: str, column: str, feed: str) -> Guess:
    """What the heading suggests, else what the stated values do.

    `values` is a table of them, each with the number `n` of its rows.
    """
    return _by_heading(column, feed) or _by_values(connection, values, column, feed)


def unfit(word: str) -> str:
    """SQL condition: a single value looks as if it named a person, or a number of one."""
    patterns = [*PATTERNS.values(), r"\d{4}"]
    told = " or ".join(f"regexp_matches({word}, {literal(pattern)})" for pattern in patterns)
    return f"({told} or length({word}) > 80)"


def _by_heading(column: str, feed: str) -> Guess | None:
    words = {word.rstrip("0123456789") for word in column.split("_")}
    if feed not in MEETINGS:
        words |= {ending for ending in GLUED if column.endswith(ending)}
    telling = ATTRIBUTES | PEOPLE | CONTACTS | (frozenset() if feed in MEETINGS else PLACES)
    if words & telling:
        return Guess("protected", "a heading about people or where they live")
    if words & NAMES and not words & THINGS:
        return Guess("protected", "a heading about names")
    if words & PROSE:
        return Guess("narrative", "a heading about free text")
    return None


def _by_values(connection: duckdb.DuckDBPyConnection, values: str, column: str, feed: str) -> Guess:
    name = quoted(column)
    matches = ", ".join(
        f"coalesce(sum(n) filter (where regexp_matches({name}, {literal(pattern)})), 0)"
        for pattern in PATTERNS.values()
    )
    words = f"sum(n * (length({name}) - length(replace({name}, ' ', '')) + 1)) / sum(n)"
    row = connection.execute(
        f"select coalesce(sum(n), 0), {words}, {matches} from {values}"
    ).fetchone()
    stated, average, *found = row or (0, 0)
    for kind, count in zip(PATTERNS, found, strict=True):
        if count and count > SHARES[kind] * stated:
            return Guess("protected", "values that look like names, numbers or homes of people")
    if stated and average > LONG_PROSE and feed not in MEETINGS:
        return Guess("narrative", "values that are free text")
    return Guess("internal")
