"""What happens in the invented city between two deliveries of its files.

Removals stay well below one record in a hundred, so that an ordinary delivery gives nobody cause
to look; the renamed word of delivery 4 does.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from types import MappingProxyType

from pipelines.demo.draws import literal, pick
from pipelines.demo.planted import Planted
from pipelines.demo.planted_allegations import against
from pipelines.demo.planted_complaints import plain, planted_id
from pipelines.demo.planted_reviews import line
from pipelines.demo.words import AS_OF, OPEN_STATUSES

FOR_GOOD = 1_000_000
"""So many deliveries does a record stay away that never comes back."""
NEW_COMPLAINTS, NEW_REVIEWS = 8_000_000, 80_000_000
DRAWN = "\"Complaint Id\" not like 'LH-____-9%'"
DRAWN_LINE = "\"Review Line Id\" not like 'BR-9%'"
LAST_DAY = date.fromisoformat(AS_OF)


@dataclass(frozen=True)
class Happening:
    """One thing that befalls a share of the loaded records, one of them at least.

    `who` says in SQL whom it can befall, `cells` what their cells then say, `kinds` how many
    changes of each kind that is for one record. `back_after` is for how many deliveries a record
    is away.
    """

    name: str
    share: float
    who: str
    kinds: Mapping[str, int]
    cells: Mapping[str, str] = field(default_factory=dict)
    back_after: int = 0


@dataclass(frozen=True)
class Rewriting:
    """From a delivery on, a column is written in another way, which means the same."""

    feed: str
    delivery: int
    heading: str
    value: str
    kind: str


REWRITINGS = (
    Rewriting(
        "complaints",
        3,
        "Received Date",
        r"""regexp_replace("Received Date", '\b0(\d)', '\1', 'g')""",
        "reformatted",
    ),
    Rewriting(
        "complaints",
        4,
        "Intake Channel",
        """replace("Intake Channel", 'Web form', 'Online form')""",
        "recoded",
    ),
)
# A record that is away while the file is rewritten would come back changed: nobody else's channel
# is renamed, and no day in October to December after the ninth has a nought to lose.
NOT_REWRITTEN = (
    "coalesce(\"Intake Channel\", '') not in ('Web form', 'Online form') "
    r"""and "Received Date" not similar to '0.*|..?/0.*'"""
)

COMPLAINTS = (
    Happening(
        "closed",
        0.004,
        f'{DRAWN} and "Closed Date" is null and '
        f'"Status" in ({", ".join(map(literal, sorted(set(OPEN_STATUSES))))})',
        MappingProxyType({"value_changed": 1, "filled": 2}),
        MappingProxyType(
            {
                "Status": "'Closed'",
                "Closed Date": f"'{LAST_DAY:%m/%d/%Y}'",
                "Finding": pick(["Sustained", "Unfounded", "Policy Failure"], "place", "closing"),
            }
        ),
    ),
    Happening(
        "overturned",
        0.001,
        f"{DRAWN} and \"Finding\" = 'Sustained'",
        MappingProxyType({"value_changed": 1}),
        MappingProxyType({"Finding": "'Sustained - Overturned'"}),
    ),
    Happening(
        "emptied",
        0.001,
        f"{DRAWN} and \"Finding\" in ('Unfounded', 'Withdrawn', 'Officer Unidentified')",
        MappingProxyType({"blanked": 1}),
        MappingProxyType({"Finding": "null"}),
    ),
    Happening(
        "away for one delivery",
        0.001,
        f"{DRAWN} and {NOT_REWRITTEN}",
        MappingProxyType({"removed": 1}),
        back_after=1,
    ),
    Happening(
        "gone for good",
        0.002,
        DRAWN,
        MappingProxyType({"removed": 1}),
        back_after=FOR_GOOD,
    ),
)
# Without a key, a row that says something else is one row gone and another that is new.
ALLEGATIONS = (
    Happening(
        "decided",
        0.003,
        f"{DRAWN} and \"Finding\" = 'Pending'",
        MappingProxyType({"removed": 1, "added": 1}),
        MappingProxyType({"Finding": "'Unfounded'"}),
    ),
    Happening(
        "gone for good",
        0.001,
        f"{DRAWN} and \"Finding\" = 'Unfounded'",
        MappingProxyType({"removed": 1}),
        back_after=FOR_GOOD,
    ),
)
REVIEWS = (
    Happening(
        "answered",
        0.0005,
        f"{DRAWN_LINE} and \"Request Outcome\" = 'Open'",
        MappingProxyType({"value_changed": 1, "filled": 1}),
        MappingProxyType({"Request Outcome": "'Fulfilled'", "Fulfilled Date": literal(AS_OF)}),
    ),
    Happening(
        "emptied",
        0.001,
        f"{DRAWN_LINE} and \"Violations\" <> ''",
        MappingProxyType({"blanked": 1}),
        MappingProxyType({"Violations": "null"}),
    ),
    Happening(
        "away for one delivery",
        0.0005,
        DRAWN_LINE,
        MappingProxyType({"removed": 1}),
        back_after=1,
    ),
    Happening(
        "gone for good",
        0.001,
        DRAWN_LINE,
        MappingProxyType({"removed": 1}),
        back_after=FOR_GOOD,
    ),
)
HAPPENINGS = {"complaints": COMPLAINTS, "allegations": ALLEGATIONS, "bwc_reviews": REVIEWS}


def new_records(feed: str, delivery: int, size: int) -> list[Planted]:
    """The records that a delivery adds to a file of `size` loaded ones, two at least.

    The complaints are new and open, and so are the allegations.
    """
    number = max(2, round(size * 0.003))
    if feed == "bwc_reviews":
        first = NEW_REVIEWS + delivery * 10_000
        return [line(first + step) for step in range(number)]
    first = NEW_COMPLAINTS + delivery * 1_000
    if feed == "allegations":
        return [_alleged(first, step) for step in range(number)]
    return [_opened(first + step, step) for step in range(number)]


def _opened(number: int, step: int) -> Planted:
    received = LAST_DAY - timedelta(days=step % 28)
    return plain(number, received, Status="Intake Review").but(Closed_Date="", Finding="")


def _alleged(first: int, step: int) -> Planted:
    """Two officers a complaint: there are fewer than twice as many allegations as complaints."""
    name = planted_id(first + step // 2, LAST_DAY.year)
    return against(name, f"B{30000 + step}", Finding="Pending", Discipline="")
