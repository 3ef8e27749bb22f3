"""Adding a section to a draft, taking one out, and restoring it."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from coproduction.charter.forms import SectionForm
from coproduction.charter.models import Charter, CharterSection, CharterVersion
from coproduction.charter.pages import charter_for, draft_of
from coproduction.charter.writing import sections
from coproduction.charter.writing.forms import RetireForm
from impact.core.access.permissions import require
from impact.core.web.forms import errors_as_messages, errors_on, form_page


@require_http_methods(["GET", "POST"])
def section_add(request: HttpRequest, pk: int) -> HttpResponse:
    """Add a section to the open draft."""
    charter = charter_for(request, pk)
    require(request.user, "coproduction.edit_charter", charter)
    form = SectionForm(request.POST or None, initial={"kind": CharterSection.Kind.OPEN})
    if request.method == "POST" and form.is_valid():
        with errors_on(form):
            section = sections.add_section(by=request.user, charter=charter, **form.cleaned_data)
            messages.success(request, f"“{section.title}” has been added to the draft.", extra_tags=f"at-{section.key}")
            return redirect(_place(charter, section.key))
    return render(request, "coproduction/charter/writing/section_form.html", {"form": form, "charter": charter})


def _place(charter: Charter, key: str = "") -> str:
    return reverse("coproduction:charter-edit", args=[charter.pk]) + (f"#{key}" if key else "")


def _draft(charter: Charter) -> CharterVersion:
    draft = draft_of(charter)
    if draft is None:
        raise Http404("No draft is open.")
    return draft


@require_http_methods(["GET", "POST"])
def section_retire(request: HttpRequest, pk: int, key: str) -> HttpResponse:
    """Take a section out of the draft, after saying why."""
    charter = charter_for(request, pk)
    require(request.user, "coproduction.edit_charter", charter)
    text = get_object_or_404(_draft(charter).texts.select_related("section", "version__charter"), section__key=key)
    form = RetireForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        with errors_on(form):
            retired = sections.retire_section(by=request.user, text=text, reason=form.cleaned_data["reason"])
            messages.success(
                request, f"“{retired.title}” is no longer in the draft. You can restore it below the sections."
            )
            return redirect(_place(charter))
    return form_page(
        request,
        form,
        title=f"Take out “{text.title}”",
        button="Take out section",
        lead="The section leaves this draft. Versions before keep it, and you can restore it while the draft is open.",
        crumbs=[
            ("Co-production", reverse("coproduction:index")),
            ("Charter", charter.get_absolute_url()),
            ("Write", _place(charter)),
        ],
    )


@require_POST
def section_restore(request: HttpRequest, pk: int, key: str) -> HttpResponse:
    """Bring a section back to the end of the draft."""
    charter = charter_for(request, pk)
    require(request.user, "coproduction.edit_charter", charter)
    draft = _draft(charter)
    section = get_object_or_404(charter.sections, key=key)
    with errors_as_messages(request):
        text = sections.restore_section(by=request.user, version=draft, section=section)
        messages.success(request, f"“{text.title}” is back, at the end of the draft.", extra_tags=f"at-{key}")
    return redirect(_place(charter, key))
