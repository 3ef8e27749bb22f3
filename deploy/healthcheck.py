"""Health checks for the containers: healthcheck.py web | worker | scheduler. Exit code 0 means well."""

import http.client
import os
import socket
import sys
import time
from pathlib import Path

SCHEDULE = Path("/tmp/scheduler")  # noqa: S108  the container's own; the scheduler rewrites it every three minutes


def web() -> bool:
    """The web server answers /livez. It is asked by a name that Django accepts."""
    name = os.environ.get("ALLOWED_HOSTS", "").split(",")[0].strip().lstrip(".") or "127.0.0.1"
    connection = http.client.HTTPConnection("127.0.0.1", 8000, timeout=5)
    connection.request("GET", "/livez", headers={"Host": name})
    return connection.getresponse().status == 200


def worker() -> bool:
    """This container's worker answers a ping through the broker."""
    sys.path.insert(0, str(Path.cwd()))
    from impact.celery import app

    return bool(app.control.ping(destination=[f"worker@{socket.gethostname()}"], timeout=10))


def scheduler() -> bool:
    """The scheduler has kept its schedule file up to date."""
    newest = max((path.stat().st_mtime for path in SCHEDULE.parent.glob(f"{SCHEDULE.name}*")), default=0)
    return time.time() - newest < 600


if __name__ == "__main__":
    checks = {"web": web, "worker": worker, "scheduler": scheduler}
    try:
        sys.exit(0 if checks[sys.argv[1]]() else 1)
    except Exception as error:  # noqa: BLE001  whatever it was, the container is not well
        sys.exit(f"{sys.argv[1]}: {error}")
