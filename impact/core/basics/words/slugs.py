"""Make slugs: short, stable, generated once from a name."""

from django.db import models
from django.utils.text import slugify

# These stand in the same place of an address as a slug.
RESERVED = frozenset({"new", "updates", "compare", "caseload", "proposals"})


def free_slug(model: type[models.Model], name: str) -> str:
    """A slug made of ``name`` that no row of ``model`` has; numbered when the plain one is taken."""
    base = slugify(name)[:70].strip("-") or model._meta.model_name or "item"
    taken = set(model._default_manager.filter(slug__startswith=base).values_list("slug", flat=True)) | RESERVED
    slug, number = base, 1
    while slug in taken or slug.isdecimal():  # a number alone is a year in an address
        number += 1
        slug = f"{base}-{number}"
    return slug
