"""Pages about actions: the list, and one action to change, close or open again."""

import copy

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from impact.core import audit
from impact.core.listing import list_file, list_rows, wants_file
from impact.core.permissions import has_perm, require
from impact.core.versions import Conflict
from networks import services
from networks.filters import ActionFilter
from networks.forms import ActionForm, CloseActionForm
from networks.models import Action
from sites.forms import show_conflict, show_error


@require_GET
def action_list(request: HttpRequest) -> HttpResponse:
    """Actions of the groups that the reader may see: filter, sort, page, export."""
    listing = list_rows(
        request,
        Action.objects.visible_to(request.user).select_related("group", "meeting", "contribution__theme"),
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
        columns = {
            "Action": lambda a: a.what,
            "Group": lambda a: a.group.name,
            "Owner": lambda a: a.owner,
            "Due": lambda a: a.due_on,
            "Status": lambda a: a.get_status_display(),
            "Overdue": lambda a: "yes" if a.is_overdue else "no",
            "Closed on": lambda a: a.closed_on,
            "What came of it": lambda a: a.outcome,
            "It comes from": lambda a: a.contribution.words if a.contribution else "",
        }
        return list_file(request, "actions", columns, listing.rows)
    return render(request, "networks/action_list.html", {"listing": listing})


def _find(request: HttpRequest, pk: int) -> Action:
    rows = Action.objects.visible_to(request.user).select_related("group__site", "meeting", "contribution__theme")
    return get_object_or_404(rows, pk=pk)


@require_http_methods(["GET", "POST"])
def action_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One action: where it comes from, how it stands; change it or close it here."""
    action = _find(request, pk)
    may_edit = has_perm(request.user, "networks.edit_action", action)
    is_open = action.status == Action.Status.OPEN
    form = closing = differences = None
    if may_edit and (is_open or request.method == "POST"):
        is_closing = request.POST.get("do") == "close"
        form = ActionForm(None if is_closing else request.POST or None, instance=copy.copy(action))
        closing = CloseActionForm(
            request.POST if is_closing else None, initial={"version": action.version}, prefix="close"
        )
    if request.method == "POST":
        require(request.user, "networks.edit_action", action)
        if request.POST.get("do") == "close":
            answer = _close(request, action, closing)
        else:
            answer, differences = _change(request, action, form)
        if answer:
            return answer
    context = {
        "action": _find(request, pk) if request.method == "POST" else action,
        "form": form,
        "closing": closing,
        "differences": differences,
        "may_edit": may_edit,
        "is_open": is_open,
        "history": audit.history(action, limit=12),
    }
    return render(request, "networks/action_detail.html", context, status=200 if differences is None else 409)


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
    try:
        services.close_action(
            by=request.user,
            action=action,
            status=data["status"],
            outcome=data["outcome"],
            on=data["closed_on"],
            expected=data["version"],
        )
    except ValidationError as error:
        show_error(form, error)
        return None
    messages.success(request, "The action is closed.")
    return redirect(action)


@require_POST
def action_reopen(request: HttpRequest, pk: int) -> HttpResponse:
    """Open a closed action again."""
    action = _find(request, pk)
    try:
        services.reopen_action(by=request.user, action=action)
    except ValidationError as error:
        messages.error(request, error.messages[0])
    else:
        messages.success(request, "The action is open again.")
    return redirect(action)
