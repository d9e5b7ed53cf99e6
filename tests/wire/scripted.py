"""Paths that answer what a test wrote down for them, one reply after the other."""

from __future__ import annotations

from dataclasses import dataclass, field

from tests.wire.server import Reply, Request


@dataclass
class Scripted:
    """A service without a protocol: each path gives its replies in turn, the last for ever."""

    replies: dict[str, list[Reply]] = field(default_factory=dict)

    def script(self, path: str, *replies: Reply) -> str:
        """Give `path` these replies from now on."""
        self.replies[path] = list(replies)
        return path

    def answer(self, request: Request) -> Reply | None:
        """The next reply of the path, if it has any."""
        left = self.replies.get(request.path)
        if left is None:
            return None
        return left.pop(0) if len(left) > 1 else left[0]
