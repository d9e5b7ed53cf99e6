"""The quarters that may be cut: closed, and past the embargo in which late records still come."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

EMBARGO = timedelta(days=45)


@dataclass(frozen=True, order=True)
class Quarter:
    """Three months of one year; `number` is 1 to 4."""

    year: int
    number: int

    @classmethod
    def of(cls, day: date) -> Quarter:
        """The quarter that a day lies in."""
        return cls(day.year, (day.month + 2) // 3)

    @property
    def next(self) -> Quarter:
        return Quarter(self.year + self.number // 4, self.number % 4 + 1)

    @property
    def first_day(self) -> date:
        return date(self.year, 3 * self.number - 2, 1)

    @property
    def last_day(self) -> date:
        return self.next.first_day - timedelta(days=1)

    def __str__(self) -> str:
        return f"{self.year}-Q{self.number}"


@dataclass(frozen=True)
class Span:
    """The quarters of one cut, from the first to the last."""

    first: Quarter
    last: Quarter

    @property
    def label(self) -> str:
        """`2020-Q1`, or `2016-Q1/2019-Q4` for more than one quarter."""
        return str(self.first) if self.first == self.last else f"{self.first}/{self.last}"

    def holds(self, day: date) -> bool:
        """Whether the day lies in the span."""
        return self.first <= Quarter.of(day) <= self.last


def last_closed(today: date) -> Quarter:
    """The latest quarter that ended an embargo ago or longer; all earlier ones did, too."""
    quarter = Quarter.of(today)
    while quarter.last_day + EMBARGO > today:
        quarter = _before(quarter)
    return quarter


def closed_since(first: Quarter, today: date) -> list[Quarter]:
    """The quarters from `first` on that may be cut today, oldest first."""
    return list(_from(first, last_closed(today)))


def _from(first: Quarter, last: Quarter) -> Iterator[Quarter]:
    while first <= last:
        yield first
        first = first.next


def _before(quarter: Quarter) -> Quarter:
    return Quarter(quarter.year - (quarter.number == 1), (quarter.number - 2) % 4 + 1)
