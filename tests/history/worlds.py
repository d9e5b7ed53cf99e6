"""An invented complaint feed whose every change is known: nightly files, and what was done to them.

A world keeps the facts of its records apart from the way they are written. What a night must show
in the revision log follows from the facts alone: the same fact written in another way is
`reformatted`, under another word `recoded`, under another number `key_migrated`. Nothing here
reads a file or parses a value, so it cannot agree with the product by making the same mistake.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from datetime import timedelta

from tests.history.deliveries import Night, Record, Revision, befell, change
from tests.history.facts import FIRST_NIGHT, fact
from tests.history.writing import FACTS, Writing

STAYS_AWAY = (1, 1, 2, 2, 3, 4, 9, 40, 10**6)
"""For how many snapshots a record that is taken out stays away; the last never comes back."""

SPECIALS = (
    *("rows", "dates", "recode status", "columns", "capitals", "races", "renumber", "spaces"),
    *("mass removal", "decimals", "rows", "recode finding", "mass return", "dates", "badges"),
    *("columns", "renumber", "capitals", "spaces", "decimals"),
)
"""What befalls a whole file, in the order in which it happens; each on a night of its own."""

HOLDS = {
    "recode status": ("recoded",),
    "recode finding": ("recoded",),
    "renumber": ("key_migrated",),
    "mass removal": ("mass_removal",),
}


@dataclass
class World:
    """All records, in the order of the file, and how the file is written at present."""

    rows: int
    seed: int = 1
    writing: Writing = field(default_factory=Writing)
    records: dict[int, Record] = field(default_factory=dict)
    present: list[int] = field(default_factory=list)
    returns: dict[int, set[int]] = field(default_factory=dict)
    away: set[int] = field(default_factory=set)
    freed: list[str] = field(default_factory=list)
    issue: int = 0

    def __post_init__(self) -> None:
        self.lot = random.Random(self.seed)
        for _ in range(self.rows):
            self._begin()

    def nights(self, count: int, calendar: dict[int, str] | None = None) -> Iterator[Night]:
        """So many deliveries; `calendar` says what befalls the whole file on which night."""
        calendar = schedule(count) if calendar is None else calendar
        for sequence in range(1, count + 1):
            yield self.night(sequence, calendar.get(sequence))

    def night(
        self,
        sequence: int,
        special: str | None = None,
        busy: bool = True,
        lost: Collection[int] = (),
    ) -> Night:
        """The next delivery: the ordinary changes of a day (if `busy`), and what is special.

        The records in `lost` are not in it, and never come back by themselves.
        """
        touched: set[int] = set(self.present) if sequence == 1 else set()
        out = set(lost)
        self._leave(sequence, out)
        if sequence > 1:
            befallen = self._befall(sequence, special, busy)
            touched, out = befallen[0], out | befallen[1]
        expected, whose = self._told_of(sequence, touched, out)
        return Night(
            sequence,
            special,
            self._content(sequence),
            tuple(expected) if sequence > 1 else (),
            whose,
            HOLDS.get(special or "", ()),
            len(self.present),
            self.absent,
            len(self.present) + self.absent,
        )

    @property
    def absent(self) -> int:
        """How many records were delivered once and are not any more."""
        return len(self.missing())

    def missing(self) -> list[Record]:
        """The records that were delivered once and are not any more."""
        return [record for record in self.records.values() if record.out_since is not None]

    def _befall(self, sequence: int, special: str | None, busy: bool) -> tuple[set[int], set[int]]:
        """Let the day happen; return the records to look at, and those taken out."""
        touched, out = self._whole_file(sequence, special)
        back = self.returns.pop(sequence, set())
        if special == "mass return":
            back |= self.away
            self.away = set()
        if special == "renumber":
            back = set()
        self._restore(back)
        if busy:
            out |= self._take_out(sequence, back | out)
            touched |= self._an_ordinary_day(special, back)
        if special == "renumber":
            self.returns.clear()
        return touched | back, out

    def _an_ordinary_day(self, special: str | None, back: set[int]) -> set[int]:
        """Corrections, carelessness and new complaints; return the records concerned.

        On a night of new numbers nothing else is corrected: who would know them again?
        """
        touched = self._sloppy()
        if special != "renumber":
            touched |= self._correct(back)
        lacking = self.rows - len(self.present)
        new = 1 + (lacking > 3) if lacking > 0 or self.lot.random() < 0.3 else 0
        return touched | {self._begin() for _ in range(new)}

    def _whole_file(self, sequence: int, special: str | None) -> tuple[set[int], set[int]]:
        """What is special about a night; the whole file is looked at when it is written anew."""
        out: set[int] = set()
        match special:
            case "rows":
                self.lot.shuffle(self.present)
            case "renumber":
                self._renumber()
            case "races":
                self._every("complainant_race", lambda race: f"{race} (self-described)")
            case "badges":
                self._every("investigator_badge", lambda badge: f"9{badge}")
            case "mass removal":
                out = set(self.lot.sample(self.present, max(20, len(self.present) // 20)))
                self.away = set(out)
                self._leave(sequence, out)
            case None | "mass return":
                return set(), out
            case _:
                self.writing = self.writing.after(special)
        return set(self.present), out

    def _renumber(self) -> None:
        """Every complaint is given another number, in another order; the old ones are free."""
        self.issue += 1
        self.freed = [self.records[who].number for who in self.present]
        numbers = self.lot.sample(range(10**6), len(self.present))
        for who, number in zip(self.present, numbers, strict=True):
            self.records[who].number = f"R{self.issue}-{number:06d}"

    def _every(self, column: str, changed: Callable[[str], str]) -> None:
        place = FACTS.index(column)
        for who in self.present:
            facts = self.records[who].facts
            facts[place] = changed(facts[place]) if facts[place] else ""

    def _correct(self, also: set[int]) -> set[int]:
        """Facts are corrected, added and emptied: of some records, and of some that come back."""
        chosen = self.lot.sample(self.present, min(len(self.present), max(4, self.rows // 500)))
        chosen += [who for who in also if self.lot.random() < 0.4]
        for who in chosen:
            for column in self.lot.sample(FACTS, self.lot.choice((1, 1, 2))):
                facts, place = self.records[who].facts, FACTS.index(column)
                facts[place] = self._another(column, facts[place], who)
        return set(chosen)

    def _another(self, column: str, now: str, who: int) -> str:
        """Another fact for a column: now and then none at all, where there was one."""
        can_be_blank = column not in ("received_date", "district")
        if now and can_be_blank and self.lot.random() < 0.3:
            return ""
        while (other := fact(self.lot, column, who)) == now:
            pass
        return other

    def _sloppy(self) -> set[int]:
        """A clerk writes a few records carelessly, or tidies them up."""
        chosen = set(self.lot.sample(self.present, min(3, len(self.present))))
        chosen = {who for who in chosen if self._is_alone(who)}
        for who in chosen:
            self.records[who].is_sloppy = not self.records[who].is_sloppy
        return chosen

    def _is_alone(self, who: int) -> bool:
        """Whether no other row says the same, so that people can tell which one was rewritten."""
        return True

    def _take_out(self, sequence: int, spared: set[int]) -> set[int]:
        candidates = [w for w in self.lot.sample(self.present, 3) if w not in spared]
        out = set(candidates[: self.lot.randrange(4)])
        for who in out:
            back = sequence + self.lot.choice(STAYS_AWAY)
            self.returns.setdefault(back, set()).add(who)
        self._leave(sequence, out)
        return out

    def _leave(self, sequence: int, out: set[int]) -> None:
        self.present = [who for who in self.present if who not in out]
        for who in out:
            self.records[who].out_since = sequence

    def _restore(self, back: set[int]) -> None:
        for who in sorted(back):
            self.present.insert(self.lot.randrange(len(self.present) + 1), who)

    def _begin(self) -> int:
        who = len(self.records) + 1
        facts = [fact(self.lot, column, who) for column in FACTS]
        for column in ("closed_date", "finding"):
            if self.lot.random() < 0.5:
                facts[FACTS.index(column)] = ""
        number = f"C{self.issue}-{who:07d}"
        if self.freed and self.lot.random() < 0.3:
            number = self.freed.pop()
        self.records[who] = Record(who, number, facts)
        self.present.append(who)
        return who

    def _told_of(
        self, sequence: int, touched: set[int], out: set[int]
    ) -> tuple[list[Revision], dict[str, int]]:
        """Deliver the records that were touched, and say what the log must tell of each."""
        found: list[Revision] = []
        whose: dict[str, int] = {}
        for who in sorted(out):
            number = self.records[who].raw[0]
            found.append(Revision(sequence, number, None, "removed", None, None))
            whose[number] = who
        for who in sorted(touched - out):
            record = self.records[who]
            revisions = self._delivered(sequence, record)
            if revisions:
                whose[record.number] = who
            found += revisions
        return found, whose

    def _delivered(self, sequence: int, record: Record) -> list[Revision]:
        before, raw = record.raw, (record.number, *self.writing.written(record))
        told, record.told, record.raw = record.told, tuple(record.facts), raw
        record.line = self.writing.line(raw)
        whole = befell(record, before)
        record.out_since = None
        found = [Revision(sequence, record.number, None, whole, None, None)] if whole else []
        if before:
            for place, column in enumerate(FACTS):
                one = change(column, told[place], record.told[place], before, raw)
                if one:
                    found.append(Revision(sequence, record.number, column, *one))
        return found

    def _content(self, sequence: int) -> bytes:
        stamp = (FIRST_NIGHT + timedelta(days=sequence - 1)).isoformat()
        return self.writing.file(stamp, [self.records[who].line for who in self.present])


def schedule(count: int) -> dict[int, str]:
    """The special nights, evenly spread; the first and the last nights of a long run are calm."""
    first, last = (8, count - 8) if count >= 60 else (3, count)
    step = (last - first) / (len(SPECIALS) - 1)
    return {first + round(place * step): special for place, special in enumerate(SPECIALS)}
