"""Reports and editions over the API."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from impact.core.jobs.models import Job
from tests import factories
from tests.reports.test_views import approved

pytestmark = pytest.mark.django_db


def test_those_who_work_on_reports_get_chapters_and_editions(staff, sign_in):
    report = factories.AnnualReportFactory(year=2022)
    factories.EditionFactory(report=report)
    body = sign_in(staff).get("/api/v1/reports/2022/").json()
    assert (body["year"], body["status"], body["approved_edition"]) == (2022, "writing", None)
    assert body["sections"][0] == {"key": "summary", "position": 1, "title": "Summary for leadership"}
    assert body["editions"][0]["download_url"] == "http://testserver/reports/2022/editions/1/"
    assert body["editions"][0]["is_approved"] is False and body["url"] == "http://testserver/reports/2022/"


def test_others_get_published_reports_with_the_approved_edition_only(outsider, sign_in):
    report = factories.AnnualReportFactory(year=2022)
    factories.AnnualReportFactory(year=2023)
    factories.EditionFactory(report=report)
    approved(report)
    client = sign_in(outsider)
    body = client.get("/api/v1/reports/").json()["results"]
    assert [row["year"] for row in body] == [2022]
    assert [(e["number"], e["is_approved"]) for e in body[0]["editions"]] == [(2, True)]
    assert [e["number"] for e in client.get("/api/v1/editions/").json()["results"]] == [2]
    assert client.get("/api/v1/reports/2023/").status_code == 404


def test_everyone_reads_what_is_published_and_nothing_else(client, hourly_limit):
    hourly_limit("6000/hour", "300/hour")
    report, drafted = factories.AnnualReportFactory(year=2022), factories.AnnualReportFactory(year=2023)
    draft, unpublished = factories.EditionFactory(report=report), factories.EditionFactory(report=drafted)
    approved(report)
    edition = report.approved_edition
    origin = {"Origin": "https://example.org"}
    for address in (
        *("reports/", "reports/2022/", "reports/export.csv", f"editions/{edition.pk}/", "editions/"),
        *("figures/?report=2022", "figures/F1/?report=2022", "figures/export.xlsx?report=2022"),
    ):
        answer = client.get(f"/api/v1/{address}", headers=origin)
        assert answer.status_code == 200, address
        assert (
            answer["Access-Control-Allow-Origin"] == "*"
            and "ratelimit-remaining" in answer["Access-Control-Expose-Headers"]
        )
        assert int(answer["RateLimit-Remaining"]) > 0
        if "export" not in address:
            tag = answer["ETag"]
            assert client.get(f"/api/v1/{address}", headers={"If-None-Match": tag}).status_code == 304, address
    (row,) = client.get("/api/v1/reports/").json()["results"]
    assert row["year"] == 2022 and [one["number"] for one in row["editions"]] == [edition.number]
    figure = client.get("/api/v1/figures/F1/?report=2022").json()
    assert figure["definition"] and figure["edition"] == edition.number and figure["previous_edition"] is None
    public = client.get("/api/v1/figures/?report=2022").json()
    assert {one["code"]: one["words"] for one in public}["F1"] == figure["words"]
    assert b"".join(client.get(f"/api/v1/editions/{edition.pk}/content/").streaming_content).startswith(b"%PDF")
    for address, status in {
        "reports/2023/": 404,
        f"editions/{draft.pk}/": 404,
        f"editions/{unpublished.pk}/content/": 404,
        f"figures/?report=2022&edition={draft.number}": 400,
        "figures/?report=2023": 400,
        "reports/2022/build/": 401,
        f"editions/{edition.pk}/forms/": 401,
        "report-sections/": 401,
    }.items():
        assert client.get(f"/api/v1/{address}").status_code == status, address
    assert client.post("/api/v1/reports/", {}, content_type="application/json").status_code == 401


def test_reports_filter_by_status_and_editions_by_year(staff, sign_in):
    approved(factories.AnnualReportFactory(year=2022))
    factories.EditionFactory(report=factories.AnnualReportFactory(year=2023))
    client = sign_in(staff)
    assert [r["year"] for r in client.get("/api/v1/reports/?status=published").json()["results"]] == [2022]
    assert [e["report"] for e in client.get("/api/v1/editions/?report=2023").json()["results"]] == [2023]
    assert client.get("/api/v1/reports/?status=none").status_code == 400


@pytest.mark.parametrize("path", ["/api/v1/reports/", "/api/v1/editions/"])
def test_a_list_takes_the_same_number_of_queries_for_1_and_for_30_rows(path, staff, sign_in):
    client = sign_in(staff)
    factories.EditionFactory(report=factories.AnnualReportFactory(year=2000))
    client.get(path)
    with CaptureQueriesContext(connection) as few:
        client.get(path)
    for year in range(2001, 2030):
        factories.EditionFactory(report=factories.AnnualReportFactory(year=year))
    with CaptureQueriesContext(connection) as many:
        assert len(client.get(path).json()["results"]) == 30
    assert len(many) == len(few)


def test_an_edition_is_asked_for_and_followed_over_the_api(staff, outsider, sign_in, monkeypatch):
    monkeypatch.setattr("impact.core.jobs.queue.notify_worker", lambda job_id: None)
    factories.AnnualReportFactory(year=2022)
    client, here = sign_in(staff), "/api/v1/reports/2022/build/"
    assert client.get(here).status_code == 404
    asked = client.post(here, content_type="application/json", headers={"Idempotency-Key": "one"})
    again = client.post(here, content_type="application/json", headers={"Idempotency-Key": "one"})
    assert (asked.status_code, again.status_code) == (202, 202) and asked["Location"].endswith(here)
    assert (
        client.get(here).json()["state"] == "queued" and Job.objects.filter(kind="reports.build_edition").count() == 1
    )
    Job.objects.update(state=Job.State.SUCCEEDED, result={"edition": 1}, finished_at="2023-01-16T12:00Z")
    assert client.post(here, content_type="application/json").status_code == 200, "nothing has changed since"
    assert sign_in(outsider).post(here, content_type="application/json").status_code == 404
