"""Holds: deliveries that look wrong as a whole and wait for a person, and what was decided.

A hold keeps a feed at its last good snapshot. It is opened by the machine with the evidence, and
closed by a person with a name and a reason, both of which are published; or by a later delivery
that takes its place. Nothing in the ledger is ever changed: each step is one more line.

Evidence of a doubt, as far as the kind has it; `oversight hold show` puts these in words and any
other pair as it is:

- all kinds: `before`, `after` (records at the last good snapshot and in this delivery),
  `labels` (up to five agency numbers)
- `header_lost`: `expected`, `found` (numbers of headings), `missing` (names of columns)
- `partition_missing`: `column` and `partition` (the public word that is gone, or a part file),
  `partition_before`, `partition_after`
- `key_migrated`: `key` (columns of the key), `columns` (those whose values moved), `removed`,
  `added`, `paired` (records alike in all else)
- `mass_removal`: `removed`, `removed_pct`, `allowed_pct`
- `recoded`: `column`, `words` (a list of `{"from", "to", "count"}`)
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Literal

from pipelines.failures import Misconfigured
from pipelines.holds import lines
from pipelines.settings import Settings

Kind = Literal["header_lost", "partition_missing", "key_migrated", "mass_removal", "recoded"]
State = Literal["open", "accepted", "rejected", "superseded"]

LIST = "Run `oversight hold list`."


@dataclass(frozen=True)
class Doubt:
    """One thing that looks wrong: its kind, a sentence with the numbers, and what was measured.

    The evidence holds numbers, public words and at most five public labels, as JSON; never a
    value of a column that is not public.
    """

    kind: Kind
    told: str
    evidence: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Hold:
    """A delivery that waits for a person, or waited; moments are ISO text in UTC.

    `as_changes` is the word of the person who accepted it that keys and words did not merely get
    another name: what moved is removed, added and changed.
    """

    id: str
    source_table: str
    snapshot_id: str
    last_good_id: str | None
    doubts: tuple[Doubt, ...]
    opened_at: str
    state: State = "open"
    decided_at: str | None = None
    decided_by: str | None = None
    reason: str | None = None
    as_changes: bool = False

    @property
    def kinds(self) -> tuple[Kind, ...]:
        """The kinds of its doubts, each once."""
        return tuple(dict.fromkeys(doubt.kind for doubt in self.doubts))

    @property
    def told(self) -> str:
        """What looks wrong, in the sentences of its doubts."""
        return " ".join(doubt.told for doubt in self.doubts)

    def covers(self, doubts: Sequence[Doubt]) -> bool:
        """Whether who decided it has seen all these kinds of doubt.

        Who said that moved keys are real change has said that all those records are gone.
        """
        seen = set(self.kinds)
        if self.as_changes and "key_migrated" in seen:
            seen |= {"mass_removal", "partition_missing"}
        return {doubt.kind for doubt in doubts} <= seen


def open_hold(
    settings: Settings,
    source_table: str,
    snapshot_id: str,
    last_good_id: str | None,
    doubts: Sequence[Doubt],
) -> Hold:
    """Hold a delivery; an older open hold of the feed is thereby superseded.

    A snapshot that is held already, or that a person has decided, keeps its hold and nothing is
    written; unless it was accepted and, once read, raises a kind of doubt that nobody had seen:
    then it is asked about again, with all that is known. Raises `StorageFailed` when the disk
    does not take the line.
    """
    known = of_snapshot(settings, source_table, snapshot_id)
    if known and known.state == "accepted" and not known.covers(doubts):
        seen = {doubt.kind for doubt in doubts}
        doubts = [*(old for old in known.doubts if old.kind not in seen), *doubts]
    elif known and known.state != "superseded":
        return known
    name = f"{source_table}-{_next_number(settings, source_table)}"
    opened = {
        "event": "opened",
        "id": name,
        "snapshot_id": snapshot_id,
        "last_good_id": last_good_id,
        "doubts": [asdict(doubt) for doubt in doubts],
    }
    lines.append(settings, source_table, opened)
    return _of_feed(settings, source_table)[name]


def of_snapshot(settings: Settings, source_table: str, snapshot_id: str) -> Hold | None:
    """The latest hold of a snapshot, whatever its state."""
    holds = _of_feed(settings, source_table).values()
    return next((h for h in reversed(holds) if h.snapshot_id == snapshot_id), None)


def open_of(settings: Settings, source_table: str) -> Hold | None:
    """The hold of a feed that waits for a person now."""
    holds = _of_feed(settings, source_table).values()
    return next((h for h in reversed(holds) if h.state == "open"), None)


def standing(settings: Settings, source_table: str, shown_id: str) -> Hold | None:
    """The hold that keeps a feed at the snapshot `shown_id`: open, rejected, or just accepted."""
    holds = [h for h in _of_feed(settings, source_table).values() if h.state != "superseded"]
    return holds[-1] if holds and holds[-1].last_good_id == shown_id else None


def overtaken(settings: Settings, source_table: str, snapshot_id: str) -> None:
    """Close the open hold of a feed whose source now sends `snapshot_id`, which is no doubt.

    Without an open hold, or when it is of that very snapshot, nothing is written.
    """
    waiting = open_of(settings, source_table)
    if waiting and waiting.snapshot_id != snapshot_id:
        closed = {"event": "overtaken", "id": waiting.id, "snapshot_id": snapshot_id}
        lines.append(settings, source_table, closed)


def all_holds(settings: Settings) -> list[Hold]:
    """Every hold there ever was, by feed and in the order of opening."""
    return [h for feed in lines.feeds(settings) for h in _of_feed(settings, feed).values()]


def find(settings: Settings, name: str) -> Hold:
    """The hold with this id, or the open hold of the feed with this name.

    Raises `Misconfigured`, which names the open holds, when there is none.
    """
    holds = all_holds(settings)
    for hold in holds:
        if hold.id == name or (hold.source_table == name and hold.state == "open"):
            return hold
    waiting = ", ".join(hold.id for hold in holds if hold.state == "open") or "none"
    told = f"There is no such hold. Open: {waiting}."
    raise Misconfigured(told, place=name, next_step=LIST)


def decide(
    settings: Settings,
    hold: Hold,
    state: Literal["accepted", "rejected"],
    by: str,
    reason: str,
    as_changes: bool = False,
) -> Hold:
    """Write down what a person decided, with the name and the reason that will be public.

    Raises `Misconfigured` without a name or a reason, or when the hold is not open any more.
    """
    name, why = " ".join(by.split()), " ".join(reason.split())
    for option, text, whose in (("--by", name, "Your name"), ("--reason", why, "A reason")):
        if not text:
            told = f"{whose} is needed: a decision is public, with who took it and why."
            raise Misconfigured(told, place=option, next_step="Decide again, with both.")
    now = _of_feed(settings, hold.source_table).get(hold.id)
    if now is None or now.state != "open":
        raise Misconfigured(_closed(now), place=hold.id, next_step=LIST)
    line = {"event": "decided", "id": hold.id, "state": state, "by": name, "reason": why}
    lines.append(settings, hold.source_table, {**line, "as_changes": as_changes})
    return _of_feed(settings, hold.source_table)[hold.id]


def stamp(settings: Settings, source_table: str) -> str:
    """A word that every new line about the feed changes; empty if it was never held."""
    return lines.stamp(settings, source_table)


def _next_number(settings: Settings, source_table: str) -> int:
    """One more than any line names, so that a damaged line never lends its number again."""
    named = (line["id"].rpartition("-")[2] for line in lines.read(settings, source_table))
    return 1 + max(map(int, named), default=0)


def _of_feed(settings: Settings, source_table: str) -> dict[str, Hold]:
    return _replayed(source_table, lines.read(settings, source_table))


def _replayed(source_table: str, told: Iterable[Mapping[str, Any]]) -> dict[str, Hold]:
    """The holds of a feed by id, as its lines left them, oldest first.

    A line about a hold whose opening can no longer be read says nothing: a person is asked again.
    """
    holds: dict[str, Hold] = {}
    for line in told:
        name = line["id"]
        if line["event"] == "opened":
            holds = {other: _superseded(hold, line["at"]) for other, hold in holds.items()}
            holds[name] = _opened(source_table, line)
        elif line["event"] == "overtaken" and name in holds:
            holds[name] = _superseded(holds[name], line["at"])
        elif line["event"] == "decided" and name in holds:
            holds[name] = _decided(holds[name], line)
    return holds


def _opened(source_table: str, line: Mapping[str, Any]) -> Hold:
    return Hold(
        id=line["id"],
        source_table=source_table,
        snapshot_id=line["snapshot_id"],
        last_good_id=line["last_good_id"],
        doubts=tuple(Doubt(**doubt) for doubt in line["doubts"]),
        opened_at=line["at"],
    )


def _superseded(hold: Hold, at: str) -> Hold:
    return replace(hold, state="superseded", decided_at=at) if hold.state == "open" else hold


def _decided(hold: Hold, line: Mapping[str, Any]) -> Hold:
    return replace(
        hold,
        state=line["state"],
        decided_at=line["at"],
        decided_by=line["by"],
        reason=line["reason"],
        as_changes=line["as_changes"],
    )


def _closed(hold: Hold | None) -> str:
    if hold is None:
        return "There is no such hold."
    if hold.state == "superseded":
        return "A later delivery has taken its place; there is nothing left to decide."
    return f"{hold.decided_by} {hold.state} it at {hold.decided_at}; a decision stands."
