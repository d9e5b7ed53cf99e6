"""What became of the recommendations of New York's board, counted from the file alone.

Python's own csv module and a reading of the city's words that shares nothing with the crosswalk:
what a penalty is, is told by the words in it. Prints counts, never a row.
`python -m tests.acceptance.concurrence_by_hand penalties.csv`
"""

from __future__ import annotations

import csv
import sys
from collections import Counter, defaultdict
from pathlib import Path

WORDS = ("same", "lower", "higher", "none_imposed", "pending", "not_decidable")
RETIRED = ("retired", "resigned", "terminated", "deceased", "terminal leave")
SETTLED = (*RETIRED, "previously adjudicated", "sol expired", "charges not served",
           "dismissed by apu", "other")  # fmt: skip
UNPUNISHED = ("not guilty after trial-pc", "final verdict not guilty", "without discipline",
              "dismissed by police commissioner")  # fmt: skip
ASKED = {
    "charges": (4, 7), "command discipline b": (3, 3), "command discipline a": (2, 2),
    "command discipline": (2, 3), "formalized training": (1, 1),
    "command lvl instructions": (1, 1), "instructions": (1, 1), "no recommendations": None,
}  # fmt: skip


def concurrence(row: dict[str, str]) -> str:
    """How the department's decision stands to the board's recommendation in one row."""
    status = row["APU Case Status"].casefold().removeprefix("closed: ")
    penalty = " ".join(row["NYPD Officer Penalty"].casefold().split())
    if any(status.startswith(word) for word in (*SETTLED, *(f"mos {w}" for w in RETIRED))):
        return "not_decidable"
    if penalty.startswith(("retired", "resigned", "abated", "sol ", "closed administratively")):
        return "not_decidable"
    reached = rung(penalty)
    if not penalty and any(word in status for word in UNPUNISHED):
        reached = 0
    if reached is None:
        return "pending"
    said = row["Board Discipline Recommendation"] or row["CCRB Substantiated Officer Disposition"]
    asked = ASKED[said.casefold().partition("(")[2].rstrip(") ")]
    if asked is None:
        return "not_decidable"
    if asked[0] <= reached <= asked[1]:
        return "same"
    if reached == 0:
        return "none_imposed"
    return "lower" if reached < asked[0] else "higher"


def rung(penalty: str) -> int | None:
    """Place of a penalty on the ladder, by its gravest word; days of a command discipline aside.

    None when it names no penalty. "Dismissed" is said of the charges.
    """
    if penalty in ("", "apu - decision pending"):
        return None
    if penalty in ("no penalty", "dismissed"):
        return 0
    discipline = penalty.replace("discipline - ", "discipline ")
    told = [
        7 * ("terminated" in penalty or "separation" in penalty),
        6 * ("probation" in penalty),
        5 * ("suspension" in penalty),
        4 * ("vacation" in penalty and "discipline" not in penalty),
        3 * ("discipline b" in discipline),
        2 * ("discipline a" in discipline or "reprimand" in penalty),
        2 * (penalty.startswith(("w&a", "warned"))),
        1 * ("training" in penalty or "instructions" in penalty),
    ]
    if not max(told):
        raise ValueError("A penalty is written in a way that nobody has thought of.")
    return max(told)


def counted(file: Path) -> dict[str, Counter[str]]:
    """Officer cases by the year with which the number of the complaint begins, and by outcome."""
    years: dict[str, Counter[str]] = defaultdict(Counter)
    with file.open(encoding="utf-8-sig", newline="") as text:
        for row in csv.DictReader(text):
            years[row["Complaint Id"][:4]][concurrence(row)] += 1
    return years


def table(years: dict[str, Counter[str]]) -> str:
    """One line a year: counts, then the share of each outcome among those that can be compared."""
    lines = [f"{'year':<6}{'all':>7}" + "".join(f"{word:>14}" for word in WORDS) + f"{'none %':>8}"]
    total = sum(years.values(), Counter[str]())
    for year, cases in (*sorted(years.items()), ("all", total)):
        compared = sum(cases[word] for word in WORDS[:4])
        share = f"{100 * cases['none_imposed'] / compared:>8.1f}" if compared else f"{'':>8}"
        counts = "".join(f"{cases[word]:>14,}" for word in WORDS)
        lines.append(f"{year:<6}{cases.total():>7,}{counts}{share}")
    return "\n".join(lines)


if __name__ == "__main__":
    print(table(counted(Path(sys.argv[1]))))
