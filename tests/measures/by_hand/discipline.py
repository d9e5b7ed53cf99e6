"""The numbers of discipline, from officer cases with the rungs of the ladder at each step."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from tests.measures.by_hand.gate import Cell, Fact, Told, cells, count, put, share

PERIODS = ("all", "calendar_year")


def discipline(cases: Sequence[Fact]) -> Told:
    """All metrics of the family, naive ones included."""
    told: Told = {}
    tells_of_appeals = any(case["appeal"] for case in cases)
    by_words = cells(cases, "received_date", ("all",), ("board_recommended_local",), unknown=None)
    for cell, some in [*cells(cases, "received_date", ("calendar_year",)), *by_words]:
        _counted(told, cell, some)
        decided = _agreement(told, cell, some, _cohort(some))
        if tells_of_appeals:
            _standing(told, cell, decided, _cohort(some))
    by_year = cells(cases, "received_date", ("all",), ("chief_decision_year",), unknown=None)
    for cell, some in by_year:
        if cell[3] != "all":
            _agreement(told, cell, some, None)
    return told


def _cohort(cases: Sequence[Fact]) -> tuple[int, int]:
    """How many the chief could decide on, and on how many of them he did."""
    open_or_decided = [case for case in cases if not case["is_settled_otherwise"]]
    return len(open_or_decided), sum(case["chief"] is not None for case in open_or_decided)


def _counted(told: Told, cell: Cell, some: Sequence[Fact]) -> None:
    kinds, cohort = [concurrence(case) for case in some], _cohort(some)
    silent, waiting = kinds.count("not_decidable"), kinds.count("pending")
    compared = len(kinds) - silent - waiting
    put(told, "discipline_officer_cases", cell, count(len(some), cohort))
    put(told, "discipline_decidable_cases", cell, count(compared, cohort))
    put(told, "discipline_not_decidable_cases", cell, count(silent, cohort))
    undecided = cohort[0] - cohort[1]
    put(told, "discipline_undecided_share", cell, share(undecided, cohort[0]))
    nothing = sum(case["chief"] == 0 for case in some if not case["is_settled_otherwise"])
    put(told, "no_penalty_share_of_all", cell, share(nothing, len(some), cohort))


def _agreement(
    told: Told, cell: Cell, some: Sequence[Fact], cohort: tuple[int, int] | None
) -> list[Fact]:
    """What the chief did with what the board recommended; returns the cases that he decided."""
    kinds = [concurrence(case) for case in some]
    compared = [kind for kind in kinds if kind not in ("pending", "not_decidable")]
    for kind in ("same", "lower", "higher", "none_imposed"):
        shown = share(compared.count(kind), len(compared), cohort)
        put(told, f"concurrence_{kind}_share", cell, shown)
    settled = [case for case in some if case["chief"] is not None]
    decided = [case for case in settled if not case["is_settled_otherwise"]]
    nothing = sum(case["chief"] == 0 for case in decided)
    put(told, "no_penalty_share_of_decided", cell, share(nothing, len(decided), cohort))
    return decided


def concurrence(case: Fact) -> str:
    """How what the chief decided stands to what the board recommended."""
    lowest, highest = case["board"]
    if case["is_settled_otherwise"] or lowest is None:
        return "not_decidable"
    if case["chief"] is None:
        return "pending"
    if case["chief"] == 0 and lowest > 0:
        return "none_imposed"
    if case["chief"] < lowest:
        return "lower"
    return "higher" if case["chief"] > highest else "same"


def _standing(told: Told, cell: Cell, decided: Sequence[Fact], cohort: tuple[int, int]) -> None:
    final = [case for case in decided if case["appeal"] != "pending"]
    counted: dict[str, Callable[[Fact], bool]] = {
        "penalty_standing_share": _stands,
        "penalty_imposed_share_before_appeal": lambda case: case["chief"] > 0,
    }
    for metric, is_part in counted.items():
        put(told, metric, cell, share(sum(map(is_part, final)), len(final), cohort))


def _stands(case: Fact) -> bool:
    if case["appeal"] in (None, "upheld"):
        return bool(case["chief"] > 0)
    return bool(case["after_appeal"] > 0)
