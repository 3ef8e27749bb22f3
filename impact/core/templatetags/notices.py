"""How many notices wait for the reader, for the account menu."""

from typing import Any

from django import template

from impact.core.notices import services

register = template.Library()


@register.simple_tag
def unread_notices(user: Any) -> int:
    """The number of notices that a person has not read."""
    return services.unread_count(user)
