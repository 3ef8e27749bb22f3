"""Pages about the advisory group's home, the charter and its versions."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from coproduction.agreement.standing import standing
from coproduction.charter import services
from coproduction.charter.forms import CharterForm, DraftForm, SectionForm
from coproduction.charter.models import CharterSection, CharterVersion
from coproduction.charter.pages import charter_for, reading_context, sections_of, speaking
from coproduction.charter.reading.views import compare_page, version_context
from coproduction.suggestions.forms import SuggestForm
from coproduction.suggestions.models import Suggestion
from impact.core.access import audit
from impact.core.access.permissions import has_perm, require
from impact.core.people.accounts import SignedInRequest
from impact.core.web.forms import errors_as_messages, errors_on
from networks.groups.models import Group


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
        with errors_on(form):
            charter = services.start_charter(by=request.user, group=group, title=form.cleaned_data["title"])
            messages.success(request, "The charter has a first draft. Write the known sections, then propose it.")
            return redirect("coproduction:charter-edit", charter.pk)
    return render(
        request, "coproduction/charter/charter_start.html", {"form": form, "group": group, "outline": services.OUTLINE}
    )


@require_GET
def charter_detail(request: SignedInRequest, pk: int) -> HttpResponse:
    """The charter as it stands: the text in force, or the one that members are asked about."""
    charter = charter_for(request, pk)
    context = reading_context(request, charter)
    version = context["agreed"] or context["proposed"]
    if version is None:
        return render(request, "coproduction/charter/charter_none.html", context)
    context |= speaking(request, charter, version)
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
    return render(request, "coproduction/charter/charter_detail.html", context)


@require_GET
def charter_version(request: SignedInRequest, pk: int, number: int) -> HttpResponse:
    """One version's exact words; with ``?against=`` what changed from another one, word by word."""
    charter = charter_for(request, pk)
    visible = CharterVersion.objects.visible_to(request.user).filter(charter=charter).select_related("charter__group")
    version = get_object_or_404(visible, number=number)
    asked = request.GET.get("against", "")
    if asked.isascii() and asked.isdigit() and len(asked) < 9:
        return compare_page(request, version, get_object_or_404(visible, number=int(asked)))
    context = reading_context(request, charter) | speaking(request, charter, version)
    context |= {
        "rows": sections_of(version, Suggestion.objects.filter(version=version)),
        "agreement": version.agreement_rounds.order_by("-pk").first(),
        "history": audit.history(version),
    }
    if context["agreement"]:
        context["standing"] = standing(context["agreement"], request.user)
    context |= version_context(request, version, context["rows"])
    return render(request, "coproduction/charter/charter_version.html", context)


# --- Writing -------------------------------------------------------------------------------------
@require_POST
def draft_open(request: HttpRequest, pk: int) -> HttpResponse:
    """Open the next draft."""
    charter = charter_for(request, pk)
    require(request.user, "coproduction.edit_charter", charter)
    form = DraftForm(request.POST, charter=charter)
    with errors_as_messages(request):
        start_from = form.cleaned_data["start_from"] if form.is_valid() else None
        draft = services.draft_version(by=request.user, charter=charter, start_from=start_from)
        messages.success(request, f"Version {draft.number} is open. Only you can read it until you propose it.")
        return redirect("coproduction:charter-edit", charter.pk)
    return redirect(charter)


@require_http_methods(["GET", "POST"])
def section_add(request: HttpRequest, pk: int) -> HttpResponse:
    """Add a section to the open draft."""
    charter = charter_for(request, pk)
    require(request.user, "coproduction.edit_charter", charter)
    form = SectionForm(request.POST or None, initial={"kind": CharterSection.Kind.OPEN})
    if request.method == "POST" and form.is_valid():
        with errors_on(form):
            section = services.add_section(by=request.user, charter=charter, **form.cleaned_data)
            messages.success(request, f"“{section.title}” has been added to the draft.", extra_tags=f"at-{section.key}")
            return redirect(f"{reverse('coproduction:charter-edit', args=[charter.pk])}#{section.key}")
    return render(request, "coproduction/charter/section_form.html", {"form": form, "charter": charter})
