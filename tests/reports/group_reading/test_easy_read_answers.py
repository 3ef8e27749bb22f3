"""Members read the draft in Easy Read, say whether it is clear, and get answers; the printed line counts them."""

import re
from datetime import timedelta
from itertools import product

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.urls import reverse

from coproduction.group.models import SupportLink
from impact.core.access.models import AuditEvent
from impact.core.basics import clock
from impact.core.basics.states import StateConflict
from impact.core.basics.suppression import suppress
from impact.core.basics.versions import Conflict
from impact.core.notices.models import Notice
from reports.approval.review.history import history_of
from reports.formats.easy_read import services as easy
from reports.formats.easy_read.answers import services
from reports.formats.easy_read.answers.models import EasyReadAnswer
from reports.formats.easy_read.counting import Counted, counted, reviewed_line
from reports.formats.easy_read.models import EasyReadSection
from reports.group_reading import services as group_reading
from reports.group_reading.reminders import quiet_members
from reports.writing.models import ReportSection
from tests import factories
from tests.pages import html_of
from tests.reports.group_reading.test_reading import (  # noqa: F401  the fixtures
    DEADLINE,
    TODAY,
    client_of,
    statuses,
    world,
)

pytestmark = pytest.mark.django_db
EVERY = "/reports/2022/reading/easy-read/"
ONE = f"{EVERY}progress/"


def written(w, *lines, send=easy.send_for_review):
    easy.write_easy_read(by=w.staff, section=w.section, sentences=lines or ["We met.", "We talked."])
    easy.choose_drawings(by=w.staff, section=w.section, pictures=["meeting", *[""] * (len(lines or "ab") - 1)])
    return send(by=w.staff, section=w.section)


@pytest.fixture
def easy_world(world):  # noqa: F811
    world.section = world.report.sections.select_related("report").get(key="progress")
    written(world)
    world.member.person.preferred_format = "easy_read"
    world.member.person.save()
    world.reading = group_reading.send_to_group(
        by=world.staff, report=world.report, group=world.group, deadline=DEADLINE
    )
    world.report.refresh_from_db()
    return world


def say(w, is_clear=True, **more):
    by = more.pop("by", w.member)
    return services.say_whether_clear(by=by, reading=w.reading, section=w.section, is_clear=is_clear, **more)


def here(w):
    return EasyReadSection.objects.get(section=w.section)


def posted(w, answer, words="", **more):
    version = more.pop("version", 0)
    return {"is_clear": answer, "words": words, "seen": here(w).text_hash, "version": version, **more}


def test_a_member_who_reads_easy_read_is_offered_it_first_and_answers_it_on_its_page(easy_world):
    w, member = easy_world, client_of(easy_world.member)
    notice = Notice.objects.get(person=w.member.person, event="reading-opened")
    assert notice.path == EVERY and "Easy Read" in notice.title
    assert not Notice.objects.filter(person=w.others[0], path=EVERY).exists()
    page = html_of(member.get("/reports/2022/reading/"))
    assert page.index("Short sentences with pictures") < page.index("What you can do") and EVERY in page
    assert "1 of 1 part left" in html_of(member.get(EVERY))
    page = html_of(member.get(ONE))
    assert "We talked." in page and 'alt="Three people sit around a table."' in page and "Is this part clear?" in page
    assert "Choose" in html_of(member.post(ONE, {**posted(w, "yes"), "is_clear": ""}))
    assert member.post(ONE, posted(w, "no", "What does “met” mean?")).status_code == 302
    page = html_of(member.get(ONE))
    assert "What you said" in page and "What does “met” mean?" in page and "Take it back" in page
    assert member.post(ONE, posted(w, "yes", version=0)).status_code == 409
    assert member.post(ONE, posted(w, "yes", version=1)).status_code == 302
    row = EasyReadAnswer.objects.get()
    assert (row.is_clear, row.words, row.person, row.told) == (True, "", w.member.person, "")
    assert "said something about each part" in " ".join(html_of(member.get(EVERY)).split())
    assert w.member.person not in quiet_members(w.reading, TODAY)
    assert member.post(f"{ONE}take-back/").status_code == 302
    assert not EasyReadAnswer.objects.exists()
    events = AuditEvent.objects.filter(type__startswith="report.easy_read_").order_by("pk")
    assert [event.type for event in events] == [*["report.easy_read_said"] * 2, "report.easy_read_unsaid"]
    assert "met" not in str([event.facts for event in events])
    assert not any(w.member.display_name in str(line) for line in history_of(w.report) if "Easy Read" in line["label"])


def test_who_reads_it_and_whose_answers_they_see(easy_world):
    w = easy_world
    seen = {"member": 200, "elsewhere": 404, "outsider": 404, "staff": 200, "leader": 200, "visitor": 302}
    assert statuses(w, EVERY) == statuses(w, ONE) == seen
    row = say(w, False, words="Too many words")
    for who, number in ((w.staff, 1), (w.lead, 1), (w.member, 1), (w.leader, 0), (w.elsewhere, 0), (w.outsider, 0)):
        assert EasyReadAnswer.objects.visible_to(who).count() == number, who
    other = factories.user_in(w.group)
    assert not EasyReadAnswer.objects.visible_to(other).exists()
    assert "Too many words" not in html_of(client_of(other).get(ONE))
    for user in (w.staff, w.leader):  # they write for no one
        assert client_of(user).post(ONE, posted(w, "yes")).status_code == 403
    assert client_of(w.leader).get(row.get_absolute_url()).status_code == 404
    edit = reverse("reports:easy-read-edit", args=[2022, "progress"])
    assert "Too many words" not in html_of(client_of(w.leader).get(edit))
    page = html_of(client_of(w.staff).get(edit))
    assert "Too many words" in page and w.member.person.name not in page and "few answered" in page
    page = " ".join(html_of(client_of(w.lead).get(edit)).split())
    assert w.member.person.name in page and "clear 0, not clear 1" in page


def test_writers_read_the_chapter_with_its_figures_beside_the_easy_read(easy_world):
    w = easy_world
    ReportSection.objects.filter(report__year=2022, key="progress").update(body="We have {{figure:sites}} sites.")
    page = html_of(client_of(w.staff).get(reverse("reports:easy-read-edit", args=[2022, "progress"])))
    words = " ".join(re.sub(r"<[^>]+>", " ", page).split())
    assert "We have 0 F1 sites." in words and "{{figure" not in page


def test_the_lead_and_supporters_write_down_for_members_and_change_no_ones_own_answer(easy_world):
    w = easy_world
    person = w.others[0]
    with pytest.raises(ValidationError, match="how the member told you"):
        say(w, by=w.lead, person=person)
    lead, query = client_of(w.lead), f"?for={person.pk}"
    assert "Is this part clear to them?" in html_of(lead.get(ONE + query))
    assert lead.post(ONE + query, posted(w, "no", "Small print", told="phone")).status_code == 302
    row = EasyReadAnswer.objects.get(person=person)
    assert (row.told, row.written_down_by) == ("phone", w.lead.display_name)
    supporter = factories.UserFactory()
    SupportLink.objects.create(group=w.group, member=w.others[1], supporter=supporter.person)
    say(w, by=supporter, person=w.others[1], told="in_person")
    assert EasyReadAnswer.objects.visible_to(supporter).count() == 1
    for by in (w.staff, supporter, w.outsider):
        with pytest.raises((PermissionDenied, ValidationError)):
            say(w, by=by, person=w.others[2], told="phone")
    say(w)
    with pytest.raises(ValidationError, match="only they can change"):
        say(w, False, by=w.lead, person=w.member.person, told="phone")
    page = html_of(lead.get(f"{ONE}?for={w.member.person.pk}"))
    assert 'id="say"' not in page and "Take it back" not in page
    assert lead.post(f"{ONE}take-back/{query}", {"told": "phone"}).status_code == 302
    assert not EasyReadAnswer.objects.filter(person=person).exists()


def test_answers_stop_with_the_deadline_and_with_the_words_that_were_seen(easy_world):
    w = easy_world
    seen = here(w).text_hash
    with clock.standing_on(DEADLINE + timedelta(days=1)), pytest.raises(ValidationError, match="deadline has passed"):
        say(w)
    say(w)
    easy.write_easy_read(by=w.staff, section=w.section, sentences=["We met often.", "We talked."])
    assert counted(w.report)[w.section.pk].reviewers == 0  # they said so of other words
    assert client_of(w.member).get(ONE).status_code == 404
    with pytest.raises(StateConflict, match="working on this"):
        say(w)
    services.send_to_members(by=w.staff, section=w.section)
    assert Notice.objects.filter(event="easy-read-review").count() == 4
    with pytest.raises(StateConflict, match="has changed"):
        say(w, seen=seen)
    assert "Changed: please read again" in html_of(client_of(w.member).get(EVERY))
    say(w)
    assert counted(w.report)[w.section.pk].clear == 1
    group_reading.end_reading(by=w.staff, reading=w.reading, reason="Early")
    with pytest.raises(ValidationError, match="no longer with the group"):
        say(w)


def test_the_answer_can_be_read_and_typed_words_stay_while_the_writers_change_the_easy_read(easy_world):
    w, member = easy_world, client_of(easy_world.member)
    row = say(w, False, words="Who met?")
    typed = posted(w, "no", "It is still not said who met.", version=1)
    easy.write_easy_read(by=w.staff, section=w.section, sentences=["The group met.", "We talked."])
    services.answer_member(by=w.staff, said=row, status="taken_in", answer="It says who now.")
    notice = Notice.objects.get(person=w.member.person, event="easy-read-answered")
    page = html_of(member.get(notice.path))
    assert "It says who now." in page and f'href="{EVERY}"' in page and member.get(EVERY).status_code == 200
    page = html_of(member.post(ONE, typed))
    assert "It is still not said who met.</textarea>" in page and "working on this Easy Read now" in page
    row.refresh_from_db()
    assert row.words == "Who met?"
    services.send_to_members(by=w.staff, section=w.section)
    page = html_of(member.post(ONE, typed))
    assert "The group met." in page and "has changed since you opened it" in page
    again = {**typed, "seen": re.search(r'name="seen" value="(\w+)"', page)[1], "version": row.version}
    assert member.post(ONE, again).status_code == 302, "after reading the new words it can be sent"
    assert client_of(w.outsider).post(ONE, typed).status_code == 404


def test_writers_answer_and_finish_and_the_printed_line_is_counted(easy_world):
    w = easy_world
    people = [*w.others, *(factories.MembershipFactory(group=w.group).person for _ in range(4))]
    row = say(w, False, words="Who met?")
    for person in people:
        say(w, by=w.lead, person=person, told="phone")
    review = {"by": w.staff, "section": w.section, "reviewed_on": TODAY}
    with pytest.raises(ValidationError, match="Answer what members said"):
        easy.review_easy_read(**review)
    with pytest.raises(PermissionDenied):
        services.answer_member(by=w.member, said=row, status="taken_in", answer="Yes")
    staff = client_of(w.staff)
    page = staff.get(row.get_absolute_url())
    assert "Who met?" in html_of(page)
    staff.post(row.get_absolute_url(), {"status": "not_taken_in", "answer": "It is said above.", "version": 1})
    notice = Notice.objects.get(person=w.member.person, event="easy-read-answered")
    assert "It is said above." in html_of(client_of(w.member).get(ONE))
    assert "It is said above." in html_of(client_of(w.member).get(notice.path))
    assert say(w, False, words="Who met?").answer == "It is said above.", "the same words again change nothing"
    with pytest.raises(ValidationError, match="already been answered"):
        services.answer_member(by=w.staff, said=row, status="taken_in", answer="Yes")
    path = reverse("reports:easy-read-review", args=[2022, "progress"])
    assert "Reviewed by about 10 members of the group" in html_of(staff.get(path))
    assert staff.post(path, {"reviewed_by": "", "reviewed_on": "2023-01-16", "version": 3}).status_code == 302
    assert here(w).status == "reviewed" and here(w).reviewed_by == ""
    body = {"progress": w.section.body}
    said = easy.contents_for(w.report, body)["sections"][0]
    assert said["reviewed_by"] == "about 10 members of the group" and said["reviewed_on"] == "2023-01-16"
    assert "By about 10 members of the group" in html_of(staff.get("/reports/2022/easy-read/"))
    # What a member no longer finds clear is reviewed again, and a changed answer waits again.
    say(w, False, words="Still not clear")
    row.refresh_from_db()
    assert here(w).status == "waiting" and row.wants_answer and row.answer == ""
    assert easy.contents_for(w.report, body)["is_reviewed"] is False
    with pytest.raises(Conflict):
        services.answer_member(by=w.staff, said=row, status="taken_in", answer="Yes", expected=2)


def test_without_any_answer_left_it_waits_again_unless_others_reviewed_it_elsewhere(easy_world):
    w = easy_world
    review = {"by": w.staff, "section": w.section, "reviewed_on": TODAY}
    with pytest.raises(ValidationError, match="Say who reviewed it"):
        easy.review_easy_read(**review)
    say(w)
    easy.review_easy_read(**review)
    services.take_back(by=w.member, reading=w.reading, section=w.section)
    assert here(w).status == "waiting"
    easy.review_easy_read(**review, reviewed_by="The readers’ panel")
    say(w)
    line = easy.contents_for(w.report, {"progress": w.section.body})["sections"][0]["reviewed_by"]
    assert line == "fewer than 5 members of the group and The readers’ panel"
    services.take_back(by=w.member, reading=w.reading, section=w.section)
    assert here(w).status == "reviewed"


def test_no_figure_for_others_tells_more_than_the_one_function_allows():
    for clear, not_clear in product(range(12), repeat=2):
        count = Counted(clear, not_clear)
        shown = count.shown(is_exact=False)
        cells = {name: shown[name] for name in ("clear", "not_clear")}
        assert cells == suppress({"clear": clear, "not_clear": not_clear}).cells
        line = reviewed_line(count, "")
        assert ("fewer than 5" in line) == (0 < clear + not_clear < 5) and bool(line) == bool(clear + not_clear)
