"""One of everything, and one of everybody, for the permission matrix."""

from collections.abc import Callable
from datetime import date, timedelta
from types import SimpleNamespace
from typing import Any

from django.utils import timezone

from coproduction.agreement.models import AgreementRound
from coproduction.agreement.objections.models import Objection
from coproduction.charter.models import CharterVersion
from coproduction.claims.models import Claim, PaymentBatch
from coproduction.group.meetings.models import CharterBeforeMeeting, SupportBooking
from coproduction.group.models import SupportLink
from coproduction.group.news.models import MonthlySummary
from coproduction.group.outside.models import Exchange, OutsideGroup
from coproduction.group.people.models import Strengths, Term
from coproduction.involvements.taking_part.models import Participation
from coproduction.reflections.equality.models import EqualityRound
from coproduction.reflections.models import Reflection
from coproduction.suggestions.discussion.models import Comment
from coproduction.suggestions.models import Suggestion
from coproduction.waypoints.answers.models import WaypointAnswer
from coproduction.waypoints.models import Waypoint
from impact.core.access.acting.models import ActingFor
from impact.core.access.permissions import SYSTEM
from impact.core.basics import clock
from impact.core.jobs.models import FailedAddress, Job
from impact.core.jobs.webhooks.models import Webhook, WebhookDelivery
from impact.core.jobs.webhooks.sealing import new_secret, seal
from impact.core.notices.models import Notice
from impact.core.notices.push.models import PushDevice
from impact.core.people.models import Consent, Invitation, NeedsProposal, Person
from impact.core.people.rights.holdings.models import DataArchive
from impact.core.people.rights.requests.services import ask_for
from impact.core.people.services import record_consent
from impact.core.web.imports.models import SheetImport, SheetRow
from networks.documents.materials.models import Material
from networks.documents.materials.reading.models import PaperText
from networks.documents.models import Document
from networks.groups.models import Membership
from networks.log.attendance.models import AttendanceImport
from networks.log.models import Attendance, Decision
from networks.log.record.models import NotesVersion, RestrictedNote
from networks.meetings.invitations.models import MeetingInvitation
from networks.meetings.models import Debrief
from networks.meetings.planning.bookings.models import Booking, BookingNeed
from networks.meetings.planning.directory.models import Provider, Venue
from networks.members.joining.models import JoinInvitation
from networks.network.learning.models import LearningReceipt, SharedLearning
from networks.themes.models import ThemeChange
from reports.approval.corrections.models import Correction
from reports.approval.review.models import ReviewComment
from reports.editions.making.models import EditionForm
from reports.editions.models import Edition, Snapshot
from reports.editions.services import frozen as frozen_report
from reports.formats.easy_read.answers.models import EasyReadAnswer
from reports.formats.easy_read.models import EasyReadSection
from reports.formats.easy_read.services import mark_of
from reports.group_reading.models import GroupReading, LeadershipResponse, ReadingComment
from reports.quotes.models import Quote
from reports.subjects import services as subjects
from reports.subjects.easy_read.models import SubjectEasyRead
from reports.subjects.models import SubjectEdition, SubjectFile, SubjectReport
from reports.writing.models import ReportSection
from reports.writing.year.models import ReportingYear
from reports.writing.year.services import usual_days
from sites.calls.applications import services as applications
from sites.calls.applications.models import Application, ApplicationFile
from sites.calls.assessment.models import (
    Assessment,
    Assignment,
    Criterion,
    EligibilityCheck,
    ModerationNote,
    RoundAssessor,
)
from sites.calls.portfolios.models import Decision as RoundDecision
from sites.calls.portfolios.models import Enquiry, Mix, Portfolio, RoundReport, Target
from sites.calls.rounds.clarifications.models import Clarification
from sites.calls.rounds.models import Round, RoundStatement
from sites.calls.rounds.questions.models import Question, QuestionSet, Section
from sites.progress.delivery.models import Commitment, LearningNote, Milestone
from sites.progress.evidence.models import GapFeedback
from sites.progress.units.models import Unit
from sites.registry.models import OrganisationPart, SiteRole
from sites.topics.lists.models import ListEntry
from sites.topics.lists.services import publish_list
from sites.topics.proposals.models import Proposal, SurveyCount
from sites.topics.scoring.models import Scorer, ScoreSheet, TopicYear
from tests import factories
from tests.sites.calls.applications.build import ANSWERS, publish_questions

PERSONAS = [
    "anonymous",
    "outsider",
    "member",
    "other_member",
    "coordinator",
    "other_coordinator",
    "site_team",
    "assessor",
    "api_client",
    "leadership",
    "staff",
    "engagement_lead",
    "administrator",
]


def build_world() -> SimpleNamespace:
    """A network with a local network, an advisory group with its charter, a report, and thirteen personas.

    ``member`` belongs to the local network and to the advisory group; ``coordinator`` runs the local network;
    the ``other_`` ones do the same elsewhere.
    """
    w = SimpleNamespace()
    w.site = factories.SiteFactory(slug="the-site", name="The site")
    w.group = factories.GroupFactory(slug="the-group", name="The group", site=w.site)
    w.advisory = factories.AdvisoryGroupFactory(slug="advisory-group", name="The advisory group")
    elsewhere = factories.GroupFactory(nation="wales")
    w.people = {
        "anonymous": None,
        "outsider": factories.UserFactory(),
        "member": factories.user_in(w.group),
        "other_member": factories.user_in(elsewhere),
        "coordinator": factories.user_in(w.group, "coordinator"),
        "other_coordinator": factories.user_in(elsewhere, "coordinator"),
        "site_team": factories.UserFactory(),
        **{
            role: factories.UserFactory(roles=[role])
            for role in ("assessor", "api_client", "leadership", "staff", "engagement_lead", "administrator")
        },
    }
    member = w.people["member"].person
    factories.MembershipFactory(group=w.advisory, person=member)
    _choose_topics(w)
    w.role = SiteRole.objects.create(
        site=w.site, kind=SiteRole.Kind.COACH, state=SiteRole.State.APPOINTED, person=w.people["site_team"].person
    )
    w.update = factories.UpdateFactory(site=w.site)
    w.draft_update = factories.UpdateFactory(
        site=factories.SiteFactory(slug="quiet-site"), status="draft", published_at=None
    )
    w.round = factories.RoundFactory(slug="the-round")
    w.application = _application(w.round)
    w.application_draft = _application(w.round, is_submitted=False)
    w.application_file = w.application.files.get()
    w.questions = QuestionSet.objects.create(round=w.round, number=2)  # in preparation
    w.section = Section.objects.create(question_set=w.questions, title="A section")
    w.round_question = Question.objects.create(section=w.section, key="what", kind="long", label="What?")
    w.clarification = Clarification.objects.create(round=w.round, words="Why?", received_at=factories.at(2022, 12, 5))
    _assess(w)
    w.evidence = factories.EvidenceItemFactory(slug="the-evidence", topics=[w.site.topic], sites=[w.site])
    w.gap = factories.EvidenceGapFactory(slug="the-gap", topic=w.site.topic)
    w.feedback = GapFeedback.objects.create(gap=w.gap, organisation=w.site.host, on=date(2022, 9, 2), said="Not yet.")
    w.unit = Unit.objects.create(site=w.site, name="A practice", listed_from=date(2022, 1, 1))
    w.contact = w.unit.contacts.create(on=date(2022, 2, 1), how="call", words="They are interested.")
    w.part = OrganisationPart.objects.create(site=w.site, organisation=w.site.host, part="partner")
    w.milestone = Milestone.objects.create(site=w.site, title="A milestone", planned_on=date(2022, 7, 1))
    w.commitment = Commitment.objects.create(site=w.site, side="host", text="A promise")
    w.note = LearningNote.objects.create(site=w.site, worked="This", for_whom="carers", setting="homes")
    w.measure = factories.OutcomeMeasureFactory(site=w.site, name="A measure")
    w.reading = factories.ReadingFactory(measure=w.measure)
    w.entry = factories.CoproductionEntryFactory(site=w.site, who="Some carers")
    w.uptake = factories.UptakeFactory(site=w.site, place="Another town")
    w.supervision = factories.SupervisionFactory(role=w.role, note="A private note")
    asking = factories.SiteFactory(slug="ask-site", delivery_model="ask_impact")
    factories.SiteRoleFactory(site=asking, person=w.people["site_team"].person)
    w.question = factories.QuestionFactory(site=asking, words="A question", contact_email="asker@example.org")
    w.theme = factories.ThemeFactory(slug="the-theme")
    w.meeting = factories.MeetingFactory(group=w.group, number=1)
    w.material = Material.objects.create(
        meeting=w.meeting, title="A paper", evidence_kind="research", sent_on=date(2022, 7, 1)
    )
    w.file = factories.MaterialFileFactory(material=w.material)
    PaperText.objects.create(material=w.material, text="What the paper says", files=[w.file.pk])
    w.document = Document.objects.create(
        kind="pack", meeting=w.meeting, number=1, contents={"is_large": False}, contents_sha256="0" * 64, file="x.pdf"
    )
    w.logged = factories.LoggedMeetingFactory(group=w.group, number=2)
    w.invited = MeetingInvitation.objects.create(meeting=w.meeting, person=member)
    w.joining = JoinInvitation.objects.create(group=w.group, name="Invited", email=w.people["outsider"].email)
    w.archive = DataArchive.objects.create(person=member, asked_by=member.user, file="my-data/archive.zip")
    w.rights_request = ask_for(by=SYSTEM, person=member, kind="see")
    until = clock.today() + timedelta(days=30)
    w.acting = ActingFor.objects.create(
        kind="support", person=member, helper=w.people["outsider"].person, ends_on=until
    )
    w.consent = record_consent(
        by=member.user, person=member, purpose="photos", wording="May we?", is_given=True, given_on=clock.today()
    )
    w.needs_proposal = NeedsProposal.objects.create(
        person=member, preferred_format="standard", preferred_language="en", proposed_by=w.people["coordinator"]
    )
    NotesVersion.objects.create(meeting=w.meeting, number=1, text="Notes")
    w.venue = Venue.objects.create(name="A hall", nation="england")
    w.provider = Provider.objects.create(name="An agency", kinds=["bsl"], phone="0300 000 0000")
    w.booked = Booking.objects.create(meeting=w.meeting, kind="bsl", provider=w.provider)
    w.booking_need = BookingNeed.objects.create(meeting=w.meeting, person=member, kind="bsl", booking=w.booked)
    w.flag = RestrictedNote.objects.create(meeting=w.meeting, words="Restricted", is_safeguarding=True)
    w.photo = factories.PhotoFactory(meeting=w.logged)
    w.said_no = factories.PersonFactory()
    Consent.objects.create(
        person=w.said_no, purpose="photos", wording="May we?", is_given=False, given_on=clock.today()
    )
    Attendance.objects.create(meeting=w.logged, person=w.said_no, status="present", is_guest=True)
    w.attendance_report = AttendanceImport.objects.create(
        meeting=w.meeting, source="zoom", name="report.csv", sha256="0" * 64, rows=[]
    )
    w.contribution = factories.ContributionFactory(meeting=w.logged, theme=w.theme)
    w.action = factories.ActionFactory(group=w.group)
    w.learning = SharedLearning.objects.create(group=w.group, title="A learning", words="What worked.")
    LearningReceipt.objects.create(learning=w.learning, group=elsewhere)
    w.elsewhere = elsewhere
    w.theme_change = ThemeChange.objects.create(theme=w.theme, kind="described")
    w.membership = Membership.objects.get(group=w.group, person=member)
    w.decision = Decision.objects.create(meeting=w.logged, words="A decision")
    w.guest = Attendance.objects.create(meeting=w.meeting, guest_name="A guest", status="present", is_guest=True)
    Debrief.objects.create(meeting=w.logged, held_on=date(2022, 8, 1), agreed_next="The same again")
    w.coordinating = Membership.objects.get(group=w.group, role="coordinator")
    w.charter = factories.CharterFactory(group=w.advisory)
    w.version = factories.CharterVersionFactory(charter=w.charter, number=1)
    w.version.text_hash = w.version.hash_text()
    w.version.status = CharterVersion.Status.PROPOSED
    w.version.save()
    w.agreement = AgreementRound.objects.create(
        version=w.version, opened_on=date(2022, 6, 1), closes_on=date(2099, 6, 30)
    )
    w.position = w.agreement.positions.create(person=member, stance="reservation", reason="It is long.")
    w.objection = Objection.objects.create(round=w.agreement, person=member, stance="reservation")
    section = w.charter.sections.first()
    w.suggestion = Suggestion.objects.create(section=section, version=w.version, person=member, words="Simpler words")
    w.comment = Comment.objects.create(
        suggestion=w.suggestion, person=member, recorded_by=w.people["member"], words="A comment"
    )
    w.draft_suggestion = Suggestion.objects.create(
        section=section, version=w.version, person=member, recorded_by=w.people["member"], words="", status="draft"
    )
    text = w.version.texts.get(section=section)
    w.easy_read = factories.EasyReadFactory(text=text)
    w.easy_line = factories.EasyReadLineFactory(easy_read=w.easy_read)
    w.recording = factories.RecordingFactory(version=w.version)
    w.charter_pdf = factories.CharterPdfFactory(version=w.version)
    w.waypoint = Waypoint.objects.create(charter=w.charter, title="First waypoint", due_on=date(2022, 12, 1))
    w.answer = WaypointAnswer.objects.create(waypoint=w.waypoint, person=member, words=["Nearly there.", "Yes."])
    w.colleague = factories.MembershipFactory(group=w.advisory).person
    w.involvement = factories.InvolvementFactory(group=w.advisory)
    for person in (member, w.colleague):
        Participation.objects.create(involvement=w.involvement, person=person)
    _pay(w, member)
    w.reflection = Reflection.objects.create(
        group=w.advisory, year=2022, opened_on=date(2022, 6, 1), closes_on=date(2099, 6, 30), asked=1
    )
    w.equality_round = EqualityRound.objects.create(
        year=2022, kinds=["advisory_group"], opened_on=date(2022, 6, 1), closes_on=date(2099, 6, 30), strata={":": 12}
    )
    _the_group(w, member)
    w.report = factories.AnnualReportFactory(year=2022)
    w.failed_address = FailedAddress.objects.create(address="failed@people.example", reason="There is no such mailbox.")
    w.webhook = Webhook.objects.create(
        owner=w.people["api_client"],
        name="A webhook",
        address="https://example.org/hook",
        events=["report.published"],
        secret=seal(new_secret()),
    )
    w.delivery = WebhookDelivery.objects.create(
        webhook=w.webhook,
        message_id="msg_1",
        key="1",
        event="report.published",
        object_id="1",
        happened_at=timezone.now(),
        state="failed",
        ended_at=timezone.now(),
    )
    w.delivery.tried.create(number=1, code=500)
    w.notice = Notice.objects.create(person=member, kind="charter", title="A notice", words="Words", path="/", key="it")
    w.push_device = PushDevice.objects.create(
        owner=w.people["member"], name="Firefox on Windows", endpoint_hash="made up", subscription="made up"
    )
    w.in_person = Notice.objects.create(
        person=factories.PersonFactory(),
        kind="charter",
        title="By phone",
        words="Words",
        path="/",
        key="it",
        owed="in_person",
        told_at=timezone.now(),
        told_how="phone",
    )
    # Members of the advisory group have last year's report; this year's is not with them yet.
    w.group_report = factories.AnnualReportFactory(year=2021, status="group")
    w.group_reading = GroupReading.objects.create(report=w.group_report, group=w.advisory, deadline=date(2099, 6, 30))
    w.reading_section = w.group_report.sections.first() or ReportSection.objects.create(
        report=w.group_report, key="summary", position=1
    )
    read_easy = EasyReadSection(
        section=w.reading_section, lines=[{"words": "We met.", "picture": "", "alt": ""}], status="waiting"
    )
    read_easy.words_hash = mark_of(w.reading_section)
    read_easy.save()
    w.easy_answer = EasyReadAnswer.objects.create(
        reading=w.group_reading, section=w.reading_section, person=member, text_hash="0" * 64, is_clear=False
    )
    w.reading_comment = ReadingComment.objects.create(
        reading=w.group_reading, section=w.reading_section, person=member, words="Simpler words"
    )
    # Words of the member, asked for by the writers; words that may be asked for; and a comment of the leadership team.
    factories.agreed_to_be_quoted(member)
    w.said, w.offerable = (
        factories.ContributionFactory(meeting=w.logged, words=words, speaker=member)
        for words in ("Ask me", "Ask again")
    )
    w.quote = Quote.objects.create(report=w.report, contribution=w.said, person=member, words="Ask me")
    w.summary = MonthlySummary.objects.create(group=w.advisory, month=date(2022, 12, 1), words="We met.")
    MonthlySummary.objects.create(group=w.advisory, month=date(2022, 11, 1), words="We met.", sent_on=date(2022, 12, 1))
    w.response = LeadershipResponse.objects.create(report=w.group_report, words="Thank you.")
    w.told_for = w.support
    w.report_section = w.report.sections.get(key="summary")
    w.review_comment = ReviewComment.objects.create(report=w.report, section=w.report_section, words="Say more.")
    ReportingYear.objects.create(year=2022, **usual_days(2022))
    w.snapshot = Snapshot.objects.create(report=w.report, sha256="0" * 64, data=frozen_report(w.report, is_live=True))
    w.edition = Edition.objects.create(
        report=w.report,
        number=1,
        snapshot=w.snapshot,
        renderer="test",
        file="x.pdf",
        sha256="0" * 64,
        size=1,
        pages=1,
        seconds=1,
    )
    w.correction = Correction.objects.create(report=w.report, replaces=w.edition, reason="A quote was withdrawn.")
    EditionForm.objects.create(edition=w.edition, form="docx", renderer="test", file="x.docx", sha256="1" * 64, size=1)
    w.subject_report = SubjectReport.objects.create(kind="network", site=w.site, opening="Before the figures")
    w.subject_edition = SubjectEdition.objects.create(
        report=w.subject_report,
        number=1,
        as_of=date(2023, 1, 16),
        data=subjects.frozen(w.subject_report),
        sha256="0" * 64,
    )
    for form in ("pdf", "docx"):
        SubjectFile.objects.create(
            edition=w.subject_edition, form=form, renderer="test", file="subject.docx", sha256="2" * 64, size=1
        )
    w.subject_report.finished_edition, w.subject_report.finished_on = w.subject_edition, date(2023, 1, 16)
    w.subject_report.save()
    SubjectEasyRead.objects.create(
        report=w.subject_report, key="summary", words_hash="0" * 64, lines=[], status="waiting"
    )
    EasyReadSection.objects.create(
        section=w.report.sections.get(key="summary"), words_hash="0" * 64, lines=[], status="waiting"
    )
    w.invitation = Invitation.objects.create(email="invited@impact.example", name="Invited", token_hash="0" * 64)
    w.weighed = _weighed(w.application)
    w.mix = Mix.objects.create(round=w.round, most=3)
    w.target = Target.objects.create(mix=w.mix, characteristic="nation", value="wales", number=1)
    w.portfolio = Portfolio.objects.create(round=w.round, name="A portfolio")
    w.portfolio.applications.add(w.weighed)
    w.decided = RoundDecision.objects.create(
        application=w.weighed, outcome="chosen", reason="For the mix", decided_at="2023-03-01T12:00Z"
    )
    w.enquiry = Enquiry.objects.create(decision=w.decided, kind="question", received_on=date(2023, 3, 2), text="Why?")
    w.round_report = RoundReport.objects.create(
        round=w.round, number=1, contents={}, contents_sha256="0" * 64, file="x.pdf"
    )
    w.spreadsheet = SheetImport.objects.create(
        kind="people", name="people.csv", rows=1, new=1, added_by=w.people["staff"]
    )
    SheetRow.objects.create(sheet=w.spreadsheet, line=2, cells={"name": "Ole Berg"}, outcome="new")
    w.job = Job.objects.create(kind="none", dedupe_key="matrix", created_by=w.people["staff"])
    return w


def _pay(w: SimpleNamespace, member: Person) -> None:
    """The member was offered pay for a meeting, claimed a bus fare and was paid for a taxi; a supporter whom they may tell."""
    pay = {"group": w.advisory, "person": member, "on": date(2022, 6, 16)}
    w.offer = Claim.objects.create(
        **pay, kind="time", state="offered", what="A meeting", hours_offered=2, rate_pence=2000
    )
    receipt = {"receipt": "receipts/bus.pdf", "receipt_name": "bus.pdf", "receipt_type": "application/pdf"}
    w.claim = Claim.objects.create(**pay, kind="travel", state="claimed", what="A bus", pence=480, **receipt)
    w.batch = PaymentBatch.objects.create(paid_on=date(2022, 7, 1), reference="RUN-1")
    Claim.objects.create(**pay, kind="travel", state="paid", what="A taxi", pence=1250, batch=w.batch)
    w.support = SupportLink.objects.create(
        group=w.advisory, member=member, supporter=w.people["other_member"].person, starts_on=date(2022, 1, 1)
    )


def _the_group(w: SimpleNamespace, member: Person) -> None:
    """``member`` in the advisory group, with a term, a supporter, strengths, and support at a meeting of the local
    network; the charter before a meeting; an outside group."""
    w.advisory_member = Membership.objects.get(group=w.advisory, person=member)
    w.term = Term.objects.create(membership=w.advisory_member, starts_on=date(2022, 3, 1), ends_on=date(2099, 1, 1))
    w.strengths = Strengths.objects.create(group=w.advisory, person=member, words="Patience", recorded_by=member.user)
    supporter = factories.MembershipFactory(group=w.advisory, role="supporter").person
    w.support_link = SupportLink.objects.create(group=w.advisory, member=member, supporter=supporter)
    w.booking = SupportBooking.objects.create(meeting=w.meeting, person=member, kind="bsl", recorded_by=member.user)
    w.advisory_meeting = factories.MeetingFactory(group=w.advisory, number=1)
    w.before_meeting = CharterBeforeMeeting.objects.create(meeting=w.advisory_meeting, version=w.version)
    w.outside_group = OutsideGroup.objects.create(
        group=w.advisory, name="Another group", about="Who they are", known_since=date(2022, 3, 1)
    )
    w.exchange = Exchange.objects.create(
        outside_group=w.outside_group, on=date(2022, 4, 1), direction="from", words="To listen"
    )


def _weighed(application: Application) -> Application:
    """Another submitted application to the same round, whose mix and decision are weighed."""
    return Application.objects.create(
        round=application.round,
        reference="THE-ROUND-ZZZZ",
        question_set=application.question_set,
        statement=application.statement,
        state="submitted",
        submitted_at="2023-01-09T12:00Z",
    )


def _assess(w: SimpleNamespace) -> None:
    """A criterion, the persona who assesses, and the application that they opened, in the round."""
    w.applied = w.application
    w.eligibility = EligibilityCheck.objects.create(
        application=w.application, is_eligible=True, checked_at=factories.at(2022, 12, 6)
    )
    w.moderation = ModerationNote.objects.create(
        application=w.application, words="Fine.", written_at=factories.at(2022, 12, 6)
    )
    w.criterion = Criterion.objects.create(round=w.round, name="A criterion", score_words=list("abcde"))
    w.round_assessor = RoundAssessor.objects.create(round=w.round, user=w.people["assessor"])
    w.assignment = Assignment.objects.create(
        application=w.applied,
        assessor=w.people["assessor"],
        conflict=Assignment.Conflict.NONE,
        declared_at=timezone.now(),
    )
    Assessment.objects.create(assignment=w.assignment, revision=w.applied.revision)


def _choose_topics(w: SimpleNamespace) -> None:
    """2022: published. 2023: scoring closed, with ``assessor`` and ``staff`` as scorers. 2024: scoring open for ``assessor``,
    ``staff`` and ``member``. A proposal of the local network's group, and one of the survey."""
    w.past = factories.TopicFactory(slug="past-topic", proposed_for=2022)
    w.scored = factories.TopicFactory(slug="scored-topic", proposed_for=2023)
    w.candidate = factories.TopicFactory(slug="candidate", proposed_for=2024)
    years = {
        2022: TopicYear.objects.create(year=2022, stage="agreed", agreed_on=date(2022, 1, 10)),
        2023: TopicYear.objects.create(year=2023, stage="scored"),
        2024: TopicYear.objects.create(year=2024, stage="scoring"),
    }
    ListEntry.objects.create(year=years[2022], topic=w.past, place=1, reason="It matters.")
    publish_list(by=SYSTEM, year=years[2022])
    ListEntry.objects.create(year=years[2023], topic=w.scored, place=1, reason="It matters.")
    for name in ("assessor", "staff"):
        scorer = Scorer.objects.create(year=years[2023], user=w.people[name])
        ScoreSheet.objects.create(
            scorer=scorer, topic=w.scored, enough_evidence=1, enough_evidence_why="Little is known."
        )
    for name in ("assessor", "staff", "member"):
        Scorer.objects.create(year=years[2024], user=w.people[name])
    w.sheet = ScoreSheet.objects.create(
        scorer=Scorer.objects.get(year=years[2024], user=w.people["assessor"]), topic=w.candidate
    )
    w.proposal = Proposal.objects.create(year=2024, title="A proposal", source="assembly", group=w.group)
    w.settled_proposal = Proposal.objects.create(
        year=2024,
        title="Set aside",
        source="assembly",
        group=w.group,
        state="set_aside",
        set_aside_reason="Not now",
        settled_on=date(2022, 9, 1),
    )
    surveyed = Proposal.objects.create(year=2024, title="From the survey", source="survey")
    w.survey_count = SurveyCount.objects.create(proposal=surveyed, nation="wales", people=12)


Fill = Callable[[SimpleNamespace], dict[str, Any]]


def _pk(name: str) -> Fill:
    return lambda w: {"pk": getattr(w, name).pk}


def _slug(value: str) -> Fill:
    return lambda w: {"slug": value}


def _applied(name: str) -> Fill:
    """An application of the round, its first revision and its first section."""

    def fill(w: SimpleNamespace) -> dict[str, Any]:
        row = getattr(w, name)
        section = row.question_set.sections.order_by("order").first()
        return {"slug": "the-round", "reference": row.reference, "section": section.pk, "number": 1}

    return fill


# What fills a route's parameters; a group of routes that take the same one stands on one line.
BY_ROUTE: dict[str, Fill] = {
    "account_confirm_email": lambda w: {"key": "made-up"},
    "account_reset_password_from_key": lambda w: {"uidb36": "1", "key": "made-up"},
    "mfa_edit_webauthn": lambda w: {"pk": 1},
    "mfa_remove_webauthn": lambda w: {"pk": 1},
    "core:person-detail": lambda w: {"pk": w.people["member"].person.pk},
    "core:person-edit": lambda w: {"pk": w.people["member"].person.pk},
    "core:person-notices": lambda w: {"pk": w.people["member"].person.pk},
    "core:notice-mark": _pk("notice"),
    "core:push-remove": _pk("push_device"),
    **{
        f"core:webhook{step}": _pk("webhook")
        for step in ("", "-edit", "-secret", "-test", "-switch", "-replay", "-delete")
    },
    **{f"core:webhook-delivery{step}": _pk("delivery") for step in ("", "-replay")},
    **{
        f"webhook-{step}": _pk("webhook")
        for step in ("detail", "replace-secret", "test", "switch-on", "switch-off", "replay")
    },
    **{f"webhook-delivery-{step}": _pk("delivery") for step in ("detail", "replay")},
    "core:notice-open": _pk("notice"),
    "core:notice-snooze": _pk("notice"),
    "core:address-settle": _pk("failed_address"),
    "core:address-correct": _pk("failed_address"),
    "core:notice-untold": _pk("in_person"),
    "core:notices-stop": lambda w: {"token": "made-up"},
    "networks:calendar-feed": lambda w: {"token": "made-up"},
    "notice-detail": _pk("notice"),
    "notice-read": _pk("notice"),
    "notice-unread": _pk("notice"),
    "notice-snooze": _pk("notice"),
    "notice-wake": _pk("notice"),
    "core:person-role": lambda w: {"pk": w.people["member"].person.pk},
    "core:invitation-withdraw": _pk("invitation"),
    "core:invitation-accept": lambda w: {"token": "made-up"},
    "core:address-confirm": lambda w: {"token": "made-up"},
    "core:token-withdraw": lambda w: {"key": "made-up"},
    "core:job-progress": _pk("job"),
    "core:outbox-email": lambda w: {"pk": 1},  # there only in a demonstration
    "core:job-retry": _pk("job"),
    "coproduction:group-detail": _slug("advisory-group"),
    "coproduction:supporting": _slug("advisory-group"),
    "coproduction:member-detail": _pk("advisory_member"),
    "coproduction:strengths-edit": _pk("advisory_member"),
    "coproduction:term-add": _pk("advisory_member"),
    "coproduction:term-edit": _pk("term"),
    "coproduction:term-remove": _pk("term"),
    "coproduction:supporter-add": _pk("advisory_member"),
    "coproduction:supporter-end": _pk("support_link"),
    "coproduction:support-booking-add": _pk("meeting"),
    "coproduction:support-booking-arrange": _pk("booking"),
    "coproduction:support-booking-cancel": _pk("booking"),
    "coproduction:support-booking-change": _pk("booking"),
    "coproduction:support-booking-confirm": _pk("booking"),
    "coproduction:support-booking-detail": _pk("booking"),
    "coproduction:outside-group-add": _slug("advisory-group"),
    "coproduction:outside-group-detail": _pk("outside_group"),
    "coproduction:outside-group-edit": _pk("outside_group"),
    "coproduction:exchange-add": _pk("outside_group"),
    "coproduction:exchange-edit": _pk("exchange"),
    "coproduction:charter-meeting-add": lambda w: {"pk": w.charter.pk, "number": 1},
    "coproduction:charter-meeting-remove": _pk("before_meeting"),
    "coproduction:charter-start": _slug("advisory-group"),
    "coproduction:charter-version": lambda w: {"pk": w.charter.pk, "number": 1},
    "coproduction:charter-section": lambda w: {"pk": w.charter.pk, "key": "structure"},
    "coproduction:charter-formats": lambda w: {"pk": w.charter.pk, "number": 1},
    "coproduction:charter-pdf-build": lambda w: {"pk": w.charter.pk, "number": 1},
    "coproduction:charter-pdf-file": _pk("charter_pdf"),
    "coproduction:charter-pdf-job": _pk("charter_pdf"),
    "coproduction:easy-read-edit": lambda w: {"pk": w.charter.pk, "number": 1, "key": "structure"},
    "coproduction:easy-read-send": _pk("easy_read"),
    "coproduction:easy-read-review": _pk("easy_read"),
    "coproduction:easy-read-line": _pk("easy_line"),
    "coproduction:easy-read-picture": _pk("easy_line"),
    "coproduction:recording-add": lambda w: {"pk": w.charter.pk, "number": 1},
    "coproduction:recording-file": _pk("recording"),
    "coproduction:recording-remove": _pk("recording"),
    "coproduction:version-withdraw": lambda w: {"pk": w.charter.pk, "number": 1},
    "coproduction:summary-detail": _pk("summary"),
    "coproduction:summary-draft": _slug("advisory-group"),
    "coproduction:summary-edit": _pk("summary"),
    "coproduction:summary-send": _pk("summary"),
    "coproduction:support-notices": _pk("told_for"),
    "coproduction:section-add": _pk("charter"),
    "coproduction:section-preview": _pk("charter"),
    "coproduction:section-retire": lambda w: {"pk": w.charter.pk, "key": "vision"},
    "coproduction:section-restore": lambda w: {"pk": w.charter.pk, "key": "vision"},
    **{
        f"coproduction:correction-{verb}": lambda w: {"pk": w.charter.pk, "number": 1}
        for verb in ("stop", "confirm", "undo")
    },
    "coproduction:suggestion-add": _pk("charter"),
    "coproduction:comment-add": _pk("suggestion"),
    "coproduction:suggestion-draft": _pk("draft_suggestion"),
    "coproduction:suggestion-delete": _pk("draft_suggestion"),
    "coproduction:suggestion-move": _pk("draft_suggestion"),
    "coproduction:waypoint-answer-for": lambda w: {"pk": w.waypoint.pk, "person": w.colleague.pk},
    "coproduction:waypoint-answer-share": _pk("answer"),
    "coproduction:waypoint-rhythm": _pk("charter"),
    "coproduction:involvement-reply-for": lambda w: {"pk": w.involvement.pk, "person": w.colleague.pk},
    "coproduction:involvement-words-for": lambda w: {"pk": w.involvement.pk, "person": w.colleague.pk},
    "coproduction:waypoints": _pk("charter"),
    "coproduction:draft-open": _pk("charter"),
    "coproduction:equality-answer": lambda w: {"token": "no-such-link"},
    "coproduction:reflection-link": lambda w: {"token": "no-such-link"},
    "coproduction:reflection-answer-for": lambda w: {"pk": w.reflection.pk, "person": w.people["member"].person.pk},
    "coproduction:claim-payment-undo": _pk("batch"),
    "coproduction:claim-share": _pk("support"),
    "coproduction:claim-member": lambda w: {"pk": w.people["member"].person.pk},
    "coproduction:claim-expense": lambda w: {"pk": w.people["member"].person.pk, "slug": "advisory-group"},
    **{f"coproduction:claim-{verb}": _pk("offer") for verb in ("answer", "withdraw")},
    **{f"claim-{verb}": _pk("offer") for verb in ("answer", "withdraw")},
    "networks:flag-dealt-with": _pk("flag"),
    "networks:booking-add": _pk("meeting"),
    "networks:need-aside": _pk("meeting"),
    "networks:need-worked": _pk("booking_need"),
    "networks:need-wrong": _pk("booking_need"),
    "networks:restricted-notes": _pk("meeting"),
    "networks:photos-edit": _pk("meeting"),
    "networks:attendance-import": _pk("meeting"),
    "networks:attendance-review": lambda w: {"pk": w.meeting.pk, "import_pk": w.attendance_report.pk},
    "networks:board-add": _pk("meeting"),
    "networks:contribution-change": _pk("contribution"),
    "networks:contribution-move": _pk("contribution"),
    "networks:contribution-put-back": _pk("contribution"),
    "networks:contribution-remove": _pk("contribution"),
    "networks:detail": _slug("the-site"),
    "networks:action-add": _slug("the-group"),
    "networks:document-file": _pk("document"),
    "networks:document-job": _pk("document"),
    "networks:pack-build": _pk("meeting"),
    "networks:plan": _slug("the-site"),
    "networks:plan-build": _slug("the-site"),
    "networks:material-remove": lambda w: {"pk": w.meeting.pk, "material_pk": w.material.pk},
    "networks:material-sent": lambda w: {"pk": w.meeting.pk, "material_pk": w.material.pk},
    "networks:material-add": _pk("meeting"),
    "networks:material-file": _pk("file"),
    "networks:meeting-add": _slug("the-group"),
    "networks:meeting-debrief": _pk("logged"),
    "networks:meeting-reopen": _pk("logged"),
    "networks:explain": _slug("the-site"),
    "networks:membership-consent": lambda w: {"pk": w.membership.pk, "purpose": "quotes"},
    "networks:membership-edit": _pk("membership"),
    "networks:membership-end": _pk("membership"),
    "networks:membership-needs": _pk("membership"),
    "networks:membership-put-away": lambda w: {"pk": w.coordinating.pk},
    "core:needs-answer": _pk("needs_proposal"),
    "core:my-consent-withdraw": lambda w: {"purpose": "photos"},
    "core:my-request-withdraw": _pk("rights_request"),
    **{
        f"core:rights-request{step}": _pk("rights_request")
        for step in ("", "-identity", "-extend", "-answer", "-withdraw", "-archive")
    },
    "core:my-data-archive": _pk("archive"),
    "core:my-data-file": _pk("archive"),
    "core:data-link": lambda w: {"token": "made-up"},
    **{f"core:import-{step}": _pk("spreadsheet") for step in ("detail", "errors", "save", "drop", "undo")},
    **{f"core:import-{step}": lambda w: {"kind": "people"} for step in ("start", "template")},
    "core:data-mine-archive": _pk("archive"),
    "core:data-consent": lambda w: {"purpose": "quotes"},
    "core:data-consent-withdraw": lambda w: {"purpose": "photos"},
    "core:data-mine-file": _pk("archive"),
    **{f"core:acting-{step}": _pk("acting") for step in ("detail", "answer", "end", "notices", "data", "data-ask")},
    "acting-detail": _pk("acting"),
    **{
        f"core:person-{step}": lambda w: {"pk": w.people["member"].person.pk}
        for step in ("cover", "supporter", "leaving", "close")
    },
    "core:rights-request-add": lambda w: {"pk": w.people["member"].person.pk},
    "core:person-hold": lambda w: {"pk": w.people["member"].person.pk},
    "core:person-erase": lambda w: {"pk": w.people["member"].person.pk},
    "core:person-merge": lambda w: {"pk": w.people["member"].person.pk, "other": w.people["other_member"].person.pk},
    "core:person-merge-find": lambda w: {"pk": w.people["member"].person.pk},
    "provider-detail": _pk("provider"),
    "rights-request-detail": _pk("rights_request"),
    "consent-detail": _pk("consent"),
    "consent-withdraw": _pk("consent"),
    "core:my-consent": lambda w: {"purpose": "quotes"},
    "networks:join": lambda w: {"token": "made-up"},
    "networks:consent-ask": _pk("membership"),
    "networks:invitation-answer": _pk("invited"),
    "networks:paper": lambda w: {"token": "made-up"},
    "networks:paper-links-stop": _pk("material"),
    "networks:papers-mark-sent": _pk("meeting"),
    "networks:papers-send": _pk("meeting"),
    "networks:reply": lambda w: {"token": "made-up"},
    "networks:reply-support": lambda w: {"token": "made-up"},
    "sites:subscription": lambda w: {"token": "made-up"},
    "sites:unsubscribe": lambda w: {"token": "made-up"},
    "networks:matrix": _slug("the-site"),
    "networks:said": _slug("the-site"),
    "networks:learning-share": _slug("the-group"),
    "networks:learning-answer": lambda w: {"pk": w.learning.pk, "slug": w.elsewhere.slug},
    "networks:theme-undo": _pk("theme_change"),
    "networks:theme-detail": lambda w: {"slug": "the-site", "theme": "the-theme"},
    "sites:enquiry-edit": lambda w: {"slug": "the-round", "reference": w.weighed.reference, "pk": w.enquiry.pk},
    "sites:letter-edit": lambda w: {"slug": "the-round", "outcome": "chosen"},
    "sites:mix-target-remove": lambda w: {"slug": "the-round", "pk": w.target.pk},
    "sites:release": _slug("the-round"),
    "sites:round-report-file": lambda w: {"slug": "the-round", "number": 1},
    "sites:round-report-job": lambda w: {"slug": "the-round", "number": 1},
    "sites:suggestion-keep": _slug("the-round"),
    "reports:group-words": _slug("the-group"),
    "reports:quote-answer": lambda w: {"pk": w.quote.pk, "answer": "approve"},
    "reports:quote-ask": lambda w: {"year": 2022, "contribution": w.offerable.pk},
    "reports:quote-words": _pk("quote"),
    "reports:review-comment": _pk("review_comment"),
    "reports:your-words": lambda w: {},
    "comment-detail": _pk("review_comment"),
    "comment-resolve": _pk("review_comment"),
    "report-build": lambda w: {"year": 2022},
    "report-submit": lambda w: {"year": 2022},
    "report-send-back": lambda w: {"year": 2022},
    "report-approve": lambda w: {"year": 2022},
    "report-publish": lambda w: {"year": 2022},
    "subject-report-detail": _pk("subject_report"),
    "subject-report-build": _pk("subject_report"),
    "subject-report-finish": _pk("subject_report"),
    "subject-edition-detail": _pk("subject_edition"),
    "subject-edition-forms": _pk("subject_edition"),
    "reports:correction-words": lambda w: {"year": 2022, "key": "summary"},
    "subject-edition-form-standing": lambda w: {"pk": w.subject_edition.pk, "form": "docx", "language": "en"},
    "subject-edition-form-content": lambda w: {"pk": w.subject_edition.pk, "form": "docx", "language": "en"},
    "reports:edition-download": lambda w: {"year": 2022, "number": 1},
    "reports:figure": lambda w: {"code": "F12"},
    "reports:figure-lookup": lambda w: {},
    "reports:easy-read-edit": lambda w: {"year": 2022, "key": "summary"},
    "reports:easy-read-review": lambda w: {"year": 2022, "key": "summary"},
    "reports:easy-read-send": lambda w: {"year": 2022, "key": "summary"},
    "reports:edition-forms": lambda w: {"year": 2022, "number": 1},
    "reports:form-download": lambda w: {"year": 2022, "number": 1, "form": "docx", "language": "en"},
    "reports:forms-waiting": lambda w: {"year": 2022, "number": 1},
    "reports:comment-answer": _pk("reading_comment"),
    "reports:reading": lambda w: {"year": 2021},
    "reports:reading-end": lambda w: {"year": 2021},
    "reports:reading-extend": lambda w: {"year": 2021},
    "reports:reading-ready": lambda w: {"year": 2021},
    "reports:reading-easy": lambda w: {"year": 2021},
    "reports:reading-easy-section": lambda w: {"year": 2021, "key": w.reading_section.key},
    "reports:reading-easy-back": lambda w: {"year": 2021, "key": w.reading_section.key},
    "reports:easy-read-answer": _pk("easy_answer"),
    "reports:reading-section": lambda w: {"year": 2021, "key": w.reading_section.key},
    "reports:section-edit": lambda w: {"year": 2022, "key": "summary"},
    "reports:section-preview": lambda w: {"year": 2022, "key": "summary"},
    "reports:section-here": lambda w: {"year": 2022, "key": "summary"},
    "reports:section-plan": lambda w: {"year": 2022, "key": "summary"},
    "reports:section-versions": lambda w: {"year": 2022, "key": "summary"},
    "reports:section-comment": lambda w: {"year": 2022, "key": "summary"},
    "reports:placed": lambda w: {"year": 2022, "kind": "figure", "name": "sites"},
    "sites:part-remove": lambda w: {"slug": "the-site", "pk": w.part.pk},
    "sites:unit-delist": lambda w: {"slug": "the-site", "pk": w.unit.pk},
    "sites:unit-detail": lambda w: {"slug": "the-site", "pk": w.unit.pk},
    "sites:unit-list": _slug("the-site"),
    "sites:contact-add": lambda w: {"slug": "the-site", "pk": w.unit.pk},
    "sites:contact-remove": lambda w: {"slug": "the-site", "pk": w.unit.pk, "contact": w.contact.pk},
    "unit-detail": _pk("unit"),
    "unit-changes": _pk("unit"),
    "unit-contacts": _pk("unit"),
    "unit-delist": _pk("unit"),
    "sites:round-questions-version": lambda w: {"slug": "the-round", "number": 1},
    "sites:round-question-add": lambda w: {"slug": "the-round", "pk": w.section.pk},
    "sites:proposal-reopen": _pk("settled_proposal"),
    "sites:topic-year": lambda w: {"year": 2022},
    "sites:topic-year-edition": lambda w: {"year": 2022, "number": 1},
    "sites:topic-year-list-correct": lambda w: {"year": 2022},
    "sites:topic-results": lambda w: {"year": 2023},
    "sites:topic-year-list": lambda w: {"year": 2023},
    "sites:topic-year-list-agree": lambda w: {"year": 2023},
    "sites:topic-scoring-reopen": lambda w: {"year": 2023},
    "sites:topic-year-list-withdraw": lambda w: {"year": 2023},
    "sites:topic-year-list-publish": lambda w: {"year": 2023},
    "sites:topic-choice": lambda w: {"year": 2024},
    "sites:topic-survey": lambda w: {"year": 2024},
    "sites:topic-survey-import": lambda w: {"year": 2024},
    "sites:topic-scoring": lambda w: {"year": 2024},
    "sites:topic-scoring-close": lambda w: {"year": 2024},
    "sites:topic-year-scores": lambda w: {"year": 2024},
    "sites:topic-year-score": lambda w: {"year": 2024, "slug": "candidate"},
    "topic-scores": lambda w: {"slug": w.site.topic.slug},
    "topic-proposal-reopen": _pk("settled_proposal"),
    "sites:update-add": _slug("the-site"),
    "sites:outcome-list": _slug("the-site"),
    "sites:outcome-add": _slug("the-site"),
    "sites:entry-add": _slug("the-site"),
    "sites:uptake-add": _slug("the-site"),
    "sites:supervision": lambda w: {"slug": "the-site", "pk": w.role.pk},
    "sites:supervision-add": lambda w: {"slug": "the-site", "pk": w.role.pk},
    "outcome-measure-reading": lambda w: {"pk": w.measure.pk, "reading": w.reading.pk},
    "sites:evidence-gap-feedback-edit": lambda w: {"slug": "the-gap", "pk": w.feedback.pk},
    "charter-version-detail": _pk("version"),
    "charter-version-compare": _pk("version"),
    "edition-content": _pk("edition"),
    "charter-version-correct": _pk("version"),
    "charter-version-stop": _pk("version"),
    "charter-version-confirm": _pk("version"),
    "charter-version-undo": _pk("version"),
    "charter-version-withdraw": _pk("version"),
    "edition-detail": _pk("edition"),
    "edition-form-content": lambda w: {"pk": w.edition.pk, "form": "docx", "language": "en"},
    "edition-form-standing": lambda w: {"pk": w.edition.pk, "form": "docx", "language": "en"},
    "edition-forms": _pk("edition"),
    "report-detail": lambda w: {"year": 2022},
    "figure-detail": lambda w: {"code": "F12"},
    "report-section-detail": _pk("report_section"),
    "report-section-restore": _pk("report_section"),
    "report-section-versions": _pk("report_section"),
    "network-theme-matrix": _slug("the-site"),
    "site-theme-matrix": lambda w: {"site": "the-site"},
    "meeting-debrief": _pk("logged"),
    "meeting-reopen": _pk("logged"),
}
# The same for every route that begins like this.
BY_PREFIX: list[tuple[str, Fill]] = [
    (
        "reports:subject",
        lambda w: {
            "kind": "network",
            "slug": "the-site",
            "number": 1,
            "form": "docx",
            "language": "en",
            "key": "summary",
        },
    ),
    ("coproduction:agreement", _pk("charter")),
    ("coproduction:position-for-member", lambda w: {"pk": w.charter.pk, "person": w.position.person_id}),
    ("coproduction:objection-open", _pk("position")),
    ("coproduction:objection-", _pk("objection")),
    ("coproduction:charter", _pk("charter")),
    ("coproduction:comment-", _pk("comment")),
    ("coproduction:suggestion-", _pk("suggestion")),
    ("coproduction:involvement", _pk("involvement")),
    ("coproduction:waypoint-", _pk("waypoint")),
    ("coproduction:claim-", _pk("claim")),
    ("claim-", _pk("claim")),
    ("coproduction:equality-", _pk("equality_round")),
    ("equality-round-", _pk("equality_round")),
    ("coproduction:reflection-", _pk("reflection")),
    ("reflection-", _pk("reflection")),
    ("outside-group-", _pk("outside_group")),
    ("strengths-", _pk("strengths")),
    ("support-booking-", _pk("booking")),
    ("networks:action", _pk("action")),
    ("networks:booking-", _pk("booked")),
    ("networks:provider-", _pk("provider")),
    ("networks:venue-", _pk("venue")),
    ("booking-", _pk("booked")),
    ("venue-", _pk("venue")),
    ("networks:join-", _pk("joining")),
    ("networks:material", _pk("material")),
    ("networks:learning", _pk("learning")),
    ("networks:theme", _slug("the-theme")),
    ("networks:meeting", _pk("meeting")),
    ("networks:photos-of", _pk("said_no")),
    ("networks:photo-", _pk("photo")),
    ("networks:notes", lambda w: {"pk": w.meeting.pk, "number": 1}),
    ("networks:coordinator", _slug("the-group")),
    ("networks:group", _slug("the-group")),
    ("networks:member", _slug("the-group")),
    ("reports:", lambda w: {"year": 2022}),
    ("sites:criterion-", lambda w: {"slug": "the-round", "pk": w.criterion.pk}),
    ("sites:assessor-", lambda w: {"slug": "the-round", "pk": w.round_assessor.pk}),
    ("sites:assessing-", lambda w: {"pk": w.assignment.pk, "file": w.application_file.pk}),
    (
        "sites:assessment",
        lambda w: {"slug": "the-round", "reference": w.applied.reference, "pk": w.assignment.pk},
    ),
    ("assessment-plan-", _slug("the-round")),
    ("assessment-", _pk("assignment")),
    ("round-assessor-", _pk("round_assessor")),
    ("clarification-", _pk("clarification")),
    ("criterion-", _pk("criterion")),
    ("eligibility-check-", _pk("eligibility")),
    ("moderation-note-", _pk("moderation")),
    ("sites:milestone-", lambda w: {"slug": "the-site", "pk": w.milestone.pk}),
    ("sites:commitment-", lambda w: {"slug": "the-site", "pk": w.commitment.pk}),
    ("sites:outcome-", lambda w: {"slug": "the-site", "pk": w.measure.pk}),
    ("sites:reading-", lambda w: {"slug": "the-site", "pk": w.measure.pk, "reading": w.reading.pk}),
    ("sites:entry-", lambda w: {"slug": "the-site", "pk": w.entry.pk}),
    ("sites:uptake-", lambda w: {"slug": "the-site", "pk": w.uptake.pk}),
    ("sites:supervision-", lambda w: {"slug": "the-site", "pk": w.role.pk, "supervision": w.supervision.pk}),
    ("sites:question-", _pk("question")),
    ("sites:note-", lambda w: {"slug": "the-site", "pk": w.note.pk}),
    *[
        (f"sites:{name}", lambda w: {"slug": "the-round", "pk": w.portfolio.pk, "reference": w.weighed.reference})
        for name in ("mix", "portfolio", "suggest", "decision", "award", "enquiry")
    ],
    ("portfolio-", _pk("portfolio")),
    ("decision-", _pk("decided")),
    ("target-", _pk("target")),
    ("mix-", _slug("the-round")),
    ("release-", lambda w: {"slug": "the-round", "outcome": "chosen"}),
    ("enquiry-", _pk("enquiry")),
    ("round-report-", _pk("round_report")),
    ("sites:organisation", lambda w: {"slug": w.site.host.slug}),
    ("sites:apply-link", lambda w: {"token": "no-such-link"}),
    ("sites:apply-", lambda w: {"slug": "the-round", "reference": w.application.reference, "pk": w.application.pk}),
    ("sites:round-section-", lambda w: {"slug": "the-round", "pk": w.section.pk}),
    ("sites:round-question-", lambda w: {"slug": "the-round", "pk": w.round_question.pk}),
    ("sites:clarification-", lambda w: {"slug": "the-round", "pk": w.clarification.pk}),
    ("sites:application-answers", _applied("application_draft")),
    ("sites:application-check", _applied("application_draft")),
    ("sites:application-file", lambda w: _applied("application")(w) | {"pk": w.application_file.pk}),
    ("sites:application", _applied("application")),
    ("sites:round", _slug("the-round")),
    ("sites:role", lambda w: {"slug": "the-site", "pk": w.role.pk}),
    ("sites:proposal", _pk("proposal")),
    ("sites:topic", lambda w: {"slug": w.site.topic.slug}),
    ("sites:update", _pk("draft_update")),
    ("sites:evidence-gap", _slug("the-gap")),
    ("sites:evidence", _slug("the-evidence")),
    ("sites:", _slug("the-site")),
    ("organisation-detail", lambda w: {"slug": w.site.host.slug}),
    ("evidence-gap-", lambda w: {"slug": "the-gap", "feedback": w.feedback.pk}),
    ("evidence-detail", _slug("the-evidence")),
    ("topic-proposal-", _pk("proposal")),
    ("topic-score-", _pk("sheet")),
    ("topic-year-", lambda w: {"year": 2023}),
    ("survey-count-", _pk("survey_count")),
    ("topic-detail", lambda w: {"slug": w.site.topic.slug}),
    ("round-", _slug("the-round")),
    ("application-", _applied("application")),
    ("site-detail", _slug("the-site")),
    ("site-change-status", _slug("the-site")),
    ("milestone-", _pk("milestone")),
    ("commitment-", _pk("commitment")),
    ("learning-note-", _pk("note")),
    ("outcome-measure-", _pk("measure")),
    ("co-production-entry-", _pk("entry")),
    ("uptake-", _pk("uptake")),
    ("organisation-part-", _pk("part")),
    ("post-", _pk("role")),
    ("supervision-", _pk("supervision")),
    ("question-", _pk("question")),
    ("network-detail", _slug("the-site")),
    ("theme-detail", _slug("the-theme")),
    ("contribution-", _pk("contribution")),
    ("join-invitation-", _pk("joining")),
    ("group-join-invitation-", lambda w: {"group": "the-group", "pk": w.joining.pk}),
    ("group-member-", lambda w: {"group": "the-group", "pk": w.membership.pk}),
    ("group-", _slug("the-group")),
    ("document-", _pk("document")),
    ("learning-", _pk("learning")),
    ("meeting-notes-version-", lambda w: {"meeting": w.meeting.pk, "number": 1}),
    ("meeting-photo-", lambda w: {"meeting": w.photo.meeting_id, "pk": w.photo.pk}),
    ("meeting-restricted-note-", lambda w: {"meeting": w.meeting.pk, "pk": w.flag.pk}),
    ("theme-", _slug("the-theme")),
    ("network-", _slug("the-site")),
    ("material-file-", lambda w: {"material": w.file.material_id, "pk": w.file.pk}),
    ("meeting-import-", lambda w: {"meeting": w.meeting.pk, "pk": w.attendance_report.pk}),
    ("meeting-invitation-", lambda w: {"meeting": w.invited.meeting_id, "pk": w.invited.pk}),
    ("meeting-material-", lambda w: {"meeting": w.meeting.pk, "pk": w.material.pk}),
    ("meeting-decision-", lambda w: {"meeting": w.logged.pk, "pk": w.decision.pk}),
    ("meeting-guest-", lambda w: {"meeting": w.meeting.pk, "pk": w.guest.pk}),
    ("meeting-", _pk("meeting")),
    ("action-", _pk("action")),
    ("agreement-", _pk("agreement")),
    ("position-", _pk("position")),
    ("objection-", _pk("objection")),
    ("term-", _pk("term")),
    ("support-link-", _pk("support_link")),
    ("monthly-summary-", _pk("summary")),
    ("report-comment-", _pk("reading_comment")),
    ("report-response-", _pk("response")),
    ("charter-detail", _pk("charter")),
    ("section-", lambda w: {"pk": w.version.texts.first().pk}),
    ("suggestion-", lambda w: {"pk": w.suggestion.pk, "comment": w.comment.pk}),
    ("involvement-", _pk("involvement")),
    ("update-detail", _pk("update")),
    ("news-", _pk("update")),
    ("waypoint-answer-", _pk("answer")),
    ("waypoint-", _pk("waypoint")),
]


def _application(round: Round, *, is_submitted: bool = True) -> Application:
    """An application to a round that came on paper: submitted, or still being entered."""
    if not round.question_sets.exists():
        round.topics.add(factories.TopicFactory())
        RoundStatement.objects.create(round=round, number=1, offered="A coach.", asked="Share what you learn.")
        publish_questions(round, with_letter=True)
    application = applications.start_application(by=SYSTEM, round=round, source="paper")
    if is_submitted:
        answers = {**ANSWERS, "topic": round.topics.first().slug, "letter": _letter(application).pk}
        applications.save_draft(by=SYSTEM, application=application, answers=answers)
        applications.submit_application(by=SYSTEM, application=application)
    application.refresh_from_db()
    return application


def _letter(application: Application) -> ApplicationFile:
    """A file that answers a question of an application."""
    return ApplicationFile.objects.create(
        application=application,
        question_key="letter",
        file="applications/letter.txt",
        name="letter.txt",
        content_type="text/plain",
        size=8,
        sha256="0" * 64,
        added_at=timezone.now(),
    )


def kwargs_for(name: str, params: tuple[str, ...], world: SimpleNamespace) -> dict[str, Any]:
    """Parameters that lead to a row that exists."""
    if not params:
        return {}
    fill = BY_ROUTE.get(name) or next((fill for prefix, fill in BY_PREFIX if name.startswith(prefix)), None)
    assert fill, f"Say in tests/permission_world.py what fills {params} of {name}"
    found = {key: value for key, value in fill(world).items() if key in params}
    assert set(found) == set(params), (
        f"{name} needs {params}; what BY_PREFIX gives it fills {list(found)}. Add it to BY_ROUTE."
    )
    return found
