"""What the pages of this app share: finding what the reader may see, and simple form pages."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse

from networks.models import Group, Meeting

Crumbs = list[tuple[str, str]]


def find_group(request: HttpRequest, slug: str) -> Group:
    """The group, if the reader may see it."""
    return get_object_or_404(Group.objects.visible_to(request.user).select_related("site"), slug=slug)


def find_meeting(request: HttpRequest, pk: int) -> Meeting:
    """The meeting, if the reader may see it."""
    rows = Meeting.objects.visible_to(request.user).select_related("group__site", "logged_by")
    return get_object_or_404(rows, pk=pk)


def group_crumbs(group: Group) -> Crumbs:
    return [("Networks", reverse("networks:list")), (group.name, group.get_absolute_url())]


def meeting_crumbs(meeting: Meeting) -> Crumbs:
    return [*group_crumbs(meeting.group), (meeting.title, meeting.get_absolute_url())]


def form_page(
    request: HttpRequest,
    form: Any,
    *,
    title: str,
    button: str,
    crumbs: Crumbs,
    lead: str = "",
    differences: list[dict[str, str]] | None = None,
    is_warning: bool = False,
    **more: Any,
) -> HttpResponse:
    """A page with one form; 409 when somebody else saved first."""
    context = {
        "form": form,
        "title": title,
        "button": button,
        "crumbs": crumbs,
        "back": crumbs[-1][1],
        "lead": lead,
        "differences": differences,
        "is_warning": is_warning,
        **more,
    }
    return render(request, "networks/form_page.html", context, status=200 if differences is None else 409)
