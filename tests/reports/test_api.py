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
