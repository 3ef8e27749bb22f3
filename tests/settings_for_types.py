"""The settings as mypy's Django plugin loads them: a bare `mypy` needs no secret in the environment."""

import os

os.environ.setdefault("SECRET_KEY", "only-for-types-" + "x" * 40)

from impact.settings import *  # noqa: F403
