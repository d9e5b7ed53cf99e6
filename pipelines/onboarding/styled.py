"""Small pieces of YAML in the style of the files that people have written here."""

from __future__ import annotations

import json
import re
import textwrap
from collections.abc import Sequence

WIDTH = 100
PLAIN = re.compile(r"^[A-Za-z(/][^:#{}\[\],&*!|>'\"%@`\n]*$")
NOT_TEXT = frozenset(("true", "false", "yes", "no", "on", "off", "null", "none", "y", "n"))


def scalar(text: str) -> str:
    """`text` as a YAML value on one line, quoted only where it must be."""
    is_plain = PLAIN.match(text) and text.strip() == text and text.lower() not in NOT_TEXT
    return text if is_plain else json.dumps(text, ensure_ascii=False)


def entry(indent: int, key: str, text: str) -> str:
    """`key: text` on one line, or folded below the key where the line would be too long."""
    line = f"{' ' * indent}{key}: {scalar(text)}"
    if len(line) <= WIDTH:
        return line + "\n"
    space = " " * (indent + 2)
    folded = textwrap.wrap(text, WIDTH - len(space), break_long_words=False, break_on_hyphens=False)
    return "\n".join([f"{' ' * indent}{key}: >-", *(space + part for part in folded)]) + "\n"


def listed(words: Sequence[str]) -> str:
    """`words` as a list on one line."""
    return f"[{', '.join(scalar(word) for word in words)}]"


def quoted_list(words: Sequence[str]) -> str:
    """`words` as a list on one line, each in quotes, as formats are written."""
    return f"[{', '.join(json.dumps(word) for word in words)}]"
