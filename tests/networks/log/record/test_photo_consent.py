"""Photographs and what people agreed to: who is not to be taken, who a picture shows, and what a no does."""

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.storage import default_storage
from django.urls import reverse

from impact.core.basics import clock
from impact.core.basics.states import StateConflict
from impact.core.jobs import queue
from impact.core.notices.models import Notice
from impact.core.people.models import Consent
from impact.core.people.rights.agreeing.services import withdraw_consent
from impact.core.people.rights.erasure.services import erase_person
from impact.core.people.services import record_consent
from networks.groups.models import Membership
from networks.log.record import photos, shown
from networks.log.record.models import MeetingPhoto, ShownInPhoto
from networks.log.services import finish_log, record_attendance
from networks.meetings.models import Meeting
from tests import factories
from tests.pages import html_of

pytestmark = pytest.mark.django_db
PHOTOS = Consent.Purpose.PHOTOS


def answer(person, *, yes: bool = True, on: str = "2023-01-02", until: str | None = None) -> None:
    Consent.objects.create(
        person=person, purpose=PHOTOS, wording="May we?", is_given=yes, given_on=on, expires_on=until
    )


@pytest.fixture
def world(circle):
    """Two members with accounts who came and said yes, one picture that names the first, and one without names."""
    users = [factories.UserFactory() for _ in range(2)]
    for user, name in zip(users, ("Ada Example", "Ben Example"), strict=True):
        user.person.name = name
        user.person.save()
        factories.MembershipFactory(group=circle.group, person=user.person, perspective="carer")
        answer(user.person)
    circle.ada, circle.ben = (user.person for user in users)
    came = {circle.ada.pk: "present", circle.ben.pk: "present"}
    record_attendance(by=circle.coordinator, meeting=circle.meeting, statuses=came)
    circle.named = factories.PhotoFactory(meeting=circle.meeting, alt="People at a table")
    circle.other = factories.PhotoFactory(meeting=circle.meeting, alt="A flip chart")
    shown.name_people(by=circle.coordinator, photo=circle.named, add=[circle.ada.pk])
    return circle


def seen(user, meeting) -> set[str]:
    meeting.refresh_from_db()
    return {photo.alt for photo in photos.photos_for(user, meeting)}


def take_back(person) -> None:
    withdraw_consent(by=person.user, person=person, purpose=PHOTOS)


def test_the_upload_and_the_log_name_those_who_have_not_said_yes_to_those_who_may_see_it(world, sign_in, staff):
    pages = [reverse(f"networks:{name}", args=[world.meeting.pk]) for name in ("photos-edit", "meeting-log")]
    answer(Membership.objects.get(pk=world.members[0].pk).person)
    answer(world.members[1].person, yes=False)
    for page in pages:
        text = html_of(sign_in(world.coordinator).get(page))
        told = text[text.index("Do not take or keep pictures of") :].split("</ul>")[0]
        assert "Member 1<" in told and "Member 2<" in told  # said no; never asked
        assert "Member 0<" not in told and "Ada Example" not in told
    for person in shown.speakers_of(world.meeting):
        answer(person)
    text = html_of(sign_in(world.coordinator).get(pages[0]))
    assert "Everyone here has said yes to photographs." in text and "Do not take" not in text
    member = factories.user_in(world.group)
    assert shown.not_to_be_shown(member, world.meeting) is None
    finish_log(by=world.coordinator, meeting=world.meeting)
    assert "said yes to photographs" not in html_of(sign_in(member).get(world.meeting.get_absolute_url()))


def test_who_a_picture_shows_is_chosen_among_those_who_came_and_seen_by_them_and_the_coordinator_alone(
    world, sign_in, staff
):
    page = reverse("networks:photos-edit", args=[world.meeting.pk])
    sent = {
        "do": "describe",
        f"was-{world.named.pk}": str(world.ada.pk),
        f"shown-{world.named.pk}": [str(world.ben.pk)],
    }
    sign_in(world.coordinator).post(page, sent)
    assert [row.person for row in world.named.shown.all()] == [world.ben]
    with pytest.raises(ValidationError, match="who came"):
        shown.name_people(by=world.coordinator, photo=world.named, add=[world.ids[3]])
    with pytest.raises(PermissionDenied):
        shown.name_people(by=staff, photo=world.named, add=[world.ada.pk])
    assert f'name="shown-{world.named.pk}"' in html_of(sign_in(world.coordinator).get(page))
    theirs = html_of(sign_in(staff).get(page))
    assert f'name="shown-{world.named.pk}"' not in theirs and "Ben Example" not in theirs
    finish_log(by=world.coordinator, meeting=world.meeting)
    url = world.meeting.get_absolute_url()
    assert "You are in this picture" in html_of(sign_in(world.ben.user).get(url))
    assert "You are in this picture" not in html_of(sign_in(world.ada.user).get(url))
    mine = html_of(sign_in(world.ben.user).get(reverse("core:my-data")))
    assert "Pictures that show you" in mine and "People at a table" in mine
    assert "Pictures that show you" not in html_of(sign_in(world.ada.user).get(reverse("core:my-data")))


def test_a_picture_that_names_someone_without_a_yes_is_shown_to_no_member(world, sign_in):
    finish_log(by=world.coordinator, meeting=world.meeting)
    member = factories.user_in(world.group)
    assert seen(member, world.meeting) == {"People at a table", "A flip chart"}
    answer(world.ada, on="2023-01-03", until="2023-01-05")  # a yes that has ended by itself
    assert seen(member, world.meeting) == {"A flip chart"}
    for url in (
        reverse("networks:photo-file", args=[world.named.pk]),
        reverse("meeting-photo-content", args=[world.meeting.pk, world.named.pk]),
        reverse("meeting-photo-detail", args=[world.meeting.pk, world.named.pk]),
    ):
        assert sign_in(member).get(url).status_code == 404
    listed = sign_in(member).get(reverse("meeting-photo-list", args=[world.meeting.pk])).json()
    assert "People at a table" not in str(listed) and "A flip chart" in str(listed)


def test_taking_the_yes_back_takes_named_pictures_off_and_tells_the_coordinator_as_was_said_before(world, sign_in):
    finish_log(by=world.coordinator, meeting=world.meeting)
    Meeting.objects.filter(pk=world.meeting.pk).update(status="complete")  # a closed log too
    before = html_of(sign_in(world.ada.user).get(reverse("core:my-consent-withdraw", args=["photos"])))
    assert "The picture that has your name with it comes off the log at once" in before
    assert "1 other picture was taken at meetings that you came to" in before
    assert "we tell the coordinators of Local network, Wales that you said no" in before
    take_back(world.ada)
    assert seen(world.coordinator, world.meeting) == {"A flip chart"}
    with pytest.raises(ValidationError, match="complete"):
        photos.restore_photo(by=world.coordinator, photo=world.named)
    notice = Notice.objects.get(event="photos-to-look-through")
    assert notice.person == world.coordinator.person and "Ada" not in notice.title + notice.words
    history = html_of(sign_in(world.ben.user).get(world.meeting.get_absolute_url()))
    assert "Photo removed" in history and "Ada Example" not in history.split("Photo removed")[1][:300]

    page = html_of(sign_in(world.coordinator).get(notice.path))
    assert "Pictures that may show Ada Example" in page and "A flip chart" in page and "People at a table" not in page
    assert sign_in(factories.user_in(world.group)).get(notice.path).status_code == 404
    assert sign_in(factories.user_in(factories.GroupFactory(), "coordinator")).get(notice.path).status_code == 404
    done = sign_in(world.coordinator).post(notice.path, {"shows": [world.other.pk]}, follow=True)
    assert "1 picture is off the log" in html_of(done) and "No pictures left" in html_of(done)
    assert seen(world.coordinator, world.meeting) == set()

    Meeting.objects.filter(pk=world.meeting.pk).update(status="logged")
    world.other.refresh_from_db()
    with pytest.raises(StateConflict, match="has not said yes"):
        photos.restore_photo(by=world.coordinator, photo=world.other)
    record_consent(
        by=world.ada.user, person=world.ada, purpose=PHOTOS, wording="May we?", is_given=True, given_on=clock.today()
    )
    assert (
        seen(world.coordinator, world.meeting) == set()
    )  # a new yes lets it come back, and brings back none by itself
    photos.restore_photo(by=world.coordinator, photo=world.other)
    assert seen(world.coordinator, world.meeting) == {"A flip chart"}
    assert sign_in(world.coordinator).get(notice.path).status_code == 404  # nothing to look through any more


def test_nothing_is_said_or_sent_where_there_are_no_pictures_and_leads_are_told_where_no_one_coordinates(
    world, sign_in, engagement_lead
):
    MeetingPhoto.objects.filter(pk=world.other.pk).delete()
    page = html_of(sign_in(world.ada.user).get(reverse("core:my-consent-withdraw", args=["photos"])))
    assert (
        "No other picture of a meeting that you came to is in use." in page
        and "tell" not in page.split("If you take")[1][:400]
    )
    take_back(world.ada)
    assert not Notice.objects.filter(event="photos-to-look-through").exists()
    factories.PhotoFactory(meeting=world.meeting, alt="Another")
    Membership.objects.filter(role="coordinator").update(ends_on="2023-01-11")
    page = html_of(sign_in(world.ben.user).get(reverse("core:my-consent-withdraw", args=["photos"])))
    assert "No picture on a log has your name with it." in page and "we tell our engagement leads that" in page
    take_back(world.ben)
    assert Notice.objects.get(event="photos-to-look-through").person == engagement_lead.person


def test_erasing_someone_deletes_the_pictures_that_show_them_with_their_files(
    world, engagement_lead, django_capture_on_commit_callbacks
):
    name, other = world.named.file.name, world.other.file.name
    with django_capture_on_commit_callbacks(execute=True):
        erase_person(by=engagement_lead, person=world.ada, name="Ada Example")
    queue.run_due()
    assert list(MeetingPhoto.objects.all()) == [world.other] and not ShownInPhoto.objects.exists()
    assert not default_storage.exists(name) and default_storage.exists(other)
