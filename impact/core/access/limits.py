"""How often strangers may do something: ask for a link, send a question, try a key. Counted without third parties."""

from collections.abc import Mapping

from allauth.core.internal import ratelimit
from django.http import HttpRequest


def is_within(
    request: HttpRequest,
    limits: Mapping[str, str],
    action: str,
    *,
    app: str,
    key: str = "",
    only_look: bool = False,
) -> bool:
    """Whether ``limits`` still allow an action; counts it unless ``only_look``.

    ``limits``: action → rates, for example "10/h/ip,3/h/key": ten an hour from one network and three for one key, such as
    a mailbox. ``app`` keeps the counts of actions with the same name apart. Capitals and spaces round a key do not matter.
    """
    used = ratelimit.consume(
        request,
        app=app,
        action=action,
        config=dict(limits),
        key=key.strip().lower() or None,
        limit_get=True,
        dry_run=only_look,
    )
    return used is not None
