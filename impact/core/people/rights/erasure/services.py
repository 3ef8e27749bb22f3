"""Erasing a person, holds that stop it, and doing erasures again after a restore."""

import uuid
from collections.abc import Callable
from typing import Any

import structlog
from django.contrib.auth.hashers import make_password
from django.core.exceptions import ValidationError
from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import QuerySet

from impact.core.access import audit
from impact.core.access.models import RoleGrant
from impact.core.access.permissions import SYSTEM, Actor, require
from impact.core.basics import clock
from impact.core.basics.privacy import Blank, Delete, Personal
from impact.core.jobs import queue
from impact.core.people import consents
from impact.core.people.accounts import administrators, is_only_administrator, shut_account
from impact.core.people.models import Consent, Person, User
from impact.core.people.rights.erasure import ledger, rows
from impact.core.people.rights.erasure.models import Erasure, LegalHold
from impact.core.people.rights.requests.models import RightsRequest
from impact.core.people.services import keep_consent

log = structlog.get_logger(__name__)
# Why a person cannot be erased yet, in sentences that say what to do first. An app adds its own.
REFUSALS: list[Callable[[Person], list[str]]] = []
# What ends before the rows go: memberships, posts. In the transaction. An app adds its own.
BEFORE: list[Callable[[Actor, Person], None]] = []
# What is brought up to date after the rows have gone, such as an index. In the transaction. An app adds its own.
AFTERWARDS: list[Callable[[Person], None]] = []
DELETE_FILES = "core.delete_files"
ANSWER = "What we held about you is deleted. What groups agreed stays, under the name of a former member."


# --- Holds ---------------------------------------------------------------------------------------
@transaction.atomic
def place_hold(*, by: Actor, person: Person, reason: str) -> LegalHold:
    """Stop everything about a person from being deleted, for a dispute, an inquiry or a safeguarding case."""
    require(by, "core.set_hold")
    person = Person.objects.select_for_update().get(pk=person.pk)
    if LegalHold.objects.in_force().filter(person=person).exists():
        raise ValidationError("There is a hold on this person already.")
    hold = LegalHold(person=person, reason=reason.strip(), placed_by_id=by.pk, placed_at=clock.now())
    hold.full_clean()
    hold.save()
    audit.record(by, "hold.placed", person)
    return hold


@transaction.atomic
def lift_hold(*, by: Actor, hold: LegalHold, reason: str) -> LegalHold:
    """End a hold: what was due to be deleted meanwhile is deleted by the next run."""
    require(by, "core.set_hold")
    hold = LegalHold.objects.select_for_update().get(pk=hold.pk)
    if hold.lifted_at:
        raise ValidationError("This hold was lifted before.")
    if not reason.strip():
        raise ValidationError({"reason": "Say why the hold is no longer needed."})
    hold.lifted_at, hold.lifted_by_id, hold.lifted_reason = clock.now(), by.pk, reason.strip()
    hold.full_clean()
    hold.save(update_fields=["lifted_at", "lifted_by", "lifted_reason"])
    audit.record(by, "hold.lifted", hold.person)
    return hold


# --- Erasing -------------------------------------------------------------------------------------
def refusals(person: Person) -> list[str]:
    """Why a person cannot be erased now: sentences that say what to do first. Empty: they can."""
    found = []
    if Erasure.objects.filter(person=person).exists():
        found.append("This person was erased before.")
    if LegalHold.objects.in_force().filter(person=person).exists():
        found.append("There is a legal hold on this person. It has to be lifted before anything is deleted.")
    if person.user_id and is_only_administrator(person.user_id):
        found.append("They are the only administrator. Make someone else an administrator first.")
    for find in REFUSALS:
        found += find(person)
    return found


def pseudonym_of(person: Person) -> str:
    """The name under which a person's place in agreed records stays."""
    was_staff = RoleGrant.objects.filter(user_id__in=person.accounts).exists()
    return f"Former {'colleague' if was_staff else 'member'} {person.pk}"


@transaction.atomic
def erase_person(*, by: Actor, person: Person, name: str, request: RightsRequest | None = None) -> Erasure:
    """Erase a person as each model declares: rows are deleted or emptied, files deleted, the account closed and renamed.

    What groups agreed stays true under a pseudonym. All or nothing. ``name``: typed again, so that no one else is erased
    by a slip. Cannot be undone. Administrators are erased by another administrator only.
    """
    require(by, "core.erase_person")
    person = Person.objects.select_for_update(of=("self",)).select_related("user").get(pk=person.pk)
    if person.user_id and administrators().filter(user_id=person.user_id).exists():
        require(by, "core.manage_roles")
    if name.strip().casefold() != person.name.casefold():
        raise ValidationError({"name": f"Type the name as it stands here: {person.name}"})
    if found := refusals(person):
        raise ValidationError(found)
    if request is not None and (request.person_id != person.pk or request.kind != RightsRequest.Kind.ERASE):
        raise ValidationError("This request is not one to delete this person.")
    if request is not None and request.identity_on is None:
        raise ValidationError("First write down how you know that it was this person who asked.")
    erasure = _erase(by, person)
    _close_requests(by, person, request)
    if request is not None:
        Erasure.objects.filter(pk=erasure.pk).update(request=request)
    return erasure


def _erase(by: Actor, person: Person, known_as: str = "", id: Any = None) -> Erasure:
    """Do it, without asking whether it may be done."""
    pseudonym = known_as or pseudonym_of(person)
    subject = rows.subject_of(person)
    there = _to_delete(subject)
    _take_back_consents(by, person)
    for end in BEFORE:
        end(by, person)
    gone = sum(len(keys) - model._base_manager.filter(pk__in=keys).count() for model, keys in there.items())
    if person.user is not None:  # the account stays under a pseudonym, for what it did points at it
        shut_account(by=by, user=person.user)
    files: set[tuple[rows.Model, str, str]] = set()
    counts = {"deleted": gone, "emptied": 0}
    for model, said in rows.personal_models():
        found = rows.rows_of(model, said, subject)
        waiting = list(rows.owed(model, said, found).values_list("pk", flat=True))
        files |= _apply(said, found.exclude(pk__in=waiting) if waiting else found, counts)
    Person.objects.filter(pk=person.pk).update(name=pseudonym)
    for follow in AFTERWARDS:
        follow(person)
    given = {"id": id} if id else {}
    erasure = Erasure.objects.create(person=person, pseudonym=pseudonym, by_id=by.pk, **given)
    audit.record(by, "person.erased", person, deleted=counts["deleted"], emptied=counts["emptied"])
    delete_files_later(files)
    transaction.on_commit(lambda: _write_ledger(erasure))
    return erasure


def _to_delete(subject: rows.Subject) -> dict[rows.Model, list[Any]]:
    """The rows that an erasure deletes, so that those that go with something else, such as a picture, are counted too."""
    found = {}
    for model, said in rows.personal_models():
        if isinstance(said.on_erasure, Delete):
            keys = list(rows.rows_of(model, said, subject).values_list("pk", flat=True))
            if keys:
                found[model] = keys
    return found


def _take_back_consents(by: Actor, person: Person) -> None:
    """Record that every yes is taken back; what follows from it (quotes, photographs) happens as for any withdrawal."""
    for purpose in Consent.Purpose:
        for live in consents.live(purpose).filter(person=person):
            keep_consent(
                by=by,
                person=person,
                purpose=purpose.value,
                wording=live.wording,
                is_given=False,
                given_on=clock.today(),
            )


def _apply(said: Personal, found: QuerySet[Any], counts: dict[str, int]) -> set[tuple[rows.Model, str, str]]:
    """Do to the rows of one model what it declares; the files that they named."""
    model, action = found.model, said.on_erasure
    if isinstance(action, Delete):
        keys = list(found.values_list("pk", flat=True))
        files = rows.files_in(found)
        model._base_manager.filter(pk__in=keys).delete()
        counts["deleted"] += len(keys)
        return files
    if not isinstance(action, Blank):
        return set()
    keys = list(found.values_list("pk", flat=True))
    counts["emptied"] += len(keys)
    return empty_rows(model, action, keys)


def empty_rows(model: rows.Model, action: Blank, keys: list[Any]) -> set[tuple[rows.Model, str, str]]:
    """Empty the declared columns of some rows; the files that were named there."""
    found = model._base_manager.filter(pk__in=keys)
    files = {file for file in rows.files_in(found) if file[1] in action.fields}
    changes = rows.changes_of(model, action)
    if model is User:
        for key in keys:
            email = f"erased-{key}@erased.invalid"
            found.filter(pk=key).update(password=make_password(None), email=email, is_active=False)
        return files
    if action.fields:
        found.update(**{name: changes[name] for name in action.fields})
    for name in (*action.removed, *action.renamed):
        there = found.exclude(**{name: ""}) if isinstance(changes[name], str) else found  # an empty text stays so
        there.update(**{name: changes[name]})
    return files


def _close_requests(by: Actor, person: Person, request: RightsRequest | None) -> None:
    """The request to delete is done; others of the person have nothing left to answer."""
    for row in RightsRequest.objects.waiting().filter(person=person):
        is_it = row.kind == RightsRequest.Kind.ERASE
        row.state = RightsRequest.State.DONE if is_it else RightsRequest.State.WITHDRAWN
        row.done_on, row.answered_by_id = clock.today(), by.pk
        row.answer = ANSWER if is_it else ""
        row.save(update_fields=["state", "done_on", "answered_by", "answer"])
        audit.record(by, f"rights_request.{row.state}", row, kind=row.kind)


def _write_ledger(erasure: Erasure) -> None:
    """Write the ledger after the commit. Where that fails, the next daily run does it."""
    try:
        ledger.write(erasure)
    except OSError as error:
        log.error("erasure_ledger_not_written", erasure=str(erasure.pk), reason=type(error).__name__)


def delete_files_later(files: set[tuple[rows.Model, str, str]]) -> None:
    """Have files deleted once the transaction stands: by a job of its own, so that a crash leaves none behind."""
    if files:
        named = sorted([model._meta.label, field, name] for model, field, name in files)
        queue.enqueue(
            by=SYSTEM, kind=DELETE_FILES, dedupe_key=f"delete-files:{uuid.uuid4().hex}", payload={"files": named}
        )


def delete_files(files: set[tuple[rows.Model, str, str]]) -> None:
    """Delete files that no row names any more: two rows may hold the same contents. One that the disk does not give up
    is told of in the log, and ``manage.py check_files`` finds it."""
    for model, field, name in files:
        if model._base_manager.filter(**{field: name}).exists():
            continue
        try:
            default_storage.delete(name)
        except OSError as error:
            log.error("erased_file_not_deleted", kind=model._meta.label, reason=type(error).__name__)


# --- The ledger ----------------------------------------------------------------------------------
def complete_ledger() -> int:
    """Write what is not in the ledger yet, after a crash or a full disk; how many."""
    missing = list(Erasure.objects.filter(is_in_ledger=False))
    for erasure in missing:
        ledger.write(erasure)
    return len(missing)


class NotErased(Exception):
    """People whom a restored back-up brought back could not be erased again. Those beside them were."""


def replay() -> int:
    """Erase again those whom a restored back-up brought back; how many. Doing it twice changes nothing.

    Raises NotErased at the end for those with whom it failed, so that the daily job says so and tries again.
    """
    done, failed = 0, []
    for entry in ledger.read():
        try:
            done += _again(entry)
        except Exception as error:  # noqa: BLE001  whatever stops one, the others are erased
            log.error("erasure_not_replayed", person=entry["person"], reason=type(error).__name__)
            failed.append(str(entry["person"]))
    if failed:
        raise NotErased(f"Not erased again: person {', '.join(failed)}. The log says why.")
    return done


@transaction.atomic
def _again(entry: dict[str, Any]) -> bool:
    """Do one erasure of the ledger again; whether there was anything to do."""
    found = Person.objects.select_for_update(of=("self",)).select_related("user")
    person = found.filter(pk=entry["person"]).first()
    if person is None or person.created_at.isoformat() != entry["added"]:
        return False  # added after the back-up, or another person who was given the same number
    if Erasure.objects.filter(person=person).exists():
        return False
    _erase(SYSTEM, person, entry["pseudonym"], entry["id"])
    _close_requests(SYSTEM, person, None)
    return True
