"""Sections of reports over the API."""

import pytest

from reports.writing import services
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def section():
    return factories.AnnualReportFactory(year=2022).sections.select_related("report").get(key="progress")


def test_a_section_is_written_with_its_etag_and_the_versions_are_kept(staff, sign_in, section):
    client, url = sign_in(staff), f"/api/v1/report-sections/{section.pk}/"
    first = client.get(url)
    assert client.patch(url, {"body": "x"}, content_type="application/json").status_code == 428
    given = {"body": "New words", "due_on": "2099-02-01", "owner": staff.email}
    saved = client.patch(url, given, content_type="application/json", headers={"If-Match": first["ETag"]})
    body = saved.json()
    assert saved.status_code == 200 and (body["body"], body["status"], body["words"]) == ("New words", "writing", 2)
    assert (body["owner"], body["due_on"], body["versions"]) == (staff.email, "2099-02-01", 1)
    late = client.patch(url, {"body": "Mine"}, content_type="application/json", headers={"If-Match": first["ETag"]})
    assert late.status_code == 412 and late.json()["current"]["body"] == "New words"


def test_an_earlier_version_is_put_back(staff, sign_in, section):
    for body in ("One", "Two"):
        section = services.write_section(by=staff, section=section, body=body)
    client, url = sign_in(staff), f"/api/v1/report-sections/{section.pk}/"
    assert [row["body"] for row in client.get(f"{url}versions/").json()] == ["Two", "One"]
    back = client.post(f"{url}restore/", {"number": 1}, content_type="application/json")
    assert back.status_code == 200 and back.json()["body"] == "One"
    assert client.post(f"{url}restore/", {"number": 9}, content_type="application/json").status_code == 400


def test_what_is_too_long_or_owned_by_a_stranger_is_refused(staff, leader, sign_in, section):
    client, url = sign_in(staff), f"/api/v1/report-sections/{section.pk}/"
    tag = client.get(url)["ETag"]
    for given in ({"body": "x" * 200_000}, {"owner": leader.email}, {"colour": "red"}, {"status": "done"}):
        answer = client.patch(url, given, content_type="application/json", headers={"If-Match": tag})
        assert answer.status_code == 400, given


def test_outsiders_see_no_section(outsider, sign_in, section):
    client = sign_in(outsider)
    assert client.get("/api/v1/report-sections/").json()["results"] == []
    assert client.get(f"/api/v1/report-sections/{section.pk}/").status_code == 404


def test_a_report_is_opened_once_for_a_key(staff, sign_in):
    client = sign_in(staff)
    headers = {"Idempotency-Key": "b7c1f3e2-0000-4000-8000-000000000001"}
    given = {"year": 2022, "title": "Our year"}
    first = client.post("/api/v1/reports/", given, content_type="application/json", headers=headers)
    again = client.post("/api/v1/reports/", given, content_type="application/json", headers=headers)
    assert (first.status_code, again.status_code) == (201, 201) and len(first.json()["sections"]) == 12
