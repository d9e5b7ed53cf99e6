"""One more item at the end of a list in a YAML file, every line that stood there untouched."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

import yaml

from pipelines.failures import Misconfigured


def with_item(text: str, path: Sequence[str | int], item: str, *, apart: bool = False) -> str:
    """`text` with the lines of `item` added to the block list at `path`.

    The item is indented as its siblings are; `apart` puts a blank line before it. Raises
    `Misconfigured` when the path leads to no such list, or when the file would not read as
    before with one item more.
    """
    node = _found(text, path)
    if not isinstance(node, yaml.SequenceNode) or node.flow_style or not node.value:
        raise _unfit(path)
    column = node.value[0].start_mark.column - 2
    lines = text.splitlines(keepends=True)
    end = _end(lines, node.value[0].start_mark.line, node.end_mark.line)
    added = ("\n" if apart else "") + textwrap.indent(textwrap.dedent(item), " " * column)
    if lines and not lines[end - 1].endswith("\n"):
        lines[end - 1] += "\n"
    new = "".join([*lines[:end], added, *lines[end:]])
    _check(text, new, path)
    return new


def has(text: str, path: Sequence[str | int]) -> bool:
    """Whether there is something at `path`."""
    try:
        _found(text, path)
    except Misconfigured:
        return False
    return True


def _found(text: str, path: Sequence[str | int]) -> yaml.Node:
    node = yaml.compose(text, Loader=yaml.CSafeLoader)
    for step in path:
        below: yaml.Node | None = None
        if isinstance(node, yaml.MappingNode):
            below = next((value for key, value in node.value if key.value == step), None)
        elif isinstance(node, yaml.SequenceNode) and isinstance(step, int):
            below = node.value[step] if step < len(node.value) else None
        if below is None:
            raise _unfit(path)
        node = below
    assert node is not None
    return node


def _end(lines: Sequence[str], first: int, end: int) -> int:
    """The line behind the list: blank lines and comments before the next key are not its own."""
    while end > first + 1 and (not lines[end - 1].strip() or lines[end - 1].startswith("#")):
        end -= 1
    return end


def _check(before: str, after: str, path: Sequence[str | int]) -> None:
    old, new = _list(before, path), _list(after, path)
    if len(new) != len(old) + 1 or new[: len(old)] != old:
        raise _unfit(path)


def _list(text: str, path: Sequence[str | int]) -> list[object]:
    value = yaml.safe_load(text)
    for step in path:
        value = value[step]
    return list(value)


def _unfit(path: Sequence[str | int]) -> Misconfigured:
    told = f"There is no list {'.'.join(map(str, path))!r} with an item a line."
    return Misconfigured(told, place="new-source", next_step="Write the list one item a line.")
