"""Pages of a year's list of topics: written, agreed, published for everyone, corrected."""

from collections.abc import Callable
from datetime import date
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from impact.core.access.permissions import has_perm, require
from impact.core.basics.versions import Conflict
from impact.core.web.forms import errors_as_messages, show_error, take_version, whole_number
from sites.topics.lists import services
from sites.topics.lists.forms import ListForm
from sites.topics.lists.models import ListEdition
from sites.topics.models import Topic
from sites.topics.scoring.models import TopicYear
from sites.topics.scoring.results import results_of
from sites.topics.scoring.views import crumbs_to, find_kept_year


# --- For everyone --------------------------------------------------------------------------------
@login_not_required
@require_GET
def published_list(request: HttpRequest, year: int, number: int | None = None) -> HttpResponse:
    """The topics of a year with the reasons, as published; with ``number``, as it was then. Open to everyone.

    Before it is published it does not exist, except for those who follow the choice: they are led there.
    """
    editions = list(ListEdition.objects.filter(year__year=year).select_related("year"))
    if not editions:
        if request.user.is_authenticated and number is None:
            find_kept_year(request, year)
            return redirect("sites:topic-choice", year)
        raise Http404
    edition = editions[0] if number is None else next((row for row in editions if row.number == number), None)
    if edition is None:
        raise Http404
    seen = set()
    if request.user.is_authenticated:
        seen = set(Topic.objects.visible_to(request.user).values_list("slug", flat=True))
    context = {
        "edition": edition,
        "year": edition.year,
        "agreed_on": date.fromisoformat(edition.contents["agreed_on"]),
        "is_newest": edition == editions[0],
        "editions": editions,
        "seen": seen,
        "may_correct": has_perm(request.user, "sites.edit_topic") and edition == editions[0],
        "follows": has_perm(request.user, "sites.view_all"),
        "address": request.build_absolute_uri(request.path),
    }
    return render(request, "sites/topics/lists/published_list.html", context)


# --- For those who choose ------------------------------------------------------------------------
@require_http_methods(["GET", "POST"])
def list_edit(request: HttpRequest, year: int) -> HttpResponse:
    """Write the list of a year: which topics, in order, and the reason for each."""
    return _list_page(request, find_kept_year(request, year), is_correction=False)


@require_http_methods(["GET", "POST"])
def list_correct(request: HttpRequest, year: int) -> HttpResponse:
    """Correct a published list: the correction is published with a number, and what was published before stays."""
    row = find_kept_year(request, year)
    if row.stage != TopicYear.Stage.PUBLISHED:
        raise Http404
    return _list_page(request, row, is_correction=True)


def _list_page(request: HttpRequest, row: TopicYear, *, is_correction: bool) -> HttpResponse:
    require(request.user, "sites.edit_topic")
    if not row.is_closed:
        messages.info(request, "Close scoring first, then write the list.")
        return redirect("sites:topic-choice", row.year)
    results = results_of(row)
    topics = [result.topic for result in results]
    form = ListForm(request.POST or None, year=row, topics=topics, is_correction=is_correction)
    is_conflict = False
    if request.method == "POST" and form.is_valid():
        try:
            _save(request, row, form, is_correction=is_correction)
        except Conflict as conflict:
            is_conflict = True
            take_version(form, conflict.current)
            form.add_error(
                None, "Someone else saved this list in the meantime. Compare with it below, then save again."
            )
        except ValidationError as error:
            show_error(form, error)
        else:
            return redirect("sites:topic-year" if is_correction else "sites:topic-choice", row.year)
    context = {
        "row": row,
        "form": form,
        "is_correction": is_correction,
        "results": {result.topic.pk: result for result in results},
        "saved": row.entries.select_related("topic") if is_conflict else [],
        "parts": [(results[n], *part) for n, part in enumerate(form.parts)],
        "crumbs": crumbs_to(row),
    }
    return render(request, "sites/topics/lists/list_form.html", context, status=409 if is_conflict else 200)


def _save(request: HttpRequest, row: TopicYear, form: ListForm, *, is_correction: bool) -> None:
    data = form.cleaned_data
    given: dict[str, Any] = {
        "by": request.user,
        "year": row,
        "choices": form.choices,
        "introduction": data["introduction"],
        "expected": data["version"],
    }
    if is_correction:
        edition = services.correct_list(**given, correction=data["correction"])
        messages.success(request, f"Correction {edition.number - 1} is published.")
    else:
        services.draft_list(**given)
        messages.success(request, "The list is saved. Next, someone agrees it.")


def _step(
    request: HttpRequest, year: int, step: Callable[..., Any], done: str, to: str = "sites:topic-choice"
) -> HttpResponse:
    """A button about a list. It counts only for the list that the page showed."""
    row = find_kept_year(request, year)
    with errors_as_messages(request):
        try:
            step(by=request.user, year=row, expected=whole_number(request.POST.get("version")))
        except Conflict:
            raise ValidationError("The list has changed since you opened this page. Read it again first.") from None
        messages.success(request, done)
        return redirect(to, year)
    return redirect("sites:topic-choice", year)


@require_POST
def list_agree(request: HttpRequest, year: int) -> HttpResponse:
    """Agree the list as it stands."""
    return _step(request, year, services.agree_list, "The list is agreed.")


@require_POST
def list_withdraw(request: HttpRequest, year: int) -> HttpResponse:
    """Take an agreement back before the list is published."""
    return _step(request, year, services.withdraw_agreement, "The agreement is withdrawn. The list can be changed.")


@require_POST
def list_publish(request: HttpRequest, year: int) -> HttpResponse:
    """Publish an agreed list for everyone."""
    done = "The list is published. Anyone can read it."
    return _step(request, year, services.publish_list, done, "sites:topic-year")


def newest_edition(topic: Topic) -> ListEdition | None:
    """The published list of the year for which a topic is a candidate."""
    return ListEdition.objects.filter(year__year=topic.proposed_for or 0).select_related("year").first()
