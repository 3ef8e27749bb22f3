"""Requests to addresses that users typed: only to public servers, never for long, and never further than the address.

The name is looked up for each request, every address that it has must be public, and the connection goes to one of the
very addresses that were checked; the certificate is held against the name. So a name that is answered differently the
second time (DNS rebinding) leads nowhere else.
"""

import http.client
import ipaddress
import queue
import socket
import ssl
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.utils import timezone

CONNECT_SECONDS, TOTAL_SECONDS, LOOK_UP_SECONDS = 3.0, 10.0, 3.0
TRIED_ADDRESSES = 2
LATE = "The server did not answer within ten seconds."
READ_BYTES, KEPT_CHARACTERS = 4000, 1000
_IPV6_IN_USE = ipaddress.ip_network("2000::/3")  # all that is routed; NAT64 and mapped addresses are outside of it
Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class Refused(Exception):
    """An address to which no request is made; the message is for the one who typed it."""


class NotFound(Exception):
    """The name leads nowhere at the moment."""


@dataclass(frozen=True)
class Target:
    """Where a request goes: the parts of an address that passed."""

    host: str
    port: int
    path: str


@dataclass(frozen=True)
class Answer:
    """How a request was answered. Without ``code`` it was not, and ``error`` says why."""

    code: int | None
    words: str
    error: str
    milliseconds: int
    retry_after: float = 0.0

    @property
    def is_taken(self) -> bool:
        return self.code is not None and 200 <= self.code < 300


def target_of(address: str) -> Target:
    """Take an address apart. Raises Refused for what could lead a request astray."""
    if not address.isascii() or not address.isprintable() or " " in address or "\\" in address:
        raise Refused("Enter the address without spaces or special characters.")
    try:
        parts = urlsplit(address)
        port = parts.port or 443
    except ValueError:
        raise Refused("Enter a web address, such as https://example.org/hook.") from None
    if parts.scheme != "https":
        raise Refused("The address must begin with https://.")
    if "@" in parts.netloc:
        raise Refused("Take the user name and password out of the address. Check our signature instead.")
    if parts.fragment or "#" in address:
        raise Refused("Take the part after # out of the address.")
    if not parts.hostname:
        raise Refused("Enter a web address, such as https://example.org/hook.")
    if port not in settings.WEBHOOK_PORTS:
        raise Refused("Messages go to port 443 alone. Take the port out of the address.")
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Target(parts.hostname, port, path)


def is_public(ip: Address) -> bool:
    """Whether an address belongs to the public internet: not this machine, a private network, a shared or reserved range,
    nor a way to write an older address in a newer one."""
    if any(ip in network for network in map(ipaddress.ip_network, settings.WEBHOOK_NETWORKS)):
        return True
    if isinstance(ip, ipaddress.IPv6Address) and (
        ip not in _IPV6_IN_USE or ip.ipv4_mapped or ip.sixtofour or ip.teredo or ip.scope_id
    ):
        return False
    return ip.is_global and not (
        ip.is_private or ip.is_loopback or ip.is_link_local or ip.is_multicast or ip.is_reserved or ip.is_unspecified
    )


def look_up(host: str, port: int) -> list[Any]:
    """What the system's resolver says of a name, within seconds however slow it is. Raises NotFound."""
    found: queue.SimpleQueue[Any] = queue.SimpleQueue()

    def ask() -> None:
        try:
            found.put(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
        except (OSError, UnicodeError):
            found.put([])

    threading.Thread(target=ask, name="look-up", daemon=True).start()
    try:
        rows: list[Any] = found.get(timeout=LOOK_UP_SECONDS)
    except queue.Empty:
        rows = []
    if not rows:
        raise NotFound
    return rows


def public_addresses(target: Target) -> list[str]:
    """The addresses of a server. Raises Refused when one of them is not public, NotFound when there is none."""
    found = list(dict.fromkeys(str(row[4][0]) for row in look_up(target.host, target.port)))
    if not all(is_public(ipaddress.ip_address(ip)) for ip in found):
        raise Refused("This address leads to a private network or to this machine. Enter one on the public internet.")
    return found


def check_address(address: str) -> None:
    """Refuse an address to which no message would ever be sent. A name that leads nowhere today may do so tomorrow."""
    try:
        public_addresses(target_of(address))
    except NotFound:
        return


def post(address: str, body: bytes, headers: dict[str, str]) -> Answer:
    """Send one message; never raises for what a receiver does, and ends within seconds whatever it does."""
    begun = time.monotonic()

    def ended(error: str) -> Answer:
        return Answer(None, "", error, _since(begun))

    try:
        target = target_of(address)
        addresses = public_addresses(target)
    except Refused as refusal:
        return ended(str(refusal))
    except NotFound:
        return ended("The name of the server could not be found.")
    until = time.monotonic() + TOTAL_SECONDS
    try:
        raw = _connect(addresses, target.port, until)
    except OSError:
        return ended("The server could not be reached within three seconds.")
    with raw:
        return _ask(raw, target, body, headers, begun, until)


def _since(begun: float) -> int:
    return round(1000 * (time.monotonic() - begun))


def _connect(addresses: list[str], port: int, until: float) -> socket.socket:
    """A connection to the first address that takes one."""
    for ip in addresses[:TRIED_ADDRESSES]:
        try:
            return socket.create_connection((ip, port), timeout=min(CONNECT_SECONDS, until - time.monotonic()))
        except OSError as error:
            last = error
    raise last


def _ask(
    raw: socket.socket, target: Target, body: bytes, headers: dict[str, str], begun: float, until: float
) -> Answer:
    held = [raw]  # what to cut off at the end: a server that sends one byte a second would go on for ever
    guard = threading.Timer(max(0.0, until - time.monotonic()), lambda: _cut(held[-1]))
    guard.daemon = True
    guard.start()
    try:
        raw.settimeout(max(0.1, until - time.monotonic()))
        with _context().wrap_socket(raw, server_hostname=target.host) as secured:
            held.append(secured)
            connection = http.client.HTTPSConnection(target.host, target.port)
            connection.sock = secured
            connection.request("POST", target.path, body=body, headers=headers)
            response = connection.getresponse()
            words = _readable(response.read(READ_BYTES))
            wait = _seconds(response.headers.get("Retry-After", ""))
        if time.monotonic() > until:
            raise TimeoutError
        return Answer(response.status, words, _fault(response.status), _since(begun), wait)
    except (OSError, http.client.HTTPException, ValueError, ArithmeticError) as error:
        return Answer(None, "", _reason(error, is_late=time.monotonic() > until - 0.05), _since(begun))
    finally:
        guard.cancel()


def _cut(connection: socket.socket) -> None:
    try:
        socket.socket.shutdown(connection, socket.SHUT_RDWR)
    except OSError:
        return  # it has ended by itself


def _context() -> ssl.SSLContext:
    """Certificates as the system trusts them; a centre with an authority of its own names it in the settings."""
    context = ssl.create_default_context(cafile=settings.WEBHOOK_CA_FILE or None)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


def _readable(sent: bytes) -> str:
    """What was answered, as text that any database takes."""
    text = sent.decode("utf-8", errors="replace")
    return "".join(c for c in text if c.isprintable() or c in "\n\t")[:KEPT_CHARACTERS]


def _seconds(retry_after: str) -> float:
    """How long a receiver asks to be left alone; 0 when it does not say."""
    if retry_after.isascii() and retry_after.isdecimal():
        return float(retry_after[:9])
    read: Callable[[str], Any] = parsedate_to_datetime
    try:
        return max(0.0, (read(retry_after) - timezone.now()).total_seconds())
    except (TypeError, ValueError, OverflowError):  # a year of twenty digits
        return 0.0


def _fault(code: int) -> str:
    if 200 <= code < 300:
        return ""
    if 300 <= code < 400:
        return f"The server answered {code}. We follow no redirects: enter the address that it leads to."
    return f"The server answered {code}."


def _reason(error: Exception, *, is_late: bool) -> str:
    if is_late or isinstance(error, TimeoutError):
        return LATE
    if isinstance(error, ssl.SSLCertVerificationError):
        return "The certificate of the server is not valid for this address."
    if isinstance(error, ssl.SSLError):
        return "No secure connection could be made."
    return "The server closed the connection or sent something that is not HTTP."
