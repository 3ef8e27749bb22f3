from django.db import migrations

from impact.core.basics.triggers import refuse


class Migration(migrations.Migration):
    dependencies = [("reports", "0001_initial")]
    operations = [
        refuse("edition_no_delete", "reports_edition", "DELETE", message="an edition is never deleted"),
        refuse(
            "edition_no_update",
            "reports_edition",
            "UPDATE",
            when="NEW.report_id <> OLD.report_id OR NEW.number <> OLD.number OR NEW.snapshot_id <> OLD.snapshot_id OR NEW.file <> OLD.file OR NEW.sha256 <> OLD.sha256 OR NEW.size <> OLD.size OR NEW.pages <> OLD.pages",
            message="an edition never changes after it is built",
        ),
        refuse(
            "edition_form_no_delete", "reports_editionform", "DELETE", message="a form of an edition is never deleted"
        ),
        refuse(
            "edition_form_no_update",
            "reports_editionform",
            "UPDATE",
            when="NEW.edition_id <> OLD.edition_id OR NEW.form <> OLD.form OR NEW.language <> OLD.language OR NEW.file <> OLD.file OR NEW.sha256 <> OLD.sha256 OR NEW.size <> OLD.size OR NEW.contents_sha256 <> OLD.contents_sha256 OR NEW.is_reviewed <> OLD.is_reviewed",
            message="a form of an edition never changes after it is made",
        ),
        refuse("kept_rows_no_delete", "reports_keptrows", "DELETE", message="the rows of a snapshot are never deleted"),
        refuse("kept_rows_no_update", "reports_keptrows", "UPDATE", message="the rows of a snapshot never change"),
        refuse(
            "quote_answer_no_delete",
            "reports_quoteanswer",
            "DELETE",
            message="what a speaker answered is never deleted",
        ),
        refuse(
            "quote_answer_no_update",
            "reports_quoteanswer",
            "UPDATE",
            when="NEW.quote_id <> OLD.quote_id OR NEW.answer <> OLD.answer OR NEW.words <> OLD.words OR NEW.told <> OLD.told",
            message="what a speaker answered never changes",
        ),
        refuse("snapshot_no_delete", "reports_snapshot", "DELETE", message="a snapshot is never deleted"),
        refuse(
            "snapshot_no_update",
            "reports_snapshot",
            "UPDATE",
            when="NEW.sha256 <> OLD.sha256 OR NEW.report_id <> OLD.report_id OR CAST(NEW.data AS text) <> CAST(OLD.data AS text)",
            message="a snapshot never changes after it is taken",
        ),
    ]
