"""Asking for words, answering, changing and withdrawing them. Every write, one function each."""

from collections.abc import Iterable

from django.core.exceptions import ValidationError
from django.db import transaction
from django.urls import reverse

from coproduction.group.models import require_told
from impact.core.access import audit
from impact.core.access.permissions import SYSTEM, Actor, require
from impact.core.basics import clock
from impact.core.basics.states import StateConflict
from impact.core.basics.versions import Conflict, save_changes, tidy
from impact.core.notices.choices import has_account
from impact.core.notices.services import tell
from impact.core.people.consents import live
from impact.core.people.models import Consent, Person
from networks.groups.models import Group, Membership
from networks.log.models import Contribution
from reports.quotes.models import Quote, QuoteAnswer
from reports.writing.models import AnnualReport
from reports.writing.services import OPEN, locked_report, note_writer, writers, writers_of

State = Quote.State
NO_CONSENT = (
    "The speaker has not agreed to be quoted, or their consent has run out. Ask the coordinator to ask them again, or use "
    "other words."
)
WORDS_CHANGED = "The words have changed since this page was opened. Read them again, then answer."


def _locked(quote: Quote) -> Quote:
    rows = Quote.objects.select_for_update(of=("self",)).select_related(
        "report", "contribution__meeting__group", "person"
    )
    return rows.get(pk=quote.pk)


def _require_open(report: AnnualReport) -> None:
    if report.status not in OPEN:
        raise StateConflict(
            f"The {report.year} report is {report.get_status_display().lower()}, so its quotes no longer change.",
            "closed",
        )


def coordinators_of(group: Group) -> list[Person]:
    """Who runs a group today, and who covers for them."""
    return [person for person, _group in Membership.objects.current().filter(group=group).who_runs()]


def _tidy_words(words: str) -> str:
    words = tidy(words)
    if not words:
        raise ValidationError({"words": "Write the words as they would be printed."})
    return words


# --- By those who write the report --------------------------------------------------------------------
@transaction.atomic
def offer_quote(*, by: Actor, report: AnnualReport, contribution: Contribution, words: str) -> Quote:
    """Ask the speaker whether the report may print these exact words. The writer does not learn who the speaker is."""
    require(by, "reports.edit_report", report)
    report = locked_report(report)
    _require_open(report)
    rows = Contribution.objects.counted().quotable().select_related("meeting__group", "speaker__user")
    said = rows.filter(pk=contribution.pk, meeting__starts_at__year=report.year).first()
    if said is None:
        raise ValidationError(NO_CONSENT)
    quote = Quote(report=report, contribution=said, person=said.speaker, words=_tidy_words(words), offered_by_id=by.pk)
    quote.full_clean()
    quote.save()
    note_writer(by, report)
    audit.record(by, "report.quote_offered", report)
    _ask(quote)
    return quote


@transaction.atomic
def reword_quote(*, by: Actor, quote: Quote, words: str, expected: int | None = None) -> Quote:
    """Change the words of a quote. An approval counts for exact words only, so the speaker is asked again."""
    require(by, "reports.edit_report", quote.report)
    report = locked_report(quote.report)
    _require_open(report)
    quote = _locked(quote)
    if quote.state == State.WITHDRAWN:
        raise StateConflict("The speaker has withdrawn these words. Choose other words for the report.", "withdrawn")
    if not Contribution.objects.quotable().filter(pk=quote.contribution_id).exists():
        raise ValidationError(NO_CONSENT)
    words = _tidy_words(words)
    if words == quote.words and quote.state in (State.APPROVED, State.DECLINED):
        raise ValidationError({"words": "These are the words that the speaker has answered. Change them, or go back."})
    again = {"words": words, "state": State.OFFERED, "person_id": quote.contribution.speaker_id, "answered_on": None}
    if save_changes(quote, again, expected=expected):
        note_writer(by, report)
        audit.record(by, "report.quote_reworded", report)
        _ask(quote)
    return quote


@transaction.atomic
def leave_out_quote(*, by: Actor, quote: Quote, expected: int | None = None) -> Quote:
    """Leave words out of the report, for its writers. What the speaker answered stays on record."""
    require(by, "reports.edit_report", quote.report)
    _require_open(locked_report(quote.report))
    quote = _locked(quote)
    if quote.state not in (State.OFFERED, State.APPROVED):
        raise StateConflict("These words are not in the report.", "not_used")
    save_changes(quote, {"state": State.LEFT_OUT}, expected=expected)
    audit.record(by, "report.quote_left_out", quote.report)
    return quote


def _ask(quote: Quote) -> None:
    """Tell the speaker, or the coordinators of someone who cannot read it here. No one else learns whose words they are."""
    person, group, year = quote.person, quote.contribution.meeting.group, quote.report.year
    key = f"quote:{quote.pk}:{quote.version}"
    if person is not None and has_account(person):
        tell(
            people=[person],
            event="quote-asked",
            title=f"May we use your words in the {year} report?",
            words=f"We would like to print this, without your name: “{quote.words}” You decide.",
            path=reverse("reports:your-words"),
            key=key,
        )
        return
    tell(
        people=coordinators_of(group),
        event="quote-ask-for",
        title=f"Ask a member about words for the {year} report",
        words="The writers would like to print something that a member of your group said. Read it to them and ask.",
        path=reverse("reports:group-words", args=[group.slug]),
        key=key,
    )


# --- By the speaker, or the coordinator on their word ----------------------------------------------------
def _on_their_word(by: Actor, quote: Quote, told: str) -> str:
    """Allow the speaker themselves, or a coordinator of the group who says how the speaker told them."""
    person = quote.person
    if person is not None and person.user_id is not None and person.user_id == by.pk:
        return ""
    require(by, "networks.view_speakers", quote)
    if person is None:
        raise StateConflict("The record of the speaker is gone, so these words stay unused.", "no_speaker")
    return require_told(by, person, told)


def _answer(by: Actor, quote: Quote, state: str, told: str) -> None:
    save_changes(quote, {"state": state, "answered_on": clock.today()}, expected=None)
    row = QuoteAnswer(quote=quote, answer=state, words=quote.words, recorded_by_id=by.pk, told=told)
    row.full_clean(exclude=["recorded_by"])  # the platform has no account
    row.save()


@transaction.atomic
def approve_quote(*, by: Actor, quote: Quote, expected: int, told: str = "") -> Quote:
    """Let the report of one year print these exact words. ``expected``: the version whose words the speaker read."""
    report = locked_report(quote.report)
    quote = _locked(quote)
    told = _on_their_word(by, quote, told)
    _require_open(report)
    if quote.version != expected:
        raise Conflict(quote)
    if quote.state not in (State.OFFERED, State.DECLINED, State.WITHDRAWN):
        raise StateConflict("There is nothing to approve: these words are approved, or no longer used.", "not_offered")
    if quote.contribution.speaker_id != quote.person_id:
        raise StateConflict(
            "The log now names someone else as the speaker. Ask the writers to ask again.", "other_speaker"
        )
    if not Contribution.objects.quotable().filter(pk=quote.contribution_id).exists():
        raise ValidationError("First say yes to being quoted at all: that consent is missing or has run out.")
    _answer(by, quote, State.APPROVED, told)
    _record(by, "approved", quote, told)
    return quote


@transaction.atomic
def decline_quote(*, by: Actor, quote: Quote, told: str = "") -> Quote:
    """Say no to words that were asked for."""
    quote = _locked(quote)
    told = _on_their_word(by, quote, told)
    if quote.state != State.OFFERED:
        raise StateConflict("These words are not waiting for an answer. Reload the page.", "not_offered")
    _answer(by, quote, State.DECLINED, told)
    _record(by, "declined", quote, told)
    return quote


@transaction.atomic
def withdraw_quote(*, by: Actor, quote: Quote, told: str = "") -> Quote:
    """Take approved words back. The next edition leaves them out; those who need to know hear which editions hold them."""
    quote = _locked(quote)
    told = _on_their_word(by, quote, told)
    if quote.state != State.APPROVED:
        raise StateConflict(
            "Only approved words can be withdrawn. Reload the page to see where they stand.", "not_approved"
        )
    _withdraw(by, quote, told)
    return quote


def _withdraw(by: Actor, quote: Quote, told: str) -> None:
    _answer(by, quote, State.WITHDRAWN, told)
    _record(by, "withdrawn", quote, told)
    _tell_withdrawn(by, quote)


EVENTS = {
    "approved": ("quote.approved", "report.quote_approved"),
    "declined": ("quote.declined", "report.quote_declined"),
    "withdrawn": ("quote.withdrawn", "report.quote_withdrawn"),
}


def _record(by: Actor, event: str, quote: Quote, told: str) -> None:
    """Record an answer: with who gave it, which no one reads but by looking at the quote; and for the report without."""
    of_quote, of_report = EVENTS[event]
    audit.record(by, of_quote, quote, for_them=bool(told))
    audit.record(SYSTEM, of_report, quote.report)


def editions_in_words(numbers: Iterable[int]) -> str:
    """Which editions: "edition 1", "editions 1 and 2"; empty for none."""
    found = [str(number) for number in numbers]
    if not found:
        return ""
    *most, last = found
    return f"editions {', '.join(most)} and {last}" if most else f"edition {last}"


def _tell_withdrawn(by: Actor, quote: Quote) -> None:
    report, group = quote.report, quote.contribution.meeting.group
    if report.status == AnnualReport.Status.PUBLISHED and quote.is_public():
        _tell_taken_from_published(by, quote)
        return
    held = editions_in_words(quote.editions().values_list("number", flat=True))
    printed = f"Words that {held} of the report hold{'s' if held.startswith('edition ') else ''}" if held else "Words"
    words = f"{printed} were withdrawn by the person who said them. The next edition leaves them out. " + (
        "Do not share the older files any more." if held else "No edition holds them."
    )
    _tell_of_withdrawal(by, quote, writers_of(report), words, reverse("reports:quotes", args=[report.year]))
    _tell_of_withdrawal(by, quote, coordinators_of(group), words, reverse("reports:group-words", args=[group.slug]))


def _tell_of_withdrawal(by: Actor, quote: Quote, people: Iterable[Person], words: str, path: str) -> None:
    tell(
        people=[person for person in people if person.user_id != by.pk or by.pk is None],
        event="quote-withdrawn",
        title=f"Words were withdrawn from the {quote.report.year} report",
        words=words,
        path=path,
        key=f"quote:{quote.pk}:withdrawn:{quote.version}:{path}"[:100],
    )


def _tell_taken_from_published(by: Actor, quote: Quote) -> None:
    """Tell everyone who may correct the published report, with a link that starts the correction."""
    report, group = quote.report, quote.contribution.meeting.group
    words = (
        "The report is published. Our page has hidden the quote already, and the public can no longer download files that "
        "hold it. "
    )
    editors = Person.objects.filter(user__in=writers()).order_by("pk")
    begin = f"{reverse('reports:correction-open', args=[report.year])}?quote={quote.pk}"
    _tell_of_withdrawal(by, quote, editors, f"{words}Start a correction now: its reason is filled in.", begin)
    path = reverse("reports:group-words", args=[group.slug])
    _tell_of_withdrawal(by, quote, coordinators_of(group), f"{words}A corrected edition will follow.", path)


def follow_consent(consent: Consent, by: Actor) -> None:
    """When someone says no to being quoted, withdraw all words of theirs that were asked for or approved."""
    if consent.purpose != Consent.Purpose.QUOTES or consent.is_given:
        return
    if live(Consent.Purpose.QUOTES).filter(person=consent.person_id).exists():
        return  # an older answer was written down late; a newer one counts
    rows = Quote.objects.filter(person=consent.person_id, state__in=[State.OFFERED, State.APPROVED])
    for row in rows.order_by("pk"):
        quote = _locked(row)
        if quote.state == State.APPROVED:
            _withdraw(by, quote, "")
        else:
            _answer(by, quote, State.DECLINED, "")
            _record(by, "declined", quote, "")


def effects_on_quotes(person: Person, purpose: str) -> list[str]:
    """What taking back the consent to be quoted does to this person's words in reports, in sentences."""
    if purpose != Consent.Purpose.QUOTES:
        return []
    rows = list(Quote.objects.filter(person=person, state__in=[State.OFFERED, State.APPROVED]))
    if not rows:
        return ["No words of yours are in a report or asked for."]
    words = "1 quote of yours is" if len(rows) == 1 else f"{len(rows)} quotes of yours are"
    public = sum(row.is_public() for row in rows)
    if public:
        what = "1 of them is" if public == 1 else f"{public} of them are"
        return [
            f"{words} withdrawn and not printed again.",
            f"{what} in a published report: our page hides it at once, and a corrected edition leaves it out.",
        ]
    held = sum(row.editions().exists() for row in rows)
    printed = f"{held} of them {'is' if held == 1 else 'are'} in an edition already, which cannot be changed."
    return [f"{words} withdrawn and not printed again.", *([printed] if held else [])]
