"""A round to apply to, and the browser of someone who has opened their private link."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client

from impact.core.access.permissions import SYSTEM
from impact.core.jobs.models import OutboxEmail
from sites.calls.applications.applying import links
from sites.calls.applications.models import Application
from sites.calls.rounds.models import Round
from sites.calls.rounds.questions.models import Kind, Question, QuestionSet, Section
from tests.sites.calls.applications.build import open_round, publish

EMAIL = "carers@harbour.example"


@pytest.fixture(autouse=True)
def no_limits_used():
    """Each test begins with none of its tries counted."""
    cache.clear()
    yield
    cache.clear()


def ask_about(round: Round, *, without: str = "") -> QuestionSet:
    """Eight questions: one of who can apply, a conditional one, a long one, a number, a date and a file among them."""
    questions = QuestionSet.objects.create(round=round, number=round.question_sets.count() + 1)

    def add(section: Section, order: int, key: str, kind: str, label: str, **more: Any) -> None:
        if key != without:
            Question.objects.create(section=section, order=order, key=key, kind=kind, label=label, **more)

    first = Section.objects.create(question_set=questions, order=0, title="Can you apply?", is_eligibility=True)
    add(first, 1, "based", Kind.YES_NO, "Are you based in the UK?", must_be="yes", help_text="We fund work in the UK.")
    about = Section.objects.create(question_set=questions, order=1, title="About you")
    add(about, 1, "organisation_name", Kind.SHORT, "Your organisation", fact="organisation_name")
    add(about, 2, "nation", Kind.ONE_OF, "Which nation?", fact="nation")
    england = {"only_if_key": "nation", "only_if_values": ["england"]}
    add(about, 3, "region", Kind.ONE_OF, "Which region?", fact="region", **england)
    add(about, 4, "needs", Kind.SEVERAL_OF, "Whom is it for?", fact="needs", is_required=False)
    plan = Section.objects.create(question_set=questions, order=2, title="Your plan")
    add(plan, 1, "what", Kind.LONG, "What would you do?", word_limit=20)
    add(plan, 2, "money", Kind.MONEY, "How much money do you need?", fact="money", most=50000)
    add(plan, 3, "letter", Kind.FILE, "A letter of support", is_required=False)
    return publish(questions)


@pytest.fixture
def round(db) -> Round:
    made = open_round(slug="spring", name="Spring round")
    ask_about(made)
    return made


def token_in(mail: OutboxEmail) -> str:
    """The private link's token in an email."""
    found = re.search(r"/application/([\w-]+)/", mail.body)
    assert found, mail.body
    return found[1]


def last_mail(to: str = EMAIL) -> OutboxEmail:
    return OutboxEmail.objects.filter(to=to).latest("pk")


@pytest.fixture
def start(round) -> Callable[..., tuple[Client, Application]]:
    """``start()`` is the browser of an applicant who has just opened their link, and the application."""

    def make(email: str = EMAIL, **answers: Any) -> tuple[Client, Application]:
        given = {"based": "yes", **answers}
        links.start_online(by=SYSTEM, round=round, email=email, contact_name="Role holder", answers=given)
        client = Client()
        client.get(f"/application/{token_in(last_mail(email))}/")
        return client, Application.objects.get(email=email, state="draft")

    return make


COMPLETE = {
    "organisation_name": "Harbour Carers",
    "nation": "wales",
    "what": "A shared diary for carers.",
    "money": "£12,000",
}


def address(application: Application, page: str = "") -> str:
    return f"/rounds/{application.round.slug}/apply/{application.reference}/{page}"


def section_of(application: Application, title: str) -> str:
    section = Section.objects.get(question_set=application.question_set, title=title)
    return address(application, f"section/{section.pk}/")


def fields_of(client: Client, url: str) -> dict[str, Any]:
    """The hidden fields of a section's page, as a browser sends them back."""
    page = client.get(url).content.decode()
    return dict(re.findall(r'<input type="hidden" name="([\w-]+-was)"[^>]* value="(\w+)"', page))
