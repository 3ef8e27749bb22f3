"""Redact log lines. Our URLs can contain a secret, so every line is cleaned as it is written.

Used by settings and by deploy/gunicorn.conf.py, so it knows nothing of Django.
"""

import re
from collections.abc import MutableMapping
from typing import Any

import structlog

HIDDEN = "[secret]"
# Addresses whose next part is a secret or leads to one; a test holds them against every route.
SECRET_PATHS = (
    "application",
    "calendar",
    "equality/answer",
    "invitation",
    "join",
    "my-data/link",
    "news/leave",
    "news/mine",
    "notices/stop",
    "paper",
    "reflect",
    "reply",
    "account/address",
    "account/tokens",
    "accounts/confirm-email",
    "accounts/password/reset/key",
)
_paths = re.compile(rf"(/(?:{'|'.join(SECRET_PATHS)})/)[^/\s\"'\\?<>]+")
# Anything else as long as our tokens (43 characters; API tokens 64) in the letters that tokens are made of.
_long = re.compile(r"[A-Za-z0-9_-]{40,}")
_credentials = re.compile(r"(?i)\b(token|bearer|basic)\s+[A-Za-z0-9._~+/=-]{20,}")
_query = re.compile(r"(/[^\s\"'\\?]*)\?[^\s\"'\\<>]+")


def redact(text: str) -> str:
    """The same text without tokens, wherever they stand: in addresses, query strings, headers, error messages."""
    text = _paths.sub(rf"\1{HIDDEN}", text)
    text = _query.sub(rf"\1?{HIDDEN}", text)
    text = _credentials.sub(rf"\1 {HIDDEN}", text)
    return _long.sub(HIDDEN, text)


_render = structlog.processors.JSONRenderer()


def render(logger: Any, name: str, event: MutableMapping[str, Any]) -> str:
    """One JSON line, cleaned as a whole: what happened, its values, and the traceback."""
    return redact(str(_render(logger, name, event)))


SHARED: list[Any] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso"),
]


def config(level: str) -> dict[str, Any]:
    """The one logging set-up, of web server, worker, scheduler and commands alike.

    Every logger ends at the root's handler. Loggers that write addresses of requests have a handler that drops the
    line, because a logger without any would fall back on Python's handler of last resort, which writes plain text.
    RequestLogMiddleware logs the same by route.
    """
    dropped = {"handlers": ["nowhere"], "propagate": False}
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "json": {
                "()": structlog.stdlib.ProcessorFormatter,
                "foreign_pre_chain": SHARED,
                "processors": [
                    structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                    structlog.processors.format_exc_info,
                    render,
                ],
            }
        },
        "handlers": {
            "stderr": {"class": "logging.StreamHandler", "formatter": "json"},
            "nowhere": {"class": "logging.NullHandler"},
        },
        "root": {"handlers": ["stderr"], "level": level},
        "loggers": {
            "django": {"handlers": [], "propagate": True},
            "django.server": dropped,
            "django.request": dropped,
            "django.template": {"level": "INFO"},  # below it, a page's whole context: what people need and agreed to
            "gunicorn.access": dropped,
            "gunicorn.error": {"handlers": [], "propagate": True},
            "fontTools": {"level": "WARNING"},
            "weasyprint": {"level": "ERROR"},
        },
    }
