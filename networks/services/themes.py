"""Themes: found or added as people type them, never twice for the same words."""

import difflib
from collections.abc import Iterable
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.text import slugify

from impact.core import audit
from impact.core.permissions import require
from networks.models import Theme


def tidy_theme_name(name: str) -> str:
    """One space between words, a capital first; the rest as it was typed."""
    words = " ".join(name.split())
    return words[:1].upper() + words[1:]


@transaction.atomic
def find_or_add_theme(*, by: Any, name: str, group: Any = None) -> Theme:
    """The theme of these words, whatever their case, spaces and commas; a new one only where there is none.

    A theme that was merged leads to the one it became. Adding one takes the right to keep a log (of ``group``).
    """
    require(by, "networks.log_meeting", group)
    name = tidy_theme_name(name)
    slug = slugify(name)[:80]
    if not slug:
        raise ValidationError("Write the theme in words, for example: Relationships.")
    theme = Theme.objects.select_related("merged_into").filter(slug=slug).first()
    if theme is None:
        theme = Theme(name=name, slug=slug)
        theme.full_clean(validate_unique=False)
        try:
            with transaction.atomic():
                theme.save()
        except IntegrityError:  # somebody else added the same words a moment ago
            return Theme.objects.get(slug=slug)
        audit.record(by, "theme.added", theme)
    return theme.merged_into or theme


def similar_themes(name: str, themes: Iterable[Theme] | None = None) -> list[Theme]:
    """Up to three themes whose words are nearly these, to offer instead of a new one. Never the theme itself."""
    slug = slugify(tidy_theme_name(name))[:80]
    known = {theme.slug: theme for theme in (Theme.objects.in_use() if themes is None else themes)}
    known.pop(slug, None)
    return [known[found] for found in difflib.get_close_matches(slug, list(known), n=3, cutoff=0.78)]
