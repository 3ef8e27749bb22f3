"""The forms in which an edition can be had besides its own tagged PDF, by name: each registers itself here."""

from collections.abc import Callable
from dataclasses import dataclass

from impact.core.jobs.models import Job
from reports.editions.models import Edition

LANGUAGES = ("en", "cy")
OWN_FORM = ("pdf", "en")  # the edition's own file, made by reports/editions/tasks.py


@dataclass(frozen=True)
class MadeFile:
    """A finished file of an edition: its name in the storage, and what it is called when someone saves it."""

    stored: str
    file_name: str
    size: int


@dataclass(frozen=True)
class Form:
    """One form, such as a Word document.

    ``request(by=, edition=, language=)`` gives the job that makes it; asked twice, the same job.
    ``find(edition, language)`` gives the finished file, or None while there is none.
    """

    name: str
    label: str
    request: Callable[..., Job]
    find: Callable[[Edition, str], MadeFile | None]


FORMS: dict[str, Form] = {}


def register(form: Form) -> Form:
    """Add a form. ``apps.ready`` imports the modules that do so."""
    FORMS[form.name] = form
    return form
