"""Fields and shapes of what the API takes in: nothing unknown, nothing that the caller may not see, no impossible day."""

import datetime
from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import QuerySet
from rest_framework import serializers
from rest_framework.relations import MANY_RELATION_KWARGS
from rest_framework.validators import UniqueValidator

FIRST, LAST = datetime.date(1990, 1, 1), datetime.date(2100, 12, 31)


class Strict:
    """Refuses keys that it does not know: a misspelt one is an error, not silently nothing."""

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, Mapping):
            known = [name for name, field in self.fields.items() if not field.read_only]  # type: ignore[attr-defined]
            if unknown := sorted(str(key) for key in set(data) - set(known)):
                listed = ", ".join(known) or "nothing"
                raise serializers.ValidationError(dict.fromkeys(unknown, f"Unknown field. This takes: {listed}."))
        return super().to_internal_value(data)  # type: ignore[misc]


class Day(serializers.DateField):
    """A day that a calendar of people's work can hold."""

    def to_internal_value(self, value: Any) -> datetime.date:
        day: datetime.date = super().to_internal_value(value)
        if not FIRST <= day <= LAST:
            raise serializers.ValidationError(f"Choose a day from {FIRST.year} to {LAST.year}.")
        return day


class Moment(serializers.DateTimeField):
    """A time on such a day."""

    def to_internal_value(self, value: Any) -> datetime.datetime:
        moment: datetime.datetime = super().to_internal_value(value)
        if not FIRST.year <= moment.year <= LAST.year:
            raise serializers.ValidationError(f"Choose a day from {FIRST.year} to {LAST.year}.")
        return moment


class Input(Strict, serializers.Serializer):
    """The body of a write."""


class ModelInput(Strict, serializers.ModelSerializer):
    """The body of a write, in the words of a model: its lengths, choices and help. The service saves, not this."""

    serializer_field_mapping = {
        **serializers.ModelSerializer.serializer_field_mapping,
        models.DateField: Day,
        models.DateTimeField: Moment,
    }

    def build_standard_field(self, field_name: str, model_field: Any) -> Any:
        """Without the check that a name is free: the service makes it, and knows which row is being changed."""
        field_class, kwargs = super().build_standard_field(field_name, model_field)
        if "validators" in kwargs:
            kwargs["validators"] = [v for v in kwargs["validators"] if not isinstance(v, UniqueValidator)]
        return field_class, kwargs


def _check_length(field: serializers.Field, data: Any, longest: int | None) -> None:
    """Refuse a list that is too long before anything in it is looked at."""
    if longest is not None and isinstance(data, (list, tuple)) and len(data) > longest:
        raise serializers.ValidationError(f"Send at most {longest} at a time.", code="max_length")


class Keyed(serializers.DictField):
    """Values by key, with a greatest number of them that is checked first."""

    def __init__(self, *, max_length: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.max_length = max_length

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, Mapping) and len(data) > self.max_length:
            raise serializers.ValidationError(f"Send at most {self.max_length} at a time.", code="max_length")
        return super().to_internal_value(data)


class Several(serializers.ListField):
    """A list of plain values, each counted once, with a length that is checked first."""

    def __init__(self, *, max_length: int, **kwargs: Any) -> None:
        super().__init__(max_length=max_length, **kwargs)

    def to_internal_value(self, data: Any) -> list[Any]:
        _check_length(self, data, self.max_length)
        return list(dict.fromkeys(super().to_internal_value(data)))


class SeveralVisible(serializers.ManyRelatedField):
    """A list of rows, each counted once, with a length that is checked first."""

    def __init__(self, *args: Any, max_length: int, **kwargs: Any) -> None:
        self.max_length = max_length
        super().__init__(*args, **kwargs)

    def to_internal_value(self, data: Any) -> list[Any]:
        _check_length(self, data, self.max_length)
        return list(dict.fromkeys(super().to_internal_value(data)))


class _Visible:
    """A related row among those that the caller may see: a hidden one is as unknown as a missing one."""

    @classmethod
    def many_init(cls, *args: Any, max_length: int, **kwargs: Any) -> SeveralVisible:
        """``many=True`` needs a ``max_length``: each row of a list costs a query."""
        of_list = {name: kwargs[name] for name in MANY_RELATION_KWARGS if name in kwargs}
        return SeveralVisible(child_relation=cls(*args, **kwargs), max_length=max_length, **of_list)

    def get_queryset(self) -> QuerySet:
        rows = super().get_queryset()  # type: ignore[misc]
        request = self.context.get("request")  # type: ignore[attr-defined]
        return rows.visible_to(request.user) if request else rows.none()

    def to_internal_value(self, data: Any) -> Any:
        try:
            return super().to_internal_value(data)  # type: ignore[misc]
        except (ValidationError, OverflowError):  # not even the shape of a key
            self.fail("does_not_exist", **{"pk_value": data, "slug_name": "slug", "value": data})  # type: ignore[attr-defined]


class VisibleSlug(_Visible, serializers.SlugRelatedField):
    def __init__(self, **kwargs: Any) -> None:
        super().__init__(slug_field="slug", **kwargs)


class VisiblePk(_Visible, serializers.PrimaryKeyRelatedField):
    pass


class NoInput(Input):
    """An empty body."""
