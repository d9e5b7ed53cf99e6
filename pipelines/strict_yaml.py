"""YAML read strictly, with the line of every value.

`yaml.safe_load` lets a second key silently win and forgets where a value stood. This reader
refuses duplicate keys and any tag beyond plain data, and keeps line numbers, so that a message
can name the line to mend. Dates stay text: their meaning belongs to the model that reads them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

MAX_BYTES = 256 * 1024
PLAIN_TAGS = frozenset(
    f"tag:yaml.org,2002:{kind}"
    for kind in ("map", "seq", "str", "int", "float", "bool", "null", "timestamp")
)
Place = tuple[str | int, ...]


@dataclass(frozen=True)
class Problem:
    """One thing to mend, at one line of one file."""

    file: Path
    line: int
    message: str

    def __str__(self) -> str:
        return f"{self.file.name}:{self.line}: {self.message}"


@dataclass
class Document:
    """The data of one file, the line of each place in it, and what was wrong with it."""

    file: Path
    data: Any = None
    lines: dict[Place, int] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def line(self, place: Place) -> int:
        """The line of `place`, or of its nearest enclosing place."""
        for end in range(len(place), -1, -1):
            if place[:end] in self.lines:
                return self.lines[place[:end]]
        return 1

    def problem(self, place: Place, message: str) -> Problem:
        return Problem(self.file, self.line(place), message)


def read(file: Path) -> Document:
    """Read `file`; problems are collected in the document, never raised."""
    document = Document(file)
    text = file.read_bytes()
    if len(text) > MAX_BYTES:
        document.problems.append(Problem(file, 1, f"larger than {MAX_BYTES} bytes"))
        return document
    try:
        root = yaml.compose(text.decode("utf-8"), Loader=yaml.CSafeLoader)
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        mark = getattr(error, "problem_mark", None)
        reason = getattr(error, "problem", None) or "not UTF-8 text"
        document.problems.append(Problem(file, mark.line + 1 if mark else 1, f"not YAML: {reason}"))
        return document
    document.data = _value(root, (), document) if root is not None else None
    return document


def _value(node: yaml.Node, place: Place, document: Document) -> Any:
    document.lines[place] = node.start_mark.line + 1
    if node.tag not in PLAIN_TAGS:
        document.problems.append(document.problem(place, f"tag {node.tag!r} is not allowed"))
        return None
    if isinstance(node, yaml.MappingNode):
        return _mapping(node, place, document)
    if isinstance(node, yaml.SequenceNode):
        return [_value(item, (*place, n), document) for n, item in enumerate(node.value)]
    if node.tag.endswith((":timestamp", ":str")):
        return node.value
    return yaml.SafeLoader("").construct_object(node)


def _mapping(node: yaml.MappingNode, place: Place, document: Document) -> dict[Any, Any]:
    mapping: dict[Any, Any] = {}
    for key_node, value_node in node.value:
        key = key_node.value
        if key in mapping:
            document.lines[(*place, key)] = key_node.start_mark.line + 1
            document.problems.append(document.problem((*place, key), f"key {key!r} stands twice"))
            continue
        mapping[key] = _value(value_node, (*place, key), document)
        document.lines[(*place, key)] = key_node.start_mark.line + 1
    return mapping
