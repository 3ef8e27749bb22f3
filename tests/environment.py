"""The environment in which tests run; loaded by pytest before Django (see addopts in pyproject.toml)."""

import gc
import os
from urllib.parse import urlsplit

# Collecting rarely costs memory, which tests have, and saves a seventh of their processor time.
gc.set_threshold(200_000, 20, 20)

os.environ.setdefault("SECRET_KEY", "only-for-tests-" + "x" * 40)
os.environ.setdefault("IMPACT_HTTPS", "0")
os.environ.setdefault("EMAIL_URL", "memorymail://")
os.environ.setdefault("LOG_LEVEL", "ERROR")
for unwanted in ("IMPACT_DEMO", "DEBUG"):
    os.environ.pop(unwanted, None)

# Each process of xdist has its own numbered part of a Redis, so that none clears what another counts there.
if (process := os.environ.get("PYTEST_XDIST_WORKER")) and os.environ.get("REDIS_URL"):
    os.environ["REDIS_URL"] = urlsplit(os.environ["REDIS_URL"])._replace(path=f"/{int(process[2:]) % 16}").geturl()
