"""Pages of one waypoint: what is asked, a member's own answer, what members shared, and what the group found."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from coproduction.charter.models import CharterVersion
from coproduction.group.members import deciding_members, say_day
from coproduction.group.models import SupportLink
from coproduction.waypoints import services
from coproduction.waypoints.answers.forms import SHARED, AnswerWaypointForm
from coproduction.waypoints.answers.models import WaypointAnswer, name_shown
from coproduction.waypoints.answers.services import save_answer, share_answer
from coproduction.waypoints.forms import RecordWaypointForm
from coproduction.waypoints.models import Waypoint
from impact.core.access import audit
from impact.core.access.permissions import has_perm, require
from impact.core.basics import clock
from impact.core.basics.suppression import suppress
from impact.core.basics.versions import Conflict
from impact.core.people.accounts import SignedInRequest
from impact.core.people.models import Person
from impact.core.web.forms import errors_as_messages, form_page, show_error, take_version


def waypoint_for(request: HttpRequest, pk: int) -> Waypoint:
    """A waypoint that the caller may read, or 404."""
    rows = Waypoint.objects.visible_to(request.user).select_related("charter__group", "led_to", "follows")
    return get_object_or_404(rows, pk=pk)


def answered_words(waypoint: Waypoint, user: Any) -> str:
    """How many have answered, as far as one reader may know it."""
    members = deciding_members(waypoint.charter.group).count()
    answered = waypoint.answers.count()
    if has_perm(user, "coproduction.view_names", waypoint):
        return f"{answered} of {members} members"
    safe = suppress({"answered": answered}).total
    return "Too few to show" if safe is None else f"About {safe} members"


def _writes_for(request: SignedInRequest, waypoint: Waypoint) -> list[Person]:
    """The members for whom the caller may write an answer down: those they support, or all for the engagement lead."""
    people = Person.objects.filter(pk__in=deciding_members(waypoint.charter.group).values("person")).order_by("name")
    people = people.exclude(user_id=request.user.pk, user__isnull=False)
    if has_perm(request.user, "coproduction.record_for_member", waypoint):
        return list(people)
    links = SupportLink.objects.in_force().filter(group=waypoint.charter.group, supporter__user_id=request.user.pk)
    return list(people.filter(pk__in=links.values("member")))


@require_http_methods(["GET", "POST"])
def waypoint_detail(request: SignedInRequest, pk: int) -> HttpResponse:
    """One waypoint: the questions, what members shared, and what the group found or the form to keep it."""
    waypoint = waypoint_for(request, pk)
    charter, user, today = waypoint.charter, request.user, clock.today()
    may_record = has_perm(user, "coproduction.record_waypoint", charter)
    if request.method == "POST":
        require(user, "coproduction.record_waypoint", charter)
    form = None
    state = waypoint.state_on(today)
    is_ahead = state not in (Waypoint.State.HELD, Waypoint.State.CANCELLED)
    if request.method == "POST" or (may_record and is_ahead):
        form = RecordWaypointForm(request.POST or None, instance=waypoint)
    if request.method == "POST" and form is not None and form.is_valid():
        try:
            with transaction.atomic():
                done = services.record_waypoint(
                    by=user, waypoint=waypoint, expected=form.cleaned_data["version"], **form.changes
                )
        except Conflict as conflict:
            take_version(form, conflict.current)
            form.add_error(None, conflict.messages[0])
        except ValidationError as error:
            show_error(form, error)
        else:
            messages.success(request, _recorded(done))
            return redirect(done)
    answers = list(WaypointAnswer.objects.filter(waypoint=waypoint).visible_to(user).named())
    shared = [answer for answer in answers if answer.is_shared]
    own = next((answer for answer in answers if answer.person.user_id == user.pk), None)
    is_member = deciding_members(charter.group).filter(person__user_id=user.pk).exists()
    writes_for = _writes_for(request, waypoint) if state == Waypoint.State.OPEN else []
    answered = set(waypoint.answers.values_list("person_id", flat=True)) if writes_for else set()
    context = {
        "waypoint": waypoint,
        "charter": charter,
        "led_to": CharterVersion.objects.visible_to(user).filter(pk=waypoint.led_to_id).first(),  # type: ignore[misc]
        "form": form,
        "may_record": may_record,
        "state": state,
        "is_ahead": is_ahead,
        "is_open": state == Waypoint.State.OPEN,
        "may_open": may_record and is_ahead and waypoint.opened_on is None and waypoint.due_on >= today,
        "own": own,
        "is_member": is_member,
        "others": [{"person": person, "has_answered": person.pk in answered} for person in writes_for],
        "shared": [{"answer": answer, "name": name_shown(answer, user) or "A member"} for answer in shared],
        "sees_shared": has_perm(user, "coproduction.view_names", charter),
        "answered": answered_words(waypoint, user) if waypoint.opened_on else "",
        "written_down": [a for a in answers if a.recorded_by_id == user.pk and a.person.user_id != user.pk],
        "history": audit.history(waypoint),
    }
    return render(request, "coproduction/waypoints/waypoint_detail.html", context)


def _recorded(done: Waypoint) -> str:
    """What recording a waypoint led to, in words for the one who did it."""
    is_draft = done.led_to is not None and done.led_to.status == CharterVersion.Status.DRAFT
    said = f", and version {done.led_to.name} is open as a draft" if is_draft and done.led_to else ""
    ahead = done.charter.waypoints.ahead().first()
    next_one = f"The next one is on {say_day(ahead.due_on)}." if ahead else "Plan the next one."
    return f"The waypoint is saved{said}. {next_one}"


def _member_for(request: SignedInRequest, waypoint: Waypoint, person: int | None) -> Person | None:
    """Whose answer a page is about: None for the caller's own. 404 for someone the caller may not write for."""
    if person is None:
        if not deciding_members(waypoint.charter.group).filter(person__user_id=request.user.pk).exists():
            raise PermissionDenied("Only members of the group answer here.")
        return None
    found = next((row for row in _writes_for(request, waypoint) if row.pk == person), None)
    if found is None:
        raise Http404
    return found


@require_http_methods(["GET", "POST"])
def waypoint_answer(request: SignedInRequest, pk: int, person: int | None = None) -> HttpResponse:
    """Answer the questions of a waypoint: one's own answer, or that of a named member who told the caller."""
    waypoint = waypoint_for(request, pk)
    member = _member_for(request, waypoint, person)
    mine = WaypointAnswer.objects.filter(waypoint=waypoint).visible_to(request.user).named()
    mine = mine.filter(person=member, recorded_by=request.user) if member else mine.of(request.user)
    answer = mine.first()
    form = AnswerWaypointForm(request.POST or None, waypoint=waypoint, answer=answer, member=member)
    differences = None
    if request.method == "POST" and form.is_valid():
        try:
            saved = save_answer(
                by=request.user,
                waypoint=waypoint,
                words=form.words,
                is_shared=form.cleaned_data["sharing"] == SHARED,
                person=member,
                told=form.cleaned_data.get("told", ""),
                expected=form.cleaned_data["version"],
            )
        except Conflict as conflict:
            take_version(form, conflict.current)
            form.add_error(None, conflict.messages[0])
            pairs = zip(waypoint.question_list, conflict.current.words, form.words, strict=True)
            differences = [
                {"label": q, "theirs": theirs, "yours": yours} for q, theirs, yours in pairs if theirs != yours
            ]
        except ValidationError as error:
            show_error(form, error)
        else:
            messages.success(request, _done(saved, member))
            return redirect(waypoint)
    who = f"{member}’s answer" if member else "Your answer"
    lead = f"You can change it until {say_day(waypoint.due_on)}. Answer as many questions as you like."
    return form_page(
        request,
        form,
        title=f"{who}: {waypoint.title}",
        button=f"Save {member}’s answer" if member else "Save answer",
        crumbs=[("Co-production", "/co-production/"), (waypoint.title, waypoint.get_absolute_url())],
        lead=f"You are writing down what {member} said. {lead}" if member else lead,
        differences=differences,
    )


def _done(answer: WaypointAnswer, member: Person | None) -> str:
    whose = f"{member}’s answer" if member else "Your answer"
    if answer.is_shared:
        return f"{whose} is saved and shared with the group."
    return f"{whose} is saved. It is private: only {f'{member} and you' if member else 'you'} can read it."


@require_POST
def waypoint_answer_share(request: SignedInRequest, pk: int) -> HttpResponse:
    """Share an answer that was private until now."""
    rows = WaypointAnswer.objects.visible_to(request.user).select_related("waypoint__charter__group", "person")
    answer = get_object_or_404(rows, pk=pk)
    with errors_as_messages(request):
        share_answer(by=request.user, answer=answer)
        whose = "Your" if answer.person.user_id == request.user.pk else f"{answer.person}’s"
        messages.success(request, f"{whose} answer is shared with the group.")
    return redirect(answer.waypoint)
