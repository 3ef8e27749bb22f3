"""A published report is corrected: a quote that was withdrawn leaves it, a wrong figure is counted again."""

import io
import zipfile
from datetime import date
from types import SimpleNamespace

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.test import Client

from impact.core.access.models import AuditEvent
from impact.core.basics import clock
from impact.core.basics.states import StateConflict
from impact.core.basics.versions import Conflict
from impact.core.jobs import queue
from impact.core.notices.models import Notice
from reports.approval import services as approval
from reports.approval.corrections import services
from reports.approval.corrections.freezing import KINDS
from reports.approval.corrections.models import Correction
from reports.editions.making import services as making
from reports.editions.models import Edition, Snapshot
from reports.editions.services import take_snapshot
from reports.figures.history import Published
from reports.figures.rows.models import KeptRows
from reports.figures.rows.sources import SOURCES
from reports.quotes import services as quotes
from reports.quotes.models import Quote
from reports.writing.models import AnnualReport
from tests import factories
from tests.pages import html_of

pytestmark = pytest.mark.django_db
TODAY = date(2023, 1, 16)
SAID = "Ask me, and ask me again next year."
OTHERS = "We wrote the questions together, and it shows."


@pytest.fixture(autouse=True)
def no_worker_notification(monkeypatch):
    monkeypatch.setattr(queue, "notify_worker", lambda job_id: None)


def edition_from(report: AnnualReport, snapshot: Snapshot) -> Edition:
    """What a worker makes of a snapshot, without drawing it."""
    number = report.editions.count() + 1
    return factories.EditionFactory(report=report, snapshot=snapshot, sha256=f"{number:064x}")


@pytest.fixture
def w(staff, engagement_lead, leader):
    """A published report that holds two quotes, one of them placed in a section."""
    world = SimpleNamespace(staff=staff, lead=engagement_lead, leader=leader)
    with clock.standing_on(TODAY):
        world.group = factories.GroupFactory(slug="local-wales")
        world.coordinator = factories.user_in(world.group, "coordinator")
        world.meeting = factories.LoggedMeetingFactory(group=world.group)
        world.report = factories.AnnualReportFactory(year=2022)
        world.speaker, other = factories.user_in(world.group), factories.user_in(world.group)
        world.quote, world.kept = (_approved(world, *one) for one in ((world.speaker, SAID), (other, OTHERS)))
        world.report.sections.update(body="Words.")
        placed = f"Before it.\n\n{{{{quote:{world.quote.pk}}}}}\n\nAfter it."
        world.report.sections.filter(key="progress").update(body=placed)
        world.first = edition_from(world.report, take_snapshot(by=staff, report=world.report))
        approval.submit_for_approval(by=staff, report=world.report)
        approval.approve_report(by=leader, report=world.report, edition=world.first, override="Why")
        approval.publish_report(by=staff, report=world.report)
        world.report = AnnualReport.objects.get()
        yield world


def _approved(w, speaker, words: str) -> Quote:
    person = factories.agreed_to_be_quoted(speaker.person)
    said = factories.ContributionFactory(meeting=w.meeting, words=words, speaker=person)
    quote = quotes.offer_quote(by=w.staff, report=w.report, contribution=said, words=words)
    return quotes.approve_quote(by=speaker, quote=quote, expected=quote.version)


def withdrawn(w) -> None:
    quotes.withdraw_quote(by=w.speaker, quote=w.quote)


def begun(w, reason: str = "A quote was withdrawn.", **more) -> Correction:
    return services.open_correction(by=w.staff, report=w.report, reason=reason, **more)


def built(w, row: Correction) -> Edition:
    services.build_correction(by=w.staff, correction=row)
    row.refresh_from_db()
    return edition_from(w.report, row.snapshot)


def finished(w, row: Correction) -> Edition:
    edition = row.built() or built(w, row)
    row = services.send_correction(by=w.staff, correction=row)
    row = services.approve_correction(by=w.leader, correction=row, edition=edition)
    services.publish_correction(by=w.staff, correction=row)
    w.report.refresh_from_db()
    return edition


def test_a_correction_stands_on_the_first_page_of_those_whose_turn_it_is(w, sign_in):
    def home(user) -> str:
        return html_of(sign_in(user).get("/"))

    row = begun(w)
    assert "The correction of the 2022 report is being written" in home(w.staff)
    edition = built(w, row)
    row = services.send_correction(by=w.staff, correction=row)
    page = home(w.leader)
    assert "The correction of the 2022 report is waiting for approval" in page
    assert "Read the corrected edition, then approve it or send it back." in page and row.get_absolute_url() in page
    row = services.approve_correction(by=w.leader, correction=row, edition=edition)
    assert "The staff team publishes it." in home(w.leader) and "is approved" in home(w.staff)
    services.publish_correction(by=w.staff, correction=row)
    assert not [user for user in (w.staff, w.leader, w.speaker) if "The correction of" in home(user)]


def test_a_quote_that_is_withdrawn_after_publication_is_hidden_at_once_and_leaves_the_corrected_edition(w, sign_in):
    public, writer = Client(), sign_in(w.staff)
    assert SAID in html_of(public.get("/reports/2022/read/"))
    withdrawn(w)

    # Everyone who may correct it is told at once, with the correction ready to begin.
    begin = f"/reports/2022/correction/begin/?quote={w.quote.pk}"
    told = set(Notice.objects.filter(event="quote-withdrawn", path=begin).values_list("person__user", flat=True))
    assert told == {w.staff.pk, w.lead.pk}
    assert "A quote was withdrawn by the person who said it" in html_of(writer.get(begin))

    # Our own pages hide the words before anything else is done; files that hold them are held back from the public.
    for reader, address in ((public, "read/"), (public, ""), (writer, "preview/"), (writer, "sections/progress/")):
        page = html_of(reader.get(f"/reports/2022/{address}"))
        assert SAID not in page and "A quote was withdrawn" in page, address
    assert OTHERS in html_of(public.get("/reports/2022/read/"))
    assert "Everyone can read it." in html_of(writer.get("/reports/2022/"))
    refused = public.get("/reports/2022/editions/1/")
    assert refused.status_code == 410 and "A corrected edition is on its way" in html_of(refused)
    assert writer.get("/reports/2022/editions/1/").status_code == 200
    client = sign_in(w.coordinator)
    assert client.get(f"/api/v1/editions/{w.first.pk}/content/").status_code == 410
    told = client.get("/api/v1/reports/2022/").json()
    assert told["editions"][0]["holds_withdrawn"] is True and told["corrections"] == []

    # The correction: the words are gone from where they stood, and nothing else is new.
    writer.post(begin, {"reason": "A quote was withdrawn by the person who said it."})
    row = Correction.objects.get()
    edition = built(w, row)
    data, former = edition.snapshot.data, w.first.snapshot.data
    assert data["sections"] == {**former["sections"], "progress": "Before it.\n\nAfter it."}
    assert [one["words"] for one in data["quotes"]] == [OTHERS] and data["figures"] == former["figures"]
    assert (
        KeptRows.objects.filter(snapshot=edition.snapshot).count()
        == KeptRows.objects.filter(snapshot=w.first.snapshot).count()
    )
    page = html_of(writer.get("/reports/2022/correction/"))
    assert "Read edition 2" in page and "1 quote that can no longer be printed is left out" in page
    compared = html_of(writer.get("/reports/2022/editions/compare/?a=1&b=2"))
    assert "1 quote left out" in compared and SAID not in compared

    services.send_correction(by=w.staff, correction=row)
    approver = sign_in(w.leader)
    approver.post("/reports/2022/correction/approve/", {"edition": 2})
    assert AnnualReport.objects.get().approved_edition == w.first, "approved, not yet published"
    writer.post("/reports/2022/correction/publish/")

    # Everyone reads the corrected edition, and why; the former one is listed, and its file stays back.
    page = html_of(public.get("/reports/2022/"))
    assert "Corrected on 16 January 2023" in page and "Replaced by edition 2" in page
    assert "No longer available" in page
    page = html_of(public.get("/reports/2022/read/"))
    assert (
        SAID not in page and "A quote was withdrawn by the person who said it" in page and "What was corrected" in page
    )
    assert public.get("/reports/2022/editions/2/").status_code == 200
    assert w.report.sections.get(key="progress").body == "Before it.\n\nAfter it.", "what a search finds"
    gone = public.get("/reports/2022/editions/1/")
    assert gone.status_code == 410 and "A corrected edition has replaced it" in html_of(gone)
    verdict = html_of(public.get(f"/reports/verify/?sha256={w.first.sha256}"))
    assert (
        "This was our report. A corrected edition has replaced it" in verdict and "Please do not pass it on" in verdict
    )
    assert "unchanged" in html_of(public.get(f"/reports/verify/?sha256={edition.sha256}"))
    for number in (1, 2):
        assert f"edition {number}" in html_of(public.get(f"/f/F12/?year=2022&edition={number}")).lower()
    told = client.get("/api/v1/reports/2022/").json()
    assert told["approved_edition"] == 2 and told["corrections"] == [
        {"edition": 2, "replaces": 1, "reason": row.reason, "published_on": "2023-01-16"}
    ]
    assert {(one["number"], one["replaced_by"], one["holds_withdrawn"]) for one in told["editions"]} == {
        (2, None, False),
        (1, 2, True),
    }
    happened = AuditEvent.objects.about(w.report).filter(type__startswith="report.correct").order_by("pk")
    assert [event.type.removeprefix("report.") for event in happened] == [
        *("correction_opened", "correction_sent", "correction_approved", "correction_published", "corrected")
    ]


@pytest.mark.parametrize("form", ["docx", "html", "json", "xlsx", "csv"])
def test_each_form_of_the_former_edition_is_held_back_and_the_corrected_one_is_without_the_words(w, sign_in, form):
    job = making.request_form(by=w.staff, edition=w.first, form=form, language="en")
    assert queue.run(job.pk)
    address = f"/reports/2022/editions/1/{form}/en/"
    held = _text(Client().get(address), form)
    assert SAID in held
    withdrawn(w)
    assert Client().get(address).status_code == 410
    reader = sign_in(w.coordinator)
    content = f"/api/v1/editions/{w.first.pk}/forms/{form}/en/content/"
    assert reader.get(content).status_code == 410
    edition = finished(w, begun(w))
    job = making.request_form(by=w.staff, edition=edition, form=form, language="en")
    assert queue.run(job.pk)
    made = _text(Client().get(f"/reports/2022/editions/2/{form}/en/"), form)
    assert SAID not in made and OTHERS in made and "A corrected edition replaces edition 1." in made


def _text(response, form: str) -> str:
    """What a form says; packages are opened."""
    data = b"".join(response.streaming_content)
    if form in ("html", "json"):
        return data.decode()
    with zipfile.ZipFile(io.BytesIO(data)) as packed:
        return b"\n".join(packed.read(name) for name in packed.namelist()).decode(errors="replace")


def test_a_wrong_figure_is_counted_again_up_to_the_same_day_and_marked(w):
    with clock.standing_on(date(2023, 3, 1)):
        factories.ContributionFactory(meeting=w.meeting, words="Logged late.")
        factories.LoggedMeetingFactory(group=w.group)  # also late, but not what is corrected
        row = begun(w, "Contributions were logged late.", recounted=["contributions"])
        edition = built(w, row)
        data, former = edition.snapshot.data, w.first.snapshot.data
        assert data["figures"]["contributions"]["total"] == former["figures"]["contributions"]["total"] + 1
        assert data["figures"]["meetings"] == former["figures"]["meetings"] and data["as_of"] == former["as_of"]
        (note,) = data["corrections"]
        assert ("Contributions", "2", "3") in {(one["title"], one["was"], one["now"]) for one in note["changed"]}
        assert {one["code"] for one in note["changed"]} >= {"F13"}
        kept = KeptRows.objects.filter(snapshot=edition.snapshot)
        assert sum(one.number for one in kept.filter(source="contributions")) == 3
        assert sum(one.number for one in kept.filter(source="meetings-held")) == 1
        finished(w, row)
        page = html_of(Client().get("/f/F13/?year=2022"))
        assert "Changed since edition 1: it was 2" in page


def test_numbers_of_people_that_a_correction_keeps_are_not_taken_for_new_ones(w):
    """A snapshot that was never built may have said more since; later counts go on from that one (decision 60)."""
    assert {source for _label, _parts, sources in KINDS.values() for source in sources} == {one.name for one in SOURCES}
    later = {**w.first.snapshot.data["figures"], "attendance": {"rows": [], "total": 25, "is_withheld": False}}
    factories.SnapshotFactory(report=w.report, data={"figures": later})
    before = Published.before(2022)
    row = begun(w)
    built(w, row)
    assert row.snapshot.keeps_people and Published.before(2022) == before


def test_what_a_correction_refuses(w, sign_in):
    draft = factories.AnnualReportFactory(year=2023)
    with pytest.raises(StateConflict, match="Only a published report can be corrected"):
        services.open_correction(by=w.staff, report=draft, reason="x")
    with pytest.raises(ValidationError, match="Everyone reads this"):
        begun(w, " ")
    for user in (w.leader, w.coordinator):
        with pytest.raises(PermissionDenied):
            services.open_correction(by=user, report=w.report, reason="x")
    row = begun(w)
    with pytest.raises(StateConflict, match="has a correction that is not finished"):
        begun(w)
    with pytest.raises(IntegrityError), transaction.atomic():
        Correction.objects.create(report=w.report, replaces=w.first, reason="Twice")
    with pytest.raises(StateConflict, match="has not been built"):
        services.send_correction(by=w.staff, correction=row)
    edition = built(w, row)
    services.correct_words(by=w.lead, correction=row, key="summary", body="Better.", expected=row.version)
    with pytest.raises(Conflict):
        services.correct_words(by=w.staff, correction=row, key="summary", body="Mine.", expected=row.version)
    with pytest.raises(StateConflict, match="has not been built"):
        services.send_correction(by=w.staff, correction=row)
    newer = built(w, row)
    services.send_correction(by=w.staff, correction=row)
    with pytest.raises(ValidationError, match="Edition 3 has been built since"):
        services.approve_correction(by=w.leader, correction=row, edition=edition)
    withdrawn(w)
    with pytest.raises(StateConflict, match="may no longer be quoted"):
        services.approve_correction(by=w.leader, correction=row, edition=newer)
    newest = built(w, row)
    services.approve_correction(by=w.leader, correction=row, edition=newest)
    quotes.withdraw_quote(by=w.kept.person.user, quote=w.kept)
    with pytest.raises(StateConflict, match="may no longer be quoted"):
        services.publish_correction(by=w.staff, correction=row)
    with pytest.raises(ValidationError, match="Say what should change"):
        services.return_correction(by=w.staff, correction=row)
    row = services.return_correction(by=w.staff, correction=row, note="Another quote was withdrawn.")
    services.correct_words(by=w.staff, correction=row, key="summary", body=f"Someone said: {OTHERS}")
    with pytest.raises(ValidationError, match="also typed in: Summary for leadership"):
        services.build_correction(by=w.staff, correction=row)
    services.drop_correction(by=w.staff, correction=row)
    assert AnnualReport.objects.get(year=2022).approved_edition == w.first
    assert sign_in(w.staff).get("/reports/2022/correction/").status_code == 404
