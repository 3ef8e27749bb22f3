"""People, invitations, roles and tokens: every write, one function each."""

import hashlib
import secrets
from collections.abc import Collection
from datetime import timedelta

from allauth.account.models import EmailAddress
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.contrib.sessions.backends.db import SessionStore
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import F, QuerySet
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone

from impact.core.access import audit, two_step
from impact.core.access.models import ApiToken, RoleGrant
from impact.core.access.permissions import TWO_STEP_ROLES, Actor, Role, has_any_role, require
from impact.core.basics.words.mailboxes import mailbox_key
from impact.core.jobs import outbox
from impact.core.people.models import Invitation, Person, User


class SignedInRequest(HttpRequest):
    """A request as every view but the public ones gets it: the middleware has sent others to sign in."""

    user: User


MAX_TOKENS = 10  # in force at once, for one account


def hash_token(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


HAS_ACCOUNT = (
    "You have an account already. Sign in with it: what you were invited to belongs to it. A second account would "
    "split what is yours in two."
)


@transaction.atomic
def invite_person(*, by: Actor, email: str, name: str, role: str = "", person: Person | None = None) -> Invitation:
    """Invite someone to make an account, by email. An open invitation to the same address is replaced.

    ``person`` is the record that becomes theirs; without it, accepting makes a new one.
    """
    require(by, "core.invite_person")
    if person is not None and person.user_id is not None:
        raise ValidationError(f"{person.name} has an account already.")
    if role:
        require(by, "core.manage_roles")
    email = mailbox_key(email)
    if User.objects.filter(email=email).exists():
        raise ValidationError({"email": "There is already an account with this email address."})
    Invitation.objects.filter(email=email, accepted_at__isnull=True, withdrawn_at__isnull=True).update(
        withdrawn_at=timezone.now()
    )
    token = secrets.token_urlsafe(32)
    invitation = Invitation(
        email=email,
        name=name.strip(),
        role=role,
        person=person,
        token_hash=hash_token(token),
        invited_by_id=by.pk,
    )
    invitation.full_clean(exclude=["invited_by"] if by.pk is None else [])  # the platform, for a supporter
    invitation.save()
    link = settings.SITE_URL + reverse("core:invitation-accept", args=[token])
    outbox.send_later(
        event="invitation",
        to=email,
        subject="Your invitation to the IMPACT platform",
        body=(
            f"Hello {invitation.name},\n\n"
            "You have been invited to the IMPACT platform, where we plan meetings, keep the charter and share papers.\n\n"
            f"Open this link to choose a password:\n{link}\n\n"
            f"The link works until {invitation.expires_at:%-d %B %Y} and can be used once. "
            "If you did not expect it, you can ignore this message.\n"
        ),
    )
    audit.record(by, "person.invited", invitation, role=role or "none")
    return invitation


@transaction.atomic
def withdraw_invitation(*, by: Actor, invitation: Invitation) -> None:
    """Make an invitation's link stop working."""
    require(by, "core.invite_person")
    changed = Invitation.objects.filter(pk=invitation.pk, accepted_at__isnull=True, withdrawn_at__isnull=True).update(
        withdrawn_at=timezone.now()
    )
    if not changed:
        raise ValidationError("This invitation was already used or withdrawn.")
    audit.record(by, "invitation.withdrawn", invitation)


def find_invitation(token: str) -> Invitation | None:
    """The open invitation behind a link, or None."""
    invitation = Invitation.objects.filter(token_hash=hash_token(token)).select_related("person").first()
    return invitation if invitation and invitation.is_open else None


def has_account_already(invitation: Invitation, person: Person | None = None) -> bool:
    """Whether the person who is invited, or the address, got an account in another way since: they sign in with that."""
    person = person or invitation.person
    if person is not None and person.user_id is not None:
        return True
    return User.objects.filter(email=invitation.email).exists()


def found_account(token: str) -> Invitation | None:
    """The invitation behind a link, not taken up, to someone who has an account by now."""
    rows = Invitation.objects.filter(token_hash=hash_token(token), accepted_at__isnull=True)
    invitation = rows.select_related("person").first()
    return invitation if invitation and has_account_already(invitation) else None


@transaction.atomic
def accept_invitation(*, token: str, password: str) -> User:
    """Turn an open invitation into an account whose email counts as verified: the link went there."""
    found = Invitation.objects.filter(token_hash=hash_token(token))
    # The person before what belongs to them, as where an address changes: in the other order each could wait for the other.
    invited = found.values_list("person", flat=True).first()
    person = Person.objects.select_for_update(of=("self",)).filter(pk=invited).first() if invited else None
    invitation = found.select_for_update(of=("self",)).first()
    if invitation is None or not invitation.is_open:
        raise ValidationError("This invitation has expired or was already used. Ask for a new one.")
    if invitation.person_id != (person and person.pk):  # their record was joined to another one meanwhile
        raise ValidationError("Your record has just changed. Open the link in the email again.")
    if has_account_already(invitation, person):
        raise ValidationError(HAS_ACCOUNT)
    user = User(email=invitation.email)
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise ValidationError({"password1": error.messages}) from None
    user = User.objects.create_user(invitation.email, password)
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    if person is None:
        person = Person.objects.create(name=invitation.name, email=invitation.email)
    person.user = user
    person.save(update_fields=["user"])
    if invitation.role:
        RoleGrant.objects.create(user=user, role=invitation.role, granted_by=invitation.invited_by)
    invitation.accepted_at = timezone.now()
    invitation.save(update_fields=["accepted_at"])
    person.invitations.filter(accepted_at__isnull=True, withdrawn_at__isnull=True).update(withdrawn_at=timezone.now())
    audit.record(user, "invitation.accepted", invitation, role=invitation.role or "none")
    return user


@transaction.atomic
def grant_role(*, by: Actor, user: User, role: str) -> RoleGrant:
    """Give an account a global role; giving one it already holds changes nothing."""
    require(by, "core.manage_roles")
    had_two_step_role = has_any_role(user, TWO_STEP_ROLES)
    grant, is_new = RoleGrant.objects.get_or_create(
        user=user, role=Role(role), revoked_at=None, defaults={"granted_by_id": by.pk}
    )
    if is_new:
        user.forget_roles()
        audit.record(by, "role.granted", user, role=role)
        if role in TWO_STEP_ROLES and not had_two_step_role:
            withdraw_all_tokens(by=by, user=user)  # they were made without a second step
    return grant


@transaction.atomic
def revoke_role(*, by: Actor, user: User, role: str) -> None:
    """Take a global role back. It counts from the account's next request on."""
    require(by, "core.manage_roles")
    if by.pk == user.pk and role == Role.ADMINISTRATOR:
        raise ValidationError("You cannot remove your own administrator role. Ask another administrator.")
    _end_role(by, user, role)


def _end_role(by: Actor, user: User, role: str) -> None:
    if RoleGrant.objects.in_force().filter(user=user, role=role).update(revoked_at=timezone.now()):
        user.forget_roles()
        audit.record(by, "role.revoked", user, role=role)
        if role == Role.ADMINISTRATOR:
            _withdraw_roles_promised_by(by, user)


def _withdraw_roles_promised_by(by: Actor, user: User) -> None:
    """Withdraw open invitations that would give a role in the name of an administrator who is none any more."""
    promised = Invitation.objects.filter(invited_by=user, accepted_at__isnull=True, withdrawn_at__isnull=True)
    for invitation in promised.exclude(role=""):
        withdraw_invitation(by=by, invitation=invitation)


def administrators() -> QuerySet[RoleGrant]:
    """Who administers the platform today."""
    return RoleGrant.objects.in_force().filter(role=Role.ADMINISTRATOR, user__is_active=True)


def is_only_administrator(user_id: int) -> bool:
    """Whether no one else administers the platform."""
    return administrators().filter(user_id=user_id).exists() and not administrators().exclude(user_id=user_id).exists()


def shut_account(*, by: Actor, user: User) -> None:
    """Sign an account out everywhere, end its roles, and let no one sign in with it any more; for a service that has asked
    for a permission of its own."""
    for key in UserSession.objects.filter(user=user).values_list("session_key", flat=True):
        SessionStore(key).delete()
    for role in list(RoleGrant.objects.in_force().filter(user=user).order_by("pk").values_list("role", flat=True)):
        _end_role(by, user, role)
    user.is_active = False
    user.save(update_fields=["is_active"])


@transaction.atomic
def make_token(*, by: User, days: int, name: str = "", scopes: Collection[str] = ()) -> str:
    """Make an API token for the account's owner; the token itself is given this once and kept only as a hash.

    ``scopes``: what it may change (``ApiToken.Scope``); without any it only reads.
    """
    if two_step.lacks_two_step(by):
        raise PermissionDenied(two_step.REFUSAL)
    if set(scopes) - set(ApiToken.Scope.values):
        raise ValidationError({"scopes": "Choose from the list what the token may change."})
    if ApiToken.objects.filter(user=by, expiry__gt=timezone.now()).count() >= MAX_TOKENS:
        raise ValidationError("You have ten tokens already. Withdraw one first.")
    chosen = [scope for scope in ApiToken.Scope.values if scope in scopes]
    _row, token = ApiToken.objects.create(user=by, expiry=timedelta(days=days), name=name.strip(), scopes=chosen)
    audit.record(by, "token.made", by, days=days, may_change=", ".join(chosen) or "nothing")
    return str(token)


ENDS_SOON = timedelta(days=7)


@transaction.atomic
def warn_of_ending_tokens() -> int:
    """Email the owners of tokens that stop working within a week, once each; how many were told.

    Not of tokens that were made for a week or less: their owners know.
    """
    now, told = timezone.now(), 0
    rows = ApiToken.objects.select_for_update(of=("self",)).filter(
        warned_at=None, expiry__gt=now, expiry__lte=now + ENDS_SOON, created__lt=F("expiry") - ENDS_SOON
    )
    for token in rows.filter(user__is_active=True).select_related("user"):
        outbox.send_later(
            event="token-ends",
            to=token.user.email,
            subject="An API token of yours ends soon",
            body=render_to_string(
                "emails/token_ends.txt",
                {"token": token, "tokens_url": settings.SITE_URL + reverse("core:tokens")},
            ),
        )
        ApiToken.objects.filter(pk=token.pk).update(warned_at=now)
        told += 1
    return told


@transaction.atomic
def withdraw_token(*, by: User, token: ApiToken) -> None:
    """Make one of the account's own tokens stop working."""
    if token.user_id != by.pk:
        raise PermissionDenied("This token belongs to someone else.")
    token.delete()
    audit.record(by, "token.withdrawn", by)


@transaction.atomic
def withdraw_all_tokens(*, by: Actor, user: User) -> int:
    """Make every API token of an account stop working, after a new password or a role that needs two steps."""
    tokens = ApiToken.objects.filter(user=user)
    number = tokens.count()
    if number:
        tokens.delete()
        audit.record(by, "token.all_withdrawn", user, number=number)
    return number
