"""Rows for tests: the least that is valid; say in the test what matters to it."""

import io
from datetime import date, datetime, timedelta

import factory
from allauth.account.models import EmailAddress
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db.models import Max
from django.utils import timezone
from factory.django import DjangoModelFactory
from PIL import Image

from coproduction.charter import models as coproduction
from coproduction.charter.reading import models as reading
from coproduction.involvements.models import Involvement
from impact.core.access.models import RoleGrant
from impact.core.basics.vocabulary import Nation, Perspective
from impact.core.people import models as core
from networks.actions.models import Action
from networks.documents.materials.models import Material, MaterialFile
from networks.groups import models as networks
from networks.log.models import Contribution
from networks.log.record.models import MeetingPhoto
from networks.meetings.models import Meeting
from networks.themes.models import Theme
from reports.editions.models import Edition, Snapshot
from reports.writing import models as reports
from sites.calls.rounds.models import Round
from sites.organisations.models import Organisation
from sites.progress.delivery import models as delivery
from sites.progress.evidence.models import EvidenceGap, EvidenceItem
from sites.progress.outcomes.checks.models import CoproductionEntry
from sites.progress.outcomes.measures.models import OutcomeMeasure, Reading
from sites.progress.outcomes.spread.models import Uptake
from sites.progress.units.models import Unit
from sites.questions.models import AskedQuestion
from sites.registry import models as sites
from sites.registry.caseload.models import Supervision
from sites.topics.models import CRITERIA, Topic
from sites.topics.proposals.models import Proposal, ProposalNation
from sites.topics.scoring.models import Scorer, ScoreSheet, TopicYear
from sites.updates.models import Update

PASSWORD = "correct horse battery staple"


def at(year: int, month: int, day: int, hour: int = 14) -> datetime:
    """An aware time in the UK."""
    return timezone.make_aware(datetime(year, month, day, hour))


class UserFactory(DjangoModelFactory):
    """An account with a person; ``roles=[…]`` gives global roles."""

    class Meta:
        model = core.User
        skip_postgeneration_save = True

    email = factory.Sequence(lambda n: f"person{n}@impact.example")

    @factory.post_generation
    def password(self, create, extracted, **kwargs):
        self.set_password(extracted or PASSWORD)
        self.save()

    @factory.post_generation
    def roles(self, create, extracted, **kwargs):
        for role in extracted or []:
            RoleGrant.objects.create(user=self, role=role)
        EmailAddress.objects.create(user=self, email=self.email, verified=True, primary=True)
        core.Person.objects.create(user=self, name=f"Person {self.pk}", email=self.email)


class PersonFactory(DjangoModelFactory):
    class Meta:
        model = core.Person

    name = factory.Sequence(lambda n: f"Invented Name {n}")
    email = factory.Sequence(lambda n: f"invented{n}@people.example")


class OrganisationFactory(DjangoModelFactory):
    class Meta:
        model = Organisation

    name = factory.Sequence(lambda n: f"Organisation {n}")
    slug = factory.Sequence(lambda n: f"organisation-{n}")
    kind = Organisation.Kind.VOLUNTARY


class TopicFactory(DjangoModelFactory):
    class Meta:
        model = Topic

    name = factory.Sequence(lambda n: f"Topic {n}")
    slug = factory.Sequence(lambda n: f"topic-{n}")


class ProposalFactory(DjangoModelFactory):
    """A proposal of staff for 2024; ``nations=[…]`` adds nations (England by default)."""

    class Meta:
        model = Proposal
        skip_postgeneration_save = True

    year = 2024
    title = factory.Sequence(lambda n: f"Proposal {n}")
    why = "It matters."
    source = "staff"
    proposed_on = date(2022, 9, 1)

    @factory.post_generation
    def nations(self, create, extracted, **kwargs):
        for nation in extracted or [Nation.ENGLAND]:
            ProposalNation.objects.create(proposal=self, nation=nation)


def scoring_of(year: int, topics: list[Topic], scorers: list[core.User], *, stage: str = "scoring") -> TopicYear:
    """A year in scoring, with candidates and the people who are asked to score them."""
    Topic.objects.filter(pk__in=[topic.pk for topic in topics]).update(proposed_for=year)
    row = TopicYear.objects.create(year=year, stage=stage)
    for user in scorers:
        Scorer.objects.create(year=row, user=user)
    return row


def sheet_of(year: TopicYear, topic: Topic, user: core.User, *scores: int) -> ScoreSheet:
    """What someone gave a topic on the four criteria, each with a reason."""
    given: dict[str, object] = {}
    for (field, _label), score in zip(CRITERIA, scores, strict=True):
        given |= {field: score, f"{field}_why": f"Reason for {score}"}
    return ScoreSheet.objects.create(scorer=year.scorers.get(user=user), topic=topic, **given)


class SiteFactory(DjangoModelFactory):
    """A site; ``nations=[…]`` adds nations (England by default)."""

    class Meta:
        model = sites.Site
        skip_postgeneration_save = True

    name = factory.Sequence(lambda n: f"Site {n}")
    slug = factory.Sequence(lambda n: f"site-{n}")
    delivery_model = sites.DeliveryModel.NETWORK
    topic = factory.SubFactory(TopicFactory)
    host = factory.SubFactory(OrganisationFactory)
    status = sites.Site.Status.ACTIVE
    status_on = date(2022, 7, 1)
    starts_on = date(2022, 7, 1)

    @factory.post_generation
    def nations(self, create, extracted, **kwargs):
        for nation in extracted or [Nation.ENGLAND]:
            sites.SiteNation.objects.create(site=self, nation=nation)


class SiteRoleFactory(DjangoModelFactory):
    """Someone appointed as a coach."""

    class Meta:
        model = sites.SiteRole

    site = factory.SubFactory(SiteFactory)
    kind = sites.SiteRole.Kind.COACH
    state = sites.SiteRole.State.APPOINTED
    person = factory.SubFactory(PersonFactory)
    starts_on = date(2022, 7, 1)


def team_of(site: sites.Site) -> core.User:
    """A signed-in person who works at ``site``."""
    user = UserFactory()
    SiteRoleFactory(site=site, person=user.person)
    return user


class MilestoneFactory(DjangoModelFactory):
    class Meta:
        model = delivery.Milestone

    site = factory.SubFactory(SiteFactory)
    title = factory.Sequence(lambda n: f"Milestone {n}")


class ReplanFactory(DjangoModelFactory):
    """A milestone that was moved by a month."""

    class Meta:
        model = delivery.Replan

    milestone = factory.SubFactory(MilestoneFactory, planned_on=date(2022, 8, 4))
    before = date(2022, 7, 4)
    after = date(2022, 8, 4)
    reason = "The venue closed."


class CommitmentFactory(DjangoModelFactory):
    class Meta:
        model = delivery.Commitment

    site = factory.SubFactory(SiteFactory)
    side = delivery.Commitment.Side.HOST
    text = factory.Sequence(lambda n: f"Promise {n}")


class EarlierWordingFactory(DjangoModelFactory):
    """A commitment that said something else before."""

    class Meta:
        model = delivery.EarlierWording

    commitment = factory.SubFactory(CommitmentFactory, state=delivery.Commitment.State.CHANGED)
    text = factory.Sequence(lambda n: f"Old promise {n}")


class LearningNoteFactory(DjangoModelFactory):
    class Meta:
        model = delivery.LearningNote

    site = factory.SubFactory(SiteFactory)
    worked = "Asking twice."
    for_whom = "carers"
    setting = "supported living"
    noted_on = date(2022, 7, 4)


class EvidenceItemFactory(DjangoModelFactory):
    """An item of the library; ``topics=[…]`` and ``sites=[…]`` say what it is about."""

    class Meta:
        model = EvidenceItem
        skip_postgeneration_save = True

    title = factory.Sequence(lambda n: f"Evidence {n}")
    slug = factory.Sequence(lambda n: f"evidence-{n}")
    kind = "research"
    strength = "moderate"
    summary = "What we know."
    source = "An invented survey"

    @factory.post_generation
    def topics(self, create, extracted, **kwargs):
        self.topics.set(extracted or [])

    @factory.post_generation
    def sites(self, create, extracted, **kwargs):
        self.sites.set(extracted or [])


class EvidenceGapFactory(DjangoModelFactory):
    """An open gap of a topic."""

    class Meta:
        model = EvidenceGap

    title = factory.Sequence(lambda n: f"What about question {n}?")
    slug = factory.Sequence(lambda n: f"question-{n}")
    why = "It matters."
    topic = factory.SubFactory(TopicFactory)
    raised_on = date(2022, 9, 1)


class OutcomeMeasureFactory(DjangoModelFactory):
    """A measure without a baseline and without readings."""

    class Meta:
        model = OutcomeMeasure

    site = factory.SubFactory(SiteFactory)
    frame = "reach"
    name = factory.Sequence(lambda n: f"Measure {n}")
    definition = "People who came, counted at the door."
    unit = "people"
    source = "An invented list"


class ReadingFactory(DjangoModelFactory):
    class Meta:
        model = Reading

    measure = factory.SubFactory(OutcomeMeasureFactory)
    on = date(2022, 9, 1)
    value = 12


class CoproductionEntryFactory(DjangoModelFactory):
    class Meta:
        model = CoproductionEntry

    site = factory.SubFactory(SiteFactory)
    on = date(2022, 9, 1)
    perspective = "carer"
    who = factory.Sequence(lambda n: f"Carers {n}")
    part = "planning"
    how = "They chose."


class UptakeFactory(DjangoModelFactory):
    class Meta:
        model = Uptake

    site = factory.SubFactory(SiteFactory)
    place = factory.Sequence(lambda n: f"Place {n}")
    nation = "wales"
    how = "adopted"
    on = date(2022, 9, 1)
    what = "All of it."


class QuestionFactory(DjangoModelFactory):
    """A question that came in on 1 September 2022, from a person in a role."""

    class Meta:
        model = AskedQuestion

    words = factory.Sequence(lambda n: f"What about matter {n}?")
    asker_role = "Manager of a care home"
    received_on = date(2022, 9, 1)
    due_on = date(2022, 9, 29)


class SupervisionFactory(DjangoModelFactory):
    class Meta:
        model = Supervision

    role = factory.SubFactory(SiteRoleFactory)
    on = date(2022, 9, 1)
    is_held = True


class UnitFactory(DjangoModelFactory):
    """On the roster, not yet approached."""

    class Meta:
        model = Unit

    site = factory.SubFactory(SiteFactory, unit_name="general practice")
    name = factory.Sequence(lambda n: f"Practice {n}")
    listed_from = date(2022, 1, 1)


class UpdateFactory(DjangoModelFactory):
    class Meta:
        model = Update

    site = factory.SubFactory(SiteFactory)
    title = factory.Sequence(lambda n: f"News {n}")
    body = "Something happened."
    status = Update.Status.PUBLISHED
    published_at = factory.LazyFunction(timezone.now)


class RoundFactory(DjangoModelFactory):
    class Meta:
        model = Round

    name = factory.Sequence(lambda n: f"Round {n}")
    slug = factory.Sequence(lambda n: f"round-{n}")
    opens_at = factory.LazyFunction(lambda: at(2022, 12, 1, 9))
    closes_at = factory.LazyFunction(lambda: at(2023, 2, 28, 17))
    delivery_models = ["demonstrator"]
    is_announced = True


class GroupFactory(DjangoModelFactory):
    """A local network in England."""

    class Meta:
        model = networks.Group

    kind = networks.GroupKind.LOCAL_NETWORK
    name = factory.Sequence(lambda n: f"Local network {n}")
    slug = factory.Sequence(lambda n: f"local-network-{n}")
    site = factory.SubFactory(SiteFactory)
    nation = Nation.ENGLAND
    starts_on = date(2022, 7, 1)
    ends_on = date(2023, 1, 31)
    size_min, size_max, meetings_planned, months_planned = 8, 10, 4, 6


class AdvisoryGroupFactory(GroupFactory):
    kind = networks.GroupKind.ADVISORY_GROUP
    site = None
    nation = Nation.UK
    size_min, size_max, meetings_planned, months_planned = 8, 12, 3, 12


class MembershipFactory(DjangoModelFactory):
    class Meta:
        model = networks.Membership

    group = factory.SubFactory(GroupFactory)
    person = factory.SubFactory(PersonFactory)
    role = networks.Membership.Role.MEMBER
    perspective = Perspective.CARER
    starts_on = date(2022, 7, 1)


def user_in(group: networks.Group, role: str = "member") -> core.User:
    """A signed-in person who belongs to ``group`` as ``role``."""
    user = UserFactory()
    MembershipFactory(group=group, person=user.person, role=role)
    return user


class ThemeFactory(DjangoModelFactory):
    class Meta:
        model = Theme

    name = factory.Sequence(lambda n: f"Theme {n}")
    slug = factory.Sequence(lambda n: f"theme-{n}")


class MeetingFactory(DjangoModelFactory):
    """A planned meeting that people have been told of, over since July 2022. ``announced_at=None`` makes a draft."""

    class Meta:
        model = Meeting

    announced_at = factory.LazyFunction(lambda: at(2022, 7, 1))

    group = factory.SubFactory(GroupFactory)
    # The next of its group, as in life: a report lists every number up to a network's last.
    number = factory.LazyAttribute(lambda m: (m.group.meetings.aggregate(last=Max("number"))["last"] or 0) + 1)
    title = factory.LazyAttribute(lambda m: f"Meeting {m.number}")
    starts_at = factory.LazyFunction(lambda: at(2022, 7, 26))
    ends_at = factory.LazyAttribute(lambda m: m.starts_at + timedelta(hours=2))


class MaterialFactory(DjangoModelFactory):
    class Meta:
        model = Material

    meeting = factory.SubFactory(MeetingFactory)
    title = factory.Sequence(lambda n: f"Paper {n}")
    evidence_kind = "research"
    formats = factory.LazyFunction(lambda: ["standard"])


class MaterialFileFactory(DjangoModelFactory):
    """A version of a paper whose file is really there."""

    class Meta:
        model = MaterialFile

    material = factory.SubFactory(MaterialFactory)
    number = factory.LazyAttribute(lambda f: f.material.files.filter(format=f.format).count() + 1)
    format = "standard"
    file = factory.LazyFunction(lambda: default_storage.save("materials/test.txt", ContentFile(b"Words.")))
    name = "Paper.txt"
    content_type = "text/plain"
    size = 6
    sha256 = factory.Sequence(lambda n: f"{n:064x}")


class LoggedMeetingFactory(MeetingFactory):
    status = Meeting.Status.LOGGED
    logged_at = factory.LazyAttribute(lambda m: m.ends_at)


def picture(size: tuple[int, int] = (60, 40), colour: str = "teal", format: str = "JPEG", **more: object) -> bytes:
    """The bytes of a small picture."""
    out = io.BytesIO()
    Image.new("RGB", size, colour).save(out, format, **more)
    return out.getvalue()


class PhotoFactory(DjangoModelFactory):
    """A photograph that is really there."""

    class Meta:
        model = MeetingPhoto

    meeting = factory.SubFactory(LoggedMeetingFactory)
    file = factory.LazyFunction(lambda: default_storage.save("photos/test.jpg", ContentFile(picture())))
    sha256 = factory.Sequence(lambda n: f"{n:064x}")
    width, height, size = 60, 40, 800


def agreed_to_be_quoted(person: core.Person | None = None, **more: object) -> core.Person:
    """A person whose consent to be quoted counts."""
    found = person or PersonFactory()
    given = {"purpose": "quotes", "wording": "May we?", "is_given": True, "given_on": date(2022, 7, 1), **more}
    core.Consent.objects.create(person=found, **given)
    return found


class ContributionFactory(DjangoModelFactory):
    class Meta:
        model = Contribution

    meeting = factory.SubFactory(LoggedMeetingFactory)
    kind = Contribution.Kind.ENABLER
    theme = factory.SubFactory(ThemeFactory)
    words = "Being asked, and asked again."

    class Params:
        quotable = factory.Trait(speaker=factory.LazyFunction(lambda: agreed_to_be_quoted()))


class ActionFactory(DjangoModelFactory):
    class Meta:
        model = Action

    group = factory.SubFactory(GroupFactory)
    what = factory.Sequence(lambda n: f"Do thing {n}")


class CharterFactory(DjangoModelFactory):
    """A charter with two sections and no version yet."""

    class Meta:
        model = coproduction.Charter
        skip_postgeneration_save = True

    group = factory.SubFactory(AdvisoryGroupFactory)
    title = "Our charter"

    @factory.post_generation
    def outline(self, create, extracted, **kwargs):
        for n, (key, kind) in enumerate([("structure", "known"), ("vision", "open")], start=1):
            coproduction.CharterSection.objects.create(
                charter=self, key=key, title=key.capitalize(), kind=kind, position=n
            )


class CharterVersionFactory(DjangoModelFactory):
    """A draft with words in each section."""

    class Meta:
        model = coproduction.CharterVersion
        skip_postgeneration_save = True

    charter = factory.SubFactory(CharterFactory)
    number = factory.Sequence(lambda n: n + 1)

    @factory.post_generation
    def words(self, create, extracted, **kwargs):
        for section in self.charter.sections.all():
            coproduction.SectionText.objects.create(
                version=self,
                section=section,
                title=section.title,
                position=section.position,
                body=f"About our {section.title}.",
            )


class EasyReadFactory(DjangoModelFactory):
    """A section in Easy Read that was reviewed."""

    class Meta:
        model = reading.EasyRead

    words_hash = factory.LazyAttribute(lambda e: reading.hash_words(e.text.title, e.text.body))
    status = "reviewed"
    reviewed_by = "Easy Read panel"
    reviewed_on = date(2022, 9, 1)


class EasyReadLineFactory(DjangoModelFactory):
    """A sentence with a picture whose file is really there."""

    class Meta:
        model = reading.EasyReadLine

    easy_read = factory.SubFactory(EasyReadFactory)
    position = 1
    words = "We meet three times a year."
    picture = factory.LazyFunction(lambda: default_storage.save("charter/test.jpg", ContentFile(picture())))
    sha256 = factory.Sequence(lambda n: f"{n:064x}")
    alt = "A calendar."


class RecordingFactory(DjangoModelFactory):
    """A recording of a whole version whose file is really there."""

    class Meta:
        model = reading.Recording

    words_hash = factory.LazyAttribute(lambda r: r.version.text_hash)
    file = factory.LazyFunction(lambda: default_storage.save("charter/test.mp3", ContentFile(b"ID3 sound")))
    name = "charter.mp3"
    content_type = "audio/mpeg"
    size = 9
    sha256 = factory.Sequence(lambda n: f"{n:064x}")


class CharterPdfFactory(DjangoModelFactory):
    """A PDF of a version that was built."""

    class Meta:
        model = reading.CharterPdf

    form = "standard"
    contents = factory.LazyFunction(dict)
    contents_sha256 = factory.Sequence(lambda n: f"{n:064x}")
    file = factory.LazyFunction(lambda: default_storage.save("charter-pdfs/test.pdf", ContentFile(b"%PDF-1.7 test")))
    sha256 = factory.Sequence(lambda n: f"{n:064x}")
    size = 13
    pages = 1


class InvolvementFactory(DjangoModelFactory):
    class Meta:
        model = Involvement

    group = factory.SubFactory(AdvisoryGroupFactory)
    title = factory.Sequence(lambda n: f"Involvement {n}")
    asked_by = "Networks team"
    asked = "How should we ask?"
    asked_on = date(2022, 6, 1)


class AnnualReportFactory(DjangoModelFactory):
    """A report with every section empty."""

    class Meta:
        model = reports.AnnualReport
        skip_postgeneration_save = True

    year = factory.Sequence(lambda n: 2022 + n)
    title = "Co-production report"

    @factory.post_generation
    def chapters(self, create, extracted, **kwargs):
        for n, key in enumerate(reports.ReportSection.Key.values, start=1):
            reports.ReportSection.objects.create(report=self, key=key, position=n)


class SnapshotFactory(DjangoModelFactory):
    """Frozen data of a report; as much of it as pages read."""

    class Meta:
        model = Snapshot

    report = factory.SubFactory(AnnualReportFactory)
    sha256 = factory.Sequence(lambda n: f"{n + 1:064x}")  # the world of permissions has 0
    data = factory.LazyFunction(dict)


class EditionFactory(DjangoModelFactory):
    """A built file, which is really there: a few bytes that look like a PDF."""

    class Meta:
        model = Edition

    report = factory.SubFactory(AnnualReportFactory)
    number = factory.LazyAttribute(lambda e: e.report.editions.count() + 1)
    snapshot = factory.LazyAttribute(lambda e: SnapshotFactory(report=e.report))
    renderer = "test"
    file = factory.LazyFunction(lambda: default_storage.save("reports/test.pdf", ContentFile(b"%PDF-1.7 test")))
    sha256 = "0" * 64
    size = 13
    pages = 19
    seconds = 2.5
