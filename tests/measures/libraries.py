"""What maintained libraries say of the same data: statsmodels, scipy and numpy."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import numpy as np
from scipy.special import lambertw
from scipy.stats import poisson
from statsmodels.duration.survfunc import CumIncidenceRight, SurvfuncRight
from statsmodels.stats.proportion import proportion_confint

from tests.measures.invented_waits import CAUSES, Wait

SAME = 1e-9
FULL = 1e-12


def wilson(part: int, whole: int) -> tuple[float, float]:
    """Ends of the Wilson interval, in percent."""
    lower, upper = proportion_confint(part, whole, alpha=0.05, method="wilson")
    return 100 * float(lower), 100 * float(upper)


def survival(waits: Sequence[Wait]) -> Any:
    """Kaplan and Meier's curve, of all causes together."""
    days = np.array([days for days, _ in waits])
    return SurvfuncRight(days, np.array([int(cause is not None) for _, cause in waits]))


def quantile(waits: Sequence[Wait], share: float) -> int | None:
    """The first day by which at least this share has ended. The library's own quantile wants more
    than this share, so its curve is read."""
    if all(cause is None for _, cause in waits):
        return None
    curve = survival(waits)
    reached = np.flatnonzero(curve.surv_prob <= 1 - share + FULL)
    return int(curve.surv_times[reached[0]]) if len(reached) else None


Ends = tuple[int | None, int | None]


def quantile_ends(waits: Sequence[Wait], share: float) -> Ends | None:
    """Ends of the 95 percent interval of a quantile, on the scale ln(-ln(x)); nothing where the
    library has none, which is when no day of an end lies inside."""
    curve = survival(waits)
    with np.errstate(divide="ignore", invalid="ignore"):
        lower, upper = curve.quantile_ci(share, alpha=0.05, method="cloglog")
    if np.isnan(lower):
        return None
    return int(lower), int(upper) if np.isfinite(upper) else None


def incidence(waits: Sequence[Wait], cause: str, until: int) -> tuple[float, float | None] | None:
    """Aalen and Johansen's share ended by a cause within so many days, and its standard error.
    The library wants both causes, and has no error once nobody is left."""
    codes = np.array([0 if name is None else 1 + CAUSES.index(name) for _, name in waits])
    if set(codes.tolist()) - {0} != {1, 2}:
        return None
    with np.errstate(divide="ignore", invalid="ignore"):
        found = CumIncidenceRight(np.array([days for days, _ in waits]), codes)
    place = int(np.searchsorted(found.times, until, side="right")) - 1
    if place < 0:
        return 0.0, 0.0
    which = CAUSES.index(cause)
    error = float(found.cinc_se[which][place])
    return float(found.cinc[which][place]), None if np.isnan(error) else error


def business_days(start: date, end: date, holidays: Sequence[date]) -> int:
    """Mondays to Fridays without holidays, the first day left out and the last one counted."""
    after = timedelta(days=1)
    return int(np.busday_count(start + after, end + after, holidays=list(holidays)))


def top_share(numbers: Sequence[int]) -> float:
    """Percent of all cases in the twentieth of officers with the most of them."""
    ordered = np.sort(np.array(numbers, dtype=float))[::-1]
    held = np.concatenate([[0.0], np.cumsum(ordered)])
    return float(100 * np.interp(0.05 * len(ordered), np.arange(len(held)), held) / held[-1])


def expected_top_share(mean: float, has_roster: bool) -> float:
    """The same under a Poisson distribution of this mean; without its zeros when only officers
    with a case are known."""
    rate = mean if has_roster else mean + float(lambertw(-mean * np.exp(-mean)).real)
    numbers = np.arange(int(rate + 20 * np.sqrt(rate) + 60), -1, -1)
    chances = poisson.pmf(numbers, rate)
    if not has_roster:
        chances = np.where(numbers == 0, 0.0, chances) / -np.expm1(-rate)
    before = np.concatenate([[0.0], np.cumsum(chances)[:-1]])
    return float(100 * np.sum(numbers * np.clip(0.05 - before, 0, chances)) / mean)
