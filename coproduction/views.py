"""Pages about the advisory group's home, the charter and its versions."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from coproduction import services
from coproduction.attention import attention_for
from coproduction.forms import (
    CharterForm,
    DraftForm,
    ProposeForm,
    SectionForm,
    SuggestForm,
    WithdrawForm,
)
from coproduction.models import (
    Charter,
    CharterSection,
    CharterVersion,
    Involvement,
    SectionText,
    Suggestion,
    Waypoint,
    deciding_members,
)
from coproduction.standing import standing
from impact.core.access import audit
from impact.core.access.permissions import has_perm, require
from impact.core.basics import clock
from impact.core.basics.diff import plain, word_diff
from impact.core.basics.versions import Conflict
from networks.groups.models import Group, GroupKind
from networks.meetings.models import Meeting

COURSE_WORDS = {Waypoint.Outcome.NEW_VERSION: "New version", Waypoint.Outcome.NO_CHANGE: "No change"}
OPEN_FOR_SUGGESTIONS = (CharterVersion.Status.PROPOSED, CharterVersion.Status.AGREED)


def charter_for(request: HttpRequest, pk: int) -> Charter:
    """A charter that the caller may read, or 404."""
    return get_object_or_404(Charter.objects.visible_to(request.user).select_related("group"), pk=pk)


def course(waypoints: list[Waypoint]) -> list[dict[str, Any]]:
    """Waypoints as stops on a line: state, words and date, so that colour is never the only difference."""
    today = clock.today()
    stops = []
    next_found = False
    for waypoint in waypoints:
        stop: dict[str, Any] = {"waypoint": waypoint, "date": waypoint.held_on or waypoint.due_on}
        if waypoint.held_on:
            stop |= {"state": "done", "sign": "✓", "words": COURSE_WORDS[waypoint.outcome]}
        elif waypoint.is_overdue(today):
            stop |= {"state": "late", "sign": "!", "words": "Overdue since"}
        elif next_found:
            stop |= {"state": "none", "sign": "·", "words": "Planned"}
        else:
            stop |= {"state": "next", "sign": "→", "words": "Next"}
            next_found = True
        stops.append(stop)
    return stops


# --- The group's home ----------------------------------------------------------------------------
def _home_group(request: HttpRequest) -> Group | None:
    """The advisory group when the caller may see it, else a group of theirs with a charter."""
    if has_perm(request.user, "coproduction.view_all"):
        groups = Group.objects.all()
    else:
        groups = Group.objects.visible_to(request.user)
    advisory = groups.filter(kind=GroupKind.ADVISORY_GROUP).order_by("pk").first()
    return advisory or groups.filter(charter__isnull=False).order_by("pk").first()


@require_GET
def index(request: HttpRequest) -> HttpResponse:
    """The advisory group's home: what is in force, what is asked of me, what changed because of members."""
    user = request.user
    group = _home_group(request)
    if group is None:
        return render(request, "coproduction/index_none.html", {"may_add_group": has_perm(user, "networks.add_group")})
    charter = Charter.objects.filter(group=group).first()
    versions = list(CharterVersion.objects.visible_to(user).filter(charter=charter)) if charter else []
    by_status = {version.status: version for version in reversed(versions)}
    proposed = by_status.get(CharterVersion.Status.PROPOSED)
    agreement = proposed.agreement_rounds.filter(closed_on__isnull=True).first() if proposed else None
    waypoints = list(charter.waypoints.all()) if charter else []
    involvements = Involvement.objects.filter(group=group)
    meetings = Meeting.objects.visible_to(user).filter(group=group)
    context = {
        "group": group,
        "charter": charter,
        "agreed": by_status.get(CharterVersion.Status.AGREED),
        "proposed": proposed,
        "draft": by_status.get(CharterVersion.Status.DRAFT),
        "agreement": agreement,
        "standing": standing(agreement, user) if agreement else None,
        "course": course(waypoints),
        "next_waypoint": next((w for w in waypoints if w.held_on is None), None),
        "members": deciding_members(group).count(),
        "counts": {
            "asked": involvements.to_be_said().count(),
            "said": involvements.to_be_changed().count(),
            "settled": involvements.settled().count(),
            "good": involvements.filter(is_good_practice=True).count(),
        },
        "latest": involvements.settled().order_by("-changed_on", "-pk")[:3],
        "attention": attention_for(user),
        "next_meeting": meetings.upcoming().first(),
        "last_meeting": meetings.held().order_by("-starts_at").first(),
        "sees_meetings": Group.objects.visible_to(user).filter(pk=group.pk).exists(),
        "may_edit": has_perm(user, "coproduction.edit_charter", group),
        "may_add_involvement": has_perm(user, "coproduction.edit_involvement", group),
    }
    return render(request, "coproduction/index.html", context)


@require_http_methods(["GET", "POST"])
def charter_start(request: HttpRequest, slug: str) -> HttpResponse:
    """Start the charter of a group that has none."""
    if has_perm(request.user, "coproduction.view_all"):
        groups = Group.objects.all()
    else:
        groups = Group.objects.visible_to(request.user)
    group = get_object_or_404(groups, slug=slug)
    require(request.user, "coproduction.edit_charter", group)
    form = CharterForm(request.POST or None, initial={"title": "How we work together"})
    if request.method == "POST" and form.is_valid():
        try:
            charter = services.start_charter(by=request.user, group=group, title=form.cleaned_data["title"])
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(request, "The charter has its first draft. Write the known sections, then propose it.")
            return redirect("coproduction:charter-edit", charter.pk)
    return render(
        request, "coproduction/charter_start.html", {"form": form, "group": group, "outline": services.OUTLINE}
    )


# --- Reading -------------------------------------------------------------------------------------
def sections_of(version: CharterVersion, suggestions: Any) -> list[dict[str, Any]]:
    """Each section of a version with its words and what members suggested about it."""
    by_section: dict[int, list[Suggestion]] = {}
    for suggestion in suggestions.select_related("person", "version", "recorded_by__person").order_by(
        "-made_on", "-pk"
    ):
        by_section.setdefault(suggestion.section_id, []).append(suggestion)
    rows = []
    for text in version.texts.select_related("section"):
        found = by_section.get(text.section_id, [])
        waiting = sum(1 for s in found if s.status == Suggestion.Status.WAITING)
        rows.append({"section": text.section, "text": text, "suggestions": found, "waiting": waiting})
    return rows


def reading_context(request: HttpRequest, charter: Charter) -> dict[str, Any]:
    """The versions that the caller may read, and what the caller may do with the charter."""
    user = request.user
    versions = list(CharterVersion.objects.visible_to(user).filter(charter=charter))
    by_status = {v.status: v for v in reversed(versions)}
    return {
        "charter": charter,
        "versions": versions,
        "agreed": by_status.get(CharterVersion.Status.AGREED),
        "proposed": by_status.get(CharterVersion.Status.PROPOSED),
        "draft": by_status.get(CharterVersion.Status.DRAFT),
        "sees_names": has_perm(user, "coproduction.view_names", charter),
        "may_edit": has_perm(user, "coproduction.edit_charter", charter),
        "may_answer": has_perm(user, "coproduction.answer_suggestion", charter),
    }


def _speaking(request: HttpRequest, charter: Charter, version: CharterVersion) -> dict[str, Any]:
    """The version being read, and whether the caller may suggest a change in it, or write one down for a member."""
    is_open = version.status in OPEN_FOR_SUGGESTIONS
    is_member = deciding_members(charter.group).filter(person__user_id=request.user.pk).exists()
    may_record = has_perm(request.user, "coproduction.record_for_member", charter)
    return {
        "version": version,
        "may_suggest": is_open and is_member,
        "may_record_suggestion": is_open and may_record and not is_member,
    }


@require_GET
def charter_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """The charter as it stands: the text in force, or the one that members are asked about."""
    charter = charter_for(request, pk)
    context = reading_context(request, charter)
    version = context["agreed"] or context["proposed"]
    if version is None:
        return render(request, "coproduction/charter_none.html", context)
    context |= _speaking(request, charter, version)
    rows = sections_of(version, Suggestion.objects.filter(section__charter=charter))
    for row in rows:
        row["form"] = SuggestForm(
            initial={"section": row["section"].pk, "version": version.pk}, auto_id=f"s{row['section'].pk}_%s"
        )
    proposed = context["proposed"]
    agreement = proposed.agreement_rounds.filter(closed_on__isnull=True).first() if proposed else None
    context |= {
        "rows": rows,
        "agreement": agreement,
        "next_waypoint": charter.waypoints.ahead().first(),
        "draft_form": DraftForm(charter=charter)
        if context["may_edit"] and not (proposed or context["draft"])
        else None,
        "history": audit.history(charter, *context["versions"]),
    }
    return render(request, "coproduction/charter_detail.html", context)


@require_GET
def charter_version(request: HttpRequest, pk: int, number: int) -> HttpResponse:
    """One version's exact words; with ``?against=`` what changed from another one, word by word."""
    charter = charter_for(request, pk)
    visible = CharterVersion.objects.visible_to(request.user).filter(charter=charter)
    version = get_object_or_404(visible, number=number)
    context = reading_context(request, charter) | _speaking(request, charter, version)
    against = None
    asked = request.GET.get("against", "")
    if asked.isascii() and asked.isdigit() and len(asked) < 9:
        against = get_object_or_404(visible, number=int(asked))
    context |= {
        "against": against,
        "rows": sections_of(version, Suggestion.objects.filter(version=version)),
        "agreement": version.agreement_rounds.order_by("-pk").first(),
        "history": audit.history(version),
    }
    if context["agreement"]:
        context["standing"] = standing(context["agreement"], request.user)
    if against:
        old = dict(against.texts.values_list("section_id", "body"))
        for row in context["rows"]:
            before, after = plain(old.get(row["section"].pk, "")), plain(row["text"].body)
            row["is_new"] = row["section"].pk not in old
            row["is_same"] = before == after
            row["pieces"] = [] if row["is_same"] else word_diff(before, after)
        context["changed_count"] = sum(1 for row in context["rows"] if not row["is_same"])
    return render(request, "coproduction/charter_version.html", context)


@require_http_methods(["GET", "POST"])
def suggestion_add(request: HttpRequest, pk: int) -> HttpResponse:
    """Suggest a change in one section. The reader's small forms come here too, so that an error keeps what was typed."""
    charter = charter_for(request, pk)
    require(request.user, "coproduction.suggest_change", charter)
    is_member = deciding_members(charter.group).filter(person__user_id=request.user.pk).exists()
    for_members_of = None if is_member else charter.group
    asked = request.POST or request.GET
    section = get_object_or_404(charter.sections, pk=number_of(asked.get("section")))
    readable = CharterVersion.objects.visible_to(request.user).filter(charter=charter)
    version = get_object_or_404(readable, pk=number_of(asked.get("version")))
    if request.method == "POST":
        form = SuggestForm(request.POST, for_members_of=for_members_of)
    else:
        form = SuggestForm(initial={"section": section.pk, "version": version.pk}, for_members_of=for_members_of)
    if request.method == "POST" and form.is_valid():
        try:
            services.suggest_change(
                by=request.user,
                section=section,
                version=version,
                words=form.cleaned_data["words"],
                person=form.cleaned_data.get("person"),
            )
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(
                request,
                f"Your suggestion about “{section.title}” is kept. You will get an answer here.",
                extra_tags=f"at-{section.key}",
            )
            back = charter.get_absolute_url() if version.status == version.Status.AGREED else version.get_absolute_url()
            return redirect(f"{back}#{section.key}")
    text = SectionText.objects.filter(version=version, section=section).first()
    return render(
        request,
        "coproduction/suggestion_form.html",
        {
            "form": form,
            "charter": charter,
            "section": section,
            "version": version,
            "text": text,
            "is_member": is_member,
        },
    )


def number_of(value: str | None) -> int:
    """A row's number from a form or link; 0, which no row has, for anything else."""
    return int(value) if value and value.isascii() and value.isdigit() and len(value) < 18 else 0


def changes_between(agreed: CharterVersion | None, version: CharterVersion) -> list[dict[str, Any]]:
    """The sections of a version whose words differ from the text in force, word by word; all where there is none."""
    old = dict(agreed.texts.values_list("section_id", "body")) if agreed else {}
    rows = []
    for text in version.texts.select_related("section"):
        before, after = plain(old.get(text.section_id, "")), plain(text.body)
        if before != after or not agreed:
            is_new = bool(agreed) and text.section_id not in old
            pieces = word_diff(before, after) if agreed else []
            rows.append({"section": text.section, "text": text, "pieces": pieces, "is_new": is_new})
    return rows


# --- Writing -------------------------------------------------------------------------------------
@require_POST
def draft_open(request: HttpRequest, pk: int) -> HttpResponse:
    """Open the next draft."""
    charter = charter_for(request, pk)
    require(request.user, "coproduction.edit_charter", charter)
    form = DraftForm(request.POST, charter=charter)
    try:
        start_from = form.cleaned_data["start_from"] if form.is_valid() else None
        draft = services.draft_version(by=request.user, charter=charter, start_from=start_from)
    except ValidationError as error:
        messages.error(request, error.messages[0])
        return redirect(charter)
    messages.success(request, f"Version {draft.number} is open. Only you can read it until you propose it.")
    return redirect("coproduction:charter-edit", charter.pk)


def draft_of(charter: Charter) -> CharterVersion | None:
    return charter.versions.filter(status=CharterVersion.Status.DRAFT).first()


@require_http_methods(["GET", "POST"])
def section_add(request: HttpRequest, pk: int) -> HttpResponse:
    """Add a section to the open draft."""
    charter = charter_for(request, pk)
    require(request.user, "coproduction.edit_charter", charter)
    form = SectionForm(request.POST or None, initial={"kind": CharterSection.Kind.OPEN})
    if request.method == "POST" and form.is_valid():
        try:
            section = services.add_section(by=request.user, charter=charter, **form.cleaned_data)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(request, f"“{section.title}” is in the draft now.", extra_tags=f"at-{section.key}")
            return redirect(f"{reverse('coproduction:charter-edit', args=[charter.pk])}#{section.key}")
    return render(request, "coproduction/section_form.html", {"form": form, "charter": charter})


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
            form.data = form.data.copy()  # type: ignore[attr-defined]
            form.data["version"] = str(draft.version)
            form.add_error(None, "Somebody changed the draft while you were here. Read it below, then propose again.")
            status = 409
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(
                request,
                f"Version {draft.number} is with the members until {services.say_day(agreement.closes_on)}.",
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
    return render(request, "coproduction/charter_propose.html", context, status=status)


@require_http_methods(["GET", "POST"])
def version_withdraw(request: HttpRequest, pk: int, number: int) -> HttpResponse:
    """Take a draft or a proposed text back, after saying why."""
    charter = charter_for(request, pk)
    visible = CharterVersion.objects.visible_to(request.user).filter(charter=charter)
    version = get_object_or_404(visible, number=number)
    require(request.user, "coproduction.edit_charter", charter)
    form = WithdrawForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            services.withdraw_version(by=request.user, version=version, reason=form.cleaned_data["reason"])
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(request, f"Version {version.number} is withdrawn. Its words are kept.")
            return redirect(charter)
    return render(request, "coproduction/version_withdraw.html", {"form": form, "charter": charter, "version": version})
