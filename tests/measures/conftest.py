"""What the proofs of the measures share: the compiled models, and the facts read by hand."""

from __future__ import annotations

import pytest

from tests.conftest import Installation
from tests.measures import facts
from tests.measures.by_hand.gate import Told
from tests.measures.by_hand.recomputed import recomputed
from tests.measures.chain import Chain, chain_of


@pytest.fixture(scope="session")
def chain(released: Installation) -> Chain:
    """The models as the refresh of the tiny demo compiled them, and its warehouse."""
    return chain_of(released.settings)


@pytest.fixture(scope="session")
def read_by_hand(released: Installation) -> facts.Facts:
    """The facts of the tiny demo, read from its files."""
    return facts.read(released.feeds)


@pytest.fixture(scope="session")
def by_hand(read_by_hand: facts.Facts) -> Told:
    """Every measure of the tiny demo, recomputed."""
    return recomputed(read_by_hand)
