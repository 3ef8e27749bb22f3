"""Someone stops cover at the moment at which the one who covers saves."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.db import transaction

from impact.core.access.acting.models import ActingFor
from impact.core.access.permissions import require
from impact.core.basics import clock
from impact.core.people.models import User
from impact.core.people.rights.acting import services
from networks.groups.models import Group
from networks.meetings.services import plan_meeting
from tests import factories

pytestmark = [pytest.mark.django_db, pytest.mark.database]


def test_what_is_saved_after_the_end_is_refused_although_it_was_allowed_when_it_began(monkeypatch):
    """The page was opened, and the roles read, before the end; the service looks again, and locks what lends the right."""
    group = factories.GroupFactory(starts_on=None, ends_on=None)
    kim, sam = factories.user_in(group, "coordinator"), factories.user_in(factories.GroupFactory(), "coordinator")
    until = clock.today() + timedelta(days=3)
    asked = services.ask_for_cover(
        by=kim,
        person=kim.person,
        helper=sam.person,
        duties=[f"coordinate:{group.pk}"],
        starts_on=clock.today(),
        ends_on=until,
    )
    services.answer(by=sam, acting=asked, is_accepted=True)
    sam, group = User.objects.get(pk=sam.pk), Group.objects.get(pk=group.pk)
    require(sam, "networks.plan_meeting", group)  # read once a request, and remembered
    services.end(by=kim, acting=ActingFor.objects.get())
    at = clock.now() + timedelta(days=9)
    given = {"group": group, "title": "Late", "starts_at": at, "ends_at": at + timedelta(hours=1)}
    with pytest.raises(PermissionDenied, match="ended a moment ago"):
        plan_meeting(by=sam, **given)
    with monkeypatch.context() as off, transaction.atomic():  # without the second look it is let through
        off.setattr("impact.core.access.acting.noting.note", lambda *args, **more: None)
        assert plan_meeting(by=sam, **given).pk
        transaction.set_rollback(True)


@pytest.mark.postgresql_only
def test_the_right_is_locked_while_it_is_used(django_assert_num_queries):
    """Ending it waits until what is being saved has been saved."""
    group = factories.GroupFactory(starts_on=None, ends_on=None)
    kim, sam = factories.user_in(group, "coordinator"), factories.user_in(factories.GroupFactory(), "coordinator")
    asked = services.ask_for_cover(
        by=kim,
        person=kim.person,
        helper=sam.person,
        duties=[f"coordinate:{group.pk}"],
        starts_on=clock.today(),
        ends_on=clock.today(),
    )
    services.answer(by=sam, acting=asked, is_accepted=True)
    sam = User.objects.get(pk=sam.pk)
    with transaction.atomic(), django_assert_num_queries(3) as found:
        require(sam, "networks.plan_meeting", Group(pk=group.pk))
    assert "FOR UPDATE" in found.captured_queries[-1]["sql"]
