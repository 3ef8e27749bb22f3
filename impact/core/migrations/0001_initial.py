import uuid

import django.db.models.deletion
import django.db.models.functions.text
import django.db.models.lookups
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import impact.core.jobs.models
import impact.core.notices.models
import impact.core.people.models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="User",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("password", models.CharField(max_length=128, verbose_name="password")),
                ("last_login", models.DateTimeField(blank=True, null=True, verbose_name="last login")),
                ("email", models.EmailField(max_length=254, unique=True, verbose_name="email address")),
                ("is_active", models.BooleanField(default=True)),
                ("date_joined", models.DateTimeField(default=django.utils.timezone.now)),
            ],
            options={
                "ordering": ["email"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("email", django.db.models.functions.text.Lower("email"))),
                        name="user_email_is_lower_case",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="AuditEvent",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("at", models.DateTimeField(db_index=True, default=django.utils.timezone.now)),
                ("actor_id", models.BigIntegerField(help_text="Account id; empty for scheduled work.", null=True)),
                ("type", models.CharField(max_length=60)),
                ("object_type", models.CharField(max_length=60)),
                ("object_id", models.CharField(max_length=40)),
                ("fields", models.JSONField(default=list, help_text="Names of the fields that changed.")),
                ("facts", models.JSONField(default=dict, help_text="States and counts; never personal values.")),
                ("request_id", models.CharField(blank=True, max_length=64)),
            ],
            options={
                "ordering": ["-pk"],
                "indexes": [models.Index(fields=["object_type", "object_id", "-id"], name="audit_by_object")],
            },
        ),
        migrations.CreateModel(
            name="OutboxEmail",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("message_id", models.CharField(max_length=120, unique=True)),
                ("to", models.EmailField(max_length=254)),
                ("subject", models.CharField(max_length=200)),
                ("body", models.TextField(blank=True)),
                ("html", models.TextField(blank=True, db_default="", help_text="The same words in large print.")),
                (
                    "calendar",
                    models.TextField(blank=True, help_text="An iCalendar object that goes with it (RFC 5545)."),
                ),
                ("calendar_method", models.CharField(blank=True, help_text="REQUEST or CANCEL.", max_length=10)),
                (
                    "leave_url",
                    models.URLField(
                        blank=True,
                        db_default="",
                        help_text="Where one POST takes the reader off a list (RFC 8058).",
                        max_length=300,
                    ),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("due_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("attempts", models.PositiveIntegerField(default=0)),
                (
                    "give_up_at",
                    models.DateTimeField(
                        default=impact.core.jobs.models._a_week_on,
                        help_text="After this it waits for staff to send it again.",
                    ),
                ),
                ("sent_at", models.DateTimeField(blank=True, null=True)),
                ("error", models.CharField(blank=True, max_length=400)),
            ],
            options={
                "ordering": ["pk"],
                "indexes": [
                    models.Index(
                        condition=models.Q(("sent_at__isnull", True)), fields=["due_at"], name="outbox_waiting"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Person",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=120)),
                ("email", models.EmailField(blank=True, max_length=254)),
                (
                    "nation",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("england", "England"),
                            ("northern_ireland", "Northern Ireland"),
                            ("scotland", "Scotland"),
                            ("wales", "Wales"),
                            ("uk", "UK-wide"),
                        ],
                        max_length=20,
                    ),
                ),
                (
                    "preferred_format",
                    models.CharField(
                        choices=[
                            ("standard", "Standard"),
                            ("easy_read", "Easy Read"),
                            ("large_print", "Large print"),
                            ("welsh", "Welsh"),
                            ("audio", "Audio"),
                            ("bsl", "British Sign Language"),
                        ],
                        default="standard",
                        max_length=20,
                    ),
                ),
                (
                    "preferred_language",
                    models.CharField(choices=[("en", "English"), ("cy", "Welsh")], default="en", max_length=10),
                ),
                (
                    "access_arrangements",
                    models.CharField(
                        blank=True,
                        help_text="What this person needs in order to take part, in their own words.",
                        max_length=400,
                    ),
                ),
                ("needs_recorded_on", models.DateField(blank=True, null=True)),
                ("is_illustrative", models.BooleanField(default=False, help_text="Invented for the demonstration.")),
                ("version", models.PositiveIntegerField(default=1)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                (
                    "needs_recorded_by",
                    models.ForeignKey(
                        blank=True,
                        help_text="Who wrote down what this person needs. Empty: their own words.",
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "user",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="person",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name_plural": "people",
                "ordering": ["name"],
                "indexes": [models.Index(fields=["name"], name="person_name")],
            },
        ),
        migrations.CreateModel(
            name="NoticeChoices",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "charter",
                    models.CharField(
                        choices=[
                            ("at_once", "By email, at once"),
                            ("daily", "By email, once a day"),
                            ("weekly", "By email, once a week, on Monday"),
                            ("site", "On this site only"),
                            ("none", "Not at all"),
                        ],
                        default="daily",
                        max_length=10,
                    ),
                ),
                (
                    "agreement",
                    models.CharField(
                        choices=[
                            ("at_once", "By email, at once"),
                            ("daily", "By email, once a day"),
                            ("weekly", "By email, once a week, on Monday"),
                            ("site", "On this site only"),
                            ("none", "Not at all"),
                        ],
                        default="at_once",
                        max_length=10,
                    ),
                ),
                (
                    "suggestion",
                    models.CharField(
                        choices=[
                            ("at_once", "By email, at once"),
                            ("daily", "By email, once a day"),
                            ("weekly", "By email, once a week, on Monday"),
                            ("site", "On this site only"),
                            ("none", "Not at all"),
                        ],
                        default="at_once",
                        max_length=10,
                    ),
                ),
                (
                    "waypoint",
                    models.CharField(
                        choices=[
                            ("at_once", "By email, at once"),
                            ("daily", "By email, once a day"),
                            ("weekly", "By email, once a week, on Monday"),
                            ("site", "On this site only"),
                            ("none", "Not at all"),
                        ],
                        default="daily",
                        max_length=10,
                    ),
                ),
                (
                    "involvement",
                    models.CharField(
                        choices=[
                            ("at_once", "By email, at once"),
                            ("daily", "By email, once a day"),
                            ("weekly", "By email, once a week, on Monday"),
                            ("site", "On this site only"),
                            ("none", "Not at all"),
                        ],
                        default="weekly",
                        max_length=10,
                    ),
                ),
                (
                    "meeting",
                    models.CharField(
                        choices=[
                            ("at_once", "By email, at once"),
                            ("daily", "By email, once a day"),
                            ("weekly", "By email, once a week, on Monday"),
                            ("site", "On this site only"),
                            ("none", "Not at all"),
                        ],
                        default="at_once",
                        max_length=10,
                    ),
                ),
                (
                    "claim",
                    models.CharField(
                        choices=[
                            ("at_once", "By email, at once"),
                            ("daily", "By email, once a day"),
                            ("weekly", "By email, once a week, on Monday"),
                            ("site", "On this site only"),
                            ("none", "Not at all"),
                        ],
                        default="at_once",
                        max_length=10,
                    ),
                ),
                (
                    "report",
                    models.CharField(
                        choices=[
                            ("at_once", "By email, at once"),
                            ("daily", "By email, once a day"),
                            ("weekly", "By email, once a week, on Monday"),
                            ("site", "On this site only"),
                            ("none", "Not at all"),
                        ],
                        default="at_once",
                        max_length=10,
                    ),
                ),
                (
                    "group",
                    models.CharField(
                        choices=[
                            ("at_once", "By email, at once"),
                            ("daily", "By email, once a day"),
                            ("weekly", "By email, once a week, on Monday"),
                            ("site", "On this site only"),
                            ("none", "Not at all"),
                        ],
                        default="at_once",
                        max_length=10,
                    ),
                ),
                ("recorded_on", models.DateField(blank=True, null=True)),
                ("version", models.PositiveIntegerField(default=1)),
                (
                    "recorded_by",
                    models.ForeignKey(
                        blank=True,
                        help_text="Who chose for the person, at their wish. Empty: the person.",
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "person",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE, related_name="notice_choices", to="core.person"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("charter__in", ["at_once", "daily", "weekly", "site", "none"]),
                            ("agreement__in", ["at_once", "daily", "weekly", "site", "none"]),
                            ("suggestion__in", ["at_once", "daily", "weekly", "site", "none"]),
                            ("waypoint__in", ["at_once", "daily", "weekly", "site", "none"]),
                            ("involvement__in", ["at_once", "daily", "weekly", "site", "none"]),
                            ("meeting__in", ["at_once", "daily", "weekly", "site", "none"]),
                            ("claim__in", ["at_once", "daily", "weekly", "site", "none"]),
                            ("report__in", ["at_once", "daily", "weekly", "site", "none"]),
                            ("group__in", ["at_once", "daily", "weekly", "site", "none"]),
                        ),
                        name="notice_choices_are_known",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Notice",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("charter", "The charter: new texts and changes"),
                            ("agreement", "Agreement: what waits for my answer, and deadlines"),
                            ("suggestion", "Answers to what I suggested"),
                            ("waypoint", "Waypoints"),
                            ("involvement", "What I was asked to shape, and what changed"),
                            ("meeting", "Meetings, papers and support booked for me"),
                            ("claim", "My hours, expenses and payments"),
                            ("report", "The annual report"),
                            ("group", "The group: terms of office, and the monthly summary"),
                        ],
                        max_length=20,
                    ),
                ),
                ("title", models.CharField(help_text="A whole sentence, or the heading of an email.", max_length=200)),
                (
                    "words",
                    models.TextField(
                        help_text="Plain text: what happened, and what the person can do.", max_length=2000
                    ),
                ),
                (
                    "path",
                    models.CharField(
                        help_text="Where on the site to read more or to answer.",
                        max_length=300,
                        validators=[impact.core.notices.models.require_path_on_this_site],
                    ),
                ),
                ("key", models.CharField(help_text="One person hears of one thing once.", max_length=120)),
                ("made_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("read_at", models.DateTimeField(blank=True, null=True)),
                (
                    "owed",
                    models.CharField(
                        blank=True,
                        choices=[("email", "By email"), ("in_person", "By phone or letter")],
                        db_default="",
                        default="",
                        max_length=10,
                    ),
                ),
                ("emailed_at", models.DateTimeField(blank=True, null=True)),
                ("told_at", models.DateTimeField(blank=True, null=True)),
                (
                    "told_how",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("phone", "By phone"),
                            ("letter", "By letter"),
                            ("in_person", "Face to face"),
                            ("supporter", "Through their supporter"),
                        ],
                        db_default="",
                        default="",
                        max_length=10,
                    ),
                ),
                (
                    "told_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="notices", to="core.person"
                    ),
                ),
            ],
            options={
                "ordering": ["-made_at", "-pk"],
                "indexes": [
                    models.Index(
                        condition=models.Q(("read_at__isnull", True)), fields=["person"], name="notice_unread"
                    ),
                    models.Index(
                        condition=models.Q(("read_at__isnull", True), models.Q(("owed", ""), _negated=True)),
                        fields=["owed", "made_at"],
                        name="notice_owed",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("person", "key"), name="one_notice_per_person_and_thing"),
                    models.CheckConstraint(
                        condition=models.Q(
                            django.db.models.lookups.Exact(
                                django.db.models.functions.text.StrIndex("path", models.Value("/")), 1
                            ),
                            models.Q(
                                django.db.models.lookups.Exact(
                                    django.db.models.functions.text.StrIndex("path", models.Value("//")), 1
                                ),
                                _negated=True,
                            ),
                        ),
                        name="notice_leads_to_this_site",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("told_at__isnull", True), ("told_how", "")),
                            models.Q(("told_at__isnull", False), models.Q(("told_how", ""), _negated=True)),
                            _connector="OR",
                        ),
                        name="told_notice_says_how",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="NeedsProposal",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "preferred_format",
                    models.CharField(
                        choices=[
                            ("standard", "Standard"),
                            ("easy_read", "Easy Read"),
                            ("large_print", "Large print"),
                            ("welsh", "Welsh"),
                            ("audio", "Audio"),
                            ("bsl", "British Sign Language"),
                        ],
                        max_length=20,
                    ),
                ),
                ("preferred_language", models.CharField(choices=[("en", "English"), ("cy", "Welsh")], max_length=10)),
                ("access_arrangements", models.CharField(blank=True, max_length=400)),
                ("proposed_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("answered_at", models.DateTimeField(blank=True, null=True)),
                ("is_accepted", models.BooleanField(blank=True, null=True)),
                (
                    "proposed_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="needs_proposals", to="core.person"
                    ),
                ),
            ],
            options={
                "ordering": ["-proposed_at"],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("answered_at__isnull", True)),
                        fields=("person", "proposed_by"),
                        name="one_open_needs_proposal_each",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Invitation",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("email", models.EmailField(max_length=254)),
                ("name", models.CharField(max_length=120)),
                (
                    "role",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("administrator", "Administrator"),
                            ("leadership", "Leadership team"),
                            ("staff", "National staff"),
                            ("engagement_lead", "Lived Experience Engagement Lead"),
                            ("assessor", "Assessor"),
                            ("api_client", "API client"),
                        ],
                        max_length=30,
                    ),
                ),
                ("token_hash", models.CharField(max_length=64, unique=True)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("expires_at", models.DateTimeField(default=impact.core.people.models._a_fortnight_on)),
                ("accepted_at", models.DateTimeField(blank=True, null=True)),
                ("withdrawn_at", models.DateTimeField(blank=True, null=True)),
                (
                    "invited_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="invitations",
                        to="core.person",
                    ),
                ),
            ],
            options={
                "ordering": ["-created_at"],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("accepted_at__isnull", True), ("withdrawn_at__isnull", True)),
                        fields=("email",),
                        name="one_open_invitation_per_email",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Consent",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "purpose",
                    models.CharField(
                        choices=[
                            ("quotes", "Quoting my words in reports"),
                            ("contact", "Keeping in touch between meetings"),
                            ("photos", "Using photographs of me"),
                            ("answered", "Showing members that I have answered"),
                            ("strengths", "Showing the group my strengths"),
                        ],
                        max_length=20,
                    ),
                ),
                ("wording", models.TextField(help_text="The exact words that were put to the person.")),
                ("is_given", models.BooleanField()),
                ("given_on", models.DateField()),
                ("expires_on", models.DateField(blank=True, help_text="When to ask again.", null=True)),
                (
                    "recorded_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="consents", to="core.person"
                    ),
                ),
            ],
            options={
                "ordering": ["-given_on", "-pk"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("expires_on__isnull", True), ("expires_on__gt", models.F("given_on")), _connector="OR"
                        ),
                        name="consent_expires_after_given",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="RoleGrant",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "role",
                    models.CharField(
                        choices=[
                            ("administrator", "Administrator"),
                            ("leadership", "Leadership team"),
                            ("staff", "National staff"),
                            ("engagement_lead", "Lived Experience Engagement Lead"),
                            ("assessor", "Assessor"),
                            ("api_client", "API client"),
                        ],
                        max_length=30,
                    ),
                ),
                ("granted_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("revoked_at", models.DateTimeField(blank=True, null=True)),
                (
                    "granted_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="role_grants",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ["user", "role"],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("revoked_at__isnull", True)),
                        fields=("user", "role"),
                        name="one_grant_in_force_per_role",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="IdempotencyKey",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("key", models.CharField(max_length=80)),
                ("method", models.CharField(max_length=8)),
                ("path", models.CharField(max_length=200)),
                ("body_hash", models.CharField(max_length=64)),
                ("answer", models.JSONField(default=dict)),
                ("created_at", models.DateTimeField(auto_now_add=True, db_index=True)),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("user", "key", "method", "path"), name="one_answer_per_key")
                ],
            },
        ),
        migrations.CreateModel(
            name="Job",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("kind", models.CharField(max_length=60)),
                ("dedupe_key", models.CharField(max_length=200, unique=True)),
                ("payload", models.JSONField(default=dict)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("queued", "Waiting"),
                            ("running", "Running"),
                            ("succeeded", "Done"),
                            ("failed", "Failed"),
                            ("cancelled", "Cancelled"),
                        ],
                        default="queued",
                        max_length=10,
                    ),
                ),
                ("attempt", models.PositiveIntegerField(default=0, help_text="The fencing token: it only ever grows.")),
                ("attempts_allowed", models.PositiveIntegerField(default=3)),
                ("due_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("lease_until", models.DateTimeField(blank=True, null=True)),
                ("progress", models.PositiveSmallIntegerField(default=0)),
                ("step", models.CharField(blank=True, max_length=120)),
                ("result", models.JSONField(default=dict)),
                (
                    "error",
                    models.CharField(blank=True, help_text="Why it failed, for a person to read.", max_length=400),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("started_at", models.DateTimeField(blank=True, null=True)),
                ("finished_at", models.DateTimeField(blank=True, null=True)),
                (
                    "created_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ["-created_at"],
                "indexes": [models.Index(fields=["state", "due_at"], name="job_state_due")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("progress__lte", 100)), name="job_progress_is_a_percentage"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "running"), _negated=True),
                            ("lease_until__isnull", False),
                            _connector="OR",
                        ),
                        name="running_job_has_a_lease",
                    ),
                ],
            },
        ),
    ]
