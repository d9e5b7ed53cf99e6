"""Settings come from the environment, and what cannot be read is refused by name."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from pipelines.failures import Misconfigured
from pipelines.settings import load_settings


def test_the_environment_is_read_once_into_one_record(tmp_path: Path) -> None:
    settings = load_settings(
        {
            "OVERSIGHT_DATA": str(tmp_path),
            "OVERSIGHT_JURISDICTIONS": "detroit, chicago,detroit",
            "OVERSIGHT_NOW": "2030-01-02T03:04:05",
        }
    )
    assert settings.data == tmp_path
    assert settings.jurisdictions == ("chicago", "detroit")
    assert settings.now == datetime(2030, 1, 2, 3, 4, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("OVERSIGHT_TIME_ZONE", "Mars/Olympus"),
        ("OVERSIGHT_NOW", "yesterday"),
        ("OVERSIGHT_KEEP_RELEASES", "0"),
    ],
)
def test_a_setting_that_cannot_be_read_is_refused_by_name(name: str, value: str) -> None:
    with pytest.raises(Misconfigured, match=name) as refused:
        load_settings({name: value})
    assert refused.value.exit_code == 78


def test_tokens_are_read_by_name_and_never_shown() -> None:
    settings = load_settings({"OVERSIGHT_TOKEN_LEGISTAR_NYC": "s3cret", "OVERSIGHT_TOKEN_X": ""})
    assert settings.tokens == {"legistar_nyc": "s3cret"}
    assert "s3cret" not in repr(settings)
