"""The words of the site come from where they are declared, and say what a reader must know."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from pipelines.contracts import Contract, load_contracts
from pipelines.failures import Misconfigured
from pipelines.settings import PROJECT
from pipelines.site import INVENTED, banner, words
from tests import invented_marts as invented


@pytest.fixture(scope="module")
def contracts() -> tuple[Contract, ...]:
    return load_contracts(PROJECT / "dbt_project", ["larkhaven"])


@pytest.fixture(scope="module")
def told(
    contracts: tuple[Contract, ...], tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Any]:
    settings = invented.settings(tmp_path_factory.mktemp("words"))
    return words(settings, invented.marts(), contracts)


def test_each_table_has_title_words_columns_source_and_licence(told: dict[str, Any]) -> None:
    tables = told["databases"]["oversight"]["tables"]
    assert next(iter(tables)) == "complaints"
    assert set(tables) == {mart.name for mart in invented.marts()}
    for mart in invented.marts():
        table = tables[mart.name]
        assert table["title"] == mart.title
        assert list(table["columns"]) == [column.name for column in mart.columns]
        assert table["source"]
        assert table["license"]


def test_attribution_follows_the_lineage_of_a_table(
    told: dict[str, Any], contracts: tuple[Contract, ...]
) -> None:
    table = told["databases"]["oversight"]["tables"]["complaints"]
    assert "larkhaven.complaints" in table["sources"]
    assert contracts[0].publisher in table["source"]


def test_a_board_finds_its_questions(told: dict[str, Any]) -> None:
    questions = told["databases"]["oversight"]["queries"]
    assert len(questions) == 17
    for question in questions.values():
        assert question["title"].endswith("?")
        assert len(question["description"]) > 40
        assert (
            "limit" in question["sql"]
            or "group by jurisdiction" in question["sql"]
            or ("from sources" in question["sql"])
        )


def test_invented_data_say_so_and_allegations_are_not_findings(
    told: dict[str, Any], contracts: tuple[Contract, ...]
) -> None:
    assert told["banner"] == INVENTED.format("Larkhaven")
    assert "Allegations are not findings" in told["notice"]
    real = load_contracts(PROJECT / "dbt_project", ["detroit"])
    assert banner(real) is None
    assert "Larkhaven does not exist" in str(banner([*contracts, *real]))


def test_words_that_cannot_be_read_are_refused(tmp_path: Path) -> None:
    (tmp_path / "datasette").mkdir()
    (tmp_path / "datasette" / "site.yml").write_text("title: x\ntitle: y\n")
    with pytest.raises(Misconfigured, match=r"site\.yml:2"):
        words(invented.settings(tmp_path, project=tmp_path), [], [])
