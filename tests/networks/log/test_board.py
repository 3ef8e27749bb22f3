"""The brainstorm board: cards side by side, moved by buttons, by dragging, and by two people at once."""

import uuid

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from networks.log import services
from networks.log.board.services import columns_of, move_contribution
from networks.log.models import Contribution
from networks.meetings.models import Meeting
from networks.themes.models import Theme
from tests import factories
from tests.pages import html_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def cards(circle):
    """Three enablers and two barriers, in this order, with an experience between them."""
    kinds = ["enabler", "enabler", "experience", "barrier", "enabler", "barrier"]
    return [
        services.add_contribution(by=circle.coordinator, meeting=circle.meeting, kind=kind, words=f"Card {n}")
        for n, kind in enumerate(kinds)
    ]


def sides(meeting: Meeting) -> tuple[str, str]:
    """The numbers on the cards of both sides, top to bottom."""
    helps, hinders = (" ".join(card.words[-1] for card in column) for column in columns_of(meeting).values())
    return helps, hinders


def move(circle, card, direction, **more):
    return move_contribution(by=circle.coordinator, contribution=card, direction=direction, **more)


@pytest.mark.parametrize(
    ("number", "direction", "expected"),
    [
        (1, "up", ("1 0 4", "3 5")),
        (0, "up", ("0 1 4", "3 5")),
        (0, "down", ("1 0 4", "3 5")),
        (4, "down", ("0 1 4", "3 5")),
        (0, "across", ("1 4", "3 5 0")),
        (5, "across", ("0 1 4 5", "3")),
    ],
)
def test_a_card_moves_one_place_or_to_the_other_side(circle, cards, number, direction, expected):
    move(circle, cards[number], direction)
    assert sides(circle.meeting) == expected


def test_a_card_is_put_before_another_or_last_on_either_side(circle, cards):
    move(circle, cards[4], "before", before=cards[0])
    assert sides(circle.meeting) == ("4 0 1", "3 5")
    move(circle, cards[4], "before", before=cards[5])
    assert sides(circle.meeting) == ("0 1", "3 4 5")
    move(circle, cards[3], "last", kind="enabler")
    assert sides(circle.meeting) == ("0 1 3", "4 5")


def test_the_other_side_is_the_other_kind_and_the_rest_of_the_coding_stays(circle, cards):
    services.change_contribution(
        by=circle.coordinator, contribution=cards[0], theme="Time", new_theme=True, level="human"
    )
    move(circle, cards[0], "across")
    card = Contribution.objects.get(pk=cards[0].pk)
    assert (card.kind, card.theme.name, card.level, card.version) == ("barrier", "Time", "human", 3)


def test_any_number_of_moves_keeps_every_card_and_every_place_different(circle, cards):
    for n in range(12):
        move(circle, cards[n % 2], ["up", "down", "across"][n % 3])
    rows = Contribution.objects.filter(meeting=circle.meeting)
    kept = {kind: list(rows.filter(kind=kind).values_list("position", flat=True)) for kind in ("enabler", "barrier")}
    assert sum(map(len, kept.values())) == 5 and all(len(set(places)) == len(places) for places in kept.values())
    assert rows.get(kind="experience").position == cards[2].position


def test_only_who_keeps_the_log_moves_cards_and_not_once_it_is_complete(circle, cards):
    with pytest.raises(PermissionDenied):
        move_contribution(by=factories.user_in(circle.group), contribution=cards[0], direction="up")
    Meeting.objects.filter(pk=circle.meeting.pk).update(status="complete", logged_at="2023-01-11T09:00Z")
    with pytest.raises(ValidationError, match="Reopen it with a reason"):
        move(circle, cards[0], "across")
    assert sides(circle.meeting) == ("0 1 4", "3 5")


def test_a_missing_card_or_an_invalid_side_is_refused(circle, cards):
    with pytest.raises(ValidationError, match="no longer on the board"):
        move(circle, cards[2], "up")
    with pytest.raises(ValidationError, match="A card is either an enabler or a barrier"):
        move(circle, cards[0], "last", kind="question")
    with pytest.raises(ValidationError, match="up, down or across"):
        move(circle, cards[0], "sideways")


# --- The page --------------------------------------------------------------------------------------
@pytest.fixture
def board(circle, sign_in):
    return sign_in(circle.coordinator), reverse("networks:meeting-board", args=[circle.meeting.pk])


def test_the_board_shows_both_sides_and_says_what_else_the_log_holds(board, cards):
    client, url = board
    page = html_of(client.get(url))
    assert page.index("What helps") < page.index("Card 0") < page.index("side-barrier") < page.index("Card 3")
    assert "Card 2" not in page and "1 other entry" in page
    assert 'aria-label="Move to what gets in the way: Card 0"' in page


def test_a_card_sent_twice_is_one_card(board, circle):
    client, _url = board
    data = {"key": str(uuid.uuid4()), "kind": "barrier", "words": "The bus", "theme": "Travel", "new_theme": "on"}
    for _ in range(2):
        response = client.post(reverse("networks:board-add", args=[circle.meeting.pk]), data)
        assert response.status_code == 302
    card = Contribution.objects.get()
    assert (str(card.pk), card.kind, card.theme.name) == (data["key"], "barrier", "Travel")


@pytest.mark.parametrize("background", [{}, {"X-Board": "1"}])
def test_half_a_theme_on_a_new_card_is_no_theme_and_what_was_typed_stays(board, circle, background):
    client, _url = board
    data = {"key": str(uuid.uuid4()), "kind": "barrier", "words": "The bus is late", "theme": "Trav"}
    response = client.post(reverse("networks:board-add", args=[circle.meeting.pk]), data, headers=background)
    page = html_of(response)
    assert response.status_code == 400 and "There is no theme “Trav” yet." in page
    assert "The bus is late</textarea>" in page and 'value="Trav"' in page
    assert not Theme.objects.exists() and not Contribution.objects.exists()


def test_a_partly_typed_theme_on_a_card_changes_nothing_and_its_form_stays_open(board, circle, cards):
    client, _url = board
    services.change_contribution(by=circle.coordinator, contribution=cards[0], theme="Time", new_theme=True)
    card = Contribution.objects.get(pk=cards[0].pk)
    url = reverse("networks:contribution-change", args=[card.pk])
    response = client.post(url, {"words": "Other words", "theme": "Tim", "version": card.version})
    page = html_of(response)
    assert response.status_code == 400 and "Other words</textarea>" in page and 'board__change" open' in page
    card.refresh_from_db()
    assert card.words == "Card 0" and card.theme.name == "Time" and Theme.objects.count() == 1
    client.post(url, {"words": "Other words", "theme": "Tim", "new_theme": "on", "version": card.version})
    assert set(Theme.objects.values_list("name", flat=True)) == {"Time", "Tim"}


def test_the_script_gets_the_board_alone_and_a_sentence(board, circle, cards):
    client, _url = board
    url = reverse("networks:contribution-move", args=[cards[0].pk])
    response = client.post(url, {"direction": "across"}, headers={"X-Board": "1"})
    page = html_of(response)
    assert response.status_code == 200 and "Now number 3 of 3 in what gets in the way." in page
    assert "<html" not in page and sides(circle.meeting) == ("1 4", "3 5 0")
    response = client.post(url, {"direction": "before", "before": "nonsense"}, headers={"X-Board": "1"})
    assert response.status_code == 400 and b'data-state="error"' in response.content


def test_an_empty_card_is_refused_with_what_to_do(board, circle):
    client, _url = board
    add = reverse("networks:board-add", args=[circle.meeting.pk])
    response = client.post(add, {"kind": "barrier", "words": "  "}, follow=True)
    assert "There is a problem" in html_of(response) and not Contribution.objects.exists()
    response = client.post(add, {"kind": "question", "words": "Hm"}, headers={"X-Board": "1"})
    assert response.status_code == 400 and not Contribution.objects.exists()


def test_a_card_that_is_too_long_is_refused_with_its_length_and_kept(board, circle):
    (client, _url), words = board, "y" * 2_500
    add = reverse("networks:board-add", args=[circle.meeting.pk])
    response = client.post(add, {"kind": "enabler", "words": words})
    page = html_of(response)
    assert response.status_code == 400 and "Write at most 2000 characters. This has 2500." in page and words in page


def test_words_on_a_card_are_changed_unless_someone_was_quicker(board, circle, cards):
    client, _url = board
    url = reverse("networks:contribution-change", args=[cards[0].pk])
    data = {"words": "Being asked", "theme": "Time", "new_theme": "on", "version": "1"}
    assert client.post(url, data).status_code == 302
    card = Contribution.objects.get(pk=cards[0].pk)
    assert (card.words, card.theme.name, card.kind) == ("Being asked", "Time", "enabler")
    late = client.post(url, data | {"words": "Too late"}, headers={"X-Board": "1"})
    assert late.status_code == 409 and b"Someone else changed this card" in late.content
    card.refresh_from_db()
    assert card.words == "Being asked"


def test_markup_on_a_card_stays_words(board, circle):
    client, url = board
    services.add_contribution(
        by=circle.coordinator, meeting=circle.meeting, kind="enabler", words="<img src=x onerror=alert(1)>"
    )
    page = html_of(client.get(url))
    assert "<img" not in page and "&lt;img src=x" in page


def test_the_board_of_another_group_is_not_there_and_members_may_not_write(board, circle, cards, sign_in):
    _client, url = board
    move_url = reverse("networks:contribution-move", args=[cards[0].pk])
    stranger = sign_in(factories.user_in(factories.GroupFactory(), "coordinator"))
    assert stranger.get(url).status_code == 404 and stranger.post(move_url, {"direction": "up"}).status_code == 404
    member = sign_in(factories.user_in(circle.group))
    assert member.get(url).status_code == 403 and member.post(move_url, {"direction": "across"}).status_code == 403
    assert sides(circle.meeting) == ("0 1 4", "3 5")


def test_a_complete_meeting_has_no_board_any_more(board, circle):
    client, url = board
    Meeting.objects.filter(pk=circle.meeting.pk).update(status="complete", logged_at="2023-01-11T09:00Z")
    assert b"Reopen with a reason" in client.get(url).content


def test_a_full_board_costs_as_many_queries_as_a_small_one(board, circle, cards):
    client, url = board

    def count() -> int:
        with CaptureQueriesContext(connection) as captured:
            client.get(url)
        return len(captured)

    count()
    small = count()
    for n in range(30):
        services.add_contribution(
            by=circle.coordinator,
            meeting=circle.meeting,
            kind="barrier",
            words=f"More {n}",
            theme=f"Theme {n}",
            new_theme=True,
        )
    assert count() == small


def test_a_side_that_does_not_exist_is_refused_and_the_board_shown(circle, cards, sign_in):
    for kind in ("nonsense", "question"):
        page = sign_in(circle.coordinator).post(
            reverse("networks:contribution-move", args=[cards[0].pk]),
            {"direction": "last", "kind": kind},
            headers={"X-Board": "1"},
        )
        assert page.status_code == 400 and "A card is either an enabler or a barrier." in html_of(page)
    assert sides(circle.meeting) == ("0 1 4", "3 5")
