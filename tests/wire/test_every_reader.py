"""Whatever befalls an answer on its way, each reader brings the whole or says that it failed."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from pipelines.failures import SourceFailed
from tests.wire import fetching
from tests.wire.examples import EXAMPLES
from tests.wire.misfortunes import ON_THE_WAY, Misfortune
from tests.wire.server import Reply, Request, Wire, serving

pytestmark = pytest.mark.behaviour(26)
ELSEWHERE = "redirect to another host"
RETRIED = sorted(set(ON_THE_WAY) - {ELSEWHERE})


def befall(wire: Wire, misfortune: Misfortune, every: int) -> list[int]:
    """Let it befall every so-manieth answer; the numbers of those befallen."""
    chance, befallen = random.Random(5), list[int]()

    def fault(request: Request, reply: Reply) -> Reply:
        if request.at % every or reply.status != 200:
            return reply
        befallen.append(request.at)
        return misfortune(chance, request, reply)

    wire.faults = fault
    return befallen


@pytest.mark.parametrize("fault", RETRIED)
@pytest.mark.parametrize("name", EXAMPLES)
def test_an_answer_that_breaks_off_is_asked_for_again(
    tmp_path: Path, name: str, fault: str
) -> None:
    example = EXAMPLES[name]()
    with serving(example.service) as wire:
        contract = example.contract(wire, tmp_path)
        whole = fetching.rows(contract, example.settings(tmp_path / "whole"))
        befallen = befall(wire, ON_THE_WAY[fault], every=2)
        assert fetching.rows(contract, example.settings(tmp_path / "broken")) == whole
        assert befallen
        assert whole


@pytest.mark.parametrize("fault", RETRIED)
@pytest.mark.parametrize("name", EXAMPLES)
def test_an_answer_that_never_comes_whole_is_never_taken(
    tmp_path: Path, name: str, fault: str
) -> None:
    example = EXAMPLES[name]()
    with serving(example.service) as wire:
        contract = example.contract(wire, tmp_path)
        befall(wire, ON_THE_WAY[fault], every=1)
        settings = fetching.hurried(example.settings(tmp_path), attempts=2)
        with pytest.raises(SourceFailed, match=r"larkhaven\.complaints"):
            fetching.fetch(contract, settings)


@pytest.mark.parametrize("name", EXAMPLES)
def test_a_redirect_to_another_host_is_not_followed(tmp_path: Path, name: str) -> None:
    example = EXAMPLES[name]()
    with serving(example.service) as wire:
        contract = example.contract(wire, tmp_path)
        befall(wire, ON_THE_WAY[ELSEWHERE], every=1)
        with pytest.raises(SourceFailed, match=r"another (host|address)"):
            fetching.fetch(contract, example.settings(tmp_path))


@pytest.mark.parametrize("name", EXAMPLES)
def test_a_stall_is_waited_for_only_so_long(tmp_path: Path, name: str) -> None:
    example = EXAMPLES[name]()
    with serving(example.service) as wire:
        contract = example.contract(wire, tmp_path)
        wire.faults = lambda _, reply: Reply(200, reply.body, reply.headers, stall=30)
        settings = fetching.hurried(example.settings(tmp_path), attempts=2, read=0.05)
        with pytest.raises(SourceFailed, match="in time"):
            fetching.fetch(contract, settings)
