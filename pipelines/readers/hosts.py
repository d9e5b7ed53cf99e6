"""Which addresses may be visited: public ones over https, unless this installation says so.

A contract, or a redirect of a hijacked source, must not make the server read its own network.
"""

from __future__ import annotations

import ipaddress
import socket
from urllib.parse import urlsplit

import httpx

from pipelines.failures import Misconfigured, SourceFailed
from pipelines.settings import Settings

NEXT = "Correct the address; only set OVERSIGHT_ALLOW_PRIVATE_HOSTS=1 on a test machine."


def check(url: str, settings: Settings, feed: str) -> None:
    """Raise `Misconfigured` unless `url` is https to a host with public addresses only."""
    if settings.allow_private_hosts:
        return
    split = urlsplit(url)
    if split.scheme != "https" or not split.hostname:
        raise _refused(feed, url, "is not an https address")
    if not all(map(_is_public, _addresses(split.hostname, split.port or 443, feed))):
        raise _refused(feed, url, "leads to a private network")


def check_peer(response: httpx.Response, settings: Settings, feed: str) -> None:
    """Check the address really connected to: a name may answer differently a moment later.

    Raises `Misconfigured`, and `httpx.ReadError` when the peer is already gone.
    """
    stream = response.extensions.get("network_stream")
    try:
        peer = stream.get_extra_info("server_addr") if stream else None
    except OSError:
        raise httpx.ReadError("the peer is gone") from None
    if not settings.allow_private_hosts and peer and not _is_public(str(peer[0])):
        raise _refused(feed, str(response.url), "leads to a private network")


def _addresses(host: str, port: int, feed: str) -> list[str]:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError:
        raise SourceFailed(f"The host {host!r} cannot be found.", place=feed) from None
    return [str(entry[4][0]) for entry in found]


def _is_public(address: str) -> bool:
    return ipaddress.ip_address(address.split("%")[0]).is_global


def _refused(feed: str, url: str, told: str) -> Misconfigured:
    host = urlsplit(url).hostname or "?"
    return Misconfigured(f"The address at {host!r} {told}.", place=feed, next_step=NEXT)
