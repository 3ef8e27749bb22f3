"""What is private never gets into the index: a word in every text column, and a reviewed list of those that are found."""

import pytest
from django.apps import apps
from django.db import connection, models

from impact.core.web.search.models import SearchEntry
from tests.permission_world import build_world

pytestmark = [pytest.mark.django_db, pytest.mark.database]

# Every column whose words can be found. Add one only after asking who may see the row that it stands in.
FOUND = {
    "core_person": {"name"},
    "sites_site": {"name", "place", "summary"},
    "sites_organisation": {"name", "summary"},
    "sites_topic": {"name", "summary"},
    "sites_evidenceitem": {"title", "summary", "source"},
    "sites_evidencegap": {"title", "why", "answer"},
    "sites_update": {"title", "body"},
    "sites_round": {"name", "guidance"},
    "sites_application": {"reference", "organisation_name", "place"},
    "networks_group": {"name", "place", "about"},
    "networks_meeting": {"title", "purpose", "place", "notes"},
    "networks_contribution": {"words"},
    "networks_material": {"title"},
    "networks_papertext": {"text"},  # what stands in an uploaded paper, for those who may open the paper
    "networks_action": {"what", "outcome"},
    "networks_theme": {"name", "description"},
    "networks_venue": {"name", "address", "notes"},
    "networks_sharedlearning": {"title", "words"},
    "coproduction_charterversion": set(),
    "coproduction_chartersection": set(),  # its title, where the text of an old version has none
    "coproduction_sectiontext": {"title", "body"},
    "coproduction_suggestion": {"words", "quote", "answer"},
    "coproduction_involvement": {"title", "asked", "said", "changed"},
    "reports_annualreport": {"title", "subtitle"},
    "reports_reportsection": {"body"},
    "reports_subjectreport": {"opening", "closing"},  # its words, for those who read drafts
}
CANARY = "marmalade"


def text_columns() -> list[tuple[str, models.Field]]:
    return [
        (model._meta.db_table, field)
        for model in apps.get_models()
        if model is not SearchEntry and not model._meta.proxy and model._meta.managed
        for field in model._meta.local_fields
        if isinstance(field, models.CharField | models.TextField | models.JSONField)
        and not field.choices
        and not field.primary_key
    ]


def drop_refusals() -> None:
    """Take away the triggers that keep rows as they are: here any column is written, in a test's transaction."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger' AND name NOT LIKE 'search_of_%'")
        for (name,) in cursor.fetchall():
            cursor.execute(f"DROP TRIGGER {name}")


@pytest.mark.sqlite_only  # which columns a trigger reads is the same SQL on both
def test_a_word_in_any_column_is_found_only_where_it_is_meant_to_be(no_checks):
    build_world()
    # A report's text is found once it is published, an open charter's from its proposal on.
    with connection.cursor() as cursor:
        drop_refusals()
        cursor.execute("UPDATE reports_annualreport SET status = 'published'")
    found: dict[str, set[str]] = {}
    looked_at = 0
    for table, field in text_columns():
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT count(*) FROM {table}")
            if not cursor.fetchone()[0]:
                continue
            looked_at += 1
            word = f"{CANARY}{looked_at}q"  # no word begins another
            value = f'"{word}"' if isinstance(field, models.JSONField) else f"'{word}' || rowid"
            json = isinstance(field, models.JSONField)
            cursor.execute(f'UPDATE {table} SET "{field.column}" = {repr(value) if json else value}')
        if SearchEntry.objects.filter(title__contains=word).exists() or SearchEntry.objects.filter(body__contains=word):
            found.setdefault(table, set()).add(field.column)
    assert looked_at > 200
    assert found == {table: columns for table, columns in FOUND.items() if columns}
