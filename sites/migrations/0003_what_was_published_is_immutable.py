from django.db import migrations

from impact.core.basics.triggers import refuse

SEEN = "Questions that applicants may have seen do not change: prepare a new version."


class Migration(migrations.Migration):
    dependencies = [("sites", "0002_proposals_of_assemblies")]
    operations = [
        refuse("list_edition_no_delete", "sites_listedition", "DELETE", message="a published list is never deleted"),
        refuse(
            "list_edition_no_update",
            "sites_listedition",
            "UPDATE",
            when="NEW.year_id <> OLD.year_id OR NEW.number <> OLD.number OR NEW.correction <> OLD.correction OR NEW.published_at <> OLD.published_at OR CAST(NEW.contents AS text) <> CAST(OLD.contents AS text)",
            message="a published list never changes",
        ),
        refuse(
            "question_no_delete",
            "sites_question",
            "DELETE",
            when="EXISTS (SELECT 1 FROM sites_section s JOIN sites_questionset q ON q.id = s.question_set_id WHERE s.id = OLD.section_id AND q.published_at IS NOT NULL)",
            message=SEEN,
        ),
        refuse(
            "question_no_insert",
            "sites_question",
            "INSERT",
            when="EXISTS (SELECT 1 FROM sites_section s JOIN sites_questionset q ON q.id = s.question_set_id WHERE s.id = NEW.section_id AND q.published_at IS NOT NULL)",
            message=SEEN,
        ),
        refuse(
            "question_no_update",
            "sites_question",
            "UPDATE",
            when="EXISTS (SELECT 1 FROM sites_section s JOIN sites_questionset q ON q.id = s.question_set_id WHERE s.id = OLD.section_id AND q.published_at IS NOT NULL)",
            message=SEEN,
        ),
        refuse(
            "revision_no_update",
            "sites_revision",
            "UPDATE",
            when="OLD.application_id <> NEW.application_id OR OLD.number <> NEW.number OR OLD.question_set_id <> NEW.question_set_id OR OLD.statement_id <> NEW.statement_id OR OLD.submitted_at <> NEW.submitted_at OR CAST(OLD.answers AS text) <> CAST(NEW.answers AS text)",
            message="What was submitted does not change.",
        ),
        refuse(
            "section_no_delete",
            "sites_section",
            "DELETE",
            when="EXISTS (SELECT 1 FROM sites_questionset q WHERE q.id = OLD.question_set_id AND q.published_at IS NOT NULL)",
            message=SEEN,
        ),
        refuse(
            "section_no_insert",
            "sites_section",
            "INSERT",
            when="EXISTS (SELECT 1 FROM sites_questionset q WHERE q.id = NEW.question_set_id AND q.published_at IS NOT NULL)",
            message=SEEN,
        ),
        refuse(
            "section_no_update",
            "sites_section",
            "UPDATE",
            when="EXISTS (SELECT 1 FROM sites_questionset q WHERE q.id = OLD.question_set_id AND q.published_at IS NOT NULL)",
            message=SEEN,
        ),
    ]
