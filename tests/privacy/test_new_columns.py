"""A heading that nobody has read is named to the operator who asks, and to nobody else."""

from __future__ import annotations

from pathlib import Path

from pipelines import new_columns, shelf
from pipelines.demo import canaries
from tests.conftest import Installation, settings_at
from tests.privacy.everything import command, told


def test_a_new_column_is_named_to_the_operator_who_asks_and_to_nobody_else(
    yesterday: Installation,
) -> None:
    settings = yesterday.settings
    canaries.add_unexpected_column(yesterday.feeds / "complaints.csv")
    said = command(settings, "refresh")
    assert shelf.shown_number(settings) == 2
    assert "larkhaven.complaints: 1 column(s) are new and not loaded" in said
    assert "status --headings" in said
    assert told(said) == 0
    assert told(command(settings, "status")) == 0
    answer = command(settings, "status", "--headings")
    heading = canaries.UNEXPECTED.heading.casefold().replace(" ", "_")
    assert heading in answer.casefold().replace(" ", "_")
    quality = (settings.current / "csv" / "data_quality.csv").read_text(encoding="utf-8-sig")
    assert "columns_are_declared" in quality
    assert [told(public) for public in (quality, settings.status.read_bytes())] == [0, 0]


def test_without_a_build_there_is_nothing_to_name(tmp_path: Path) -> None:
    assert new_columns.lines(settings_at(tmp_path / "data")) == [new_columns.NONE]
