"""Writing a suggestion: a private draft that saves itself, and is sent when it is ready."""

import uuid
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from coproduction.charter.models import Charter, CharterSection, CharterVersion, SectionText
from coproduction.charter.pages import charter_for, number_of
from coproduction.suggestions import services
from coproduction.suggestions.forms import SuggestForm
from coproduction.suggestions.models import Suggestion
from coproduction.suggestions.passages import LONGEST, read_markdown
from impact.core.access.permissions import require
from impact.core.basics.dates import clock as clock_time
from impact.core.basics.versions import Conflict
from impact.core.people.accounts import SignedInRequest
from impact.core.people.models import Person
from impact.core.web.forms import errors_as_messages, show_error

QUOTED = {"quote": "quote", "before": "prefix", "after": "suffix"}  # in a form and an address: of a suggestion


def _person(request: SignedInRequest, charter: Charter) -> tuple[Person | None, list[Person]]:
    """For whom the suggestion is written, and for whom it could be; None where that is still to be chosen."""
    people = list(services.speaks_for(request.user, charter))
    if not people:
        raise PermissionDenied("Members of the group suggest changes, and people who write them down for members.")
    asked = (request.POST or request.GET).get("for")
    if asked:
        return get_object_or_404(services.speaks_for(request.user, charter), pk=number_of(asked)), people
    own = next((person for person in people if person.user_id == request.user.pk), None)
    return own or (people[0] if len(people) == 1 else None), people


@require_http_methods(["GET", "POST"])
def suggestion_add(request: SignedInRequest, pk: int) -> HttpResponse:
    """Suggest a change in one section or a passage of it, for oneself or for a member."""
    charter = charter_for(request, pk)
    require(request.user, "coproduction.suggest_change", charter)
    asked = request.POST or request.GET
    person, people = _person(request, charter)
    section = get_object_or_404(charter.sections, pk=number_of(asked.get("section")))
    readable = CharterVersion.objects.visible_to(request.user).filter(charter=charter)
    version = get_object_or_404(readable, pk=number_of(asked.get("version")))
    if person is None or "choose" in request.GET:
        carried: list[tuple[str, Any]] = [("section", section.pk), ("version", version.pk)]
        carried += [(name, asked[name][:LONGEST]) for name in QUOTED if asked.get(name)]
        context = {"charter": charter, "section": section, "version": version, "people": people, "carried": carried}
        is_missing = request.method == "POST"
        context |= {"is_missing": is_missing, "words": request.POST.get("words", "")[:4000]}
        return render(request, "coproduction/suggestions/suggestion_for.html", context)
    initial = {"section": section.pk, "version": version.pk, "key": str(uuid.uuid4())}
    initial |= {name: asked.get(name, "")[:LONGEST] for name in QUOTED}
    return _write(request, section, version, person, initial, others=len(people) > 1)


@require_http_methods(["GET", "POST"])
def suggestion_draft(request: SignedInRequest, pk: int) -> HttpResponse:
    """Go on with one's own draft. No one else's is there."""
    draft = get_object_or_404(_drafts(request), pk=pk)
    initial = {"section": draft.section_id, "version": draft.version_id, "revision": draft.revision}
    initial |= {
        "words": draft.words,
        "told": draft.told,
        **{name: getattr(draft, field) for name, field in QUOTED.items()},
    }
    return _write(request, draft.section, draft.version, draft.person, initial, draft=draft)


def _drafts(request: SignedInRequest) -> Any:
    rows = Suggestion.with_drafts.drafts_of(request.user)
    return rows.select_related("section__charter__group", "version", "person")


def _write(
    request: SignedInRequest,
    section: CharterSection,
    version: CharterVersion,
    person: Person,
    initial: dict[str, Any],
    *,
    draft: Suggestion | None = None,
    others: bool = False,
) -> HttpResponse:
    """The page on which a suggestion is written, and what its buttons and the saving in the background do."""
    text = SectionText.objects.filter(version=version, section=section).first()
    reading = read_markdown(text.body if text else "")
    member = "" if person.user_id == request.user.pk else person.name
    data = request.POST if request.method == "POST" else None
    form = SuggestForm(data, initial=initial, reading=reading, member=member)
    do = request.POST.get("do", "send")
    clash: Suggestion | None = None
    if do == "autosave":
        return _autosave(request, form, section, version, person, draft)
    if data is not None and form.is_valid():
        try:
            saved = _save(request, form, section, version, person, draft, send=do != "save")
        except Conflict as conflict:
            clash = conflict.current
            form.data = form.data.copy()  # type: ignore[attr-defined]
            form.data["revision"] = str(conflict.current.revision)  # type: ignore[index]
            form.add_error(None, conflict.messages[0])
        except ValidationError as error:
            show_error(form, error)
        else:
            return _after(request, saved, section, version, member)
    context = {
        "form": form,
        "charter": section.charter,
        "section": section,
        "version": version,
        "text": text,
        "person": person,
        "member": member,
        "draft": draft,
        "others": others,
        "clash": clash,
        "is_old": version.status not in services.OPEN,
    }
    return render(request, "coproduction/suggestions/suggestion_form.html", context, status=409 if clash else 200)


def _save(
    request: SignedInRequest,
    form: SuggestForm,
    section: CharterSection,
    version: CharterVersion,
    person: Person,
    draft: Suggestion | None,
    *,
    send: bool,
) -> Suggestion:
    """Save what the page holds; a suggestion that is sent at once is a draft that lived for a moment."""
    given = {
        "words": form.cleaned_data["words"],
        "told": form.cleaned_data.get("told", ""),
        "passage": form.passage,
        "expected": form.cleaned_data["revision"],
    }
    if draft is not None:
        saved = services.update_draft(by=request.user, suggestion=draft, **given)
    else:
        key = form.cleaned_data["key"]
        saved = services.save_draft(by=request.user, section=section, version=version, person=person, key=key, **given)
    if send:
        try:
            saved = services.send_draft(by=request.user, suggestion=saved)
        except ValidationError:
            if draft is None:  # the page goes on from the draft that it has made
                form.data = form.data.copy()  # type: ignore[attr-defined]
                form.data["revision"] = str(saved.revision)  # type: ignore[index]
            raise
    return saved


def _autosave(
    request: SignedInRequest,
    form: SuggestForm,
    section: CharterSection,
    version: CharterVersion,
    person: Person,
    draft: Suggestion | None,
) -> HttpResponse:
    """Keep the draft while it is written: its new revision, or why it was not kept."""
    state, words, revision = "saved", f"Draft saved at {clock_time(timezone.localtime())}. Only you can read it.", None
    if form.is_valid():
        try:
            revision = _save(request, form, section, version, person, draft, send=False).revision
        except Conflict:
            state, words = "error", "Not saved: you changed this draft in another window. Save to compare the two."
        except ValidationError as error:
            state, words = "error", f"Not saved. {error.messages[0]}"
    else:
        state, words = "error", "Not saved: shorten what you wrote."
    context = {"state": state, "text": words, "revision": revision}
    return render(request, "coproduction/suggestions/_saved.html", context)


def _after(
    request: SignedInRequest, saved: Suggestion, section: CharterSection, version: CharterVersion, member: str
) -> HttpResponse:
    if saved.is_draft:
        messages.success(request, "Your draft is saved. Only you can read it until you send it.")
        return redirect(saved)
    whose = f"The suggestion of {member}" if member else "Your suggestion"
    who = member or "You"
    messages.success(
        request,
        f"{whose} about “{section.title}” has been sent. {who} will get an answer here.",
        extra_tags=f"at-{section.key}",
    )
    charter = section.charter
    back = charter.get_absolute_url() if version.status == version.Status.AGREED else version.get_absolute_url()
    return redirect(f"{back}#{section.key}")


@require_POST
def suggestion_delete(request: SignedInRequest, pk: int) -> HttpResponse:
    """Delete one's own draft."""
    draft = get_object_or_404(_drafts(request), pk=pk)
    with errors_as_messages(request):
        services.delete_draft(by=request.user, suggestion=draft)
        messages.success(request, "Your draft is deleted.")
    return redirect("coproduction:suggestion-list")


@require_POST
def suggestion_move(request: SignedInRequest, pk: int) -> HttpResponse:
    """Go on with one's own draft about the newest text."""
    draft = get_object_or_404(_drafts(request), pk=pk)
    had = draft.quote
    with errors_as_messages(request):
        moved = services.move_draft(by=request.user, suggestion=draft)
        if had and not moved.quote:
            messages.info(request, f"The newest text no longer says “{had}”. Choose other words, or the whole section.")
        else:
            messages.success(request, f"Your draft is now about version {moved.version.name}.")
    return redirect(reverse("coproduction:suggestion-draft", args=[pk]))


def may_write(request: HttpRequest, charter: Charter) -> bool:
    """Whether the caller can suggest something on this charter, for themselves or for someone."""
    return services.speaks_for(request.user, charter).exists()
