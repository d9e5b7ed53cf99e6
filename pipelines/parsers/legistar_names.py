"""What Legistar calls things, and what a plain archive of it calls them.

Each key begins with the name of its object, and ends its stamps with the zone. Archives that
councils and others keep leave both out, so a feed has the same columns from either.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

MEETING, ITEM, ROLL_CALL, VOTE = "Event", "EventItem", "RollCall", "Vote"
PATHS = {"": MEETING, "Items": ITEM, "Items.RollCall": ROLL_CALL, "Items.Votes": VOTE}
"""The kinds of record by the path at which a contract finds them."""
NESTED = frozenset({"EventItems"})
"""A list that is always empty where the service sends it."""
STAMP = re.compile(r"^(.*Last(?:Modified|Published))(?:Utc|UTC)$")
MEMBERS = {
    "Id": "RollCallID",
    "PersonId": "ID",
    "PersonName": "FullName",
    "ValueId": "ValueID",
    "ValueName": "Value",
    "EventItemId": "EventItemID",
}
"""In an archive an entry of a roll call is the member who answered, and the answer."""


@lru_cache(maxsize=1024)
def name_of(key: str, kind: str) -> str:
    """`EventItemMatterId` is the `MatterID` of an item; the `ID` in a roll call is a member's."""
    short = key.removeprefix(kind)
    if kind == ROLL_CALL and short in MEMBERS:
        return MEMBERS[short]
    stamp = STAMP.match(short)
    if stamp:
        return stamp.group(1)
    if short.endswith("Guid"):
        return f"{short[:-4]}GUID"
    return f"{short[:-2]}ID" if short.endswith("Id") else short


def names_of(keys: Iterable[str], kind: str) -> tuple[str, ...]:
    """The names of all values of one object."""
    return tuple(name_of(key, kind) for key in keys if key not in NESTED)


def is_stamp(key: str) -> bool:
    """Whether the key is one of the stamps that are UTC without saying so."""
    return STAMP.match(key) is not None
