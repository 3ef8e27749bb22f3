"""One of everything, and one of everybody, for the permission matrix."""

from datetime import date
from types import SimpleNamespace
from typing import Any

from coproduction.models import AgreementRound, CharterVersion, Suggestion, Waypoint
from impact.core.models import Invitation, Job
from networks.models import Membership
from reports.models import Edition, Snapshot
from sites.models import Milestone, SiteRole, Unit
from tests import factories

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
    SiteRole.objects.create(
        site=w.site, kind=SiteRole.Kind.COACH, state=SiteRole.State.APPOINTED, person=w.people["site_team"].person
    )
    w.update = factories.UpdateFactory(site=w.site)
    w.draft_update = factories.UpdateFactory(
        site=factories.SiteFactory(slug="quiet-site"), status="draft", published_at=None
    )
    w.round = factories.RoundFactory(slug="the-round")
    w.unit = Unit.objects.create(site=w.site, name="A practice", listed_from=date(2022, 1, 1))
    w.milestone = Milestone.objects.create(site=w.site, title="A milestone")
    w.theme = factories.ThemeFactory(slug="the-theme")
    w.meeting = factories.MeetingFactory(group=w.group, number=1)
    w.logged = factories.LoggedMeetingFactory(group=w.group, number=2)
    w.contribution = factories.ContributionFactory(meeting=w.logged, theme=w.theme)
    w.action = factories.ActionFactory(group=w.group)
    w.membership = Membership.objects.get(group=w.group, person=member)
    w.charter = factories.CharterFactory(group=w.advisory)
    w.version = factories.CharterVersionFactory(charter=w.charter, number=1)
    w.version.text_hash = w.version.hash_text()
    w.version.status = CharterVersion.Status.PROPOSED
    w.version.save()
    w.agreement = AgreementRound.objects.create(
        version=w.version, opened_on=date(2022, 6, 1), closes_on=date(2099, 6, 30)
    )
    section = w.charter.sections.first()
    w.suggestion = Suggestion.objects.create(section=section, version=w.version, person=member, words="Simpler words")
    w.waypoint = Waypoint.objects.create(charter=w.charter, title="First waypoint", due_on=date(2022, 12, 1))
    w.involvement = factories.InvolvementFactory(group=w.advisory)
    w.report = factories.AnnualReportFactory(year=2022)
    w.snapshot = Snapshot.objects.create(report=w.report, sha256="0" * 64, data={})
    w.edition = Edition.objects.create(
        report=w.report, number=1, snapshot=w.snapshot, renderer="test", file="x.pdf", sha256="0" * 64, size=1, pages=1, seconds=1
    )
    w.invitation = Invitation.objects.create(email="invited@impact.example", name="Invited", token_hash="0" * 64)
    w.job = Job.objects.create(kind="none", dedupe_key="matrix", created_by=w.people["staff"])
    return w


# What fills a route's parameters; by route name first, then by namespace and parameter.
BY_ROUTE: dict[str, Any] = {
    "core:person-detail": lambda w: {"pk": w.people["member"].person.pk},
    "core:person-edit": lambda w: {"pk": w.people["member"].person.pk},
    "core:person-role": lambda w: {"pk": w.people["member"].person.pk},
    "core:invitation-withdraw": lambda w: {"pk": w.invitation.pk},
    "core:invitation-accept": lambda w: {"token": "made-up"},
    "core:token-withdraw": lambda w: {"key": "made-up"},
    "core:job-progress": lambda w: {"pk": w.job.pk},
    "core:job-retry": lambda w: {"pk": w.job.pk},
}


def kwargs_for(name: str, params: tuple[str, ...], world: SimpleNamespace) -> dict[str, Any]:
    """Parameters that lead to a row that exists."""
    if name in BY_ROUTE:
        return BY_ROUTE[name](world)
    assert not params, f"Say in BY_ROUTE what fills {params} of {name}"
    return {}
