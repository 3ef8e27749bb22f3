"""Make every form known by its name to ``manage.py build_report --form``; apps.ready imports this."""

from functools import partial

from reports.editions import registry
from reports.editions.making.models import EditionForm
from reports.editions.making.services import request_form
from reports.editions.models import Edition
from reports.formats.files.kinds import KINDS, renderer


def find(form: str, edition: Edition, language: str) -> registry.MadeFile | None:
    """The newest finished file of a form, made by what makes forms now."""
    rows = EditionForm.objects.filter(edition=edition, form=form, language=language, renderer=renderer())
    row = rows.select_related("edition__report").defer("contents").newest_first().first()
    return registry.MadeFile(row.file, row.file_name, row.size) if row else None


for kind in KINDS.values():
    registry.register(
        registry.Form(
            name=kind.key,
            label=kind.label,
            request=partial(request_form, form=kind.key),
            find=partial(find, kind.key),
        )
    )
