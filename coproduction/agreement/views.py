"""Pages about agreeing one exact text, and about the waypoints on the way."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from coproduction.agreement import services
from coproduction.agreement.forms import ExtendForm, PositionForm, PositionForMemberForm, ProposeForm, WithdrawForm
from coproduction.agreement.models import AgreementRound, Position
from coproduction.agreement.objections.models import Objection
from coproduction.agreement.standing import each_answer, standing, who_answered
from coproduction.charter.models import Charter, CharterVersion
from coproduction.charter.pages import changes_between, charter_for, draft_of, version_for
from coproduction.group.members import deciding_members, say_day, supports
from coproduction.group.models import SupportLink
from coproduction.suggestions.models import Suggestion
from impact.core.access import audit
from impact.core.access.permissions import has_perm, require
from impact.core.basics import clock
from impact.core.basics.dates import day
from impact.core.basics.versions import Conflict
from impact.core.people.accounts import SignedInRequest
from impact.core.people.models import Person
from impact.core.web.forms import errors_as_messages, errors_on, form_page, show_error, take_version


def _current_round(charter: Charter) -> AgreementRound | None:
    """The round that is open, else the one that agreed the text in force."""
    rounds = AgreementRound.objects.filter(version__charter=charter).select_related("version__charter__group")
    return (
        rounds.filter(version__status=CharterVersion.Status.PROPOSED, closed_on__isnull=True).first()
        or rounds.filter(version__status=CharterVersion.Status.AGREED).first()
    )


def _may_answer(request: SignedInRequest, charter: Charter, current: AgreementRound) -> tuple[bool, bool]:
    """(is a member today, may take a position now): everybody while it is open, afterwards those who joined later."""
    joined = (
        deciding_members(charter.group)
        .filter(person__user_id=request.user.pk)
        .order_by("starts_on")
        .values_list("starts_on", flat=True)
        .first()
    )
    if joined is None:
        return False, False
    return True, current.closed_on is None or joined > current.opened_on


@require_http_methods(["GET", "POST"])
def agreement(request: SignedInRequest, pk: int) -> HttpResponse:
    """Show one exact text, where the members stand on it, and the reader's own position."""
    charter = charter_for(request, pk)
    current = _current_round(charter)
    user = request.user
    if request.method == "POST" and not has_perm(user, "coproduction.take_position", charter):
        raise PermissionDenied("Only members of the group can take a position.")
    if current is None:
        if request.method == "POST":
            raise Http404("No text is out for agreement.")
        may_edit = has_perm(user, "coproduction.edit_charter", charter)
        return render(request, "coproduction/agreement/agreement_none.html", {"charter": charter, "may_edit": may_edit})
    version = current.version
    is_member, may_answer = _may_answer(request, charter, current)
    own = current.positions.filter(person__user_id=user.pk, person__user__isnull=False)
    mine = list(own.select_related("person", "recorded_by__person").order_by("-pk"))
    form = None
    if request.method == "POST":
        form = PositionForm(request.POST)
    elif may_answer:
        start = {"stance": mine[0].stance, "reason": mine[0].reason} if mine else {}
        form = PositionForm(initial={"text_hash": version.text_hash, **start})
    if request.method == "POST" and form is not None and form.is_valid():
        with errors_on(form):
            services.take_position(by=user, agreement=current, **form.cleaned_data)
            words = "Your position is saved."
            words += " You can change it until the round closes." if current.closed_on is None else ""
            messages.success(request, words, extra_tags="at-stand")
            return redirect(reverse("coproduction:agreement", args=[charter.pk]) + "#stand")
    if form is not None and form.is_bound:
        _show_this_text(form, version)
    today = clock.today()
    sees_names = has_perm(user, "coproduction.view_names", charter)
    sees_answers = has_perm(user, "coproduction.view_positions", charter)
    may_edit = has_perm(user, "coproduction.edit_charter", charter)
    is_open = current.closed_on is None
    is_late = current.is_past_deadline(today)
    state = {"words": "Agreed", "tone": "green"}
    lead = f"Members agreed this exact text on {day(version.agreed_on)}."
    if version.corrects:
        lead = (
            f"Members agreed version {version.number} on {day(version.agreed_on)}. Version {version.name} corrects its "
            "spelling or layout, and their answers still count."
        )
    if is_open:
        state = {"words": f"Open until {say_day(current.closes_on)}", "tone": "blue"}
        if is_late:
            state = {"words": "Past the deadline", "tone": "yellow"}
        lead = "Members say where they stand on one exact text. It cannot change while they answer."
    context = {
        "charter": charter,
        "version": version,
        "agreement": current,
        "standing": standing(current, user, today),
        "is_open": is_open,
        "lead": lead,
        "is_late": is_late,
        "state": state,
        "form": form,
        "changes": changes_between(charter.agreed_version, version) if is_open else [],
        "in_force": charter.agreed_version if is_open else None,
        "is_member": is_member,
        "may_answer": may_answer,
        "mine": mine,
        "people": each_answer(current) if sees_answers else [],
        "sees_answers": sees_answers,
        "answered": who_answered(current, user, today) if sees_names and not sees_answers else None,
        "sees_names": sees_names,
        "supported": _supported(request, charter, current) if not sees_answers else [],
        "objections": Objection.objects.visible_to(user)
        .filter(round=current)
        .select_related("person", "talker", "round__version"),
        "may_edit": may_edit,
        "obstacles": services.obstacles(current, today) if is_open and may_edit else [],
        "extend_form": ExtendForm(auto_id="extend_%s") if is_open and may_edit else None,
        "earlier": AgreementRound.objects.filter(  # a correction carries answers over: no one was asked
            version__charter=charter, closed_on__isnull=False, carried_from__isnull=True
        )
        .exclude(pk=current.pk)
        .select_related("version"),
        "history": audit.history(version),
    }
    return render(request, "coproduction/agreement/agreement.html", context)


def _show_this_text(form: PositionForm, version: CharterVersion) -> None:
    """After a refusal the page shows the text of today: what is sent next is about that one."""
    data: Any = form.data.copy()  # type: ignore[attr-defined]
    data["text_hash"] = version.text_hash
    form.data = data


def _supported(request: SignedInRequest, charter: Charter, current: AgreementRound) -> list[dict[str, Any]]:
    """The members for whom the reader writes things down, and whether each of them has an answer."""
    links = SupportLink.objects.in_force().who_take_positions()
    links = links.filter(group=charter.group, supporter__user_id=request.user.pk)
    members = deciding_members(charter.group).filter(person__in=links.values("member")).select_related("person")
    answered = set(current.positions.in_force().values_list("person", flat=True))
    return [
        {"person": row.person, "has_answered": row.person_id in answered} for row in members.order_by("person__name")
    ]


@require_http_methods(["GET", "POST"])
def position_for_member(request: SignedInRequest, pk: int, person: int) -> HttpResponse:
    """Write down where one member stands: for the engagement lead, and for a supporter whom the member chose."""
    charter = charter_for(request, pk)
    current = _current_round(charter)
    if current is None:
        raise Http404("No text is out for agreement.")
    members = Person.objects.filter(pk__in=deciding_members(charter.group).values("person"))
    member, version = get_object_or_404(members, pk=person), current.version
    may_record = has_perm(request.user, "coproduction.record_for_member", charter)
    if not (may_record or supports(request.user, charter.group, member, is_position=True)):
        raise Http404("No member for whom you may answer.")
    here = reverse("coproduction:agreement", args=[charter.pk])
    old = Position.objects.visible_to(request.user).filter(round=current, person=member).in_force().first()
    form = PositionForMemberForm(request.POST or None, member=member.name, initial={"text_hash": version.text_hash})
    if request.method == "POST" and form.is_valid():
        with errors_on(form):
            services.take_position(by=request.user, agreement=current, person=member, **form.cleaned_data)
            messages.success(request, f"The answer of {member.name} is saved.")
            return redirect(here)
    if form.is_bound:
        _show_this_text(form, version)
    lead = f"About version {version.name} of the charter. Write what {member.name} told you."
    if old is not None and not old.is_own:
        lead += f" So far: {old.get_stance_display().lower()}, written down on {say_day(old.taken_on)}."
    crumbs = [("Co-production", reverse("coproduction:index")), ("Agreement", here)]
    return form_page(
        request,
        form,
        title=f"Where {member.name} stands",
        button=f"Save the answer of {member.name}",
        crumbs=crumbs,
        lead=lead,
        links=[("Read the exact text", version.get_absolute_url())],
    )


def _open_round(charter: Charter) -> AgreementRound:
    return get_object_or_404(
        AgreementRound.objects.select_related("version"), version__charter=charter, closed_on__isnull=True
    )


@require_POST
def agreement_extend(request: HttpRequest, pk: int) -> HttpResponse:
    """Give the members more time."""
    charter = charter_for(request, pk)
    require(request.user, "coproduction.edit_charter", charter)
    form = ExtendForm(request.POST)
    current = _open_round(charter)
    if not form.is_valid():
        messages.error(request, "Choose the new day to answer by.")
        return redirect("coproduction:agreement", charter.pk)
    with errors_as_messages(request):
        current = services.extend_round(by=request.user, agreement=current, closes_on=form.cleaned_data["closes_on"])
        messages.success(request, f"Members have until {say_day(current.closes_on)}.")
    return redirect("coproduction:agreement", charter.pk)


@require_POST
def agreement_close(request: HttpRequest, pk: int) -> HttpResponse:
    """Close the round and put the text in force, if the members agreed it."""
    charter = charter_for(request, pk)
    require(request.user, "coproduction.edit_charter", charter)
    current = _open_round(charter)
    with errors_as_messages(request):
        version = services.agree_version(by=request.user, version=current.version)
        messages.success(request, f"{version.label} is agreed and in force.")
        return redirect(charter)
    return redirect("coproduction:agreement", charter.pk)


@require_http_methods(["GET", "POST"])
def charter_propose(request: HttpRequest, pk: int) -> HttpResponse:
    """Read the draft against the text in force once more, then put it to the members."""
    charter = charter_for(request, pk)
    require(request.user, "coproduction.edit_charter", charter)
    draft = draft_of(charter)
    if draft is None:
        messages.error(request, "There is no draft to propose. Open one first.")
        return redirect("coproduction:charter-edit", charter.pk)
    form = ProposeForm(request.POST or None, initial={"version": draft.version, "change_note": draft.change_note})
    status = 200
    if request.method == "POST" and form.is_valid():
        try:
            agreement = services.propose_version(
                by=request.user,
                version=draft,
                closes_on=form.cleaned_data["closes_on"],
                change_note=form.cleaned_data["change_note"],
                expected=form.cleaned_data["version"],
            )
        except Conflict:
            take_version(form, draft)
            form.add_error(
                None, "Someone changed the draft while you were on this page. Read it below, then propose again."
            )
            status = 409
        except ValidationError as error:
            show_error(form, error)
        else:
            messages.success(
                request,
                f"{agreement.version.label} is with the members until {say_day(agreement.closes_on)}.",
            )
            return redirect("coproduction:agreement", charter.pk)
    agreed = charter.agreed_version
    context = {
        "form": form,
        "charter": charter,
        "draft": draft,
        "agreed": agreed,
        "rows": changes_between(agreed, draft),
        "members": deciding_members(charter.group).count(),
        "waiting": Suggestion.objects.waiting().filter(section__charter=charter).count(),
    }
    return render(request, "coproduction/agreement/charter_propose.html", context, status=status)


@require_http_methods(["GET", "POST"])
def version_withdraw(request: HttpRequest, pk: int, number: str) -> HttpResponse:
    """Take a draft or a proposed text back, after saying why."""
    charter = charter_for(request, pk)
    version = version_for(request, charter, number)
    require(request.user, "coproduction.edit_charter", charter)
    form = WithdrawForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        with errors_on(form):
            services.withdraw_version(by=request.user, version=version, reason=form.cleaned_data["reason"])
            messages.success(request, f"{version.label} has been withdrawn. Its text is kept.")
            return redirect(charter)
    lead = "The round closes without agreement. The text, and what members said about it, are kept."
    if version.status == CharterVersion.Status.DRAFT:
        lead = "The draft is set aside. Its text is kept, and the next draft can start from it."
    context = {"form": form, "charter": charter, "version": version, "lead": lead}
    return render(request, "coproduction/agreement/version_withdraw.html", context)
