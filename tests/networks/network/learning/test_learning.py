"""Learning that one group sends to others, what they answer, and who reads what."""

import uuid
from datetime import date
from types import SimpleNamespace

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from impact.core.basics.states import StateConflict
from impact.core.basics.versions import Conflict
from impact.core.jobs.models import OutboxEmail
from networks.groups.models import Membership
from networks.network.learning import services
from networks.network.learning.models import LearningReceipt, SharedLearning
from networks.themes.curate import merge_theme
from tests import factories
from tests.pages import html_of


@pytest.fixture
def nations(circle):
    """Wales gives; England and Scotland, of the same network, receive. Ireland belongs to another network."""
    site = circle.group.site
    england = factories.GroupFactory(site=site, nation="england", name="Local England", slug="local-england")
    scotland = factories.GroupFactory(site=site, nation="scotland", name="Local Scotland", slug="local-scotland")
    ireland = factories.GroupFactory(nation="northern_ireland", name="Local Ireland", slug="local-ireland")
    logged = factories.LoggedMeetingFactory(group=circle.group, number=9)
    return SimpleNamespace(
        **vars(circle),
        england=england,
        scotland=scotland,
        ireland=ireland,
        english=factories.user_in(england, "coordinator"),
        scot=factories.user_in(scotland, "coordinator"),
        reader=factories.user_in(england),
        theme=factories.ThemeFactory(name="Trust", slug="trust"),
        quotable=factories.ContributionFactory(
            meeting=logged, words="We read the paper aloud, and everybody spoke.", quotable=True
        ),
        private=factories.ContributionFactory(
            meeting=logged, words="My brother will not talk to the council any more."
        ),
    )


def share(nations, **changes):
    data = {
        "by": nations.coordinator,
        "group": nations.group,
        "groups": [nations.england, nations.scotland],
        "title": "Read the paper aloud",
        "words": "One paper, read aloud at the start. **Everybody** spoke.",
    }
    return services.share_learning(**data | changes)


def receipt_of(learning, group):
    return LearningReceipt.objects.select_related("learning", "group").get(learning=learning, group=group)


# --- Sharing -------------------------------------------------------------------------------------
def test_a_coordinator_shares_learning_and_the_receiving_coordinators_get_an_email(nations):
    learning = share(nations, theme=nations.theme, contribution=nations.quotable)
    assert {r.group.name for r in learning.receipts.all()} == {"Local England", "Local Scotland"}
    sent = OutboxEmail.objects.order_by("to")
    assert {row.to for row in sent} == {nations.english.email, nations.scot.email}
    assert learning.get_absolute_url() in sent[0].body and "Read the paper aloud" in sent[0].body
    assert "Everybody" not in sent[0].body  # the words stay where one signs in
    assert learning.theme == nations.theme


def test_a_coordinator_of_two_receiving_groups_gets_one_email(nations):
    Membership.objects.filter(person=nations.scot.person).update(person=nations.english.person)
    share(nations)
    body = OutboxEmail.objects.get().body
    assert "Local England and Local Scotland" in body


def test_the_same_key_twice_shares_it_once(nations):
    key = uuid.uuid4()
    first = share(nations, key=key)
    assert share(nations, key=key) == first
    with pytest.raises(StateConflict, match="different"):
        share(nations, key=key, title="Another")
    assert SharedLearning.objects.count() == 1 and OutboxEmail.objects.count() == 2
    with pytest.raises(ValidationError, match="another group"):
        share(nations, by=nations.english, group=nations.england, groups=[nations.scotland], key=key)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"groups": []}, "at least one group"),
        ({"title": "  "}, "Write what you learned"),
        ({"words": " "}, "Write what you learned"),
        ({"words": "x" * 2001}, "2,000"),
        ({"words": "It was member 3 who said so."}, "names Member 3"),
    ],
)
def test_incomplete_learning_is_refused(nations, changes, message):
    with pytest.raises(ValidationError, match=message):
        share(nations, **changes)
    assert not SharedLearning.objects.exists() and not OutboxEmail.objects.exists()


def test_learning_goes_only_to_other_local_networks(nations):
    with pytest.raises(ValidationError, match="to itself"):
        share(nations, groups=[nations.group, nations.england])
    with pytest.raises(ValidationError, match="goes to local networks"):
        share(nations, groups=[factories.AdvisoryGroupFactory()])


def test_words_that_may_not_be_quoted_stay_in_the_group(nations):
    with pytest.raises(ValidationError, match="consent to quote this counts today"):
        share(nations, contribution=nations.private)
    with pytest.raises(ValidationError, match="may not be quoted outside"):
        share(nations, words="Someone said: my brother will  NOT talk to the council any more. We listened.")
    with pytest.raises(ValidationError, match="belongs to another group"):
        share(nations, contribution=factories.ContributionFactory(quotable=True))
    with pytest.raises(ValidationError, match="Finish the log"):
        share(nations, contribution=factories.ContributionFactory(meeting=nations.meeting, quotable=True))
    nations.quotable.removed_at = factories.at(2023, 1, 1)
    with pytest.raises(ValidationError, match="removed from the log"):
        share(nations, contribution=nations.quotable)


def test_a_merged_theme_is_shared_as_the_one_it_became(nations, staff):
    old = factories.ThemeFactory(name="Faith", slug="faith")
    merge_theme(by=staff, theme=old, into=nations.theme)
    old.refresh_from_db()
    assert share(nations, theme=old).theme == nations.theme


def test_only_the_group_itself_and_national_staff_share(nations, staff, leader):
    for user in (nations.english, nations.reader, leader):
        with pytest.raises(PermissionDenied):
            share(nations, by=user)
    assert share(nations, by=staff)


def test_running_local_networks_of_networks_one_sees_are_offered_never_ones_own(nations, staff):
    over = factories.GroupFactory(site=nations.group.site, ends_on="2022-12-31", name="Over")
    mine = set(services.groups_to_offer(nations.coordinator, nations.group))
    assert mine == {nations.england, nations.scotland}
    assert over not in set(services.groups_to_offer(staff, nations.group))
    assert nations.ireland in set(services.groups_to_offer(staff, nations.group))


# --- Answering, seeing, taking back --------------------------------------------------------------
def test_a_group_answers_and_may_change_its_mind(nations):
    learning = share(nations)
    receipt = services.answer_learning(
        by=nations.english, receipt=receipt_of(learning, nations.england), answer="tried", why="  It worked. "
    )
    assert (receipt.answer, receipt.why, receipt.answered_by) == ("tried", "It worked.", nations.english)
    assert services.mark_answers_seen(by=nations.coordinator, learning=learning) == 1
    assert services.mark_answers_seen(by=nations.coordinator, learning=learning) == 0
    changed = services.answer_learning(
        by=nations.english, receipt=receipt_of(learning, nations.england), answer="adapted", why="Two papers."
    )
    assert changed.answer == "adapted" and changed.seen_by_giver_at is None
    with pytest.raises(Conflict):
        services.answer_learning(by=nations.english, receipt=changed, answer="tried", why="Late.", expected=1)
    same = services.answer_learning(by=nations.english, receipt=changed, answer="adapted", why="Two papers.")
    assert same.version == changed.version


@pytest.mark.parametrize(("answer", "why"), [("tried", " "), ("perhaps", "Because."), ("", "Because.")])
def test_an_answer_needs_a_reason(nations, answer, why):
    learning = share(nations)
    with pytest.raises(ValidationError):
        services.answer_learning(
            by=nations.english, receipt=receipt_of(learning, nations.england), answer=answer, why=why
        )


def test_only_the_receiving_coordinator_answers(nations, leader):
    receipt = receipt_of(share(nations), nations.england)
    for user in (nations.coordinator, nations.scot, nations.reader, leader):
        with pytest.raises(PermissionDenied):
            services.answer_learning(by=user, receipt=receipt, answer="tried", why="Yes.")
    with pytest.raises(PermissionDenied):
        services.mark_answers_seen(by=nations.english, learning=receipt.learning)


def test_withdrawn_learning_is_hidden_from_the_groups_that_received_it(nations, staff):
    learning = share(nations)
    receipt = receipt_of(learning, nations.england)
    with pytest.raises(ValidationError, match="Say why"):
        services.withdraw_learning(by=nations.coordinator, learning=learning, reason=" ")
    with pytest.raises(PermissionDenied):
        services.withdraw_learning(by=nations.english, learning=learning, reason="No.")
    learning = services.withdraw_learning(by=nations.coordinator, learning=learning, reason="It was wrong.")
    assert not SharedLearning.objects.visible_to(nations.english).exists()
    assert SharedLearning.objects.visible_to(nations.coordinator).get() == learning
    with pytest.raises(ValidationError, match="already"):
        services.withdraw_learning(by=nations.coordinator, learning=learning, reason="Again.")
    with pytest.raises(
        ValidationError, match="The group that shared this has withdrawn it, so there is nothing to answer"
    ):
        services.answer_learning(by=staff, receipt=receipt, answer="tried", why="Yes.")


# --- Pages ---------------------------------------------------------------------------------------
def test_a_coordinator_shares_from_an_entry_of_the_log(nations, sign_in):
    client = sign_in(nations.coordinator)
    url = reverse("networks:learning-share", args=[nations.group.slug])
    meeting = html_of(client.get(nations.quotable.meeting.get_absolute_url()))
    assert (
        f"{url}?contribution={nations.quotable.pk}" in meeting and f"contribution={nations.private.pk}" not in meeting
    )
    page = client.get(url, {"contribution": nations.quotable.pk})
    form = page.context["form"]
    assert form["words"].value() == nations.quotable.words
    assert set(form["groups"].value()) == {nations.england.pk, nations.scotland.pk}
    assert "Do not include names" in html_of(page)
    answer = client.post(
        url,
        {
            "title": "Read aloud",
            "words": "Read the paper aloud.",
            "groups": [nations.england.pk],
            "contribution": nations.quotable.pk,
            "key": form["key"].value(),
        },
    )
    learning = SharedLearning.objects.get()
    assert answer["Location"] == learning.get_absolute_url() and learning.contribution == nations.quotable


def test_words_that_may_not_be_quoted_are_refused_on_the_page_with_the_reason(nations, sign_in):
    client = sign_in(nations.coordinator)
    url = reverse("networks:learning-share", args=[nations.group.slug])
    page = html_of(client.get(url, {"contribution": nations.private.pk}, follow=True))
    assert "consent to quote this counts today" in page
    data = {"title": "Brothers", "words": nations.private.words, "groups": [nations.england.pk]}
    page = html_of(client.post(url, data))
    assert "may not be quoted outside" in page and nations.private.words in page
    elsewhere = client.post(url, data | {"words": "Fine.", "groups": [nations.ireland.pk]})
    assert elsewhere.status_code == 200 and not SharedLearning.objects.exists()


def test_learning_waits_on_home_and_on_the_groups_page_until_it_is_answered(nations, sign_in):
    learning = share(nations)
    client = sign_in(nations.english)
    group_page = reverse("networks:group-detail", args=[nations.england.slug])
    assert "shares: Read the paper aloud" in html_of(client.get("/"))
    assert "No answer yet" in html_of(client.get(group_page))
    url = reverse("networks:learning-answer", args=[learning.pk, nations.england.slug])
    assert "Choose an answer" in html_of(client.post(url, {"answer": "", "why": "Typed already"}))
    client.post(url, {"answer": "adapted", "why": "We drew it.", "version": 1})
    assert "shares: Read the paper aloud" not in html_of(client.get("/"))
    assert "Adapted it" in html_of(client.get(group_page))


def test_the_giver_sees_new_answers_once(nations, sign_in):
    learning = share(nations)
    services.answer_learning(
        by=nations.english, receipt=receipt_of(learning, nations.england), answer="not_for_us", why="We meet online."
    )
    client = sign_in(nations.coordinator)
    assert "Local England answered: not for us" in html_of(client.get("/"))
    first = html_of(client.get(learning.get_absolute_url()))
    assert "We meet online." in first and ">New<" in first
    assert ">New<" not in html_of(client.get(learning.get_absolute_url()))
    assert "Local England answered" not in html_of(client.get("/"))


def test_someone_else_reading_it_does_not_count_as_seen(nations, staff, sign_in):
    learning = share(nations)
    services.answer_learning(by=staff, receipt=receipt_of(learning, nations.england), answer="tried", why="Yes.")
    sign_in(staff).get(learning.get_absolute_url())
    sign_in(nations.english).get(learning.get_absolute_url())
    assert "answered" in html_of(sign_in(nations.coordinator).get("/"))


def test_members_of_a_receiving_group_read_it_and_others_do_not(nations, sign_in, outsider):
    learning = share(nations)
    page = html_of(sign_in(nations.reader).get(learning.get_absolute_url()))
    assert "<strong>Everybody</strong>" in page and "Save answer" not in page
    assert "Read the paper aloud" in html_of(sign_in(nations.reader).get(reverse("networks:learning-list")))
    assert sign_in(outsider).get(learning.get_absolute_url()).status_code == 404
    assert sign_in(factories.user_in(nations.ireland)).get(learning.get_absolute_url()).status_code == 404


def test_a_consent_that_was_taken_back_is_told_to_the_giver(nations, sign_in):
    learning = share(nations, contribution=nations.quotable)
    factories.agreed_to_be_quoted(nations.quotable.speaker, is_given=False, given_on=date(2022, 12, 1))
    assert "may no longer be quoted" in html_of(sign_in(nations.coordinator).get(learning.get_absolute_url()))


def test_two_answers_at_once_show_both(nations, sign_in):
    learning = share(nations)
    services.answer_learning(
        by=nations.english, receipt=receipt_of(learning, nations.england), answer="tried", why="First."
    )
    url = reverse("networks:learning-answer", args=[learning.pk, nations.england.slug])
    answer = sign_in(nations.english).post(url, {"answer": "adapted", "why": "Second.", "version": 1})
    page = html_of(answer)
    assert answer.status_code == 409 and "First." in page and "Second." in page


def test_the_list_filters_and_exports(nations, sign_in, staff):
    learning = share(nations, title="=cmd()", theme=nations.theme)
    services.answer_learning(by=staff, receipt=receipt_of(learning, nations.england), answer="tried", why="Yes.")
    url = reverse("networks:learning-list")
    client = sign_in(nations.coordinator)
    for query, expected in [
        ({"box": "given"}, 1),
        ({"box": "received"}, 0),
        ({"answer": "tried"}, 1),
        ({"answer": "adapted"}, 0),
        ({"answer": "waiting"}, 1),
        ({"theme": "trust"}, 1),
        ({"group": nations.group.slug}, 1),
    ]:
        assert client.get(url, query).context["listing"].total == expected, query
    rows = b"".join(client.get(url, {"format": "csv"}).streaming_content).decode()
    assert "'=cmd()" in rows and ",2,1,0,0,1," in rows


def test_the_list_costs_the_same_for_one_and_for_thirty(nations, sign_in, staff, django_assert_num_queries):

    client = sign_in(staff)
    share(nations, theme=nations.theme)
    with CaptureQueriesContext(connection) as one:
        client.get(reverse("networks:learning-list"))
    for _ in range(29):
        share(nations, theme=nations.theme)
    with django_assert_num_queries(len(one)):
        client.get(reverse("networks:learning-list"))


def test_the_group_is_chosen_before_learning_is_shared(nations, sign_in, staff, outsider):
    url = reverse("networks:learning-new")
    assert (
        sign_in(nations.coordinator)
        .get(url, {"theme": "trust"})["Location"]
        .endswith("local-wales/learning/new/?theme=trust")
    )
    assert "Local Scotland" in html_of(sign_in(staff).get(url))
    assert sign_in(outsider).get(url).status_code == 403


def test_taking_back_asks_for_the_reason(nations, sign_in):
    learning = share(nations)
    url = reverse("networks:learning-withdraw", args=[learning.pk])
    client = sign_in(nations.coordinator)
    assert "Enter an answer" in html_of(client.post(url, {"reason": ""}))
    client.post(url, {"reason": "It hurt someone.", "version": 1})
    assert "It hurt someone." in html_of(client.get(learning.get_absolute_url()))


def test_the_filter_offers_themes_of_learning_that_the_reader_may_see_and_no_others(nations, sign_in):
    share(nations, theme=nations.theme)
    outsider = factories.user_in(nations.ireland)
    for reader, offered in [(nations.reader, True), (outsider, False)]:
        page = html_of(sign_in(reader).get(reverse("networks:learning-list")))
        assert ('value="trust"' in page) is offered
