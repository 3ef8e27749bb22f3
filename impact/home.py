"""The first page after signing in, by role: what needs attention, where things stand, what changed."""

from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_GET

from coproduction.charter.models import Charter
from coproduction.group.attention import attention_for
from coproduction.group.meetings.attention import support_attention
from coproduction.involvements.models import Involvement
from coproduction.involvements.taking_part.because import because_of
from impact import attention
from impact.core.access import audit
from impact.core.access.kept import figure
from impact.core.access.permissions import Role, has_perm
from impact.core.basics import clock
from impact.core.basics.vocabulary import FOUR_NATIONS, Nation
from impact.core.jobs import views
from impact.core.jobs.webhooks import views as hooks
from impact.core.notices.views import attention as told_in_person
from impact.core.people.accounts import SignedInRequest
from impact.core.people.models import User
from impact.core.people.rights.requests.attention import requests_waiting
from networks.actions.models import Action
from networks.documents.materials.models import Material
from networks.groups.changes.history import timeline
from networks.groups.models import Group, GroupKind, Membership
from networks.log.models import Contribution
from networks.meetings.models import Meeting
from networks.meetings.planning.bookings.pages import bookings_attention
from networks.members.guard import cadence
from networks.members.todo import answers_wanted, invited_todo, learning_todo, own_questions
from networks.network.learning.models import SharedLearning
from reports.figures.gather import involvement_figures
from reports.writing.models import AnnualReport
from reports.writing.year.attention import report_attention
from sites.calls.applications.attention import applications_received, deletions_asked
from sites.calls.assessment.dashboard.attention import assessments_to_watch
from sites.calls.assessment.scoring.attention import to_assess
from sites.calls.rounds.clarifications.attention import clarifications_waiting
from sites.calls.rounds.models import Round
from sites.progress.evidence.attention import long_open_gaps
from sites.questions.attention import overdue_questions
from sites.registry.attention import overdue_commitments, overdue_supervision
from sites.registry.models import Site
from sites.topics.scoring.attention import lists_to_agree, thin_evidence, topics_to_score
from sites.updates.news_views import front_page

Item = dict[str, Any]
CADENCE_GROUPS = 8
MISSING_SHOWN = 6
# A report's chapters and editions are told of on the report itself, scores where they are given; restricted notes nowhere
# else at all.
TOLD_ELSEWHERE = ["reports.reportsection", "reports.reportingyear", "reports.edition", "reports.snapshot"]
TOLD_ELSEWHERE += ["sites.scoresheet", "networks.restrictednote", "reports.quote"]


@login_not_required
@require_GET
def home(request: SignedInRequest) -> HttpResponse:
    """Lead each person to what they came for; visitors to what is public."""
    user = request.user
    if not user.is_authenticated:
        return front_page(request)
    if has_perm(user, "networks.edit_group"):
        return _staff(request)
    if Role.LEADERSHIP in user.global_roles:
        return _leadership(request)
    groups = Group.objects.visible_to(user)
    if groups.filter(pk__in=_coordinated_by(user)).exists():
        return _coordinator(request)
    if groups.exists():
        return _member(request)
    return _other(request)


@login_not_required
@require_GET
def admin_login(request: HttpRequest) -> HttpResponse:
    """The admin pages use the same sign-in as everything else."""
    target = urlencode({"next": request.GET.get("next", reverse("admin:index"))})
    return redirect(f"{reverse('account_login')}?{target}")


# --- Home pages ----------------------------------------------------------------------------------
def _coordinated_by(user: User) -> Any:
    return Group.objects.coordinated_by(user).order_by().values("pk")


def _cadences(groups: Any) -> list[dict[str, Any]]:
    return [{"group": group, "slots": slots} for group, slots in cadence(groups).items()]


def _missing(user: User) -> list[Meeting]:
    """Meetings of local networks that are over and have no log, the oldest first."""
    over = Meeting.objects.visible_to(user).to_log(clock.now()).filter(group__kind=GroupKind.LOCAL_NETWORK)
    return list(over.select_related("group").order_by("starts_at")[:MISSING_SHOWN])


def _nation_tiles(user: User) -> list[dict[str, Any]]:
    """Sites and running local networks of each nation. A UK-wide site counts in every nation, as in the list behind."""
    counts = Site.objects.visible_to(user).by_nation()
    running = Group.objects.visible_to(user).local_networks().running()
    networks = dict(running.values_list("nation").annotate(n=Count("pk")).order_by())
    uk = counts[Nation.UK]
    tiles = []
    for nation in FOUR_NATIONS:
        number, local = counts[nation], networks.get(nation, 0)
        tiles.append(
            {
                "nation": nation.label,
                "number": number,
                "label": "site" if number == 1 else "sites",
                "note": f"{local} local network{'' if local == 1 else 's'} running",
                "href": f"{reverse('sites:list')}?nation={nation}",
            }
        )
    if uk:
        tiles.append(
            {
                "nation": Nation.UK.label,
                "number": uk,
                "label": "site" if uk == 1 else "sites",
                "note": "also counted in each nation",
                "href": f"{reverse('sites:list')}?nation={Nation.UK}",
            }
        )
    return tiles


def _staff(request: SignedInRequest) -> HttpResponse:
    user = request.user
    running = Group.objects.visible_to(user).local_networks().running().order_by("nation", "name")
    is_engagement = Role.ENGAGEMENT_LEAD in user.global_roles
    co_production = attention_for(user)
    meetings = Meeting.objects.visible_to(user)
    logs = attention.meetings_to_log(meetings) + attention.meetings_to_debrief(meetings)
    items = (
        own_questions(user)
        + attention.flags(user)
        + topics_to_score(user)
        + views.attention(user)
        + hooks.attention(user)
        + told_in_person(user)
        + requests_waiting(user)
        + (co_production + logs if is_engagement else logs + co_production)
        + (
            attention.papers_to_send(meetings)
            + bookings_attention(user)
            + attention.thin_groups(figure("thin-groups", lambda: attention.thin_of(Group.objects.all())))
            + attention.overdue_actions(Action.objects.visible_to(user))
            + overdue_commitments(user)
            + overdue_questions(user)
            + overdue_supervision(user)
            + long_open_gaps(user)
            + assessments_to_watch(user)
            + thin_evidence(user)
            + deletions_asked(user)
            + applications_received(user)
            + attention.rounds_closing(user)
            + clarifications_waiting(user)
            + attention.report_status(user)
            + attention.corrections(user)
            + report_attention(user)
        )
    )
    context = {
        "attention": items,
        "stats": {
            "sites": Site.objects.visible_to(user).filter(status=Site.Status.ACTIVE).count(),
            "networks": running.count(),
            "held": Meeting.objects.held().in_year(clock.today().year - 1).count(),
            "last_year": clock.today().year - 1,
            "said": figure("contributions", lambda: Contribution.objects.counted().count()),
        },
        "tiles": _nation_tiles(user),
        "cadences": _cadences(running[:CADENCE_GROUPS]),
        "missing": _missing(user),
        "more_groups": max(0, running.count() - CADENCE_GROUPS),
        "changes": audit.recent_changes(user, without=TOLD_ELSEWHERE),
    }
    return render(request, "home/staff.html", context)


def _coordinator(request: SignedInRequest) -> HttpResponse:
    user = request.user
    groups = list(Group.objects.filter(pk__in=_coordinated_by(user)).select_related("site"))
    lent = Membership.objects.covered_by(user)
    covered = {row.group_id: row.person.name for row in lent.select_related("person")} if lent is not None else {}
    own = Membership.objects.current().filter(person__user=user, role=Membership.Role.COORDINATOR) if covered else ()
    covered = {pk: name for pk, name in covered.items() if pk not in {row.group_id for row in own}}
    meetings = Meeting.objects.filter(group__in=groups).select_related("group")
    members = list(
        Membership.objects.current(clock.today())
        .filter(group__in=groups)
        .exclude(role=Membership.Role.COORDINATOR)
        .select_related("person")
    )
    context = {
        "groups": groups,
        "runs": [
            f"You cover {group.name} for {covered[group.pk]}." if group.pk in covered else f"You run {group.name}."
            for group in sorted(groups, key=lambda group: group.pk in covered)
        ],
        "next_meeting": meetings.upcoming(clock.now()).first(),
        "attention": own_questions(user)
        + topics_to_score(user)
        + attention.handovers(user)
        + attention.meetings_to_log(meetings)
        + attention.meetings_to_debrief(meetings)
        + attention.papers_to_send(meetings)
        + bookings_attention(user)
        + support_attention(user)
        + attention.thin_groups(attention.thin_of(Group.objects.filter(pk__in=[g.pk for g in groups])))
        + invited_todo(groups)
        + learning_todo(groups, user)
        + attention.overdue_actions(Action.objects.filter(group__in=groups)),
        "cadences": _cadences(Group.objects.filter(pk__in=[g.pk for g in groups])),
        "circles": [
            {
                "group": group,
                "people": own,
                "count": sum(m.role in Membership.COUNTED_ROLES for m in own),
                "with_needs": [m for m in own if m.person.needs],
            }
            for group in groups
            for own in [[m for m in members if m.group_id == group.pk]]
        ],
        "changes": timeline(groups, meetings, limit=6),
    }
    return render(request, "home/coordinator.html", context)


def _member(request: SignedInRequest) -> HttpResponse:
    user = request.user
    groups = list(Group.objects.visible_to(user))
    known = Meeting.objects.visible_to(user).filter(group__in=groups).select_related("group")
    upcoming = known.upcoming(clock.now()).first()
    involvements = Involvement.objects.visible_to(user)
    context = {
        "groups": groups,
        "next_meeting": upcoming,
        "papers": Material.objects.filter(meeting=upcoming, sent_on__isnull=False) if upcoming else [],
        "asked": answers_wanted(user) + attention_for(user) + topics_to_score(user),
        "charter": Charter.objects.visible_to(user).first(),
        "because": because_of(user),
        "changed": involvements.exclude(outcome=Involvement.Outcome.WAITING).order_by("-changed_on")[:3],
        "in_hand": involvements.with_asker().filter(outcome=Involvement.Outcome.WAITING)[:3],
        "past_meetings": known.held()[:3],
        "learning": SharedLearning.objects.filter(receipts__group__in=groups, withdrawn_at__isnull=True)
        .select_related("group")
        .order_by("-shared_at")
        .distinct()[:3],
    }
    return render(request, "home/member.html", context)


def _leadership(request: SignedInRequest) -> HttpResponse:
    user = request.user
    reports = AnnualReport.objects.visible_to(user).order_by("-year")
    report = reports.exclude(status=AnnualReport.Status.WRITING).first() or reports.first()
    year = report.year if report else clock.today().year
    involvements = Involvement.objects.visible_to(user).in_year(year)
    figures = involvement_figures(year)
    context = {
        "report": report,
        "edition": report.editions.order_by("-number").first() if report else None,
        "year": year,
        "attention": topics_to_score(user)
        + lists_to_agree(user)
        + attention.report_status(user)
        + attention.corrections(user)
        + attention.rounds_closing(user),
        "stats": {
            "sites": Site.objects.visible_to(user).count(),
            "held": Meeting.objects.held().in_year(year).count(),
            "asked": figures["total"],
            "changed": figures["led_to_change"],
        },
        "tiles": _nation_tiles(user),
        "missing": _missing(user),
        "good_practice": involvements.filter(is_good_practice=True)[:3],
    }
    return render(request, "home/leadership.html", context)


def _other(request: SignedInRequest) -> HttpResponse:
    """Assessors, administrators, API clients, and people whose access is still to come."""
    user = request.user
    context = {
        "asked": own_questions(user)
        + requests_waiting(user)
        + topics_to_score(user)
        + overdue_commitments(user)
        + overdue_questions(user),
        "rounds": Round.objects.visible_to(user).not_closed(clock.now()).select_related("release"),
        "sites": Site.objects.visible_to(user).select_related("topic")[:6],
        "is_administrator": Role.ADMINISTRATOR in user.global_roles,
        "is_assessor": Role.ASSESSOR in user.global_roles,
        "assessing": to_assess(user),
        "is_api_client": Role.API_CLIENT in user.global_roles,
    }
    return render(request, "home/other.html", context)
