"""Fields about members."""

from typing import Any

from django import forms

from coproduction.group.members import deciding_members
from impact.core.people.models import Person
from networks.groups.models import Group


class MemberField(forms.ModelChoiceField):
    """A member on whose behalf someone writes, from today's members of the group."""

    def __init__(self, group: Group, **kwargs: Any) -> None:
        members = Person.objects.filter(pk__in=deciding_members(group).values("person")).order_by("name")
        super().__init__(
            queryset=members, empty_label="Choose a member", error_messages={"required": "Choose a member"}, **kwargs
        )
