"""Accounts, people, what they need, what they agreed to, and invitations to sign in."""

import secrets
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models import F, Q, Value
from django.db.models.functions import Lower
from django.utils import timezone

from impact.core.access.acting.models import Duty, acts_for_someone
from impact.core.access.models import RoleGrant
from impact.core.access.permissions import GLOBAL_ROLES, LentRole, Role
from impact.core.basics.privacy import After, Blank, Delete, Forever, Keep, Part, Personal
from impact.core.basics.vocabulary import Format, Language, Nation
from impact.core.basics.words.mailboxes import mailbox_key


class UserManager(BaseUserManager["User"]):
    """Makes accounts; email is the only name."""

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """Make an account that signs in with ``email``; without a password only a code or passkey works."""
        user = self.model(email=mailbox_key(email), **fields)
        user.set_password(password)
        user.full_clean(exclude=["password"])
        user.save()
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """Make the first administrator from a terminal (``manage.py createsuperuser``)."""
        user = self.create_user(email, password, **fields)
        RoleGrant.objects.create(user=user, role=Role.ADMINISTRATOR)
        return user

    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(email=mailbox_key(username or ""))


class User(AbstractBaseUser):  # type: ignore[django-manager-missing]  # of knox, which has no types
    """An account. What it may do comes from role grants and memberships, never from flags on this row."""

    email = models.EmailField("email address", unique=True)
    is_active = models.BooleanField(default=True)
    date_joined = models.DateTimeField(default=timezone.now)

    privacy = Personal(
        part=Part.SIGN_IN,
        heading="Your account",
        of=("pk",),
        shown=("email", "is_active", "date_joined", "last_login"),
        withheld={"password": "What your password is checked against."},
        on_erasure=Blank(("password",), renamed=("email",)),
        keep=Forever("What was recorded under the account points at it. Erasing leaves a pseudonym in its place."),
    )

    objects = UserManager()
    USERNAME_FIELD = "email"

    class Meta:
        ordering = ["email"]
        constraints = [models.CheckConstraint(condition=Q(email=Lower("email")), name="user_email_is_lower_case")]

    def __str__(self) -> str:
        return self.email

    @property
    def global_roles(self) -> frozenset[str]:
        """The global roles in force now, and those held for a colleague who is away. Read once a request; a removed grant
        counts on the next request."""
        if not hasattr(self, "_global_roles"):
            own = RoleGrant.objects.in_force().filter(user_id=self.pk).order_by()
            rows = own.values_list("role", Value(0), Value(0))
            if acts_for_someone(self):
                lent = Duty.objects.lent_to(self.pk).roles_lent().order_by()
                rows = rows.union(lent.values_list("key", "acting__person_id", "acting_id"), all=True)
            held = sorted(rows, reverse=True)  # those of their own come last, and stand
            found = {r: LentRole(r, person=person, acting=acting) if acting else r for r, person, acting in held}
            self._global_roles = frozenset(found.values())
        return self._global_roles

    def forget_roles(self) -> None:
        """Drop the roles remembered on this instance, after a grant changed within one request."""
        self.__dict__.pop("_global_roles", None)

    @property
    def is_staff(self) -> bool:
        """Django's name for "may open the admin pages"."""
        return self.is_active and Role.ADMINISTRATOR in self.global_roles

    is_superuser = False

    def has_perm(self, perm: str, obj: object = None) -> bool:
        """Django's own permissions, which only the admin pages ask about: administrators read, no one writes.

        Everything else asks ``impact.core.access.permissions.has_perm``, whose names these must not be taken for.
        """
        return self.is_staff and perm.split(".")[1].startswith("view_")

    def has_module_perms(self, app_label: str) -> bool:
        return self.is_staff

    @property
    def display_name(self) -> str:
        person = getattr(self, "person", None)
        if person is None and (merged := getattr(self, "merged_record", None)):
            person = merged.person  # the closed account of someone who had two records
        return person.name if person else self.email


class PersonQuerySet(models.QuerySet["Person"]):
    def search(self, q: str) -> "PersonQuerySet":
        """People whose name or email contains ``q``."""
        return self.filter(Q(name__icontains=q) | Q(email__icontains=q)) if q else self


class Person(models.Model):
    """Someone we work with, with or without an account."""

    # All but the name. That it changes is noted apart (impact.core.api.lists.watching), as most lists show the name alone.
    inside = (
        *("user", "email", "nation", "preferred_format", "preferred_language", "access_arrangements"),
        *("needs_recorded_by", "needs_recorded_on"),
    )

    user = models.OneToOneField(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="person")
    name = models.CharField(max_length=120)
    email = models.EmailField(blank=True)
    nation = models.CharField(max_length=20, choices=Nation, blank=True)
    preferred_format = models.CharField(max_length=20, choices=Format, default=Format.STANDARD)
    preferred_language = models.CharField(max_length=10, choices=Language, default=Language.ENGLISH)
    access_arrangements = models.CharField(
        max_length=400, blank=True, help_text="What this person needs in order to take part, in their own words."
    )
    needs_recorded_by = models.ForeignKey(
        User,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        help_text="Who wrote down what this person needs. Empty: their own words.",
    )
    needs_recorded_on = models.DateField(null=True, blank=True)
    is_illustrative = models.BooleanField(default=False, help_text="Invented for the demonstration.")
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(auto_now_add=True)

    privacy = Personal(
        part=Part.YOU,
        heading="Your record",
        of=("pk",),
        recorders=("user", "needs_recorded_by"),
        shown=(
            "name",
            "email",
            "nation",
            "preferred_format",
            "preferred_language",
            "access_arrangements",
            "needs_recorded_on",
            "created_at",
        ),
        on_erasure=Blank(
            (
                "email",
                "nation",
                "preferred_format",
                "preferred_language",
                "access_arrangements",
                "needs_recorded_by",
                "needs_recorded_on",
            ),
            renamed=("name",),
        ),
        keep=Forever("Agreements, minutes and claims point at it. Erasing leaves a pseudonym in its place."),
    )

    objects = PersonQuerySet.as_manager()

    class Meta:
        ordering = ["name"]
        verbose_name_plural = "people"
        indexes = [models.Index(fields=["name"], name="person_name")]

    def __str__(self) -> str:
        return self.name

    @property
    def initials(self) -> str:
        """ "Ada Beech" → "A. B.": enough for those who share a mailbox."""
        return " ".join(f"{word[0].upper()}." for word in self.name.split() if word)

    @property
    def record_ids(self) -> list[int]:
        """The number of this record, and those that records had which were joined to it: the record of changes keeps them."""
        return [self.pk, *self.merged_records.values_list("old_id", flat=True)]

    @property
    def accounts(self) -> list[int]:
        """Their account, and closed ones of records that were joined to this one."""
        earlier = self.merged_records.filter(account__isnull=False).values_list("account_id", flat=True)
        return [pk for pk in (self.user_id, *earlier) if pk is not None] if self.pk else []

    @property
    def needs(self) -> list[str]:
        """What a coordinator must think of before sending a pack or booking a room; empty when nothing special."""
        found = []
        if self.preferred_format != Format.STANDARD:
            found.append(self.get_preferred_format_display())
        if self.preferred_language != "en":
            found.append(self.get_preferred_language_display())
        if self.access_arrangements:
            found.append(self.access_arrangements)
        return found


class NeedsProposal(models.Model):
    """Needs that someone suggests to a person with an account, who uses the suggestion or leaves it."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="needs_proposals")
    preferred_format = models.CharField(max_length=20, choices=Format)
    preferred_language = models.CharField(max_length=10, choices=Language)
    access_arrangements = models.CharField(max_length=400, blank=True)
    proposed_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    proposed_at = models.DateTimeField(default=timezone.now)
    answered_at = models.DateTimeField(null=True, blank=True)
    is_accepted = models.BooleanField(null=True, blank=True)

    privacy = Personal(
        part=Part.NEEDS,
        heading="What others suggested that you need",
        of=("person",),
        recorders=("proposed_by",),
        shown=(
            "preferred_format",
            "preferred_language",
            "access_arrangements",
            "proposed_at",
            "answered_at",
            "is_accepted",
        ),
        on_erasure=Delete(),
        keep=After(since="answered_at", why="Once answered, your record says what you need.", years=1),
    )

    class Meta:
        ordering = ["-proposed_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["person", "proposed_by"],
                condition=Q(answered_at__isnull=True),
                name="one_open_needs_proposal_each",
            )
        ]

    def __str__(self) -> str:
        return f"Suggestion for {self.person}"


def _invitation_token() -> str:
    return secrets.token_urlsafe(32)


def _a_fortnight_on() -> datetime:
    return timezone.now() + timedelta(days=14)


class Invitation(models.Model):
    """A way in for one email address. Only a hash of the link's token is kept."""

    email = models.EmailField()
    name = models.CharField(max_length=120)
    role = models.CharField(max_length=30, choices=[(r.value, r.label) for r in GLOBAL_ROLES], blank=True)
    person = models.ForeignKey(Person, null=True, blank=True, on_delete=models.CASCADE, related_name="invitations")
    token_hash = models.CharField(max_length=64, unique=True)
    invited_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(default=_a_fortnight_on)
    accepted_at = models.DateTimeField(null=True, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    privacy = Personal(
        part=Part.SIGN_IN,
        heading="Invitations to make an account",
        of=("person",),
        by_address=("email",),
        recorders=("invited_by",),
        shown=("email", "name", "role", "created_at", "expires_at", "accepted_at", "withdrawn_at"),
        on_erasure=Delete(),
        keep=After(since="expires_at", why="Its link opens nothing any more.", years=1),
    )

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["email"],
                condition=Q(accepted_at__isnull=True, withdrawn_at__isnull=True),
                name="one_open_invitation_per_email",
            )
        ]

    def __str__(self) -> str:
        return self.email

    @property
    def is_open(self) -> bool:
        return self.accepted_at is None and self.withdrawn_at is None and self.expires_at > timezone.now()


TOLD_HOW = [
    ("in_person", "They told us face to face"),
    ("phone", "They told us by phone"),
    ("email", "They wrote an email"),
    ("letter", "They wrote a letter or signed a form"),
    ("supporter", "Their supporter told us"),
]


class ConsentQuerySet(models.QuerySet["Consent"]):
    def visible_to(self, user: Any) -> "ConsentQuerySet":
        """One's own answers. Staff and coordinators see those of others on the pages about people and members."""
        return self.filter(person__user_id=user.pk) if getattr(user, "is_authenticated", False) else self.none()


class Consent(models.Model):
    """One answer to one question, kept for ever; the newest answer for a purpose is the one in force (rule 18)."""

    class Purpose(models.TextChoices):
        QUOTES = "quotes", "Quoting my words in reports"
        CONTACT = "contact", "Keeping in touch between meetings"
        PHOTOS = "photos", "Using photographs of me"
        ANSWERED = "answered", "Showing members that I have answered"
        STRENGTHS = "strengths", "Showing the group my strengths"

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="consents")
    purpose = models.CharField(max_length=20, choices=Purpose)
    wording = models.TextField(help_text="The exact words that were put to the person.")
    is_given = models.BooleanField()
    given_on = models.DateField()
    expires_on = models.DateField(null=True, blank=True, help_text="When to ask again.")
    recorded_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    wording_version = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text="Of our wording for the purpose. Empty: other words were used."
    )
    is_easy_read = models.BooleanField(null=True, blank=True, help_text="Whether the Easy Read wording was used.")
    told_how = models.CharField(
        max_length=10, choices=TOLD_HOW, null=True, blank=True, help_text="How the person told the one who recorded it."
    )

    privacy = Personal(
        part=Part.CONSENTS,
        heading="Your answers",
        of=("person",),
        recorders=("recorded_by",),
        shown=("purpose", "wording", "wording_version", "is_given", "given_on", "expires_on", "told_how"),
        on_erasure=Keep(
            "It is the proof of what was asked and answered. Erasing first records that every answer is taken back."
        ),
        keep=Forever("It is the proof of what was asked and answered."),
    )

    objects = ConsentQuerySet.as_manager()

    class Meta:
        ordering = ["-given_on", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(expires_on__isnull=True) | Q(expires_on__gt=F("given_on")),
                name="consent_expires_after_given",
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_purpose_display()}: {'yes' if self.is_given else 'no'}"
