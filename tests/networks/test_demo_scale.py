"""The synthetic estate for measuring: whole, the same every time, and bound by the rules of the real one."""

from datetime import date

import pytest
from django.db.models import Count

from impact.core.basics import clock
from networks.groups.models import Group, Membership
from networks.log.models import Attendance, Contribution
from networks.management.demo import estate
from networks.meetings.models import Meeting
from networks.members import guard
from sites.registry.models import Site

pytestmark = pytest.mark.django_db


@pytest.fixture
def small(monkeypatch):
    monkeypatch.setattr("networks.management.demo.scale.NETWORKS_PER_BLOCK", 2)


def test_the_synthetic_estate_is_complete_and_made_once(small):
    first = estate.build_scale(1)
    assert first["local networks"] == 8 and first["meetings"] == 80 and first["attendances"] >= 700
    assert estate.build_scale(1) == first
    second = estate.build_scale(2)
    assert second["local networks"] == 16 and second["meetings"] == 160
    sizes = (
        Group.objects.filter(slug__startswith="synthetic").annotate(n=Count("memberships")).values_list("n", flat=True)
    )
    assert set(sizes) == {11}


def test_the_synthetic_estate_is_the_same_every_time(small):
    estate.build_scale(1)
    words = list(Contribution.objects.order_by("pk").values_list("pk", "kind", "words"))
    statuses = list(Meeting.objects.order_by("pk").values_list("status", flat=True))
    Contribution.objects.all().delete()
    Attendance.objects.all().delete()
    Meeting.objects.all().delete()
    Membership.objects.all().delete()
    Group.objects.all().delete()
    Site.objects.filter(slug__startswith="synthetic").delete()
    estate.build_scale(1)
    assert list(Contribution.objects.order_by("pk").values_list("pk", "kind", "words")) == words
    assert list(Meeting.objects.order_by("pk").values_list("status", flat=True)) == statuses


def test_the_synthetic_estate_obeys_the_rules_of_the_real_one(small):
    estate.build_scale(1)
    assert not Meeting.objects.held().filter(logged_at__isnull=True).exists()
    assert not Meeting.objects.held().filter(starts_at__gt=clock.now()).exists()
    assert not Contribution.objects.exclude(meeting__status__in=Meeting.HELD).exists()
    group = Group.objects.with_guard_data().first()
    assert {c.guard for c in guard.guard(group, date(2022, 9, 1))} <= {"meetings"}
