"""gunicorn, for ./run and for the containers alike. Every value can be changed in the environment."""

import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from impact.core.web.serving import logs

bind = [os.environ.get("GUNICORN_BIND") or f"127.0.0.1:{os.environ.get('PORT') or '8000'}"]
workers = int(os.environ.get("WEB_CONCURRENCY") or 2)
worker_class = "deploy.buffering.BufferingWorker"  # a slow client holds no thread
worker_connections = 400  # in each process, slow ones included; few enough for 1,024 open files
sendfile = False  # files go through the same buffer: the kernel's own way needs a connection that may wait
threads = int(os.environ.get("WEB_THREADS") or 4)
timeout = 60
graceful_timeout = 20
keepalive = 5
max_requests = 5000  # a slow leak never grows old
max_requests_jitter = 500
limit_request_line = 4094
control_socket_disable = True  # nothing here uses it, and it would be a file in the home folder
memory = Path("/dev/shm")  # noqa: S108  gunicorn makes a file of its own there, without a name
if memory.is_dir():
    worker_tmp_dir = str(memory)  # the heartbeat must not wait for a busy disk

# No access log: addresses of calendar feeds carry a secret, and Django logs each request without it.
accesslog = None
errorlog = "-"
logconfig_dict = logs.config("INFO")
