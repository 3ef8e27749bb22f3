"""The brainstorm board of a meeting: what helps and what gets in the way, side by side, while people talk."""

import uuid
from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from impact.core.access.permissions import require
from impact.core.basics.versions import Conflict
from impact.core.web.forms import Form
from networks.log.board import services
from networks.log.board.services import COLUMNS, columns_of
from networks.log.models import Contribution
from networks.log.services import MAX_WORDS, add_contribution, change_contribution
from networks.log.views import NO_THEME, find_contribution, themes_offered
from networks.meetings.models import Meeting
from networks.meetings.pages import find_meeting
from networks.themes.services import known_themes, theme_slug

TITLES = {Contribution.Kind.ENABLER: "What helps", Contribution.Kind.BARRIER: "What gets in the way"}


class CardForm(Form):
    """A new card, or other words on one."""

    key = forms.UUIDField(widget=forms.HiddenInput, required=False)
    kind = forms.ChoiceField(choices=[(kind, kind.label) for kind in COLUMNS], widget=forms.HiddenInput)
    words = forms.CharField(max_length=MAX_WORDS, label="Text", widget=forms.Textarea(attrs={"rows": 2}))
    theme = forms.CharField(max_length=80, required=False, label="Theme")
    new_theme = forms.BooleanField(required=False)
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        name = (data.get("theme") or "").strip()
        if name and not data.get("new_theme") and theme_slug(name) not in known_themes():
            self.add_error("theme", NO_THEME.format(name))
        return data


# Where the third button of a card takes it, and the arrow on it.
ACROSS = {Contribution.Kind.ENABLER: ("what gets in the way", "→"), Contribution.Kind.BARRIER: ("what helps", "←")}


def _columns(meeting: Meeting, typed: QueryDict | None = None, typed_at: str = "") -> list[dict[str, Any]]:
    """Both sides with their cards. ``typed``: what was refused, shown again in the form that ``typed_at`` names."""
    columns = []
    for kind, cards in columns_of(meeting).items():
        column = {"kind": kind.value, "label": kind.label, "title": TITLES[kind], "cards": cards, "key": uuid.uuid4()}
        column["opposite"], column["arrow"] = ACROSS[kind]
        for row, place in [(column, f"add-{kind.value}"), *((card.__dict__, f"card-{card.pk}") for card in cards)]:
            row["typed"] = typed if place == typed_at else None
        columns.append(column)
    return columns


def _context(meeting: Meeting, typed: QueryDict | None = None, typed_at: str = "") -> dict[str, Any]:
    return {
        "meeting": meeting,
        "columns": _columns(meeting, typed, typed_at),
        "others": meeting.contributions.filter(removed_at__isnull=True).exclude(kind__in=COLUMNS).count(),
    }


def _is_background(request: HttpRequest) -> bool:
    """Whether the page's script asks, which takes the board alone and puts it in place."""
    return request.headers.get("X-Board") == "1"


@require_GET
def meeting_board(request: HttpRequest, pk: int) -> HttpResponse:
    """The board, for the person keeping the log: on a projector, a laptop or a phone."""
    meeting = find_meeting(request, pk)
    require(request.user, "networks.log_meeting", meeting)
    if meeting.act in ("done", "cancelled"):
        context = {"meeting": meeting, "act": meeting.act, "wish": "log"}
        return render(request, "networks/log/meeting_closed.html", context)
    context = _context(meeting)
    if _is_background(request):
        return render(request, "networks/log/board/_board.html", context)
    return render(request, "networks/log/board/meeting_board.html", context | {"themes": themes_offered()})


def _answer(request: HttpRequest, meeting: Meeting, effect: Callable[[], str], anchor: str) -> HttpResponse:
    """Do it and show the board: as a fragment with a sentence for the page's script, or as a page.

    What was refused stays in the fields of the card or the side that ``anchor`` names.
    """
    status, words = 200, ""
    try:
        words = effect()
    except Conflict:
        status, words = 409, "Someone else changed this card in the meantime. Read it again, then change it."
    except ValidationError as error:
        status, words = 400, error.messages[0]
    is_refused = status != 200
    context = _context(meeting, request.POST if is_refused else None, anchor.removeprefix("#"))
    context |= {"said": words, "is_refused": is_refused}
    if _is_background(request):
        return render(request, "networks/log/board/_board.html", context, status=status)
    if status != 200:
        messages.error(request, words)
        context["themes"] = themes_offered()
        return render(request, "networks/log/board/meeting_board.html", context, status=status)
    return redirect(reverse("networks:meeting-board", args=[meeting.pk]) + anchor)


def _first_error(form: CardForm) -> ValidationError:
    return ValidationError(next(iter(form.errors.values()))[0])


@require_POST
def board_add(request: HttpRequest, pk: int) -> HttpResponse:
    """Put one more card on a side. The same card sent twice is one card."""
    meeting = find_meeting(request, pk)
    require(request.user, "networks.log_meeting", meeting)
    form = CardForm(request.POST)

    def effect() -> str:
        if not form.is_valid():
            raise _first_error(form)
        data = form.cleaned_data
        add_contribution(
            by=request.user,
            meeting=meeting,
            kind=data["kind"],
            words=data["words"],
            theme=data["theme"],
            new_theme=data["new_theme"],
            id=data["key"],
        )
        return f"Added to {TITLES[Contribution.Kind(data['kind'])].lower()}."

    return _answer(request, meeting, effect, f"#add-{request.POST.get('kind', '')[:20]}")


@require_POST
def contribution_move(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Move one card up, down, across, or before another."""
    card = find_contribution(request, pk)
    sent = request.POST.get("before", "")

    def effect() -> str:
        before = None
        if sent:
            before = card.meeting.contributions.filter(pk=forms.UUIDField().clean(sent)).first()
        moved = services.move_contribution(
            by=request.user,
            contribution=card,
            direction=request.POST.get("direction", ""),
            kind=request.POST.get("kind", ""),
            before=before,
        )
        column = columns_of(card.meeting)[Contribution.Kind(moved.kind)]
        place = [row.pk for row in column].index(moved.pk) + 1
        return f"Now number {place} of {len(column)} in {TITLES[Contribution.Kind(moved.kind)].lower()}."

    return _answer(request, card.meeting, effect, f"#card-{card.pk}")


@require_POST
def contribution_change(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Put other words or another theme on a card."""
    card = find_contribution(request, pk)
    require(request.user, "networks.log_meeting", card)
    form = CardForm({"kind": card.kind, **request.POST.dict()})

    def effect() -> str:
        if not form.is_valid():
            raise _first_error(form)
        data = form.cleaned_data
        change_contribution(
            by=request.user,
            contribution=card,
            expected=data["version"],
            new_theme=data["new_theme"],
            words=data["words"],
            theme=data["theme"],
        )
        return "Changed."

    return _answer(request, card.meeting, effect, f"#card-{card.pk}")
