"""Pages on which members are invited, answer, say what they think, and on which everyone reads what changed."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from coproduction.group.members import deciding_members
from coproduction.involvements.models import Involvement
from coproduction.involvements.taking_part import services
from coproduction.involvements.taking_part.forms import YES, InviteForm, PublishForm, ReplyForm, TookPartForm, WordsForm
from coproduction.involvements.taking_part.models import Participation, may_quote
from coproduction.involvements.taking_part.pages import supported_in
from impact.core.access.permissions import require
from impact.core.basics.versions import Conflict
from impact.core.people.accounts import SignedInRequest
from impact.core.people.models import Person
from impact.core.web.forms import Crumbs, errors_as_messages, errors_on, form_page, show_conflict, show_error
from impact.core.web.listing import PAGE_SIZE


def _involvement_for(request: HttpRequest, pk: int) -> Involvement:
    return get_object_or_404(Involvement.objects.visible_to(request.user).with_asker(), pk=pk)


def _crumbs(involvement: Involvement) -> Crumbs:
    listed = ("You said, we did", reverse("coproduction:involvement-list"))
    return [
        ("Co-production", reverse("coproduction:index")),
        listed,
        (involvement.title, involvement.get_absolute_url()),
    ]


@require_http_methods(["GET", "POST"])
def involvement_invite(request: SignedInRequest, pk: int) -> HttpResponse:
    """Invite members to take part."""
    involvement = _involvement_for(request, pk)
    require(request.user, "coproduction.edit_involvement", involvement)
    form = InviteForm(request.POST or None, involvement=involvement)
    if request.method == "POST" and form.is_valid():
        with errors_on(form):
            services.invite_members(by=request.user, involvement=involvement, people=form.cleaned_data["people"])
            messages.success(request, "The members are invited, and have been told.")
            return redirect(involvement)
    return form_page(
        request,
        form,
        title="Invite members",
        button="Invite members",
        crumbs=_crumbs(involvement),
        lead="They read what it is for, by when, how much time it takes and whether it is paid.",
    )


@require_http_methods(["GET", "POST"])
def involvement_took_part(request: SignedInRequest, pk: int) -> HttpResponse:
    """Record who took part."""
    involvement = _involvement_for(request, pk)
    require(request.user, "coproduction.edit_involvement", involvement)
    form = TookPartForm(request.POST or None, involvement=involvement)
    if request.method == "POST" and form.is_valid():
        with errors_on(form):
            services.record_took_part(by=request.user, involvement=involvement, people=form.cleaned_data["people"])
            messages.success(request, "Saved.")
            return redirect(involvement)
    return form_page(request, form, title="Who took part", button="Save", crumbs=_crumbs(involvement))


def _member_for(request: SignedInRequest, involvement: Involvement, person: int | None) -> Person | None:
    """Whose page it is: None for the caller's own. 404 for someone for whom the caller may not write."""
    if person is None:
        if not deciding_members(involvement.group).filter(person__user_id=request.user.pk).exists():
            raise PermissionDenied("Only members of the group answer here.")
        return None
    found = next((row for row in supported_in(request.user, involvement) if row.pk == person), None)
    if found is None:
        raise Http404
    return found


def _part(request: SignedInRequest, involvement: Involvement, member: Person | None) -> Participation | None:
    rows = Participation.objects.filter(involvement=involvement)
    return (rows.filter(person=member) if member else rows.filter(person__user_id=request.user.pk)).first()


@require_http_methods(["GET", "POST"])
def involvement_reply(request: SignedInRequest, pk: int, person: int | None = None) -> HttpResponse:
    """Say yes or no to an invitation: one's own, or that of a named member who told the caller."""
    involvement = _involvement_for(request, pk)
    member = _member_for(request, involvement, person)
    if _part(request, involvement, member) is None:
        raise Http404
    form = ReplyForm(request.POST or None, member=member, part=None)
    if request.method == "POST" and form.is_valid():
        with errors_on(form):
            accepts = form.cleaned_data["answer"] == YES
            services.answer_invitation(
                by=request.user,
                involvement=involvement,
                accepts=accepts,
                person=member,
                told=form.cleaned_data.get("told", ""),
            )
            who = f"{member} takes" if member else "Thank you. You take"
            no = f"{member} does not take part." if member else "Thank you for telling us. You will not take part."
            messages.success(request, f"{who} part." if accepts else no)
            return redirect(involvement)
    title = f"{member}’s invitation" if member else "Your invitation"
    return form_page(
        request,
        form,
        title=f"{title}: {involvement.title}",
        button=f"Save {member}’s answer" if member else "Save answer",
        crumbs=_crumbs(involvement),
        lead=involvement.asked if len(involvement.asked) < 400 else "",
    )


@require_http_methods(["GET", "POST"])
def involvement_words(request: SignedInRequest, pk: int, person: int | None = None) -> HttpResponse:
    """Say what one thinks, in one's own words, or write down what a named member said."""
    involvement = _involvement_for(request, pk)
    member = _member_for(request, involvement, person)
    part = _part(request, involvement, member)
    form = WordsForm(request.POST or None, member=member, part=part if part and (not member or part.told) else None)
    if part is not None and form.initial["version"] == 0:
        form.initial["version"] = part.version
    differences = None
    if request.method == "POST" and form.is_valid():
        try:
            services.say_words(
                by=request.user,
                involvement=involvement,
                words=form.cleaned_data["words"],
                person=member,
                told=form.cleaned_data.get("told", ""),
                expected=form.cleaned_data["version"],
            )
        except Conflict as conflict:
            differences = show_conflict(form, conflict, {"words": conflict.current.words})
        except ValidationError as error:
            show_error(form, error)
        else:
            messages.success(request, f"{member}’s words are saved." if member else "Your words are saved. Thank you.")
            return redirect(involvement)
    title = f"What {member} thinks" if member else "What you think"
    return form_page(
        request,
        form,
        title=f"{title}: {involvement.title}",
        button=f"Save {member}’s words" if member else "Save your words",
        crumbs=_crumbs(involvement),
        lead=involvement.asked if len(involvement.asked) < 400 else "",
        differences=differences,
    )


# --- For everyone to read ------------------------------------------------------------------------
@require_http_methods(["GET", "POST"])
def involvement_publish(request: SignedInRequest, pk: int) -> HttpResponse:
    """Approve the summary that everyone reads."""
    involvement = _involvement_for(request, pk)
    require(request.user, "coproduction.edit_involvement", involvement)
    form = PublishForm(request.POST or None, involvement=involvement)
    differences = None
    if request.method == "POST" and form.is_valid():
        given = dict(form.cleaned_data)
        expected = given.pop("version")
        try:
            services.publish_summary(by=request.user, involvement=involvement, expected=expected, **given)
        except Conflict as conflict:
            differences = show_conflict(form, conflict, {"public_summary": conflict.current.public_summary})
        except ValidationError as error:
            show_error(form, error)
        else:
            messages.success(request, "Everyone can read the summary now.")
            return redirect(involvement)
    public = ("See the public page", reverse("coproduction:changes"))
    return form_page(
        request,
        form,
        title="Publish a summary",
        button="Publish summary",
        crumbs=_crumbs(involvement),
        lead="It stands on a page that anyone can read without an account, with the title and what came of it.",
        differences=differences,
        links=[public],
    )


@require_POST
def involvement_unpublish(request: SignedInRequest, pk: int) -> HttpResponse:
    """Take the summary off the public page."""
    involvement = _involvement_for(request, pk)
    require(request.user, "coproduction.edit_involvement", involvement)
    with errors_as_messages(request):
        services.withdraw_summary(by=request.user, involvement=involvement)
        messages.success(request, "The summary is no longer public.")
    return redirect(involvement)


def public_rows(rows: list[Involvement]) -> list[dict[str, Any]]:
    """What everyone reads of each: the approved summary, and quotes of those whose consent counts today."""
    quotes = list(Participation.objects.filter(involvement__in=rows, is_quoted=True).order_by("pk"))
    agreed = may_quote({row.person_id for row in quotes})
    said: dict[int, list[str]] = {}
    for row in quotes:
        if row.person_id in agreed:
            said.setdefault(row.involvement_id, []).append(row.words)
    return [{"row": row, "quotes": said.get(row.pk, [])} for row in rows]


@login_not_required
@require_GET
def changes(request: HttpRequest) -> HttpResponse:
    """What changed because of members, for everyone: only summaries that the engagement lead approved."""
    rows = Involvement.objects.public().order_by("-changed_on", "-pk")
    page = Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page"))
    context = {"page": page, "rows": public_rows(list(page.object_list))}
    return render(request, "coproduction/involvements/changes.html", context)
