"""The catalogue is whole: all that the code sends is in it, and nothing leaves by another way."""

import ast
import re
from pathlib import Path

import pytest

from impact.core.jobs.catalogue import Urgency, catalogue, event_of
from impact.core.notices.models import NoticeKind
from tests.pages import html_of

ROOT = Path(__file__).parents[3]
APPS = ("impact", "sites", "networks", "coproduction", "reports")
# What a locked phone must not show: what people need, agreed to, claim or raise. Held against every subject.
SENSITIVE = re.compile(
    r"\b(what you need|your needs|consent|claim|expense|payment|paid|money|bank|health|disab|diagnos|restrict|safeguard|objection|concern|"
    r"complain|equality|erasure|deleted|supporter of)",
    re.IGNORECASE,
)
# What subjects say beside fixed words: dates, numbers, the names of public rounds and reports. No one's words, no names.
IN_SUBJECTS = {
    "', '.join((part for part in said if part))",
    "'you do not need to come' if has_left else 'cancelled'",
    "day(invitation.meeting.starts_at)",
    "day(meeting.starts_at)",
    "edition.number",
    "report.year",
    "round.closes_in_words",
    "round.name",
    "when(invitation.meeting.starts_at)",
}


@pytest.fixture(scope="module")
def code() -> dict[str, str]:
    """The text of every module of the product, by path."""
    paths = (path for app in APPS for path in (ROOT / app).rglob("*.py") if "migrations" not in path.parts)
    return {path.relative_to(ROOT).as_posix(): path.read_text() for path in paths}


def test_every_event_that_the_code_names_is_in_the_catalogue_and_the_other_way_round(code):
    """An event in a variable is caught as well: nothing is sent whose event has no row (``event_of`` raises)."""
    named = {name for text in code.values() for name in re.findall(r'\bevent="([a-z]+(?:-[a-z]+)*)"', text)}
    assert not named - set(catalogue()), "Add these to impact/core/jobs/catalogue/catalogue.toml."
    everything = "\n".join(code.values())
    assert not {name for name in catalogue() if f'"{name}"' not in everything}, "Nothing sends these; take them out."
    with pytest.raises(LookupError, match=r"catalogue\.toml"):
        event_of("something-new")


def test_no_email_and_no_notice_leaves_by_another_way(code):
    """Only the outbox makes messages and rows of email, and only ``tell`` makes notices: both ask the catalogue."""
    outbox, tell = "impact/core/jobs/outbox.py", "impact/core/notices/services.py"
    ways = {
        r"\bEmailMessage\(": "",
        r"\bEmailMultiAlternatives\(": outbox,
        r"\bdjango\.core\.mail\b": outbox,
        r"\bsmtplib\.SMTP\b|\bSMTP\(|\bmail_admins\(|\bmail_managers\(": "",
        r"\bOutboxEmail\((?!models)": outbox,
        r"\bOutboxEmail\.objects\.(create|bulk_create|get_or_create)\(": outbox,
        r"\bNotice\((?!models)": tell,
        r"\bNotice\.objects\.(create|bulk_create|get_or_create)\(": tell,
    }
    quick = re.compile(r"EmailM|core\.mail|smtplib|SMTP\(|mail_admins|mail_managers|OutboxEmail|Notice[(.]")
    some = {name: text for name, text in code.items() if quick.search(text)}
    assert outbox in some and tell in some
    wrong = [(way, name) for name in some for way, only in ways.items() if name != only and re.search(way, some[name])]
    assert not wrong


def test_each_row_says_who_gets_it_and_why_and_what_may_be_chosen():
    for name, event in catalogue().items():
        assert event.what and event.who and event.why and event.subject and event.urgency in Urgency, name
        assert event.kind in {"", *NoticeKind.values}, name
        assert bool(event.kind) or event.fixed, f"{name}: say which choice decides, or why there is none"
        for text in (event.what, event.why, event.fixed):
            assert not text or text.endswith((".", "?")), name
    used = {event.kind for event in catalogue().values()}
    assert set(NoticeKind.values) <= used, "A kind of which no event is, is an empty choice."
    assert any(event.fixed and event.kind for event in catalogue().values())


def test_no_subject_says_anything_sensitive(code):
    """The subjects of notices are from the catalogue alone. Those of other emails are read in the code."""
    subjects = [event.subject for event in catalogue().values()]
    free = set()
    for text in code.values():
        for node in ast.walk(ast.parse(text)) if "subject=" in text else ():
            if isinstance(node, ast.keyword) and node.arg == "subject":
                subjects += [part.value for part in ast.walk(node.value) if isinstance(part, ast.Constant)]
                for part in ast.walk(node.value):
                    if isinstance(part, ast.FormattedValue):
                        free.add(ast.unparse(part.value))
    for template in (ROOT / "templates").rglob("*_subject.txt"):
        subjects.append(template.read_text())
    texts = [text for text in subjects if isinstance(text, str)]
    assert len(texts) > 100
    assert not [text for text in texts if SENSITIVE.search(text)]
    assert not free - IN_SUBJECTS, "Is this fit for the screen of a locked phone?"


@pytest.mark.django_db
def test_staff_and_each_person_read_the_catalogue(staff, sign_in):
    page = html_of(sign_in(staff).get("/notices/catalogue/"))
    mine = html_of(sign_in(staff).get("/account/notices/"))
    for event in catalogue().values():
        assert event.what in page and event.who in page and event.why in page
        assert event.what in mine and (not event.fixed or (event.fixed in page and event.fixed in mine))
    rows = sign_in(staff).get("/api/v1/notices/catalogue/").json()
    assert [row["name"] for row in rows] == list(catalogue())
