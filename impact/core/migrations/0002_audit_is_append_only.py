from django.db import migrations

from impact.core.triggers import refuse

MESSAGE = "audit events are append-only"


class Migration(migrations.Migration):
    dependencies = [("core", "0001_initial")]
    operations = [
        refuse("audit_no_update", "core_auditevent", "UPDATE", message=MESSAGE),
        refuse("audit_no_delete", "core_auditevent", "DELETE", message=MESSAGE),
        refuse(
            "consent_no_update",
            "core_consent",
            "UPDATE",
            when="OLD.is_given <> NEW.is_given OR OLD.wording <> NEW.wording OR OLD.given_on <> NEW.given_on",
            message="a consent is never rewritten",
        ),
    ]
