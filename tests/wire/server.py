"""The HTTP side of the wire server: loopback, keep-alive, and faults on the wire itself."""

from __future__ import annotations

import gzip
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Protocol
from urllib.parse import parse_qsl, unquote, urlsplit


@dataclass
class Request:
    """One request as it came in; header names in lower case, `at` counts from 1.

    `query` holds decoded values, blank ones too; `repeated` names the parameters that came twice.
    """

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes
    at: int
    repeated: tuple[str, ...] = ()


@dataclass
class Reply:
    """One answer, and how its bytes are to go wrong.

    `announced` overrides Content-Length. `cut_after` closes the connection after so many bytes of
    the body, with a reset if `reset`. `stall` waits so many seconds before the second half of the
    body. `zipped` compresses the body if the request accepts gzip.
    """

    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    announced: int | None = None
    cut_after: int | None = None
    reset: bool = False
    stall: float = 0
    chunked: bool = False
    zipped: bool = False


class Service(Protocol):
    """Something that answers the paths it knows, and None for all others."""

    def answer(self, request: Request) -> Reply | None:
        """The reply, or None when the path is not this service's."""
        ...


Faults = Callable[[Request, Reply], Reply]


@dataclass
class Wire:
    """A running server: its address, what was asked and with which status it was answered.

    `faults` has the last word on every reply. An exception of a service is raised when the
    server's block ends, so that no reader can mistake it for a fault of the wire.
    """

    address: str
    services: list[Service] = field(default_factory=list)
    asked: list[Request] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)
    faults: Faults | None = None
    broken: list[Exception] = field(default_factory=list)

    def url(self, path: str) -> str:
        """The full address of a path."""
        return f"{self.address}{path}"

    def reply(self, request: Request) -> Reply:
        """What the first service that knows the path says, after gzip and the faults."""
        self.asked.append(request)
        try:
            answers = (service.answer(request) for service in self.services)
            found = next((reply for reply in answers if reply is not None), None)
            reply = _zipped(request, found or Reply(404, b"Not Found"))
            if self.faults:
                reply = _zipped(request, self.faults(request, reply))
        except Exception as error:
            self.broken.append(error)
            reply = Reply(500, b"the wire server itself is broken")
        self.statuses.append(reply.status)
        return reply


def _zipped(request: Request, reply: Reply) -> Reply:
    if not reply.zipped or "gzip" not in request.headers.get("accept-encoding", ""):
        return reply
    headers = {**reply.headers, "Content-Encoding": "gzip"}
    return replace(reply, body=gzip.compress(reply.body, 1), headers=headers, zipped=False)


class _Server(ThreadingHTTPServer):
    """Knows its open connections, so that it can end them."""

    daemon_threads = False
    request_queue_size = 64

    def __init__(self, handler: type[BaseHTTPRequestHandler]) -> None:
        self.open: set[socket.socket] = set()
        self.closing = threading.Event()
        super().__init__(("127.0.0.1", 0), handler)

    def process_request(self, request: Any, client_address: Any) -> None:
        self.open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        self.open.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A reader that hangs up is no news."""

    def end(self) -> None:
        self.closing.set()
        self.shutdown()
        for connection in list(self.open):
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        self.server_close()


@contextmanager
def serving(*services: Service) -> Iterator[Wire]:
    """A running server of these services; its threads end with the block."""
    lock, wire = threading.Lock(), Wire("", list(services))

    class Handler(_Handler):
        def reply(self, request: Request) -> Reply:
            with lock:
                return wire.reply(replace(request, at=len(wire.asked) + 1))

    server = _Server(Handler)
    wire.address = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield wire
    finally:
        server.end()
        thread.join()
    if wire.broken:
        raise wire.broken[0]


class _Handler(BaseHTTPRequestHandler):
    """Reads requests and writes replies byte by byte as they are told."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Server

    def reply(self, request: Request) -> Reply:
        raise NotImplementedError

    def do_GET(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        split = urlsplit(self.path)
        pairs = parse_qsl(split.query, keep_blank_values=True)
        names = [name for name, _ in pairs]
        request = Request(
            method=self.command,
            path=unquote(split.path),
            query=dict(pairs),
            headers={name.lower(): value for name, value in self.headers.items()},
            body=self.rfile.read(length),
            at=0,
            repeated=tuple(sorted({name for name in names if names.count(name) > 1})),
        )
        with suppress(OSError):
            self._send(self.reply(request))

    do_POST = do_GET  # noqa: N815 - named by the standard library
    do_HEAD = do_GET  # noqa: N815

    def log_message(self, *_: Any) -> None:
        """Nothing is logged."""

    def _send(self, reply: Reply) -> None:
        has_body = self.command != "HEAD" and reply.status not in (204, 304)
        body = _in_chunks(reply.body) if reply.chunked else reply.body
        self._head(reply)
        if has_body and reply.cut_after is not None:
            self.wfile.write(body[: reply.cut_after])
            self._hang_up(reply.reset)
        elif has_body and reply.stall:
            half = len(body) // 2
            self.wfile.write(body[:half])
            self.server.closing.wait(reply.stall)
            self.wfile.write(body[half:])
        elif has_body:
            self.wfile.write(body)
        if reply.announced is not None and reply.announced > len(reply.body):
            self.close_connection = True

    def _head(self, reply: Reply) -> None:
        self.send_response(reply.status)
        for name, value in reply.headers.items():
            self.send_header(name, value)
        if reply.chunked:
            self.send_header("Transfer-Encoding", "chunked")
        elif reply.status not in (204, 304):
            length = len(reply.body) if reply.announced is None else reply.announced
            self.send_header("Content-Length", str(length))
        self.end_headers()

    def _hang_up(self, reset: bool) -> None:
        self.close_connection = True
        if reset:
            linger = struct.pack("ii", 1, 0)
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            # The descriptor is shared with the files of the handler; only all of them closed
            # makes the kernel send the reset.
            self.wfile.close()
            self.rfile.close()
            self.connection.close()


def _in_chunks(body: bytes, size: int = 65536) -> bytes:
    pieces = [body[start : start + size] for start in range(0, len(body), size)]
    framed = [b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces]
    return b"".join(framed) + b"0\r\n\r\n"
