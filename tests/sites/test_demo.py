"""The demonstration's sites: what is publicly known is there, what is invented says so, and twice is once."""

from collections import Counter
from datetime import date
from itertools import pairwise

import pytest
from django.db.models import Count, Max

import sites.management.demo.estate
from impact.core.access.models import AuditEvent
from impact.core.management import demo as core_demo
from impact.core.people.models import Person
from sites.calls.applications.models import Application
from sites.calls.rounds.models import Round
from sites.calls.rounds.questions.changes import changes_between
from sites.calls.rounds.questions.models import QuestionSet
from sites.calls.rounds.questions.rules import missing_facts
from sites.organisations.models import Organisation
from sites.progress.delivery.models import Commitment, EarlierWording, LearningNote, Milestone, Replan
from sites.progress.evidence.models import EvidenceGap, EvidenceItem
from sites.progress.outcomes.checks.models import RECENT_MONTHS, CoproductionEntry, months_before
from sites.progress.outcomes.measures.models import Frame, OutcomeMeasure, Reading
from sites.progress.outcomes.spread.models import Uptake
from sites.progress.units.roster import coverage
from sites.questions.models import AskedQuestion
from sites.registry.caseload.models import Supervision
from sites.registry.caseload.queries import overdue_posts, posts_for
from sites.registry.models import Site, SiteRole
from sites.topics.models import Topic
from sites.updates import services
from sites.updates.models import Update

pytestmark = pytest.mark.django_db
TODAY = date(2023, 1, 16)
STANDS = {"DEMO": True, "DEMO_TODAY": TODAY}


@pytest.fixture(scope="module")
def demonstration(one_for_the_file):
    with one_for_the_file(**STANDS):
        accounts = core_demo.build()
        sites.management.demo.estate.build(accounts)
        yield accounts


@pytest.fixture
def built(demonstration, db, settings):
    settings.DEMO, settings.DEMO_TODAY = STANDS.values()
    return demonstration


def test_the_six_sites_have_the_addresses_that_others_look_up(built):
    found = {s.slug: (s.delivery_model, s.status) for s in Site.objects.all()}
    assert found == {
        "choice-and-control": ("network", "active"),
        "values-based-recruitment": ("network", "setting_up"),
        "mid-and-east-antrim": ("demonstrator", "active"),
        "direct-payments-bme": ("facilitator", "active"),
        "dementia-decision-aids": ("facilitator", "active"),
        "technology-enabled-care": ("demonstrator", "active"),
    }
    assert Site.objects.get(slug="choice-and-control").places == "England, Northern Ireland, Scotland, Wales"
    assert Site.objects.get(slug="direct-payments-bme").origin == "assembly"


def test_building_twice_changes_nothing_even_if_people_have_renamed_something(built):
    tables = [Site, Organisation, Topic, Update, Round, SiteRole, Person, AuditEvent]
    tables += [Milestone, Replan, Commitment, EarlierWording, LearningNote]
    tables += [EvidenceItem, EvidenceGap, Application, QuestionSet]
    tables += [OutcomeMeasure, Reading, CoproductionEntry, Uptake, Supervision, AskedQuestion]
    for row in (Organisation.objects.first(), Topic.objects.first()):
        row.name = "Another name"
        row.save()
    for model in (EvidenceItem, EvidenceGap):
        model.objects.filter(pk=model.objects.first().pk).update(title="Another title")
    before = [model.objects.count() for model in tables]
    sites.management.demo.estate.build(built)
    assert [model.objects.count() for model in tables] == before


def test_the_library_holds_the_three_kinds_and_gaps_in_each_state_all_marked_illustrative(built):
    assert set(EvidenceItem.objects.balance().values()) == {3}
    assert all(item.is_illustrative and item.topics.exists() for item in EvidenceItem.objects.all())
    assert not EvidenceItem.objects.exclude(web_address="").exists()  # nothing that looks like a real publication
    assert {gap.state for gap in EvidenceGap.objects.all()} == {"open", "answered", "closed"}
    assert all(gap.is_illustrative for gap in EvidenceGap.objects.all())
    waiting = EvidenceGap.objects.long_open().get()
    assert waiting.feedback.count() == 2 and waiting.raised_by == built["staff"]


def test_the_queue_of_ask_impact_holds_a_question_in_each_state_and_names_no_one(built):
    rows = list(AskedQuestion.objects.all())
    assert {row.state for row in rows} == set(AskedQuestion.State.values)
    assert all(row.is_illustrative for row in rows)
    assert {row.contact_email.rsplit(".", 1)[-1] for row in rows if row.contact_email} == {"example"}
    assert AskedQuestion.objects.overdue(TODAY).count() == 2
    assert all(row.evidence.exists() for row in rows if row.answered_on)


def test_the_demonstrator_is_measured_in_all_five_frames_and_every_number_is_marked_illustrative(built):
    site = Site.objects.get(slug="mid-and-east-antrim")
    assert {measure.frame for measure in site.measures.all()} == set(Frame.values)
    assert all(measure.readings.exists() for measure in site.measures.all())
    for model in (OutcomeMeasure, CoproductionEntry, Uptake):
        assert model.objects.exists() and not model.objects.filter(is_illustrative=False).exists()
    assert site.strategic_issue and site.evaluation_plan and site.links


def test_some_sites_have_a_recent_check_some_an_old_one_and_some_nothing(built):
    since = months_before(TODAY, RECENT_MONTHS)
    rows = Site.objects.annotate(n=Count("coproduction_entries"), last=Max("coproduction_entries__on"))
    assert {(row.n > 0, bool(row.last and row.last >= since)) for row in rows} == {
        (True, True),
        (True, False),
        (False, False),
    }


def test_supervision_of_a_facilitator_and_of_the_coach_is_overdue(built):
    late = overdue_posts(posts_for(built["staff"]), TODAY)
    assert {post.site.slug for post in late.select_related("site")} == {"mid-and-east-antrim", "dementia-decision-aids"}


def test_most_but_not_all_practices_take_part_and_the_figure_depends_on_the_day(built):
    site = Site.objects.get(slug="mid-and-east-antrim")
    assert coverage(site, date(2017, 10, 1)) == (0, 0, None)
    assert coverage(site, date(2020, 6, 1)) == (8, 15, 53)
    assert coverage(site, date(2022, 6, 20)) == (7, 14, 50)
    assert coverage(site, TODAY) == (10, 14, 71)


def test_the_demonstrator_has_one_coach_and_one_advertised_post(built):
    roles = SiteRole.objects.filter(site__slug="mid-and-east-antrim").order_by("state")
    assert [(r.kind, r.state, str(r.employer or "")) for r in roles] == [
        ("coach", "advertised", "University of Ulster"),
        ("coach", "appointed", ""),
    ]
    parts = Organisation.objects.get(name="Dunhill Medical Trust").parts
    assert set(parts.values_list("part", "site__slug")) == {("funder", "mid-and-east-antrim"), ("consortium", None)}


def test_every_step_in_a_site_s_life_follows_the_one_before(built):
    for site in Site.objects.all():
        steps = list(site.status_changes.all())
        assert steps[0].status == "proposed" and steps[-1].status == site.status
        assert all(later.status in Site.NEXT_STATUSES[earlier.status] for earlier, later in pairwise(steps))
        assert all(earlier.on <= later.on <= TODAY for earlier, later in pairwise(steps))


def test_the_round_asks_for_the_four_topics_of_2023_in_its_second_wording(built):
    round = Round.objects.get(slug="2023-24")
    assert (round.opens_in_words, round.closes_in_words, round.is_announced) == (
        "1 December 2022, 9am UK time",
        "28 February 2023, 5pm UK time",
        True,
    )
    assert round.stage == "Open" and round.time_left == "43 days left"
    assert {topic.proposed_for for topic in round.topics.all()} == {2023} and round.topics.count() == 4
    assert [s.number for s in round.statements.all()] == [1, 2]


def test_the_round_asks_for_everything_that_the_mix_is_chosen_by_in_its_second_version(built):
    round = Round.objects.get(slug="2023-24")
    first, second = round.question_sets.published()
    assert missing_facts(round, second.questions()) == []
    assert [change.key for change in changes_between(first, second)] == ["coproduction"]
    assert second.sections.first().is_eligibility and "400 words" in second.what_changed
    assert list(round.clarifications.values_list("state", flat=True)) == ["waiting", *["published"] * 3]
    assert round.is_illustrative and not round.clarifications.filter(is_illustrative=False).exists()


def test_the_second_pilot_looks_for_places_in_a_round_of_its_own_that_is_open(built):
    round = Round.objects.get(purpose="local_networks")
    assert (round.stage, round.recruits_for.slug) == ("Open", "values-based-recruitment")
    assert missing_facts(round, round.question_sets.get().questions()) == [] and round.is_illustrative


def test_topics_are_scored_and_say_that_the_scores_are_invented(built):
    topics = Topic.objects.with_scores()
    assert topics.count() == 10
    assert all(topic.total is not None and topic.is_illustrative for topic in topics)


def test_what_is_invented_is_marked(built):
    assert not Site.objects.filter(is_illustrative=False).exists()
    assert not Person.objects.filter(site_roles__isnull=False, is_illustrative=False).exists()
    invented = Organisation.objects.filter(is_illustrative=True).values_list("name", flat=True)
    assert set(invented) == {"Hawthorn Community Centre", "Larkfield Care Homes", "Bryn Awel Council"}


def test_one_update_waits_to_be_published_and_the_rest_are_public(built, staff):
    of_sites = Update.objects.filter(site__isnull=False)
    assert of_sites.published().count() == 5
    draft = of_sites.get(status="draft")
    assert draft.site.slug == "mid-and-east-antrim"
    services.publish_update(by=staff, update=draft)
    assert of_sites.published().count() == 6


def test_the_centre_tells_news_outputs_and_vacancies_of_its_own(built):
    own = Update.objects.filter(site__isnull=True)
    assert sorted(own.published().values_list("kind", flat=True)) == ["news", "output", "output", "vacancy", "vacancy"]
    assert [update.title for update in own.filter(kind="vacancy") if update.is_closed] == [
        "Improvement coach, Northern Ireland"
    ]
    assert not own.filter(is_illustrative=False).exists()


def test_milestones_are_late_early_overdue_and_replanned(built):
    shown = {stone.title: stone.slippage_in_words(TODAY) for stone in Milestone.objects.all()}
    assert shown["Practices that take part interviewed"] == "12 days late"
    assert shown["First improvement coach in post"] == "10 days early"
    assert shown["Second improvement coach in post"] == "16 days late"  # not done, and nothing else expected
    assert Replan.objects.get().milestone.title == "Every practice approached"


def test_two_sites_show_what_both_sides_promised_and_three_what_they_learned(built):
    for slug in ("mid-and-east-antrim", "choice-and-control"):
        site = Site.objects.get(slug=slug)
        assert site.is_illustrative
        assert [site.commitments.filter(side=side).count() for side in Commitment.Side] == [3, 3]
    assert set(Commitment.objects.values_list("state", flat=True)) == set(Commitment.State.values)
    assert EarlierWording.objects.count() == 2
    notes = LearningNote.objects.select_related("site")
    assert len(notes) == 4 and len({note.site for note in notes}) == 3 and all(note.author for note in notes)


def test_the_round_has_60_invented_applications_from_all_four_nations(built):
    round = Round.objects.get(slug="2023-24")
    applications = round.applications.select_related("topic")
    assert len(applications) == 60 and all(a.is_illustrative for a in applications)
    states = Counter(a.state for a in applications)
    assert states == {"submitted": 55, "withdrawn": 3, "draft": 2}
    assert Counter(a.source for a in applications) == {"online": 56, "paper": 2, "video": 1, "phone": 1}
    assert all((a.entered_by == built["staff"]) == (a.source != "online") for a in applications)
    running = round.applications.in_the_running()
    assert {a.nation for a in running} == {"england", "northern_ireland", "scotland", "wales"}
    assert len({a.region for a in running if a.nation == "england"}) == 9
    assert all(bool(a.region) == (a.nation == "england") for a in running)
    assert {a.topic for a in running} == set(round.topics.all())
    assert all(4_000 <= a.money <= 30_000 for a in running)
    assert all(a.submitted_at.date() <= TODAY for a in running)


def test_three_applications_were_submitted_twice_and_both_revisions_are_kept(built):
    again = Application.objects.filter(revisions__number=2)
    assert again.count() == 3
    for application in again:
        first, second = application.revisions.all()
        assert (
            first.answers["what_to_change"] != second.answers["what_to_change"]
            and first.submitted_at < second.submitted_at
        )
