"""The numbers of the federal grants, from awards, their actions and the reports of positions."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from tests.measures.by_hand.gate import Fact, Told, cells, count, put, ratio

Value = Callable[[Fact], float | None]
ALL = ("all",)
YEARS = ("fiscal_year_us_federal",)
GROUPS = ("agency", "program")


def grants(
    awards: Sequence[Fact],
    actions: Sequence[Fact],
    positions: Sequence[Fact],
    denominators: Sequence[Fact],
) -> Told:
    """All metrics of the family, naive ones included."""
    told: Told = {}
    _of_actions(told, actions)
    _per_head(told, actions, denominators)
    _of_awards(told, awards)
    _of_positions(told, positions)
    return told


def _sums(told: Told, metric: str, facts: Sequence[Fact], day: str, value: Value) -> None:
    """By agency and by programme for all years, and together for each; of what nobody knows,
    there is no sum."""
    for periods, groups in ((ALL, GROUPS), (YEARS, ())):
        for cell, some in cells(facts, day, periods, groups):
            known = [number for fact in some if (number := value(fact)) is not None]
            if known:
                put(told, metric, cell, count(sum(known)))


def _of_actions(told: Told, actions: Sequence[Fact]) -> None:
    dated = [fact for fact in actions if fact["usd"] is not None]
    _sums(told, "cops_obligated_usd", dated, "action_date", lambda a: max(a["usd"], 0.0))
    _sums(told, "cops_deobligated_usd", dated, "action_date", lambda a: max(-a["usd"], 0.0))
    for cell, some in cells(dated, "action_date", YEARS):
        put(told, "cops_net_obligated_usd", cell, count(sum(a["usd"] for a in some)))


def _per_head(told: Told, actions: Sequence[Fact], denominators: Sequence[Fact]) -> None:
    kinds = {"sworn_officers": "cops_obligated_per_sworn_officer",
             "residents": "cops_obligated_per_resident"}  # fmt: skip
    for cell, some in cells(actions, "action_date", YEARS, ("agency",)):
        _, _, year, dimension, agency = cell
        net = sum(action["usd"] or 0 for action in some)
        for kind, metric in kinds.items():
            known = [
                (row["year"], row["value"])
                for row in denominators
                if row["jurisdiction"] == agency
                and row["kind"] == kind
                and row["year"] <= int(year[2:])
            ]
            if dimension == "agency" and known:
                put(told, metric, cell, ratio(net, max(known)[1]))


def _of_awards(told: Told, awards: Sequence[Fact]) -> None:
    for cell, some in cells(awards, "start_date", ALL, GROUPS):
        known = [a["obligated"] for a in some if a["obligated"] is not None]
        if known:
            put(told, "cops_net_obligated_usd", cell, count(sum(known)))
    day = "start_date"
    _sums(told, "cops_outlayed_usd", awards, day, lambda a: a["outlayed"])
    _sums(told, "cops_remaining_usd", awards, day, _remaining)
    _sums(told, "cops_outlay_not_reported_awards", awards, day, lambda a: a["outlayed"] is None)
    _sums(told, "cops_spent_naive_usd", awards, day, lambda a: a["obligated"])
    _sums(
        told, "cops_remaining_naive_usd", awards, day,
        lambda a: None if a["obligated"] is None else a["obligated"] - (a["outlayed"] or 0),
    )  # fmt: skip


def _remaining(award: Fact) -> float | None:
    if award["outlayed"] is None or award["obligated"] is None:
        return None
    return float(award["obligated"] - award["outlayed"])


def _of_positions(told: Told, positions: Sequence[Fact]) -> None:
    named = {
        "cops_officers_funded": "funded",
        "cops_officers_hired": "hired",
        "cops_officers_retained": "retained",
        "cops_match_required_usd": "match_required",
        "cops_match_waived_usd": "match_waived",
        "cops_officers_hired_naive": "funded",
    }
    for metric, column in named.items():
        _sums(told, metric, positions, "start_date", lambda p, c=column: p[c])
    funded = [p for p in positions if p["funded"] is not None]
    metric = "cops_hires_not_reported_awards"
    _sums(told, metric, funded, "start_date", lambda p: p["hired"] is None)
