"""The same invented feed without its complaint numbers: rows are known by what they say.

A row that changes is another row. Of equal rows only the number counts: which of them went, or
came back, nobody can tell. Rows that are only written differently, or under a renamed word, are
the same rows.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

from tests.history.deliveries import Record, Revision, change
from tests.history.worlds import World
from tests.history.writing import COLUMNS, FACTS, RENAMED, Writing

LEFT_OUT = ("complaint_id", "narrative")
KEPT = tuple(place for place, column in enumerate(FACTS) if column not in LEFT_OUT)
NAMED = ("received_date", "district")
"""The public columns that are always filled, by which a row without a key is called."""

Content = tuple[str, ...]
Raw = tuple[str, ...]


@dataclass
class Keyless(World):
    """A world whose file has no key; some of its rows are equal.

    `shown` are the rows of the last delivery by their content, `gone` those of earlier ones, and
    `lost` are those that nobody could know again.
    """

    writing: Writing = field(default_factory=lambda: Writing(leaves_out=LEFT_OUT))
    shown: dict[Content, list[Raw]] = field(default_factory=dict)
    gone: dict[Content, list[Raw]] = field(default_factory=lambda: defaultdict(list))
    spelt: dict[str, str] = field(default_factory=dict)
    lost: int = 0

    def _begin(self) -> int:
        who = super()._begin()
        if who > 1 and self.lot.random() < 0.1:
            twin = self.records[self.lot.choice(self.present)]
            self.records[who].facts = list(twin.facts)
            self.records[who].is_sloppy = twin.is_sloppy
        return who

    def _is_alone(self, who: int) -> bool:
        own = _content(self.records[who])
        return sum(_content(record) == own for record in self.records.values()) == 1

    def _told_of(
        self, sequence: int, touched: set[int], out: set[int]
    ) -> tuple[list[Revision], dict[str, int]]:
        super()._told_of(sequence, touched, out)
        self._forget_renamed()
        now: dict[Content, list[Raw]] = defaultdict(list)
        for who in self.present:
            record = self.records[who]
            now[_content(record)].append(record.raw)
        found: list[Revision] = []
        for content in dict.fromkeys([*self.shown, *now]):
            found += self._of_equals(sequence, content, now.get(content, []))
        self.shown = dict(now)
        return found, {}

    def _of_equals(self, sequence: int, content: Content, rows: list[Raw]) -> list[Revision]:
        """What became of all rows that say the same."""
        old, new = _apart(self.shown.get(content, []), rows)
        found: list[Revision] = []
        for before, raw in zip(old, new, strict=False):
            found += _written_anew(sequence, content, before, raw)
        for before in old[len(new) :]:
            found.append(Revision(sequence, label(before), None, "removed", None, None))
            self.gone[content].append(before)
        for raw in new[len(old) :]:
            is_back = bool(self.gone[content])
            kind = "restored" if is_back else "added"
            found.append(Revision(sequence, label(raw), None, kind, None, None))
            if is_back:
                found += _written_anew(sequence, content, self.gone[content].pop(), raw)
        return found

    def _forget_renamed(self) -> None:
        """A row that was gone when its word was renamed cannot be known again by its content."""
        if self.writing.words != self.spelt:
            renamed = set(self.writing.words) - set(self.spelt)
            self.spelt = dict(self.writing.words)
            for content in [c for c in self.gone if renamed & {c[place] for place in WORDS}]:
                self.lost += len(self.gone.pop(content))

    @property
    def absent(self) -> int:
        return self.lost + sum(map(len, self.gone.values()))


WORDS = tuple(
    place for place, column in enumerate(FACTS[at] for at in KEPT) if f"recode {column}" in RENAMED
)


def label(raw: Raw) -> str:
    """What a row is called in public."""
    return ", ".join(raw[COLUMNS.index(column)].strip() for column in NAMED)


def _content(record: Record) -> Content:
    return tuple(record.facts[place] for place in KEPT)


def _apart(were: list[Raw], are: list[Raw]) -> tuple[list[Raw], list[Raw]]:
    """Rows of one content, without those that are written the same before and after."""
    old, new = [_fields(raw) for raw in were], list(are)
    for raw in list(are):
        if _fields(raw) in old:
            old.remove(_fields(raw))
            new.remove(raw)
    kept = []
    for raw in were:
        if _fields(raw) in old:
            old.remove(_fields(raw))
            kept.append(raw)
    return kept, new


def _fields(raw: Raw) -> Raw:
    return tuple(raw[place + 1] for place in KEPT)


def _written_anew(sequence: int, content: Content, before: Raw, raw: Raw) -> list[Revision]:
    found = []
    for place, fact in zip(KEPT, content, strict=True):
        one = change(FACTS[place], fact, fact, before, raw)
        if one:
            found.append(Revision(sequence, label(raw), FACTS[place], *one))
    return found
