from django.db import migrations

from impact.core.basics.triggers import refuse

SETTLED = "the words of a charter version do not change once it has left draft"


class Migration(migrations.Migration):
    dependencies = [("coproduction", "0001_initial")]
    operations = [
        refuse(
            "charter_version_no_delete",
            "coproduction_charterversion",
            "DELETE",
            when="OLD.status <> 'draft'",
            message=SETTLED,
        ),
        refuse(
            "charter_version_no_update",
            "coproduction_charterversion",
            "UPDATE",
            when="OLD.status <> 'draft' AND (NEW.status = 'draft' OR NEW.number <> OLD.number OR NEW.charter_id <> OLD.charter_id OR NEW.text_hash <> OLD.text_hash OR NEW.correction <> OLD.correction OR NEW.draft_number <> OLD.draft_number)",
            message=SETTLED,
        ),
        refuse(
            "charter_retired_no_delete",
            "coproduction_retiredsection",
            "DELETE",
            when="EXISTS (SELECT 1 FROM coproduction_charterversion v WHERE v.id = OLD.version_id AND v.status <> 'draft')",
            message=SETTLED,
        ),
        refuse(
            "charter_retired_no_insert",
            "coproduction_retiredsection",
            "INSERT",
            when="EXISTS (SELECT 1 FROM coproduction_charterversion v WHERE v.id = NEW.version_id AND v.status <> 'draft')",
            message=SETTLED,
        ),
        refuse(
            "charter_retired_no_update",
            "coproduction_retiredsection",
            "UPDATE",
            when="EXISTS (SELECT 1 FROM coproduction_charterversion v WHERE v.id = OLD.version_id AND v.status <> 'draft') OR EXISTS (SELECT 1 FROM coproduction_charterversion v WHERE v.id = NEW.version_id AND v.status <> 'draft')",
            message=SETTLED,
        ),
        refuse(
            "charter_text_no_delete",
            "coproduction_sectiontext",
            "DELETE",
            when="EXISTS (SELECT 1 FROM coproduction_charterversion v WHERE v.id = OLD.version_id AND v.status <> 'draft')",
            message=SETTLED,
        ),
        refuse(
            "charter_text_no_insert",
            "coproduction_sectiontext",
            "INSERT",
            when="EXISTS (SELECT 1 FROM coproduction_charterversion v WHERE v.id = NEW.version_id AND v.status <> 'draft')",
            message=SETTLED,
        ),
        refuse(
            "charter_text_no_update",
            "coproduction_sectiontext",
            "UPDATE",
            when="EXISTS (SELECT 1 FROM coproduction_charterversion v WHERE v.id = OLD.version_id AND v.status <> 'draft') OR EXISTS (SELECT 1 FROM coproduction_charterversion v WHERE v.id = NEW.version_id AND v.status <> 'draft')",
            message=SETTLED,
        ),
        refuse(
            "taken_in_no_delete",
            "coproduction_takenin",
            "DELETE",
            message="the link between a suggestion and the version that took it in does not change",
        ),
        refuse(
            "taken_in_no_update",
            "coproduction_takenin",
            "UPDATE",
            when="OLD.suggestion_id <> NEW.suggestion_id OR OLD.version_id <> NEW.version_id OR OLD.revision <> NEW.revision",
            message="the link between a suggestion and the version that took it in does not change",
        ),
    ]
