"""A gunicorn worker that lends a thread only to a request that has arrived whole, and takes it back once it is answered.

gunicorn's own threaded worker gives a thread to a connection from its first byte to its last, so ten clients that
send or read a byte now and then hold every thread. Here the worker's event loop receives requests and sends what is
left of answers, for any number of slow clients; a thread sees neither.
"""

import contextlib
import errno
import socket
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent import futures
from functools import partial
from selectors import EVENT_READ, EVENT_WRITE
from typing import Any

from gunicorn import util
from gunicorn.http import wsgi
from gunicorn.http.body import ChunkedReader
from gunicorn.http.message import Request
from gunicorn.http.parser import RequestParser
from gunicorn.http.unreader import IterUnreader
from gunicorn.workers.gthread import STOP_KEEPALIVE_LINGER, TConn, ThreadWorker

HEAD_BYTES = 64 * 1024  # gunicorn refuses less than this by itself; more is not waited for
HEAD_SECONDS = 10.0  # for the request line and the headers
GRACE_SECONDS = 20.0  # after which a body, or the reading of an answer, must have kept up the slowest pace
SLOWEST = 500  # bytes a second: a tenth of what a telephone reaches at the edge of its network
LINGER_SECONDS = 2.0  # for the client to read the last words before the connection is gone
UNASKED_BYTES = 2 * 1024 * 1024  # a larger body is received only from someone whom the application knows
LARGEST_BYTES = 160 * 1024 * 1024  # as in deploy/Caddyfile and impact.core.web.files.bodies
IN_MEMORY = 256 * 1024  # of a body or an answer; the rest is in a temporary file
HELD_BYTES = 400 * 1024 * 1024  # of all bodies and answers that one process holds
CHUNK = 256 * 1024


class Buffer:
    """Bytes waiting to be passed on: in memory while they are few, then in a temporary file."""

    held = 0  # by every buffer of this process
    _lock = threading.Lock()

    def __init__(self) -> None:
        self.file = tempfile.SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115  closed by close()
        self.written = self.read = 0

    def add(self, data: bytes | memoryview) -> None:
        self.file.seek(self.written)
        self.file.write(data)
        self._count(len(data))
        self.written += len(data)

    def next(self) -> bytes:
        """The next bytes, which stay until ``passed`` says that they are gone."""
        self.file.seek(self.read)
        return self.file.read(CHUNK)

    def passed(self, number: int) -> None:
        self.read += number

    @property
    def left(self) -> int:
        return self.written - self.read

    def chunks(self) -> Iterator[bytes]:
        while self.left:
            data = self.next()
            self.passed(len(data))
            yield data

    def close(self) -> None:
        self._count(-self.written)
        self.written = self.read = 0
        self.file.close()

    @classmethod
    def _count(cls, number: int) -> None:
        with cls._lock:
            Buffer.held += number


class Outgoing:
    """What a thread writes its answer to: as much as the client takes at once is sent, the rest waits in a buffer."""

    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock
        self.buffer = Buffer()

    def __getattr__(self, name: str) -> Any:
        return getattr(self.sock, name)

    def setblocking(self, flag: bool) -> None:
        """Never: the loop works with the same connection."""

    def sendall(self, data: bytes) -> None:
        rest = memoryview(data)
        if self.flush():
            rest = rest[self._send(rest) :]
        if rest:
            if Buffer.held + len(rest) > HELD_BYTES:
                raise OSError(errno.EPIPE, "Too many clients read too slowly; this one has to ask again")
            self.buffer.add(rest)

    def send(self, data: bytes) -> int:
        """Only gunicorn's own "100 Continue" comes this way: the loop has said it, or the body is not wanted."""
        return len(data)

    def flush(self) -> bool:
        """Send what waits; whether nothing is left."""
        while self.buffer.left:
            sent = self._send(self.buffer.next())
            self.buffer.passed(sent)
            if not sent:
                return False
        return True

    def _send(self, data: bytes | memoryview) -> int:
        try:
            return self.sock.send(data)
        except (BlockingIOError, InterruptedError):
            return 0

    def empty(self) -> None:
        """Begin the next answer with a buffer of its own."""
        if self.buffer.written:
            self.buffer.close()
            self.buffer = Buffer()

    def close(self) -> None:
        self.buffer.close()
        self.sock.close()


class Connection(TConn):
    """One connection: the request that arrives, the answer that leaves, and since when."""

    def __init__(self, cfg: Any, sock: socket.socket, client: Any, server: Any) -> None:
        super().__init__(cfg, sock, client, server)
        self.sock = Outgoing(sock)
        self.initialized = self.data_ready = True  # its parser is set here, its data has arrived
        self.head = bytearray()
        self.request: Request | None = None
        self.body: Buffer | None = None
        self.missing = 0
        self.surplus = b""  # what came after the request, or after its head while the application is asked
        self.stays = True  # open for another request
        self.deadline = self.since = 0.0

    def begin(self, seconds: float) -> None:
        """Wait for a request, for so long."""
        self.end_request()
        self.head, self.request, self.missing = bytearray(), None, 0
        self.since = time.monotonic()
        self.deadline = self.since + seconds

    def end_request(self) -> None:
        if self.body:
            self.body.close()
        self.body = None

    def take_head(self, data: bytes) -> bytes | None:
        """Add to the head; what follows it once it is complete, None until then."""
        searched = max(0, len(self.head) - 3)
        self.head += data
        end = self.head.find(b"\r\n\r\n", searched)
        if end < 0:
            return None
        rest = bytes(self.head[end + 4 :])
        del self.head[end + 4 :]
        return rest

    def take_body(self, data: bytes) -> None:
        wanted, self.surplus = data[: self.missing], data[self.missing :]
        if wanted:
            self.body = self.body or Buffer()
            self.body.add(wanted)
            self.missing -= len(wanted)

    def use_buffered(self) -> None:
        """Have the thread parse what has arrived; there is nothing on the connection that it could wait for."""

        def arrived() -> Iterator[bytes]:
            yield bytes(self.head)
            if self.body and not self.missing:
                yield from self.body.chunks()

        self.parser = RequestParser(self.cfg, arrived(), self.client)

    def is_late(self, now: float, done: int) -> bool:
        """Whether someone is slower than anybody's network: ``done`` bytes since ``since``."""
        return now > self.since + GRACE_SECONDS + done / SLOWEST

    def close(self, graceful: bool = False) -> None:
        self.end_request()
        with contextlib.suppress(OSError):
            self.sock.close()


class BufferingWorker(ThreadWorker):
    """See the module."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # What each connection that is in no thread waits for, in the order in which they began.
        self.receiving: dict[Connection, None] = {}
        self.sending: dict[Connection, None] = {}
        self.lingering: dict[Connection, None] = {}
        self.looked = 0.0

    # --- Receiving -------------------------------------------------------------------------------
    def accept(self, listener: socket.socket) -> None:
        try:
            client, address = listener.accept()
        except OSError as error:
            if error.errno in (errno.EMFILE, errno.ENFILE):
                self.drop_slowest()
            elif error.errno not in (errno.EAGAIN, errno.ECONNABORTED, errno.EWOULDBLOCK):
                raise
            return
        self.nr_conns += 1
        if self.nr_conns > self.worker_connections * 0.9:
            self.drop_slowest()
        self.receive(Connection(self.cfg, client, address, listener.getsockname()), HEAD_SECONDS)

    def drop_slowest(self) -> None:
        """Make room by giving up the client that has taken longest to send its request or to read its answer."""
        for waiting in (self.lingering, self.receiving, self.sending):
            if waiting:
                self.drop(min(waiting, key=lambda conn: conn.since))
                return

    def receive(self, conn: Connection, seconds: float) -> None:
        """Wait for a request on this connection; what came with the last one is looked at first."""
        data, conn.surplus = conn.surplus, b""
        conn.begin(seconds)
        self.watch(conn, self.receiving, EVENT_READ, self.on_readable)
        if data:
            self.take(conn, data)

    def on_readable(self, conn: Connection, _sock: Any) -> None:
        try:
            data = conn.sock.recv(CHUNK)
        except (BlockingIOError, InterruptedError):
            return
        except OSError:
            data = b""
        if data:
            self.take(conn, data)
        else:
            self.drop(conn)

    def take(self, conn: Connection, data: bytes) -> None:
        """Add to a request what has arrived, and pass it on once it is whole."""
        if conn.request is None:
            if not conn.head:  # the first byte on a connection that was kept open
                conn.deadline = time.monotonic() + HEAD_SECONDS
            rest = conn.take_head(data)
            if rest is None:
                if len(conn.head) > HEAD_BYTES:
                    self.pass_on(conn)  # whose parser refuses it
                return
            conn.surplus = rest
            if not self.read_head(conn):
                return
            data = rest
        self.take_more(conn, data)

    def take_more(self, conn: Connection, data: bytes) -> None:
        """Add to a body."""
        try:
            conn.take_body(data)
        except OSError:  # no room for the temporary file
            self.refuse(conn, 503, "Service Unavailable", "There is no room to receive this. Try again later.")
            return
        if Buffer.held > HELD_BYTES:
            self.refuse(conn, 503, "Service Unavailable", "Too much is being sent just now. Try again later.")
        elif not conn.missing:
            self.pass_on(conn)

    def read_head(self, conn: Connection) -> bool:
        """Learn from the headers how long the body is; whether to go on receiving here."""
        try:
            request = Request(self.cfg, IterUnreader([bytes(conn.head)]), conn.client, 1)
        except Exception:  # noqa: BLE001  whatever is wrong with it, the thread's parser says so to the client
            self.pass_on(conn)
            return False
        conn.request = request
        if isinstance(request.body.reader, ChunkedReader):  # which WSGI applications do not see anyway
            self.refuse(conn, 411, "Length Required", "Send the body with its Content-Length.")
            return False
        conn.missing = request.body.reader.length
        if conn.missing > LARGEST_BYTES:
            self.pass_on(conn)  # without its body: the application says how much it takes
            return False
        if conn.missing > UNASKED_BYTES:
            self.ask(conn)
            return False
        if request._expected_100_continue and conn.missing:
            conn.sock.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
        return True

    def ask(self, conn: Connection) -> None:
        """Ask the application, in a thread, whether the sender may send so much."""
        self.unwatch(conn)
        future = self.tpool.submit(self.may_send, conn)
        future.add_done_callback(lambda done: self.method_queue.defer(self.on_asked, conn, done))

    def may_send(self, conn: Connection) -> bool:
        """What the application answers to a request whose body still waits (impact.core.web.files.bodies)."""
        expected, conn.request._expected_100_continue = conn.request._expected_100_continue, False
        _, environ = wsgi.create(conn.request, conn.sock, conn.client, conn.server, self.cfg)
        conn.request._expected_100_continue = expected
        environ["impact.body_waits"] = True
        statuses: list[str] = []
        answer = self.wsgi(environ, lambda status, headers, exc_info=None: statuses.append(status))
        if hasattr(answer, "close"):
            answer.close()
        return statuses[-1].startswith("204")

    def on_asked(self, conn: Connection, done: futures.Future[bool]) -> None:
        if done.exception() is not None or not done.result():
            self.pass_on(conn)  # without its body: the application says why
            return
        if conn.request._expected_100_continue:
            conn.sock.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
        conn.since = time.monotonic()
        self.watch(conn, self.receiving, EVENT_READ, self.on_readable)
        self.take_more(conn, conn.surplus)

    def pass_on(self, conn: Connection) -> None:
        """Lend a thread to a request."""
        self.unwatch(conn)
        conn.use_buffered()
        self.enqueue_req(conn)

    def refuse(self, conn: Connection, status: int, reason: str, words: str) -> None:
        """Answer without a thread and without reading on."""
        self.unwatch(conn)
        with contextlib.suppress(OSError):
            util.write_error(conn.sock, status, reason, words)
        self.linger(conn)

    # --- Answering -------------------------------------------------------------------------------
    def handle_request(self, req: Request, conn: Connection) -> bool:
        """In a thread. A body that was not received would be taken for the next request, so the connection ends."""
        if conn.missing:
            req.force_close()
        return bool(super().handle_request(req, conn))

    def finish_request(self, conn: Connection, fs: futures.Future[bool]) -> None:
        """A thread is done with a request: send what is left of its answer, then wait for the next or close."""
        stays = not fs.cancelled() and fs.exception() is None and bool(fs.result()) and not conn.missing
        conn.end_request()
        conn.stays = stays
        conn.since = time.monotonic()
        self.go_on_sending(conn)

    def go_on_sending(self, conn: Connection, _sock: Any = None) -> None:
        try:
            is_sent = conn.sock.flush()
        except OSError:
            self.drop(conn)
            return
        if not is_sent:
            if conn not in self.sending:
                self.watch(conn, self.sending, EVENT_WRITE, self.go_on_sending)
            return
        self.unwatch(conn)
        conn.sock.empty()
        if conn.stays:
            self.receive(conn, self.cfg.keepalive if self.alive else STOP_KEEPALIVE_LINGER)
        else:
            self.linger(conn)

    def linger(self, conn: Connection) -> None:
        """Close, but let the client read the answer first: bytes that no one read would cut it off."""
        conn.end_request()
        conn.deadline = time.monotonic() + LINGER_SECONDS
        try:
            conn.sock.shutdown(socket.SHUT_WR)
            self.watch(conn, self.lingering, EVENT_READ, self.on_lingering)
        except OSError:
            self.drop(conn)

    def on_lingering(self, conn: Connection, _sock: Any) -> None:
        try:
            if conn.sock.recv(CHUNK):
                return
        except (BlockingIOError, InterruptedError):
            return
        except OSError:
            pass
        self.drop(conn)

    # --- What waits in the loop ------------------------------------------------------------------
    def watch(self, conn: Connection, waiting: dict[Connection, None], event: int, do: Callable[..., None]) -> None:
        waiting[conn] = None
        self.poller.register(conn.sock.sock, event, partial(do, conn))

    def unwatch(self, conn: Connection) -> None:
        for waiting in (self.receiving, self.sending, self.lingering):
            if conn in waiting:
                del waiting[conn]
                self.poller.unregister(conn.sock.sock)

    def drop(self, conn: Connection) -> None:
        self.unwatch(conn)
        self.nr_conns -= 1
        conn.close()

    def murder_pending(self) -> None:
        """Once a second, end what is too slow. The loop calls this after each round."""
        now = time.monotonic()
        if now - self.looked < 1:
            return
        self.looked = now
        for conn in list(self.receiving):
            if conn.request is None:
                if now > conn.deadline:
                    if conn.head:
                        self.refuse(conn, 408, "Request Timeout", "The request took too long to arrive.")
                    else:
                        self.drop(conn)
            elif conn.is_late(now, conn.body.written if conn.body else 0):
                self.refuse(conn, 408, "Request Timeout", "The request took too long to arrive.")
        for conn in list(self.sending):
            if conn.is_late(now, conn.sock.buffer.read):
                self.drop(conn)
        for conn in [conn for conn in self.lingering if now > conn.deadline]:
            self.drop(conn)

    def _cap_keepalive(self, deadline: float) -> None:
        """The worker stops: connections on which nothing has arrived wait no longer than this."""
        for conn in self.receiving:
            if not conn.head:
                conn.deadline = min(conn.deadline, deadline)
