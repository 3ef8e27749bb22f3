"""Pages about actions: the list, and one action to change, close or open again."""

import copy
from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from impact.core.access import audit
from impact.core.access.permissions import has_perm, require
from impact.core.basics.versions import Conflict
from impact.core.web.forms import errors_as_messages, errors_on, show_conflict, show_error
from impact.core.web.listing import list_file, list_rows, wants_file
from networks.actions import services
from networks.actions.filters import ActionFilter
from networks.actions.forms import ActionForm, CloseActionForm, ProgressForm
from networks.actions.models import Action
from networks.actions.owners import owners_of
from networks.actions.plan import source_contribution, theme_of


def action_columns() -> dict[str, Callable[[Action], Any]]:
    """What a file of actions says of each, heading by heading."""
    return {
        "Action": lambda a: a.what,
        "Group": lambda a: a.group.name,
        "Owner": lambda a: a.owner_label,
        "Due": lambda a: a.due_on,
        "Status": lambda a: a.get_status_display(),
        "Overdue": lambda a: "yes" if a.is_overdue else "no",
        "Progress": lambda a: next((row.words for row in a.progress.all()), ""),
        "Closed on": lambda a: a.closed_on,
        "Outcome": lambda a: a.outcome,
        "Source": lambda a: said.words if (said := source_contribution(a)) else "",
        "Theme": theme_of,
    }


@require_GET
def action_list(request: HttpRequest) -> HttpResponseBase:
    """Actions of the groups that the reader may see: filter, sort, page, export."""
    listing = list_rows(
        request,
        Action.objects.visible_to(request.user)
        .named(request.user)
        .select_related("group", "meeting", "contribution__theme__merged_into", "contribution__meeting")
        .prefetch_related("progress"),
        ActionFilter,
        sorts={
            "due": ("Due", "due_on"),
            "group": ("Group", "group__name"),
            "owner": ("Owner", "owner"),
            "status": ("Status", "status"),
        },
        default="due",
    )
    if wants_file(request):
        return list_file(request, "actions", action_columns(), listing.rows)
    return render(request, "networks/actions/action_list.html", {"listing": listing})


def _find(request: HttpRequest, pk: int) -> Action:
    rows = Action.objects.visible_to(request.user).named(request.user)
    rows = rows.select_related("group__site", "meeting", "contribution__theme", "contribution__meeting")
    return get_object_or_404(rows, pk=pk)


@require_http_methods(["GET", "POST"])
def action_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One action: where it comes from, how it stands; change it or close it here."""
    action = _find(request, pk)
    may_edit = has_perm(request.user, "networks.edit_action", action)
    is_open = action.status == Action.Status.OPEN
    form: Any = None
    closing: Any = None
    noting: Any = None
    differences = None
    if may_edit and (is_open or request.method == "POST"):
        do = request.POST.get("do", "")
        form = ActionForm(None if do else request.POST or None, instance=copy.copy(action))
        closing = CloseActionForm(
            request.POST if do == "close" else None, initial={"version": action.version}, prefix="close"
        )
        noting = ProgressForm(request.POST if do == "note" else None, prefix="note")
    if request.method == "POST":
        require(request.user, "networks.edit_action", action)
        if request.POST.get("do") == "close":
            answer = _close(request, action, closing)
        elif request.POST.get("do") == "note":
            answer = _note(request, action, noting)
        else:
            answer, differences = _change(request, action, form)
        if answer:
            return answer
        action = _find(request, pk)
    context = {
        "action": action,
        "owners": owners_of(action.group) if may_edit and is_open else [],
        "said": action.contribution if may_edit else source_contribution(action),
        "form": form,
        "closing": closing,
        "noting": noting,
        "progress": action.progress.select_related("recorded_by__person"),
        "differences": differences,
        "may_edit": may_edit,
        "is_open": is_open,
        "history": audit.history(action, limit=12),
    }
    return render(request, "networks/actions/action_detail.html", context, status=200 if differences is None else 409)


def _change(request: HttpRequest, action: Action, form: ActionForm) -> tuple[HttpResponse | None, list | None]:
    if not form.is_valid():
        return None, None
    try:
        services.change_action(by=request.user, action=action, expected=form.cleaned_data["version"], **form.changes)
    except Conflict as conflict:
        now = {name: getattr(conflict.current, name) for name in ActionForm.Meta.fields}
        return None, show_conflict(form, conflict, now)
    except ValidationError as error:
        show_error(form, error)
        return None, None
    messages.success(request, "Saved.")
    return redirect(action), None


def _close(request: HttpRequest, action: Action, form: CloseActionForm) -> HttpResponse | None:
    if not form.is_valid():
        return None
    data = form.cleaned_data
    with errors_on(form):
        services.close_action(
            by=request.user,
            action=action,
            status=data["status"],
            outcome=data["outcome"],
            on=data["closed_on"],
            expected=data["version"],
        )
        messages.success(request, "The action has been closed.")
        return redirect(action)
    return None


def _note(request: HttpRequest, action: Action, form: ProgressForm) -> HttpResponse | None:
    if not form.is_valid():
        return None
    with errors_on(form):
        services.record_progress(by=request.user, action=action, **form.cleaned_data)
        messages.success(request, "Progress note added.")
        return redirect(action)
    return None


@require_POST
def action_reopen(request: HttpRequest, pk: int) -> HttpResponse:
    """Open a closed action again."""
    action = _find(request, pk)
    with errors_as_messages(request):
        services.reopen_action(by=request.user, action=action)
        messages.success(request, "The action has been reopened.")
    return redirect(action)
