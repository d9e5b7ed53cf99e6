"""The contract word `people`: who stands in the rows of a feed, for tables that only count them.

The columns it names are protected: they never land. They are read once, from the snapshot's own
bytes, on the day on which a table of counts is cut.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Role = Literal["complainant", "subject_officer"]
ATTRIBUTES = ("race", "sex", "age")
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,62}$")]


class People(BaseModel):
    """One kind of people in a feed, and what the feed says of them.

    `complaint` holds the number of the public complaint. `person` says which rows of one
    complaint are one person: each `row`, the whole `complaint`, or the rows that agree in the
    columns listed; a row in which all of these are blank names nobody.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    role: Role
    complaint: Name
    person: Literal["row", "complaint"] | Annotated[tuple[Name, ...], Field(min_length=1)]
    race: Name | None = None
    sex: Name | None = None
    age: Name | None = None

    @property
    def attributes(self) -> dict[str, str]:
        """The column of each attribute that the feed states."""
        stated = {name: getattr(self, name) for name in ATTRIBUTES}
        return {name: column for name, column in stated.items() if column}


def people_problems(people: Sequence[People], classes: Mapping[str, str]) -> list[str]:
    """What is wrong with the word `people` of a table whose columns have these classes."""
    wrong = []
    roles = [one.role for one in people]
    wrong += [
        f"people names {role!r} twice" for role in sorted(set(roles)) if roles.count(role) > 1
    ]
    for one in people:
        grouped = one.person if isinstance(one.person, tuple) else ()
        used = (one.complaint, *grouped, *one.attributes.values())
        unknown = sorted({name for name in used if name not in classes})
        wrong += [f"people names column {name!r}, which is not declared" for name in unknown]
        if not one.attributes:
            wrong.append(f"people {one.role!r} states none of {', '.join(ATTRIBUTES)}")
        wrong += [
            f"people names {name!r} as {attribute}, whose class is not protected"
            for attribute, name in one.attributes.items()
            if classes.get(name, "protected") != "protected"
        ]
    return wrong
