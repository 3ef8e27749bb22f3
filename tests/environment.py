"""The environment in which tests run; loaded by pytest before Django (see addopts in pyproject.toml)."""

import os

os.environ.setdefault("SECRET_KEY", "only-for-tests-" + "x" * 40)
os.environ.setdefault("IMPACT_HTTPS", "0")
os.environ.setdefault("EMAIL_URL", "memorymail://")
os.environ.setdefault("LOG_LEVEL", "ERROR")
for unwanted in ("IMPACT_DEMO", "DEBUG"):
    os.environ.pop(unwanted, None)
