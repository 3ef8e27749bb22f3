"""The cache shared by all processes, with a per-process fallback while Redis is unreachable."""

import time
from typing import Any

import structlog
from django.core.cache.backends.base import DEFAULT_TIMEOUT, BaseCache
from django.core.cache.backends.locmem import LocMemCache
from django.core.cache.backends.redis import RedisCache
from redis.exceptions import RedisError

log = structlog.get_logger(__name__)
AWAY_SECONDS = 10  # how long Redis is left alone after it failed


class _Away:
    """Until when Redis is left alone, for all threads of this process."""

    until = 0.0
    is_reported = False


class SharedCache(BaseCache):
    """Use Redis and, while it is unreachable, this process's memory, so that people can still sign in.

    What is kept here limits how often someone may try a password, and figures that can be counted again. In the
    meantime each process counts for itself: with two web processes an attacker has at most twice the tries.
    """

    def __init__(self, server: str, params: dict[str, Any]) -> None:
        super().__init__(params)
        self._redis = RedisCache(server, params)
        own = {**params, "OPTIONS": {"MAX_ENTRIES": 10_000}}
        self._own = LocMemCache("while Redis is away", own)  # one for all threads, by its name

    def _ask(self, name: str, *args: Any, **kwargs: Any) -> Any:
        """Ask Redis, or this process while Redis is away."""
        if time.monotonic() >= _Away.until:
            try:
                found = getattr(self._redis, name)(*args, **kwargs)
            except (RedisError, OSError) as error:
                _Away.until = time.monotonic() + AWAY_SECONDS
                if not _Away.is_reported:
                    _Away.is_reported = True
                    log.warning("cache.away", error=type(error).__name__, instead="memory of each process")
            else:
                if _Away.is_reported:
                    _Away.is_reported = False
                    self._own.clear()
                    log.warning("cache.back")
                return found
        return getattr(self._own, name)(*args, **kwargs)

    def add(self, key: str, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> Any:
        return self._ask("add", key, value, timeout=timeout, version=version)

    def get(self, key: str, default: Any = None, version: int | None = None) -> Any:
        return self._ask("get", key, default, version=version)

    def set(self, key: str, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> Any:
        return self._ask("set", key, value, timeout=timeout, version=version)

    def touch(self, key: str, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> Any:
        return self._ask("touch", key, timeout=timeout, version=version)

    def delete(self, key: str, version: int | None = None) -> Any:
        return self._ask("delete", key, version=version)

    def incr(self, key: str, delta: int = 1, version: int | None = None) -> Any:
        return self._ask("incr", key, delta=delta, version=version)

    def has_key(self, key: str, version: int | None = None) -> Any:
        return self._ask("has_key", key, version=version)

    def clear(self) -> Any:
        return self._ask("clear")
