"""Asking for the archive of what is held about someone, handing it out to that person alone, and deleting it after a week."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import Q, QuerySet

from impact.core.access import audit
from impact.core.access.acting import noting
from impact.core.access.acting.models import ActingFor, Sort
from impact.core.access.permissions import SYSTEM, Actor, has_perm, require
from impact.core.basics import clock
from impact.core.basics.words.mailboxes import mailbox_key
from impact.core.jobs import queue
from impact.core.jobs.models import Job
from impact.core.people.models import Person
from impact.core.people.rights.holdings.models import KEPT_FOR, DataArchive, DataLink
from impact.core.people.rights.holdings.reading import Subject, subject_of, subject_of_mailbox
from impact.core.people.rights.requests.models import RightsRequest
from impact.core.web.files import store
from impact.core.web.files.store import Kept, kept

MAKE = "core.make_my_data"
FOLDER = "my-data"
FOR_A_COPY = frozenset({RightsRequest.Kind.SEE, RightsRequest.Kind.COPY})
UNNAMED_HOURS = 24
LINKS_KEPT_FOR = timedelta(days=1)  # after they ended


@kept(FOLDER)
def archives_kept() -> Iterator[Kept]:
    """Every archive that a row names, for ``manage.py check_files``."""
    for row in DataArchive.objects.exclude(file="").iterator():
        yield Kept(f"archive {row.pk} of what is held about someone", str(row.file.name), row.sha256, row.size)


def about(archive: DataArchive) -> Subject:
    """Whose data an archive holds."""
    return subject_of(archive.person) if archive.person else subject_of_mailbox(archive.email)


@transaction.atomic
def ask_for_archive(
    *, by: Actor, person: Person | None = None, email: str = "", request: RightsRequest | None = None
) -> DataArchive:
    """Have the archive made: for the person themselves, for one who came by a link (SYSTEM), or for staff who answer a
    recorded request once they know who asked. One that is being made is given again; a new one takes its place."""
    if person is not None:
        person = Person.objects.select_for_update(of=("self",)).select_related("user").get(pk=person.pk)
    is_own = person is not None and person.user_id is not None and person.user_id == by.pk
    supports = None if is_own or person is None else _supports(by).filter(person=person).first()
    if supports is not None:
        noting.note(by, supports.person_id, supports.pk)
    elif not is_own and by is not SYSTEM:
        _require_request(by, person, request)
    waiting = {Job.State.QUEUED, Job.State.RUNNING}
    asked_before = DataArchive.objects.filter(person=person, email=email if person is None else "", asked_by_id=by.pk)
    for earlier in asked_before.select_related("job"):
        if earlier.job and earlier.job.state in waiting and not earlier.has_expired(clock.now()):
            return earlier
        _delete(earlier)
    archive = DataArchive(
        person=person,
        email="" if person else mailbox_key(email),
        asked_by_id=by.pk,
        request=request,
        asked_at=clock.now(),
        expires_at=clock.now() + KEPT_FOR,
    )
    archive.full_clean()
    archive.save()
    archive.job = queue.enqueue(by=by, kind=MAKE, dedupe_key=f"my-data:{archive.pk}", payload={"archive": archive.pk})
    archive.save(update_fields=["job"])
    audit.record(by, "my_data.asked", person or archive, for_request=request.pk if request else None)
    return archive


def _supports(by: Actor) -> QuerySet[ActingFor]:
    """Where a supporter may see what is held about someone and take it away for them, today."""
    return ActingFor.objects.by(by).filter(duties__sort=Sort.DATA)


def _require_request(by: Actor, person: Person | None, request: RightsRequest | None) -> None:
    """Someone else than the person may only have it made to answer a request of theirs."""
    require(by, "core.answer_requests")
    if person is None or request is None or request.person_id != person.pk or request.kind not in FOR_A_COPY:
        raise ValidationError("Record the person’s request to see or have a copy of what we hold first.")
    if not request.is_open:
        raise ValidationError("This request is closed. Record a new one if they asked again.")
    if request.identity_on is None:
        raise ValidationError("First write down how you know that it was this person who asked.")


def archives_of(by: Actor) -> QuerySet[DataArchive]:
    """The archives that an account may download now: their own, and those they had made to answer a request."""
    rows = DataArchive.objects.filter(expires_at__gt=clock.now()).select_related("person", "job", "request")
    whose = Q(person__user_id=by.pk) | Q(person__in=_supports(by).values("person"))
    mine = Q(whose, request__isnull=True, asked_by_id=by.pk)
    if has_perm(by, "core.answer_requests"):
        mine |= Q(request__isnull=False, asked_by_id=by.pk, request__state=RightsRequest.State.OPEN)
    return rows.filter(mine)


def archives_by_link(link: DataLink) -> QuerySet[DataArchive]:
    """The archives that someone who came by a link may download."""
    rows = DataArchive.objects.filter(expires_at__gt=clock.now(), asked_by__isnull=True, request__isnull=True)
    return rows.filter(person=link.person, email="" if link.person_id else link.email).select_related("person", "job")


@transaction.atomic
def note_download(*, by: Actor, archive: DataArchive) -> None:
    """Put on record that an archive is handed out. Staff who fetch it have read all that is held."""
    if by is not SYSTEM and not archives_of(by).filter(pk=archive.pk).exists():
        raise PermissionDenied("This archive is for someone else.")
    DataArchive.objects.filter(pk=archive.pk).update(fetched_at=clock.now())
    audit.record(by, "my_data.downloaded", archive.person or archive)
    if archive.request_id and archive.person:
        audit.record_reading(by, "my_data", archive.person, each_time=True)


def keep_made(job: Job, *, archive_pk: int, source: Path, sha256: str, size: int) -> dict[str, int]:
    """Name a finished archive in its row, in the transaction that ends the job. One that was deleted meanwhile stays away."""
    name = f"{FOLDER}/{sha256}.zip"
    archive = DataArchive.objects.select_for_update(of=("self",)).filter(pk=archive_pk).first()
    if archive is None or archive.has_expired(clock.now()):
        return {"size": 0}
    archive.file.name = store.keep(default_storage, source, name=name, sha256=sha256, size=size)
    archive.sha256, archive.size = sha256, size
    archive.save(update_fields=["file", "sha256", "size"])
    return {"size": size}


def _delete(archive: DataArchive) -> None:
    """Delete an archive, and its file once the transaction stands."""
    name = archive.file.name
    archive.delete()
    if name:
        transaction.on_commit(lambda: default_storage.delete(name))


def delete_unnamed() -> int:
    """Delete archives that no row names, left by a process that was killed; how many. Younger ones may be in the making."""
    named = set(DataArchive.objects.exclude(file="").values_list("file", flat=True))
    unnamed = [name for name in store.all_files(default_storage, FOLDER) if name not in named]
    old = [name for name in unnamed if store.age_of(default_storage, name) > UNNAMED_HOURS]
    for name in old:
        default_storage.delete(name)
    return len(old)


@transaction.atomic
def tidy(*, by: Actor) -> int:
    """Delete archives that have expired, with their files, and links that ended a day ago. The number of archives."""
    now = clock.now()
    old = list(DataArchive.objects.select_for_update(of=("self",)).filter(expires_at__lte=now))
    for archive in old:
        _delete(archive)
    DataLink.objects.filter(expires_at__lte=now - LINKS_KEPT_FOR).delete()
    return len(old)
