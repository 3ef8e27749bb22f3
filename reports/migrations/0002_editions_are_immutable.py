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
        refuse("snapshot_no_delete", "reports_snapshot", "DELETE", message="a snapshot is never deleted"),
        refuse(
            "snapshot_no_update",
            "reports_snapshot",
            "UPDATE",
            when="NEW.sha256 <> OLD.sha256 OR NEW.report_id <> OLD.report_id OR CAST(NEW.data AS text) <> CAST(OLD.data AS text)",
            message="a snapshot never changes after it is taken",
        ),
    ]
