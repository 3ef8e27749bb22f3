"""Pages of the yearly reflection for those who are signed in: figures, answering, and what the engagement lead does."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from coproduction.group.members import deciding_members, say_day, supports
from coproduction.reflections import services
from coproduction.reflections.figures import GOOD_WORDS, QUESTIONS, REST_WORDS, Area, over_years
from coproduction.reflections.forms import ClosingForm, LinksForm, OpenForm, ReflectForm
from coproduction.reflections.models import Reflection
from coproduction.reflections.pseudonyms import key_of
from impact.core.access import audit
from impact.core.access.permissions import has_perm, require
from impact.core.basics import clock
from impact.core.basics.suppression import SMALLEST_SHOWN
from impact.core.people.accounts import SignedInRequest
from impact.core.people.models import Person
from impact.core.web.forms import errors_on, form_page, step_page
from networks.groups.models import Group, GroupKind

CRUMBS = [("Co-production", "/co-production/"), ("Yearly reflection", "/co-production/reflections/")]


def find_reflection(request: HttpRequest, pk: int) -> Reflection:
    """A reflection that the reader may see, with its answers for the figures; else 404."""
    rows = Reflection.objects.visible_to(request.user).select_related("group").prefetch_related("answers")
    return get_object_or_404(rows, pk=pk)


def _own_person(request: SignedInRequest, group: Group) -> Person | None:
    """The reader as a member of the group whose word counts; None for others."""
    found = deciding_members(group).filter(person__user_id=request.user.pk).select_related("person").first()
    return found.person if found else None


def may_speak_for(request: SignedInRequest, group: Group) -> list[Person]:
    """The members for whom the reader may write answers down."""
    members = Person.objects.filter(pk__in=deciding_members(group).values("person")).order_by("name")
    members = members.exclude(user_id=request.user.pk)
    if has_perm(request.user, "coproduction.record_for_member", group):
        return list(members)
    return [member for member in members if supports(request.user, group, member)]


# --- Reading -------------------------------------------------------------------------------------
@require_GET
def reflection_list(request: SignedInRequest) -> HttpResponse:
    """Year against year, in figures that are safe to show."""
    today = clock.today()
    mine = Reflection.objects.visible_to(request.user).select_related("group")
    closed = list(mine.closed_on(today).prefetch_related("answers"))
    groups = {row.group_id: row.group for row in closed}
    context = {
        "open": mine.open_on(today),
        "closed": closed,
        "courses": [
            {"group": group, "rows": over_years(row for row in closed if row.group_id == pk)}
            for pk, group in groups.items()
        ],
        "questions": [(area.label, QUESTIONS[area]) for area in Area],
        "may_open": has_perm(request.user, "coproduction.open_reflection"),
    }
    return render(request, "coproduction/reflections/list.html", context)


@require_GET
def reflection_detail(request: SignedInRequest, pk: int) -> HttpResponse:
    """One year: the figures and, for the group and its engagement lead, what people wrote."""
    reflection = find_reflection(request, pk)
    own = _own_person(request, reflection.group)
    may_open = has_perm(request.user, "coproduction.open_reflection", reflection)
    figures = reflection.figures
    sees_words = has_perm(request.user, "coproduction.view_names", reflection)
    words = reflection.words if sees_words else {}
    context = {
        "reflection": reflection,
        "is_open": not reflection.is_closed,
        "crumbs": [*CRUMBS, (str(reflection.year), reflection.get_absolute_url())],
        "may_answer": own is not None and not reflection.is_closed,
        "has_answered": own is not None and services.earlier_answers(key_of(reflection, own)) is not None,
        "speak_for": [] if reflection.is_closed else may_speak_for(request, reflection.group),
        "may_open": may_open,
        "areas": [
            {
                "label": area.label,
                "question": QUESTIONS[area],
                "good": figures[f"{area}_good"],
                "rest": figures[f"{area}_rest"],
            }
            for area in Area
        ],
        "good_words": GOOD_WORDS,
        "rest_words": REST_WORDS,
        "sees_words": sees_words,
        "words": [(Area(area).label, texts) for area, texts in words.items()],
        "smallest": SMALLEST_SHOWN,
        "history": audit.history(reflection),
    }
    return render(request, "coproduction/reflections/detail.html", context)


# --- Answering -----------------------------------------------------------------------------------
def answer_page(request: HttpRequest, form: ReflectForm, reflection: Reflection, **context: Any) -> HttpResponse:
    """The questions, for whoever answers them."""
    context = {"form": form, "reflection": reflection, "crumbs": CRUMBS, **context}
    return render(request, "coproduction/reflections/answer.html", context)


@require_http_methods(["GET", "POST"])
def reflection_answer(request: SignedInRequest, pk: int) -> HttpResponse:
    """My own answers, which I can change until the last day."""
    reflection = find_reflection(request, pk)
    own = _own_person(request, reflection.group)
    if own is None:
        raise Http404
    if reflection.is_closed:
        messages.info(request, f"This closed on {say_day(reflection.closes_on)}.")
        return redirect(reflection)
    form = ReflectForm(
        request.POST if request.method == "POST" else None, earlier=services.earlier_answers(key_of(reflection, own))
    )
    if request.method == "POST" and form.is_valid():
        with errors_on(form):
            services.answer_reflection(by=request.user, reflection=reflection, answers=form.answers)
            messages.success(
                request, f"Your answers are saved. You can change them until {say_day(reflection.closes_on)}."
            )
            return redirect(reflection)
    return answer_page(
        request, form, reflection, title="Your reflection", button="Save my answers", back=reflection.get_absolute_url()
    )


@require_http_methods(["GET", "POST"])
def reflection_answer_for(request: SignedInRequest, pk: int, person: int) -> HttpResponse:
    """Write down what a member says by phone or on paper. The page is empty each time: earlier answers are theirs alone."""
    reflection = find_reflection(request, pk)
    member = next((one for one in may_speak_for(request, reflection.group) if one.pk == person), None)
    if member is None:
        raise Http404
    if reflection.is_closed:
        messages.info(request, f"This closed on {say_day(reflection.closes_on)}.")
        return redirect(reflection)
    form = ReflectForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        with errors_on(form):
            services.answer_reflection(by=request.user, reflection=reflection, answers=form.answers, person=member)
            messages.success(
                request,
                f"Written down for {member.name}. If {member.name} has answered on their own, their own answers count.",
            )
            return redirect(reflection)
    return answer_page(
        request,
        form,
        reflection,
        title=f"Reflection for {member.name}",
        button=f"Save answers for {member.name}",
        back=reflection.get_absolute_url(),
        member=member,
    )


# --- The engagement lead -------------------------------------------------------------------------
@require_http_methods(["GET", "POST"])
def reflection_open(request: SignedInRequest) -> HttpResponse:
    """Open this year's reflection and send the links."""
    require(request.user, "coproduction.open_reflection")
    group = Group.objects.filter(kind=GroupKind.ADVISORY_GROUP).order_by("pk").first()
    if group is None:
        raise Http404
    form = OpenForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        with errors_on(form):
            reflection = services.open_reflection(by=request.user, group=group, **form.cleaned_data)
            messages.success(request, "It is open, and each member with an email address gets a private link.")
            return redirect(reflection)
    return form_page(
        request,
        form,
        title=f"Open the reflection of {clock.today().year}",
        button="Open and send links",
        crumbs=CRUMBS,
        lead=f"The members of {group.name} are asked about relationships, time, space and trust.",
    )


@require_http_methods(["GET", "POST"])
def reflection_closing(request: SignedInRequest, pk: int) -> HttpResponse:
    """Change the last day for answers."""
    reflection = find_reflection(request, pk)
    require(request.user, "coproduction.open_reflection", reflection)
    form = ClosingForm(request.POST or None, row=reflection, initial={"closes_on": reflection.closes_on})
    return step_page(
        request,
        form,
        save=lambda: services.change_closing(by=request.user, reflection=reflection, **form.given),
        now=lambda row: {"closes_on": row.closes_on},
        done=lambda row: "The last day is changed.",
        title="Change the last day",
        button="Save last day",
        crumbs=[*CRUMBS, (str(reflection.year), reflection.get_absolute_url())],
    )


@require_http_methods(["GET", "POST"])
def reflection_links(request: SignedInRequest, pk: int) -> HttpResponse:
    """Send new links, as a reminder or to one member who asked."""
    reflection = find_reflection(request, pk)
    require(request.user, "coproduction.open_reflection", reflection)
    form = LinksForm(request.POST if request.method == "POST" else None, group=reflection.group)
    if request.method == "POST" and form.is_valid():
        with errors_on(form):
            sent = services.send_links(by=request.user, reflection=reflection, person=form.cleaned_data["person"])
            messages.success(request, f"{sent} email{'' if sent == 1 else 's'} on the way.")
            return redirect(reflection)
    crumbs = [*CRUMBS, (str(reflection.year), reflection.get_absolute_url())]
    return form_page(request, form, title="Send new links", button="Send links", crumbs=crumbs)


def reflections_to_do(user: Any) -> list[dict[str, str]]:
    """Open reflections that a member has not answered, for that member's own list of what to do."""
    if not getattr(user, "is_authenticated", False):
        return []
    items = []
    person = Person.objects.filter(user_id=user.pk).first()
    for reflection in Reflection.objects.visible_to(user).open_on(clock.today()).select_related("group"):
        is_member = person and deciding_members(reflection.group).filter(person=person).exists()
        if person and is_member and services.earlier_answers(key_of(reflection, person)) is None:
            items.append(
                {
                    "title": "Say how working together is going",
                    "href": reverse("coproduction:reflection-answer", args=[reflection.pk]),
                    "detail": f"A private reflection, until {say_day(reflection.closes_on)}.",
                    "tone": "yellow",
                }
            )
    return items
