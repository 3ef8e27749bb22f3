from django.db import migrations

from impact.core.basics.triggers import refuse

TEXT = "coproduction_sectiontext"
VERSION = "coproduction_charterversion"
MESSAGE = "the words of a charter version do not change once it has left draft"


def settled(row: str) -> str:
    return f"EXISTS (SELECT 1 FROM {VERSION} v WHERE v.id = {row}.version_id AND v.status <> 'draft')"


class Migration(migrations.Migration):
    dependencies = [("coproduction", "0001_initial")]
    operations = [
        refuse("charter_text_no_insert", TEXT, "INSERT", when=settled("NEW"), message=MESSAGE),
        refuse("charter_text_no_update", TEXT, "UPDATE", when=f"{settled('OLD')} OR {settled('NEW')}", message=MESSAGE),
        refuse("charter_text_no_delete", TEXT, "DELETE", when=settled("OLD"), message=MESSAGE),
        refuse(
            "charter_version_no_update",
            VERSION,
            "UPDATE",
            when=(
                "OLD.status <> 'draft' AND (NEW.status = 'draft' OR NEW.number <> OLD.number "
                "OR NEW.charter_id <> OLD.charter_id OR NEW.text_hash <> OLD.text_hash)"
            ),
            message=MESSAGE,
        ),
        refuse("charter_version_no_delete", VERSION, "DELETE", when="OLD.status <> 'draft'", message=MESSAGE),
    ]
