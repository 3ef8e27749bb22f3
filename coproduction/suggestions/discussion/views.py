"""The discussion beneath a suggestion: adding, changing, flagging and hiding comments."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_http_methods, require_POST

from coproduction.group.models import SupportLink
from coproduction.suggestions.discussion import services
from coproduction.suggestions.discussion.forms import CommentForm, EditCommentForm, FlagForm, HideForm
from coproduction.suggestions.discussion.models import Comment
from coproduction.suggestions.models import Suggestion
from coproduction.suggestions.services import speaks_for
from impact.core.access.permissions import has_perm, require
from impact.core.basics.versions import Conflict
from impact.core.people.accounts import SignedInRequest
from impact.core.people.models import Person
from impact.core.web.forms import Crumbs, errors_as_messages, errors_on, form_page, show_conflict


def comment_form(request: HttpRequest, suggestion: Suggestion, data: Any = None) -> CommentForm | None:
    """The form for a comment as the caller may add one; None for those who cannot speak here."""
    user: Any = request.user
    if suggestion.is_draft or suggestion.merged_into_id or not has_perm(user, "coproduction.discuss", suggestion):
        return None
    charter = suggestion.section.charter
    own = Person.objects.filter(user_id=user.pk, user__isnull=False).first()
    supported = SupportLink.objects.in_force().filter(group=charter.group, supporter__user_id=user.pk)
    people = list(speaks_for(user, charter).filter(pk__in=supported.values("member")))
    is_lead = has_perm(user, "coproduction.moderate_discussion", suggestion)
    is_member = own is not None and speaks_for(user, charter).filter(pk=own.pk).exists()
    if own is not None and (is_lead or is_member):
        return CommentForm(data, people=[own, *people], own=own)
    return CommentForm(data, people=people, own=None) if people else None


def _suggestion(request: HttpRequest, pk: int) -> Suggestion:
    rows: Any = Suggestion.objects.visible_to(request.user).select_related("section__charter__group", "merged_into")
    suggestion: Suggestion = get_object_or_404(rows, pk=pk)
    return suggestion


def _comment(request: HttpRequest, pk: int) -> Comment:
    rows: Any = Comment.objects.visible_to(request.user).select_related(
        "suggestion__section__charter__group", "person", "recorded_by"
    )
    comment: Comment = get_object_or_404(rows, pk=pk)
    return comment


def _crumbs(comment: Comment) -> Crumbs:
    return [("Suggestions", "/co-production/suggestions/"), ("Suggestion", comment.get_absolute_url())]


@require_POST
def comment_add(request: SignedInRequest, pk: int) -> HttpResponse:
    """Add a comment. A mistake keeps what was typed, on a page of its own."""
    suggestion = _suggestion(request, pk)
    require(request.user, "coproduction.discuss", suggestion)
    form = comment_form(request, suggestion, request.POST)
    if form is None:
        messages.error(request, "You can read this discussion. Members, their supporters and the lead write in it.")
        return redirect(suggestion)
    if form.is_valid():
        with errors_on(form):
            person = form.cleaned_data.get("person")
            is_own = person is None or person.user_id == request.user.pk
            comment = services.add_comment(
                by=request.user,
                suggestion=suggestion,
                words=form.cleaned_data["words"],
                person=None if is_own else person,
                told="" if is_own else form.cleaned_data["told"],
            )
            said = "Your comment" if is_own else f"The comment of {comment.person.name}"
            messages.success(request, f"{said} is added.", extra_tags="at-discussion")
            return redirect(comment)
    crumbs = [("Suggestions", "/co-production/suggestions/"), ("Suggestion", suggestion.get_absolute_url())]
    return form_page(request, form, title="Add a comment", button="Add comment", crumbs=crumbs)


@require_http_methods(["GET", "POST"])
def comment_edit(request: SignedInRequest, pk: int) -> HttpResponse:
    """Change one's own comment while it is new."""
    comment = _comment(request, pk)
    if not comment.is_of(request.user):
        require(request.user, "coproduction.moderate_discussion", comment)
        messages.error(request, "Only the person who wrote a comment can change it.")
        return redirect(comment)
    form = EditCommentForm(request.POST or None, initial={"words": comment.words, "version": comment.version})
    differences = None
    if request.method == "POST" and form.is_valid():
        with errors_on(form):
            try:
                given = form.cleaned_data
                services.edit_comment(by=request.user, comment=comment, words=given["words"], expected=given["version"])
                messages.success(request, "Your comment is changed.", extra_tags="at-discussion")
                return redirect(comment)
            except Conflict as conflict:
                differences = show_conflict(form, conflict, {"words": conflict.current.words})
    return form_page(
        request,
        form,
        title="Change your comment",
        button="Save comment",
        crumbs=_crumbs(comment),
        differences=differences,
    )


@require_http_methods(["GET", "POST"])
def comment_hide(request: SignedInRequest, pk: int) -> HttpResponse:
    """Hide a comment, with a reason."""
    comment = _comment(request, pk)
    require(request.user, "coproduction.moderate_discussion", comment)
    form = HideForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        with errors_on(form):
            services.hide_comment(by=request.user, comment=comment, reason=form.cleaned_data["reason"])
            messages.success(request, "The comment is hidden. You can show it again.", extra_tags="at-discussion")
            return redirect(comment)
    return form_page(
        request,
        form,
        title="Hide a comment",
        button="Hide comment",
        crumbs=_crumbs(comment),
        quote=comment.words,
        is_warning=True,
    )


@require_POST
def comment_show(request: SignedInRequest, pk: int) -> HttpResponse:
    """Show a hidden comment again, or let a flagged one stand."""
    comment = _comment(request, pk)
    require(request.user, "coproduction.moderate_discussion", comment)
    with errors_as_messages(request):
        if comment.hidden_at is None:
            services.settle_flags(by=request.user, comment=comment)
            messages.success(request, "The comment stays as it is.", extra_tags="at-discussion")
        else:
            services.show_comment(by=request.user, comment=comment)
            messages.success(request, "The comment is shown again.", extra_tags="at-discussion")
    return redirect(comment)


@require_http_methods(["GET", "POST"])
def comment_flag(request: SignedInRequest, pk: int) -> HttpResponse:
    """Ask the engagement lead to look at a comment."""
    comment = _comment(request, pk)
    require(request.user, "coproduction.discuss", comment)
    form = FlagForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        with errors_on(form):
            services.flag_comment(by=request.user, comment=comment, reason=form.cleaned_data["reason"])
            messages.success(request, "The engagement lead will look at the comment.", extra_tags="at-discussion")
            return redirect(comment)
    words = comment.words if comment.hidden_at is None else ""
    return form_page(request, form, title="Flag a comment", button="Flag comment", crumbs=_crumbs(comment), quote=words)
