"""Pages for the person whose words they are, and for the coordinator who acts on their word."""

from collections import defaultdict
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from impact.core.access import audit
from impact.core.access.permissions import has_perm, require
from impact.core.basics import clock
from impact.core.basics.versions import Conflict
from impact.core.people.accounts import SignedInRequest
from impact.core.people.consents import consent_states
from impact.core.people.models import Consent, Person
from impact.core.people.services import own_person
from impact.core.web.forms import Crumbs, form_page, show_error, take_version
from networks.groups.models import Group
from networks.groups.pages import find_group, group_crumbs
from networks.log.models import Contribution
from networks.meetings.models import Meeting
from reports.quotes import services
from reports.quotes.forms import AnswerForm
from reports.quotes.models import Quote
from reports.quotes.pages import State, with_standing

SHOWN = 100  # of one person's contributions, newest first
ANSWERS = {
    "approve": ("Use these words", "May the {year} report print these words?", "These words may be printed."),
    "decline": ("Do not use these words", "Say no to these words?", "These words will not be used."),
    "withdraw": ("Withdraw these words", "Withdraw these words from the {year} report?", "These words are withdrawn."),
}
QUOTES = Consent.Purpose.QUOTES


def _parts(quotes: Any) -> dict[str, list[Quote]]:
    """Quotes by what there is to do: to answer, approved, and no longer used."""
    rows = with_standing(
        quotes.select_related("report", "person", "contribution__theme", "contribution__meeting__group")
    )
    return {
        "waiting": [row for row in rows if row.may_decline],  # type: ignore[attr-defined]
        "approved": [row for row in rows if row.state == State.APPROVED],
        "others": [row for row in rows if row.state != State.APPROVED and not row.may_decline],  # type: ignore[attr-defined]
    }


@never_cache
@require_GET
def your_words(request: SignedInRequest) -> HttpResponse:
    """What of one's own words is quoted where: approve, say no, withdraw; and what logs say that one said."""
    person = own_person(by=request.user)
    said = Contribution.objects.kept().filter(speaker=person, meeting__status__in=Meeting.HELD)
    context = {
        **_parts(Quote.objects.filter(person=person).order_by("-report__year", "pk")),
        "consent": consent_states(person.consents.all(), clock.today(), [QUOTES])[0],
        "said": said.select_related("meeting__group", "theme").order_by("-meeting__starts_at", "position")[:SHOWN],
    }
    return render(request, "reports/quotes/your_words.html", context)


@never_cache
@require_GET
def group_words(request: SignedInRequest, slug: str) -> HttpResponse:
    """Whose words of a group are asked for or printed, and whose consent has run out: for its coordinators."""
    group = find_group(request, slug)
    require(request.user, "networks.view_speakers", group)
    audit.record_reading(request.user, "speakers", group)
    context = {
        "group": group,
        **_parts(Quote.objects.filter(contribution__meeting__group=group).order_by("-report__year", "pk")),
        "speakers": _speakers(group),
        "unmarked": _without_speaker(group),
    }
    return render(request, "reports/quotes/group_words.html", context)


def _speakers(group: Group) -> list[dict[str, Any]]:
    """Each person whom a log of the group names as a speaker, with how much they said and where their consent stands."""
    counts: dict[int, int] = defaultdict(int)
    rows = Contribution.objects.kept().filter(meeting__group=group, speaker__isnull=False)
    for pk in rows.values_list("speaker", flat=True):
        if pk is not None:
            counts[pk] += 1
    memberships = dict(
        group.memberships.current().filter(person__in=counts).order_by("-starts_on").values_list("person", "pk")
    )
    people = Person.objects.filter(pk__in=counts).prefetch_related("consents").order_by("name", "pk")
    return [
        {
            "person": person,
            "said": counts[person.pk],
            "consent": consent_states(person.consents.all(), clock.today(), [QUOTES])[0],
            "membership": memberships.get(person.pk),
        }
        for person in people
    ]


def _without_speaker(group: Group) -> list[Meeting]:
    """Meetings whose log has words that were ticked as quotable before speakers were noted."""
    rows = Contribution.objects.kept().filter(meeting__group=group, may_quote=True, speaker__isnull=True)
    return list(Meeting.objects.filter(pk__in=rows.values("meeting")).order_by("starts_at"))


@never_cache
@require_http_methods(["GET", "POST"])
def quote_answer(request: SignedInRequest, pk: int, answer: str) -> HttpResponse:
    """Approve words, say no to them or withdraw them: by their speaker, or by a coordinator on the speaker's word."""
    if answer not in ANSWERS:
        raise Http404
    user = request.user
    rows = (
        Quote.objects.answerable_by(user).select_related("report", "person", "contribution__meeting__group").distinct()
    )
    quote = get_object_or_404(rows, pk=pk)
    person, group, year = quote.person, quote.contribution.meeting.group, quote.report.year
    is_own = person is not None and person.user_id == user.pk
    name = person.name if person else "the speaker"
    button, title, done = (words.format(year=year) for words in ANSWERS[answer])
    back = reverse("reports:your-words") if is_own else reverse("reports:group-words", args=[group.slug])
    form = AnswerForm(request.POST or None, is_own=is_own, initial={"version": quote.version})
    if request.method == "POST" and form.is_valid():
        told = form.cleaned_data.get("told", "")
        try:
            if answer == "approve":
                services.approve_quote(by=user, quote=quote, expected=form.cleaned_data["version"], told=told)
            elif answer == "decline":
                services.decline_quote(by=user, quote=quote, told=told)
            else:
                services.withdraw_quote(by=user, quote=quote, told=told)
        except Conflict as conflict:
            take_version(form, conflict.current)
            form.add_error(None, services.WORDS_CHANGED)
        except ValidationError as error:
            show_error(form, error)
        else:
            messages.success(request, done)
            return redirect(back)
    if not is_own and not has_perm(user, "networks.view_speakers", group):
        raise Http404
    crumbs: Crumbs = [("Your words", back)] if is_own else [*group_crumbs(group), ("Words of the group", back)]
    return form_page(
        request,
        form,
        title=title if is_own else f"{title.rstrip('?')}, for {name}?",
        button=button,
        crumbs=crumbs,
        lead=_lead(answer, quote, name if not is_own else ""),
        quote=Quote.objects.values_list("words", flat=True).get(pk=quote.pk),
    )


def _lead(answer: str, quote: Quote, name: str) -> str:
    """What happens next, in a sentence or two."""
    whose = f"{name}’s" if name else "your"
    if answer == "approve":
        return f"They would stand in the report without {whose} name. This can be taken back at any time."
    if answer == "decline":
        return "Nothing is printed. The writers are not told whose words they are."
    if quote.is_public():
        return (
            "The report is published. Our page hides these words at once, and the files that hold them are no longer "
            "available. A corrected edition leaves them out."
        )
    held = with_standing([quote])[0].held_in  # type: ignore[attr-defined]
    kept = f" {held[:1].upper()}{held[1:]} already made cannot be changed; the writers are told." if held else ""
    return f"The next edition leaves them out.{kept}"
