"""Checks that the services named in the environment answer, and says what to do when they do not."""

import os
from pathlib import Path
from urllib.parse import urlsplit

import environ
from terminal import Problem


def reach_redis(url: str) -> str:
    """Check that the Redis we were told to use answers."""
    from redis import Redis
    from redis.exceptions import RedisError

    where = without_secrets(url)
    try:
        Redis.from_url(url, socket_connect_timeout=3, socket_timeout=3).ping()
    except (RedisError, OSError, ValueError) as error:
        raise Problem(
            f"REDIS_URL is set, but Redis at {where} does not answer ({error}).\n"
            "Start it, correct REDIS_URL, or unset it: then ./run starts a Valkey of its own."
        ) from None
    return where


def reach_database(url: str) -> str:
    """Check that the database we were told to use answers."""
    where = without_secrets(url)
    advice = "Start it, correct DATABASE_URL, or unset it: then ./run uses SQLite in its data folder."
    try:
        config = environ.Env.db_url_config(url)
    except Exception as error:  # noqa: BLE001  whatever a malformed address raises, the advice is the same
        raise Problem(f"DATABASE_URL is not a database address ({error}).\n{advice}") from None
    engine = str(config.get("ENGINE", ""))
    if engine.endswith("sqlite3"):
        folder = Path(str(config["NAME"])).resolve().parent
        if not os.access(folder, os.W_OK):
            raise Problem(f"DATABASE_URL names a file in {folder}, which cannot be written to.\n{advice}")
        return where
    if "postgresql" not in engine:
        raise Problem(f"DATABASE_URL must be a postgres:// or sqlite:// address.\n{advice}")
    import psycopg2

    try:
        psycopg2.connect(
            dbname=config["NAME"],
            user=config["USER"] or None,
            password=config["PASSWORD"] or None,
            host=config["HOST"] or None,
            port=config["PORT"] or None,
            connect_timeout=5,
        ).close()
    except psycopg2.OperationalError as error:
        reason = " ".join(str(error).split())
        raise Problem(f"DATABASE_URL is set, but PostgreSQL at {where} cannot be used:\n{reason}\n{advice}") from None
    return where


def without_secrets(url: str) -> str:
    """An address without its user and password."""
    parts = urlsplit(url)
    return f"{parts.hostname or 'this machine'}{f':{parts.port}' if parts.port else ''}{parts.path}"
