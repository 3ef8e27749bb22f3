"""No list in a request is without a limit, so that no single write holds up everybody else."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework import serializers

from impact.api import router
from impact.core.api.fields import Keyed, Strict
from networks.meetings.invitations import services
from networks.meetings.invitations.models import MeetingInvitation
from networks.meetings.models import Meeting
from tests import factories
from tests.networks.api.test_writes import api
from tests.pages import html_of

pytestmark = pytest.mark.django_db
__all__ = ["api"]  # the fixture


def bodies(kind: type = Strict) -> Iterator[type]:
    """Every shape of a request that the API knows."""
    assert router.urls  # loads every endpoint
    for found in kind.__subclasses__():
        yield found
        yield from bodies(found)


def lists_in(serializer: serializers.Serializer) -> Iterator[tuple[str, serializers.Field]]:
    for name, field in serializer.fields.items():
        if field.read_only:
            continue
        if isinstance(field, (serializers.ListField, serializers.ManyRelatedField, serializers.ListSerializer, Keyed)):
            yield f"{type(serializer).__name__}.{name}", field
        elif isinstance(field, (serializers.DictField, serializers.JSONField)):
            raise AssertionError(name)


def test_every_list_in_a_body_has_a_greatest_length():
    kinds = [
        kind
        for kind in bodies()
        if issubclass(kind, serializers.Serializer) and kind.__module__ != "impact.core.api.fields"
    ]
    found = dict(pair for kind in kinds for pair in lists_in(kind()))
    assert {"AnnounceInput.meetings", "AgendaInput.items", "LearningInput.groups"} <= set(found)
    assert not [
        name for name, field in found.items() if (getattr(field, "max_length", None) or 0) not in range(1, 1001)
    ]


def test_twenty_thousand_meetings_are_refused_before_any_is_looked_up(circle, api):
    body = {"meetings": [circle.later.pk] * 20_000}
    with CaptureQueriesContext(connection) as queries:
        status, answer = api("POST", f"groups/{circle.group.slug}/announce/", body)
    assert status == 400 and answer["errors"][0] == {
        "code": "max_length",
        "attr": "meetings",
        "detail": f"Send at most {services.MOST_ANNOUNCED} at a time.",
    }
    assert len(queries) < 20


def drafts_of(group, count: int) -> list[Meeting]:
    first = factories.at(2023, 3, 1)
    return [
        factories.MeetingFactory(
            group=group,
            number=10 + n,
            announced_at=None,
            starts_at=first + timedelta(days=n),
            ends_at=first + timedelta(days=n, hours=2),
        )
        for n in range(count)
    ]


def test_a_meeting_named_twice_is_announced_once(circle, api):
    draft = drafts_of(circle.group, 1)[0]
    status, told = api("POST", f"groups/{circle.group.slug}/announce/", {"meetings": [draft.pk] * 3})
    assert status == 200 and [row["id"] for row in told] == [draft.pk]


def test_the_most_that_can_be_announced_at_once_takes_a_few_statements_for_each_meeting(circle):
    """However many people are asked: 24 meetings and 456 emails took 2,042 statements, and five times the work."""
    group = circle.group
    for n in range(9):
        factories.MembershipFactory(group=group, person=factories.PersonFactory(email=f"m{n}@x.example"))
    first, *drafts = drafts_of(group, services.MOST_ANNOUNCED + 1)
    services.announce_meeting(by=circle.coordinator, meeting=first)  # addresses and templates are loaded once
    with CaptureQueriesContext(connection) as queries:
        told = services.announce_meetings(by=circle.coordinator, group=group, meetings=drafts)
    assert len(told) == services.MOST_ANNOUNCED and MeetingInvitation.objects.filter(meeting__in=drafts).count() > 400
    assert len(queries) <= 13 * services.MOST_ANNOUNCED


def test_a_form_announces_no_more_than_that_either(circle, sign_in):
    drafts_of(circle.group, services.MOST_ANNOUNCED + 1)
    client = sign_in(circle.coordinator)
    pks = [meeting.pk for meeting in Meeting.objects.filter(announced_at=None)]
    page = client.post(f"/groups/{circle.group.slug}/announce/", {"meetings": pks})
    assert f"Announce at most {services.MOST_ANNOUNCED} meetings at a time." in html_of(page)
    assert not Meeting.objects.filter(pk__in=pks, announced_at__isnull=False).exists()


def test_a_large_group_is_told_of_a_few_meetings_at_a_time(circle):
    drafts = drafts_of(circle.group, services.MOST_ANNOUNCED)
    for _ in range(15):
        factories.MembershipFactory(group=circle.group)
    with pytest.raises(ValidationError, match="more than 500 invitations"):
        services.announce_meetings(by=circle.coordinator, group=circle.group, meetings=drafts)
    assert services.announce_meetings(by=circle.coordinator, group=circle.group, meetings=drafts[:2]) == drafts[:2]
