"""A row of any model about someone, with a word in each field that only stands there. For SQLite, with checks off."""

from datetime import date, datetime
from itertools import count
from typing import Any

from django.db import models
from django.utils import timezone

from impact.core.basics.privacy import Personal
from impact.core.people.models import Person, User
from impact.core.people.rights.holdings.reading import Subject
from tests import factories

_number = count(1)
NOT_OURS = {"core.Person", "core.User"}  # they are there


def example(field: Any) -> Any:
    """A value that a column takes."""
    if field.null:
        return None
    if field.has_default():
        return field.get_default()
    if field.choices:
        return field.flatchoices[0][0]
    if isinstance(field, models.EmailField):
        return f"row{next(_number)}@rows.example"
    if isinstance(field, models.GenericIPAddressField):
        return "192.0.2.1"
    if isinstance(field, (models.CharField, models.TextField)) and not isinstance(field, models.UUIDField):
        return f"r{next(_number)}"
    if isinstance(field, models.DateTimeField):
        return timezone.make_aware(datetime(2024, 3, 1, 12))
    if isinstance(field, models.DateField):
        return date(2024, 3, 1)
    if isinstance(field, models.BooleanField):
        return False
    if isinstance(field, models.JSONField):
        return {}
    if isinstance(field, models.FileField):
        return ""
    if isinstance(field, models.BinaryField):
        return b""
    return 2000 + next(_number)


def make(model: type[models.Model], **given: Any) -> Any:
    """A row with the least that it needs, straight into the table: no rule of a service stands in the way."""
    if model is User:
        return given.get("pk") or factories.UserFactory()
    if model is Person:
        return factories.PersonFactory()
    values = dict(given)
    for field in model._meta.concrete_fields:
        if field.name in values or isinstance(field, models.AutoField):
            continue
        if field.is_relation:
            if not field.null:
                values[field.name] = make(field.related_model)
            continue
        values[field.name] = example(field)
    row = model(**values)
    for field in model._meta.concrete_fields:  # dates that a save would set
        if getattr(field, "auto_now_add", False) or getattr(field, "auto_now", False):
            setattr(row, field.attname, timezone.now())
    model._base_manager.bulk_create([row])
    return row


def _along(model: type[models.Model], path: str, value: Any) -> dict[str, Any]:
    """What to give ``make`` so that a lookup ends at ``value``."""
    name, _, rest = path.partition("__")
    if not rest:
        return {name: value}
    inner = model._meta.get_field(name).related_model
    there = inner._base_manager.filter(**{rest: value}).first()
    return {name: there or make(inner, **_along(inner, rest, value))}


def canaries_for(model: type[models.Model], said: Personal, subject: Subject) -> list[str]:
    """Make a row of a model about the subject; the words put into what they are shown."""
    words: dict[str, Any] = {}
    found = []
    for path in said.shown:
        field = None if "__" in path else model._meta.get_field(path)
        if field is None or field.is_relation or field.choices or path in said.by_address:
            continue
        is_email = isinstance(field, models.EmailField)
        if isinstance(field, (models.CharField, models.TextField)) and not is_email:
            word = f"zq{next(_number)}qz"
            words[path], found = word, [*found, word]
        elif isinstance(field, models.JSONField):
            word = f"zq{next(_number)}qz"
            words[path], found = ([word] if field.default is list else {"word": word}), [*found, word]
    email = next(iter(subject.addresses))
    if said.of:
        path = said.of[0]
        target = model._meta.get_field(path.split("__")[0])
        for name in path.split("__")[1:]:
            target = target.related_model._meta.get_field(name)
        whose: Any = subject.person if target.related_model is Person else subject.user
        make(model, **words, **_along(model, path, whose if target.is_relation else whose.pk))
    else:
        there = model._base_manager.filter(**{said.by_address[0]: email})
        if not there.update(**words):  # it may be there for a row that points at it
            make(model, **words, **_along(model, said.by_address[0], email))
    return found
