import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import impact.core.basics.clock


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("core", "0001_initial"),
        ("core", "__first__"),
        ("networks", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="AnnualReport",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("year", models.PositiveSmallIntegerField(unique=True)),
                ("title", models.CharField(max_length=160)),
                ("subtitle", models.CharField(blank=True, max_length=200)),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("writing", "Being written"),
                            ("group", "With the advisory group"),
                            ("submitted", "With the leadership team"),
                            ("approved", "Approved"),
                            ("published", "Published"),
                        ],
                        default="writing",
                        max_length=12,
                    ),
                ),
                (
                    "status_note",
                    models.CharField(
                        blank=True,
                        help_text="What to change, when it came back from the leadership team.",
                        max_length=400,
                    ),
                ),
                ("approved_on", models.DateField(blank=True, null=True)),
                ("published_on", models.DateField(blank=True, null=True)),
                (
                    "group_override",
                    models.CharField(
                        blank=True,
                        db_default="",
                        default="",
                        help_text="Why it was approved before the group had had its say. Members read this.",
                        max_length=400,
                    ),
                ),
                (
                    "is_illustrative",
                    models.BooleanField(default=False, help_text="Parts are invented for the demonstration."),
                ),
                ("version", models.PositiveIntegerField(default=1)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                (
                    "approved_by",
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
                "ordering": ["-year"],
                "constraints": [],
            },
        ),
        migrations.CreateModel(
            name="GroupReading",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("opened_on", models.DateField(default=impact.core.basics.clock.today)),
                ("deadline", models.DateField()),
                ("closed_on", models.DateField(blank=True, null=True)),
                (
                    "taken_back_because",
                    models.CharField(
                        blank=True, help_text="Why it came back before the members had had their time.", max_length=400
                    ),
                ),
                ("version", models.PositiveIntegerField(default=1)),
                (
                    "group",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="networks.group"
                    ),
                ),
                (
                    "opened_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "report",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="readings", to="reports.annualreport"
                    ),
                ),
            ],
            options={
                "ordering": ["-pk"],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("closed_on__isnull", True)),
                        fields=("report",),
                        name="report_with_one_group_at_a_time",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("deadline__gt", models.F("opened_on"))), name="reading_gives_members_time"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("taken_back_because", ""), ("closed_on__isnull", False), _connector="OR"),
                        name="report_taken_back_is_closed",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="LeadershipResponse",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "area",
                    models.CharField(
                        blank=True,
                        help_text="An area for further development. Empty: the whole report.",
                        max_length=160,
                    ),
                ),
                ("words", models.TextField(help_text="Markdown.", max_length=6000)),
                ("given_on", models.DateField(default=impact.core.basics.clock.today)),
                ("version", models.PositiveIntegerField(default=1)),
                (
                    "given_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "report",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="responses", to="reports.annualreport"
                    ),
                ),
            ],
            options={
                "ordering": ["area", "pk"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("report", "area"),
                        name="one_response_per_area",
                        violation_error_message="There is a response to this already. Change that one.",
                    ),
                    models.CheckConstraint(condition=models.Q(("words", ""), _negated=True), name="response_has_words"),
                ],
            },
        ),
        migrations.CreateModel(
            name="Ready",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "told",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("in_person", "They said so, face to face"),
                            ("phone", "They said so by phone or video"),
                            ("written", "They wrote it: a letter, an email or a form"),
                            ("meeting", "They said so in a meeting"),
                            ("proxy", "They asked me to decide for them"),
                        ],
                        db_default="",
                        default="",
                        help_text="Empty: the member wrote it.",
                        max_length=12,
                    ),
                ),
                ("said_on", models.DateField(default=impact.core.basics.clock.today)),
                ("taken_back_at", models.DateTimeField(blank=True, null=True)),
                (
                    "person",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="core.person"),
                ),
                (
                    "reading",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="ready", to="reports.groupreading"
                    ),
                ),
                (
                    "recorded_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name_plural": "ready",
                "ordering": ["pk"],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("taken_back_at__isnull", True)),
                        fields=("reading", "person"),
                        name="member_ready_once",
                        violation_error_message="This member has said that they are ready.",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="ReportSection",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "key",
                    models.CharField(
                        choices=[
                            ("summary", "Summary for leadership"),
                            ("figures", "The year in figures"),
                            ("progress", "Progress during the year"),
                            ("good_practice", "Good practice"),
                            ("development", "Areas for further development"),
                            ("charter", "The charter and its waypoints"),
                            ("networks", "Networks and what they said"),
                            ("sites", "Sites by delivery model and nation"),
                            ("method", "Method and data notes"),
                        ],
                        max_length=20,
                    ),
                ),
                ("position", models.PositiveSmallIntegerField()),
                ("body", models.TextField(blank=True, help_text="Markdown.", max_length=50000)),
                (
                    "figures_seen",
                    models.JSONField(
                        blank=True,
                        editable=False,
                        help_text="[label, value] of each figure when the words were last checked.",
                        null=True,
                    ),
                ),
                ("version", models.PositiveIntegerField(default=1)),
                ("updated_at", models.DateTimeField(auto_now=True)),
                (
                    "report",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="sections", to="reports.annualreport"
                    ),
                ),
            ],
            options={
                "ordering": ["position"],
                "constraints": [models.UniqueConstraint(fields=("report", "key"), name="section_once_per_report")],
            },
        ),
        migrations.CreateModel(
            name="ReadingComment",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "told",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("in_person", "They said so, face to face"),
                            ("phone", "They said so by phone or video"),
                            ("written", "They wrote it: a letter, an email or a form"),
                            ("meeting", "They said so in a meeting"),
                            ("proxy", "They asked me to decide for them"),
                        ],
                        db_default="",
                        default="",
                        help_text="Empty: the member wrote it.",
                        max_length=12,
                    ),
                ),
                ("words", models.TextField(max_length=4000)),
                ("made_on", models.DateField(default=impact.core.basics.clock.today)),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("waiting", "Waiting for an answer"),
                            ("taken_in", "Taken in"),
                            ("not_taken_in", "Not this time"),
                        ],
                        default="waiting",
                        max_length=12,
                    ),
                ),
                ("answer", models.TextField(blank=True, max_length=4000)),
                ("answered_on", models.DateField(blank=True, null=True)),
                ("version", models.PositiveIntegerField(default=1)),
                (
                    "answered_by",
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
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="core.person"),
                ),
                (
                    "reading",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="comments", to="reports.groupreading"
                    ),
                ),
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
                    "section",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="comments", to="reports.reportsection"
                    ),
                ),
            ],
            options={
                "ordering": ["section__position", "pk"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("answer", ""), ("answered_on__isnull", True), ("status", "waiting")),
                            models.Q(
                                models.Q(("status", "waiting"), _negated=True),
                                models.Q(("answer", ""), _negated=True),
                                ("answered_on__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="answered_comment_says_why",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Snapshot",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("sha256", models.CharField(max_length=64)),
                ("data", models.JSONField()),
                ("taken_at", models.DateTimeField(default=impact.core.basics.clock.now, editable=False)),
                (
                    "report",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="snapshots", to="reports.annualreport"
                    ),
                ),
                (
                    "taken_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ["-pk"],
                "constraints": [models.UniqueConstraint(fields=("report", "sha256"), name="snapshot_once_per_report")],
            },
        ),
        migrations.CreateModel(
            name="Edition",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.PositiveIntegerField()),
                ("renderer", models.CharField(help_text="Version of what drew it.", max_length=40)),
                ("file", models.CharField(help_text="Name in the file storage.", max_length=200)),
                ("sha256", models.CharField(max_length=64)),
                ("size", models.PositiveIntegerField(help_text="Bytes.")),
                ("pages", models.PositiveIntegerField()),
                ("seconds", models.FloatField(help_text="How long the build took.")),
                ("built_at", models.DateTimeField(default=impact.core.basics.clock.now, editable=False)),
                (
                    "job",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to="core.job"
                    ),
                ),
                (
                    "report",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="editions", to="reports.annualreport"
                    ),
                ),
                (
                    "snapshot",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="editions", to="reports.snapshot"
                    ),
                ),
            ],
            options={
                "ordering": ["-number"],
                "constraints": [
                    models.UniqueConstraint(fields=("report", "number"), name="edition_number_once_per_report"),
                    models.UniqueConstraint(
                        fields=("snapshot", "renderer"), name="edition_once_per_snapshot_and_renderer"
                    ),
                ],
            },
        ),
        migrations.AddField(
            model_name="AnnualReport",
            name="approved_edition",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="reports.edition",
            ),
        ),
        migrations.AddConstraint(
            model_name="AnnualReport",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("status__in", ["approved", "published"]), _negated=True),
                    models.Q(("approved_edition__isnull", False), ("approved_on__isnull", False)),
                    _connector="OR",
                ),
                name="approved_report_names_its_edition",
            ),
        ),
    ]
