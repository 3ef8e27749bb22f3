"""Pages about the group's monthly summary, and a supporter's page about a member's notices."""

from typing import Any

import django_filters
from django.contrib import messages
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from coproduction.group.models import SupportLink
from coproduction.group.news import services
from coproduction.group.news.forms import SendForm, SummaryForm
from coproduction.group.news.models import MonthlySummary
from impact.core.access.permissions import has_perm, require
from impact.core.basics import clock
from impact.core.notices.views import choices_page
from impact.core.people.accounts import SignedInRequest
from impact.core.web.forms import FilterForm, edit_page, errors_as_messages
from impact.core.web.listing import list_file, list_rows, wants_file
from networks.groups.models import Group, GroupKind

STATES = [("draft", "Not sent yet"), ("sent", "Sent")]


class SummaryFilter(django_filters.FilterSet):
    """Narrow the list of summaries."""

    state = django_filters.ChoiceFilter(label="Show", choices=STATES, empty_label="All", method="by_state")

    class Meta:
        form = FilterForm
        fields: list[str] = []

    def by_state(self, queryset: Any, name: str, value: str) -> Any:
        return queryset.filter(sent_on__isnull=value == "draft")


@require_GET
def summaries(request: SignedInRequest) -> HttpResponseBase:
    """The group's months, newest first; drafts for the engagement lead."""
    rows = MonthlySummary.objects.visible_to(request.user).select_related("group")
    listing = list_rows(
        request,
        rows,
        SummaryFilter,
        sorts={"month": ("Month", "month"), "sent": ("Sent", "sent_on")},
        default="-month",
    )
    if wants_file(request):
        columns = {
            "Month": lambda row: str(row),
            "Group": lambda row: row.group.name,
            "Words": lambda row: row.words,
            "Sent on": lambda row: row.sent_on,
        }
        return list_file(request, "summaries", columns, listing.rows)
    may_send = has_perm(request.user, "coproduction.send_summary")
    groups = Group.objects.running().filter(kind=GroupKind.ADVISORY_GROUP) if may_send else []
    context = {
        "listing": listing,
        "may_send": may_send,
        "groups": groups,
        "this_month": clock.today().replace(day=1),
    }
    return render(request, "coproduction/news/summary_list.html", context)


@require_POST
def summary_draft(request: SignedInRequest, slug: str) -> HttpResponse:
    """Open the draft of this month."""
    group = get_object_or_404(Group.objects.visible_to(request.user), slug=slug, kind=GroupKind.ADVISORY_GROUP)
    require(request.user, "coproduction.send_summary", group)
    return redirect(services.draft_summary(by=request.user, group=group, month=clock.today()))


def _find(request: SignedInRequest, pk: int) -> MonthlySummary:
    return get_object_or_404(MonthlySummary.objects.visible_to(request.user).select_related("group"), pk=pk)


@require_GET
def summary_detail(request: SignedInRequest, pk: int) -> HttpResponse:
    """One month: its words, and the way to change and send them."""
    row = _find(request, pk)
    may_send = row.sent_on is None and has_perm(request.user, "coproduction.send_summary", row)
    context = {"summary": row, "may_send": may_send}
    return render(request, "coproduction/news/summary_detail.html", context)


@require_http_methods(["GET", "POST"])
def summary_edit(request: SignedInRequest, pk: int) -> HttpResponse:
    """Change the words before they are sent."""
    row = _find(request, pk)
    require(request.user, "coproduction.send_summary", row)
    form = SummaryForm(request.POST or None, instance=MonthlySummary.objects.get(pk=pk))
    return edit_page(
        request,
        row,
        form,
        lambda fresh, given: services.edit_summary(
            by=request.user, summary=fresh, expected=given.cleaned_data["version"], **given.changes
        ),
        "forms/page.html",
        {
            "title": f"Change the summary of {row}",
            "button": "Save",
            "back": row.get_absolute_url(),
            "crumbs": [
                ("Co-production", reverse("coproduction:index")),
                ("Monthly summaries", reverse("coproduction:summary-list")),
                (str(row), row.get_absolute_url()),
            ],
        },
    )


@require_POST
def summary_send(request: SignedInRequest, pk: int) -> HttpResponse:
    """Send the summary to the group."""
    row = _find(request, pk)
    require(request.user, "coproduction.send_summary", row)
    form = SendForm(request.POST)
    if not form.is_valid():
        messages.error(request, "Read the summary once more, then send it.")
        return redirect(row)
    with errors_as_messages(request):
        services.send_summary(by=request.user, summary=row, expected=form.cleaned_data["version"])
        messages.success(request, f"The summary of {row} is sent to the group.")
    return redirect(row)


@require_http_methods(["GET", "POST"])
def support_notices(request: SignedInRequest, pk: int) -> HttpResponse:
    """How a member hears from us, chosen by their supporter because the member asked."""
    links = SupportLink.objects.in_force().filter(supporter__user_id=request.user.pk)
    link = get_object_or_404(links.select_related("member__user"), pk=pk)
    title = f"How {link.member.name} hears from us"
    crumbs = [("Co-production", reverse("coproduction:index"))]
    return choices_page(
        request, link.member, services.choose_as_supporter, title=title, crumbs=crumbs, done=request.path
    )
