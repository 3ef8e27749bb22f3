"""How much a web server process grows over 2,000 views of a log page, with the garbage collector on and, for
comparison, off: the ratio of its memory at the end to its memory after the first 200 views (at most 1.1 with it on).

Measured on two cores: on, 117 MB after 200 views and 121 MB after 2,000 (1.03); off, 156 and 542 MB (3.46).
A real gunicorn with one process serves the demonstration from SQLite in a folder of its own.

    .venv/bin/python benchmarks/web_memory.py [views]
"""

import http.client
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "scripts"))
from broker import free_port  # noqa: E402
from processes import descendants  # noqa: E402

WARM_UP = 200
SESSION = """
from importlib import import_module
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from impact.core.people.models import User
from networks.models import Meeting
user = User.objects.get(email="coordinator.ni@impact.example")
session = import_module(settings.SESSION_ENGINE).SessionStore()
session[SESSION_KEY], session[HASH_SESSION_KEY] = str(user.pk), user.get_session_auth_hash()
session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
session.save()
meeting = Meeting.objects.filter(group__nation="northern_ireland").order_by("starts_at").first()
print(settings.SESSION_COOKIE_NAME, session.session_key, meeting.pk)
"""
OFF = """
import gc, runpy
globals().update(runpy.run_path("deploy/gunicorn.conf.py"))
def post_worker_init(worker):
    gc.disable()
"""


def memory_of(pid: int) -> float:
    """Megabytes that a process holds."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.split("VmRSS:")[1].split()[0]) / 1024


def measure(folder: Path, env: dict[str, str], config: str, cookie: str, page: str, views: int) -> list[float]:
    """Megabytes after every 200 views."""
    port = free_port()
    command = [sys.executable, "-m", "gunicorn", "--config", config, "impact.wsgi:application"]
    env = {**env, "PORT": str(port), "WEB_CONCURRENCY": "1"}
    with (folder / "web.log").open("ab") as log:
        server = subprocess.Popen(command, cwd=ROOT, env=env, stdout=log, stderr=log)
    try:
        deadline = time.monotonic() + 60
        while True:
            try:
                connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
                connection.connect()
                break
            except OSError:
                if time.monotonic() > deadline or server.poll() is not None:
                    raise
                time.sleep(0.1)
        found = []
        for number in range(1, views + 1):
            connection.request("GET", page, headers={"Cookie": cookie})
            answer = connection.getresponse()
            body = answer.read()
            if answer.status != 200 or b"</html>" not in body:
                sys.exit(f"{page} answered {answer.status}: {body[:200]!r}")
            if number % WARM_UP == 0:
                [(child, _)] = descendants(server.pid)
                found.append(memory_of(child))
        return found
    finally:
        server.terminate()
        server.wait(20)


def main() -> None:
    views = int(sys.argv[1]) if len(sys.argv) > 1 else 2000
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        env = {**os.environ, "IMPACT_DATA_DIR": name, "IMPACT_DEMO": "1", "LOG_LEVEL": "ERROR"}
        env.pop("DATABASE_URL", None)
        for step in (["migrate", "--noinput"], ["demo"], ["collectstatic", "--noinput", "--ignore=rest_framework"]):
            subprocess.run([sys.executable, "manage.py", *step], cwd=ROOT, env=env, check=True, capture_output=True)
        command = [sys.executable, "manage.py", "shell", "--no-imports", "-c", SESSION]
        answer = subprocess.run(command, cwd=ROOT, env=env, check=True, capture_output=True, text=True)
        cookie_name, key, meeting = answer.stdout.split()
        off = folder / "off.conf.py"
        off.write_text(OFF)
        print(f"Views of the log page of one meeting: {views}; megabytes after every {WARM_UP}")
        for label, config in (("collector on", "deploy/gunicorn.conf.py"), ("collector off", str(off))):
            found = measure(folder, env, config, f"{cookie_name}={key}", f"/meetings/{meeting}/log/", views)
            print(
                f"{label:14} {' '.join(f'{one:.0f}' for one in found)}   ratio {found[-1] / found[0]:.2f}", flush=True
            )


if __name__ == "__main__":
    main()
