"""How often Python looks for garbage while a refresh runs."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

SELDOM = 500_000
"""New objects between two searches, instead of 700."""


@contextmanager
def seldom_collected() -> Iterator[None]:
    """Search for garbage seldom, as long as this lasts.

    dbt, Dagster and Great Expectations make millions of objects that live until the end, and
    Python goes through all of them again and again: a seventh of a small refresh. The rows are
    not among them. It costs about 20 MB.
    """
    before = gc.get_threshold()
    gc.set_threshold(SELDOM, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)
