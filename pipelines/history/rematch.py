"""Records that look removed and added but are the same: another key, or another way of writing.

One record that went and one that came are the same when they are equal in everything else. Of
several that are equal, which is which cannot be told, and no guess is made.
"""

from __future__ import annotations

from dataclasses import dataclass

from pipelines.history.compare import Comparison, content
from pipelines.parsers.parsed import literal

FEWEST = 20


@dataclass(frozen=True)
class Rematch:
    """Pairs found when `columns` are left out: sure ones, and records in groups of equals."""

    columns: tuple[str, ...]
    paired: int
    unclear: int

    @property
    def total(self) -> int:
        return self.paired + self.unclear


def by_key(comparison: Comparison) -> Rematch | None:
    """The part of the key without which most records pair up, if the key moved; none otherwise.

    The table `matches` is left filled for it. At least 20 records and one in a hundred must be
    gone, and half of them must pair up.
    """
    key = comparison.contract.meta.key
    gone = comparison.number("removed")
    enough = max(FEWEST, comparison.before_count / 100)
    if key is None or gone < enough or comparison.number("added") < FEWEST:
        return None
    choices = list(dict.fromkeys([*((column,) for column in key), key]))
    found = [_match(comparison, without) for without in choices]
    best = max(found, key=lambda one: (one.total, one.paired))
    if best.total < gone / 2:
        return None
    return _match(comparison, best.columns)


def rekey(comparison: Comparison) -> Comparison:
    """Let the records of `matches` go on under their new keys."""
    _join(comparison, "rekeyed")
    execute = comparison.connection.execute
    execute(
        "update touched set step = 'rekeyed_from' where step = 'removed' and pair in "
        "(select old_pair from matches where is_unclear)"
    )
    execute(
        "update touched set step = 'rekeyed_to' where step = 'added' and pair in "
        "(select new_pair from matches where is_unclear)"
    )
    return comparison.counted()


def by_content(comparison: Comparison) -> Comparison:
    """Without a key: join rows that differ in their writing alone."""
    if comparison.contract.meta.key is not None:
        return comparison
    return _known_again(_rewritten(comparison))


def _rewritten(comparison: Comparison) -> Comparison:
    if not (comparison.number("removed") and comparison.number("added")):
        return comparison
    old, new = _sides(comparison, ())
    placed = "select *, row_number() over (partition by content order by pair) as place from"
    comparison.connection.execute(
        "create or replace temp table matches as select old.pair as old_pair, "
        "new.pair as new_pair, false as is_unclear "
        f"from ({placed} ({old})) as old join ({placed} ({new})) as new using (content, place)"
    )
    return _join(comparison, "changed").counted()


def _known_again(comparison: Comparison) -> Comparison:
    """Rows that were gone and come back in another writing are restored, not new."""
    if not comparison.number("added"):
        return comparison
    _, new = _sides(comparison, ())
    placed = "row_number() over (partition by content order by {0}) as place"
    execute = comparison.connection.execute
    execute(
        "create or replace temp table returned as select new.pair, gone.record_key from "
        f"(select *, {placed.format('pair')} from ({new})) as new join "
        f"(select record_key, content, {placed.format('record_key')} from store.current "
        "where missing_since is not null and content is not null) as gone "
        "using (content, place)"
    )
    execute(
        "update touched set step = 'restored', old_key = returned.record_key from returned "
        "where touched.pair = returned.pair"
    )
    execute(
        "insert into before select pair, kept.* from returned "
        "join store.current as kept using (record_key)"
    )
    return comparison.counted()


def by_word(comparison: Comparison) -> Comparison:
    """Without a key: join rows in which nothing but one renamed word differs.

    A word counts as renamed when at least 20 rows had it, none has it any more, and the new one
    was not there before.
    """
    if comparison.contract.meta.key is not None:
        return comparison
    for name in comparison.columns:
        if comparison.number("removed") < FEWEST or comparison.number("added") < FEWEST:
            break
        if not name.startswith("_"):
            comparison = _renamed(comparison, name)
    return comparison


def _renamed(comparison: Comparison, name: str) -> Comparison:
    """Join the rows in which only this column's word was replaced.

    Rows that are equal in the rest must all have had one word and now have one, or nobody could
    tell which of them got which.
    """
    old, new = _sides(comparison, (name,), name)
    raw, kept = comparison.canonical(name, "raw"), comparison.canonical(name, "kept")
    told = (
        "select *, row_number() over (partition by content order by pair) as place, "
        "min(word) over (partition by content) = max(word) over (partition by content) as is_one"
    )
    execute = comparison.connection.execute
    execute(
        "create or replace temp table candidates as select old.pair as old_pair, "
        "new.pair as new_pair, old.word as old_word, new.word as new_word, "
        "count(*) over (partition by old.word, new.word) as number "
        f"from ({told} from ({old})) as old join ({told} from ({new})) as new "
        "using (content, place) where old.is_one and new.is_one"
    )
    execute(
        "create or replace temp table matches as select old_pair, new_pair, false as is_unclear "
        f"from candidates where number >= {FEWEST} "
        f"and old_word not in (select {raw} from {comparison.contract.raw_table} as raw "
        f"where {raw} is not null) and new_word not in (select {kept} from store.current as kept "
        f"where missing_since is null and {kept} is not null)"
    )
    return _join(comparison, "changed").counted()


def _sides(
    comparison: Comparison, without: tuple[str, ...], word: str | None = None
) -> tuple[str, str]:
    """The records gone and those new, each with its content; with `word`, also that column."""

    def side(rows: str, step: str) -> str:
        told = f", {comparison.canonical(word, rows)} as word" if word else ""
        return (
            f"select pair, {content(comparison, rows, without)} as content{told} "
            f"from {rows} join touched using (pair) where step = {literal(step)}"
        )

    return side("before", "removed"), side("after", "added")


def _match(comparison: Comparison, without: tuple[str, ...]) -> Rematch:
    """Fill `matches`: sure pairs, and the members of groups that have as many of both sides."""
    old, new = _sides(comparison, without)
    comparison.connection.execute(
        f"create or replace temp table matches as with old as ({old}), new as ({new}), "
        "groups as (select content, count(*) as number from old group by 1), "
        "pairs as (select content, number from groups join "
        "(select content, count(*) as number from new group by 1) using (content, number)) "
        "select old.pair as old_pair, new.pair as new_pair, false as is_unclear from pairs "
        "join old using (content) join new using (content) where number = 1 union all "
        "select old.pair, null, true from pairs join old using (content) where number > 1 "
        "union all "
        "select null, new.pair, true from pairs join new using (content) where number > 1"
    )
    found = comparison.connection.execute(
        "select count(*) filter (not is_unclear), count(old_pair) filter (is_unclear) from matches"
    ).fetchone() or (0, 0)
    return Rematch(without, int(found[0]), int(found[1]))


def _join(comparison: Comparison, step: str) -> Comparison:
    """Make one touched record of each sure pair: its old key, its new one and its new place."""
    execute = comparison.connection.execute
    sure = "matches where not is_unclear"
    execute(
        "create or replace temp table joined as select old_pair as pair, new_pair, old.old_key, "
        f"new.new_key, new._row_number from (select * from {sure}) as sure "
        "join touched as old on old.pair = old_pair join touched as new on new.pair = new_pair"
    )
    execute(
        "delete from touched where pair in (select pair from joined union all "
        "select new_pair from joined)"
    )
    execute(
        "insert into touched (pair, old_key, new_key, _row_number, step) "
        f"select pair, old_key, new_key, _row_number, {literal(step)} from joined"
    )
    execute("update after set pair = joined.pair from joined where after.pair = joined.new_pair")
    return comparison
