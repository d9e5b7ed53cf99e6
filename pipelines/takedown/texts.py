"""Files of lines and words that may name a record in a sentence: holds, changes, what was told."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from pipelines.settings import Settings
from pipelines.takedown import tables
from pipelines.takedown.stored import replace_file

REMOVED = "[taken down]"


def clean(settings: Settings, names: Sequence[str]) -> int:
    """Take the names out of every file of words that is kept; return how many had one."""
    words = [name for name in names if tables.is_telling(name)]
    if not words:
        return 0
    return sum(clean_file(file, words) for file in _files(settings))


def clean_file(file: Path, words: Sequence[str]) -> bool:
    """Replace the names in a file of JSON, lines of JSON or text; say whether it had one."""
    before = file.read_text(encoding="utf-8", errors="surrogateescape")
    if not any(word in before for word in words):
        return False
    find = re.compile(tables.pattern(words))
    if file.suffix == ".ndjson":
        lines = before.splitlines()
        after = "".join(f"{_line(line, find)}\n" for line in lines)
    elif file.suffix == ".json":
        told = _walked(json.loads(before), find)
        after = f"{json.dumps(told, indent=1, ensure_ascii=False)}\n"
    else:
        after = _without(before, find)
    if after != before:
        replace_file(file, after.encode("utf-8", "surrogateescape"))
    return after != before


def _files(settings: Settings) -> Iterator[Path]:
    data = settings.data
    yield from (file for file in (settings.status, data / "shown.ndjson") if file.is_file())
    for folder in (settings.holds, data / "changes", settings.snapshots / "receipts"):
        yield from sorted(file for file in folder.rglob("*.*json") if file.is_file())


def _line(line: str, find: re.Pattern[str]) -> str:
    try:
        told = json.loads(line)
    except ValueError:
        return _without(line, find)
    walked = _walked(told, find)
    return line if walked == told else json.dumps(walked)


def _walked(value: Any, find: re.Pattern[str]) -> Any:
    if isinstance(value, str):
        return _without(value, find)
    if isinstance(value, list):
        return [_walked(one, find) for one in value]
    if isinstance(value, dict):
        return {_without(str(key), find): _walked(one, find) for key, one in value.items()}
    return value


def _without(text: str, find: re.Pattern[str]) -> str:
    return find.sub(lambda found: f"{found[1]}{REMOVED}{found[3]}", text)
