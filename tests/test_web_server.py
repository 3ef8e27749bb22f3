"""The web server itself: slow clients hold no thread, large bodies are not read for those who may not send them.

A real gunicorn with our configuration; the application is a few lines, or IMPACT where it has a say.
"""

import contextlib
import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
pytestmark = [pytest.mark.sqlite_only, pytest.mark.skipif(sys.platform != "linux", reason="counts open files in /proc")]

# What reads its body, answers with its length or with as many bytes as it was asked for; and says how much may come.
APPLICATION = """
import os
def application(environ, start_response):
    length = int(environ.get("CONTENT_LENGTH") or 0)
    if environ.get("impact.body_waits"):
        start_response("204 No Content" if environ.get("HTTP_COOKIE") == "known" else "413 Too Large", [])
        return [b""]
    if length > 2 * 1024 * 1024 and environ.get("HTTP_COOKIE") != "known":
        start_response("413 Too Large", [("Content-Length", "9")])
        return [b"too large"]
    if environ["PATH_INFO"] == "/file":
        start_response("200 OK", [("Content-Length", str(os.path.getsize(__file__)))])
        return environ["wsgi.file_wrapper"](open(__file__, "rb"))
    body = environ["wsgi.input"].read(length)
    answer = str(len(body)).encode() if length else b"x" * int(environ["QUERY_STRING"] or 2)
    start_response("200 OK", [("Content-Length", str(len(answer))), ("X-Process", str(os.getpid()))])
    return [answer]
"""


class Server:
    """One gunicorn with one process of two threads."""

    def __init__(self, folder: Path, *more: str) -> None:
        self.folder = folder
        self.clients: list[socket.socket] = []
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = int(probe.getsockname()[1])
        (folder / "app.py").write_text(APPLICATION)
        command = [sys.executable, "-m", "gunicorn", "--config", "deploy/gunicorn.conf.py", "--pythonpath", str(folder)]
        env = os.environ | {"PORT": str(self.port), "WEB_CONCURRENCY": "1", "WEB_THREADS": "2", "TMPDIR": str(folder)}
        with (folder / "log").open("wb") as log:
            self.process = subprocess.Popen([*command, *more, "app"], cwd=ROOT, env=env, stdout=log, stderr=log)
        deadline = time.monotonic() + 30
        while True:
            with contextlib.suppress(OSError, AssertionError):
                assert self.get() == (200, b"xx")
                return
            assert self.process.poll() is None and time.monotonic() < deadline, self.log()
            time.sleep(0.05)

    def log(self) -> str:
        return (self.folder / "log").read_text()

    def connect(self, takes: int = 0) -> socket.socket:
        """A client, which takes no more than so many bytes of an answer at a time."""
        client = socket.socket()
        self.clients.append(client)
        client.settimeout(20)
        if takes:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, takes)
        client.connect(("127.0.0.1", self.port))
        return client

    def get(self, path: str = "/", timeout: float = 3) -> tuple[int, bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        with contextlib.closing(connection):
            connection.request("GET", path)
            answer = connection.getresponse()
            return answer.status, answer.read()

    def post(self, body: bytes, **headers: str) -> tuple[int, bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        with contextlib.closing(connection):
            connection.request("POST", "/", body, headers)
            answer = connection.getresponse()
            return answer.status, answer.read()

    def held(self) -> list[Path]:
        """The temporary files that the server holds open."""
        [pid] = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        files = []
        for path in Path(f"/proc/{pid}/fd").iterdir():
            with contextlib.suppress(FileNotFoundError):  # closed since it was listed
                files.append(path.readlink())
        return [path for path in files if path.is_relative_to(self.folder) and path.name != "log"]

    def stop(self) -> None:
        for client in self.clients:
            client.close()
        self.process.terminate()
        self.process.wait(30)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """With our configuration."""
    started = Server(tmp_path_factory.mktemp("server"))
    yield started
    started.stop()


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Callable[..., Server]]:
    started: list[Server] = []

    def start(*more: str) -> Server:
        started.append(Server(tmp_path, *more))
        return started[-1]

    yield start  # with options of a test's own
    for server in started:
        server.stop()


def slow_posts(server: Server, number: int) -> list[socket.socket]:
    """Clients that announce a body and send its first byte."""
    clients = [server.connect() for _ in range(number)]
    for client in clients:
        client.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5000\r\n\r\nx")
    return clients


def read(client: socket.socket, until: bytes) -> bytes:
    """What arrives, up to these words."""
    received = b""
    while not received.endswith(until):
        data = client.recv(1 << 20)
        assert data, received[-200:]
        received += data
    return received


def test_fifty_slow_posts_hold_no_thread_and_others_are_served_at_once(server):
    clients = slow_posts(server, 50)
    for _ in range(5):  # one byte a cycle
        for client in clients:
            client.sendall(b"x")
        began = time.monotonic()
        assert server.get() == (200, b"xx")
        assert time.monotonic() - began < 1
    clients[0].sendall(b"x" * (5000 - 6))  # slow, and in the end whole
    read(clients[0], until=b"\r\n\r\n5000")


def test_the_threaded_worker_of_gunicorn_is_held_by_as_many_slow_posts_as_it_has_threads(serve):
    """With the protection off: what the test above guards against."""
    server = serve("--worker-class", "gthread")
    slow_posts(server, 2)
    with pytest.raises(TimeoutError):
        server.get(timeout=1.5)


def test_slow_readers_hold_no_thread_either(server):
    clients = [server.connect(takes=4096) for _ in range(10)] + [server.connect()]
    for client in clients:
        client.sendall(b"GET /?8000000 HTTP/1.1\r\nHost: x\r\n\r\n")
    assert server.get() == (200, b"xx")
    head = read(clients[-1], until=b"x").partition(b"\r\n\r\n")
    left = 8_000_000 - len(head[2])
    while left:
        left -= len(clients[-1].recv(1 << 20))
    assert server.get() == (200, b"xx")


def test_a_client_that_is_slower_than_any_network_is_told_and_dropped(serve, tmp_path):
    quick = tmp_path / "quick.py"  # the same limits, but for an impatient test
    quick.write_text(
        "import deploy.buffering as b\nb.HEAD_SECONDS = b.GRACE_SECONDS = 0.5\n"
        "from runpy import run_path\nglobals().update(run_path('deploy/gunicorn.conf.py'))\n"
    )
    server = serve("--config", str(quick))
    [slow_body] = slow_posts(server, 1)
    slow_head, silent = server.connect(), server.connect()
    slow_head.sendall(b"GET / HT")
    for client in (slow_body, slow_head):
        answer = b""
        while data := client.recv(4096):
            answer += data
        assert answer.startswith(b"HTTP/1.1 408 Request Timeout")
    assert silent.recv(4096) == b""  # nothing was asked, so nothing is answered
    assert server.get() == (200, b"xx")


def test_more_connections_than_the_server_holds_cost_the_slowest_client_its_place(serve):
    server = serve("--worker-connections", "20")
    slow_posts(server, 40)
    assert server.get() == (200, b"xx")


def test_bodies_of_every_size_arrive_whole(server):
    for size in (1, 300_000, 3_000_000):
        assert server.post(b"y" * size, Cookie="known") == (200, str(size).encode())


def test_files_arrive_whole(server):
    """Style sheets and downloads are handed over as files, not as bytes."""
    assert server.get("/file") == (200, (server.folder / "app.py").read_bytes())


def test_a_large_body_of_someone_unknown_is_answered_before_it_is_sent(server):
    before = server.held()
    client = server.connect()
    client.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100000000\r\n\r\nstart" + b"x" * 300_000)
    answer = client.recv(4096)
    assert answer.startswith(b"HTTP/1.1 413") and b"Connection: close" in answer
    assert server.held() == before


def test_even_someone_known_may_not_send_more_than_the_largest(server):
    client = server.connect()
    client.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nCookie: known\r\nContent-Length: 300000000\r\n\r\nstart")
    assert b"Connection: close" in client.recv(4096)


def test_a_body_without_a_length_is_refused_because_the_application_would_not_see_it(server):
    client = server.connect()
    client.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n")
    assert client.recv(4096).startswith(b"HTTP/1.1 411 Length Required")


def test_requests_that_come_behind_each_other_are_answered_in_order(server):
    client = server.connect()
    post = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc"
    client.sendall(post + b"GET /?4 HTTP/1.1\r\nHost: x\r\n\r\n" + post[:-1])
    answers = read(client, until=b"\r\n\r\nxxxx")
    assert answers.count(b"HTTP/1.1 200 OK") == 2 and b"\r\n\r\n3HTTP" in answers
    client.sendall(b"c")
    read(client, until=b"\r\n\r\n3")


def test_a_client_that_asks_before_it_sends_is_told_to_go_on(server):
    client = server.connect()
    for cookie, expected in ((b"known", b"HTTP/1.1 100 Continue\r\n\r\n"), (b"", b"HTTP/1.1 413")):
        client = server.connect()
        head = b"POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nCookie: " + cookie
        client.sendall(head + b"\r\nContent-Length: 3000000\r\n\r\n")
        assert client.recv(4096).startswith(expected)


@pytest.mark.parametrize("nonsense", [b"\r\n\r\n\r\n", b"GET\r\n\r\n", b"GET / HTTP/1.1\r\nContent-Length: -1\r\n\r\n"])
def test_malformed_requests_are_refused_and_the_server_keeps_running(server, nonsense):
    client = server.connect()
    client.sendall(nonsense)
    with contextlib.suppress(ConnectionError):
        assert client.recv(4096).startswith((b"HTTP/1.1 400", b""))
    assert server.get() == (200, b"xx")


def test_a_stop_is_quick_though_a_connection_is_kept_open(serve):
    server = serve()
    idle = http.client.HTTPConnection("127.0.0.1", server.port, timeout=5)
    idle.request("GET", "/")
    idle.getresponse().read()  # kept open
    began = time.monotonic()
    server.process.send_signal(signal.SIGTERM)
    assert server.process.wait(30) == 0
    assert time.monotonic() - began < 6
    idle.close()
