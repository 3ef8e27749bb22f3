"""The demonstration's minor correction of the charter."""

from coproduction.charter.corrections.services import Fixed, correct_version
from coproduction.charter.models import CharterVersion
from coproduction.management.demo import shapes
from impact.core.basics import clock
from impact.core.people.models import User


def correct(lead: User, version: CharterVersion, row: shapes.Correction | None) -> dict[str, str]:
    """Correct an agreed version on the day that the data tell of; the corrected texts, by the key of their section."""
    if row is None:
        return {}
    version.refresh_from_db()
    texts = version.texts.filter(section__key__in=row.texts).select_related("section")
    fixed = {text.section_id: Fixed(text.title, row.texts[text.section.key]) for text in texts}
    with clock.standing_on(row.on):
        correct_version(by=lead, version=version, fixed=fixed, note=row.note)
    return row.texts
