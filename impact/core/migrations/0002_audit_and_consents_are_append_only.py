from django.db import migrations

from impact.core.basics.triggers import refuse

AUDIT = "audit events are append-only"


class Migration(migrations.Migration):
    dependencies = [("core", "0001_initial")]
    operations = [
        refuse("audit_no_delete", "core_auditevent", "DELETE", message=AUDIT),
        refuse("audit_no_update", "core_auditevent", "UPDATE", message=AUDIT),
        refuse("consent_no_delete", "core_consent", "DELETE", message="a consent is never deleted"),
        refuse(
            "consent_no_update",
            "core_consent",
            "UPDATE",
            when="OLD.person_id <> NEW.person_id OR OLD.purpose <> NEW.purpose OR OLD.is_given <> NEW.is_given OR OLD.wording <> NEW.wording OR OLD.given_on <> NEW.given_on OR COALESCE(OLD.expires_on, '0001-01-01') <> COALESCE(NEW.expires_on, '0001-01-01') OR COALESCE(NEW.recorded_by_id, OLD.recorded_by_id, 0) <> COALESCE(OLD.recorded_by_id, 0)",
            message="a consent is never rewritten",
        ),
    ]
