import uuid
from decimal import Decimal

import django.core.validators
import django.db.models.deletion
import django.db.models.functions.text
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import impact.core.basics.clock


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("core", "0001_initial"),
        ("core", "__first__"),
        ("networks", "0001_initial"),
        ("sites", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="Charter",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("title", models.CharField(max_length=160)),
                (
                    "is_illustrative",
                    models.BooleanField(default=False, help_text="The wording is invented for the demonstration."),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                (
                    "group",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE, related_name="charter", to="networks.group"
                    ),
                ),
            ],
            options={
                "ordering": ["title"],
            },
        ),
        migrations.CreateModel(
            name="CharterSection",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("key", models.SlugField(max_length=60)),
                ("title", models.CharField(max_length=120)),
                (
                    "kind",
                    models.CharField(
                        choices=[("known", "Known from the start"), ("open", "For the group to fill")], max_length=10
                    ),
                ),
                ("position", models.PositiveSmallIntegerField()),
                (
                    "questions",
                    models.TextField(
                        blank=True,
                        db_default="",
                        default="",
                        help_text="What the group is asked here, one question a line. Shown until the section has words.",
                        max_length=2000,
                    ),
                ),
                (
                    "charter",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="sections", to="coproduction.charter"
                    ),
                ),
            ],
            options={
                "ordering": ["position"],
                "constraints": [
                    models.UniqueConstraint(fields=("charter", "key"), name="section_key_once_per_charter")
                ],
            },
        ),
        migrations.CreateModel(
            name="CharterVersion",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.PositiveIntegerField()),
                (
                    "correction",
                    models.PositiveSmallIntegerField(
                        db_default=0,
                        default=0,
                        help_text="1 for the first minor correction of an agreed text (2.1); 0 otherwise.",
                    ),
                ),
                (
                    "draft_number",
                    models.PositiveSmallIntegerField(
                        db_default=1,
                        default=1,
                        help_text="Counts the drafts of one number that members have not seen: 1 is draft a.",
                    ),
                ),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("draft", "Draft"),
                            ("proposed", "Out for agreement"),
                            ("agreed", "Agreed"),
                            ("superseded", "Replaced"),
                            ("withdrawn", "Withdrawn"),
                        ],
                        default="draft",
                        max_length=12,
                    ),
                ),
                (
                    "change_note",
                    models.CharField(
                        blank=True, help_text="What changed since the last version, and why.", max_length=400
                    ),
                ),
                ("status_reason", models.CharField(blank=True, help_text="Why it was withdrawn.", max_length=400)),
                (
                    "text_hash",
                    models.CharField(blank=True, help_text="Set when the text is put to the members.", max_length=64),
                ),
                ("proposed_on", models.DateField(blank=True, null=True)),
                ("agreed_on", models.DateField(blank=True, null=True)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("version", models.PositiveIntegerField(default=1)),
                (
                    "charter",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="versions", to="coproduction.charter"
                    ),
                ),
                (
                    "corrects",
                    models.ForeignKey(
                        blank=True,
                        help_text="The agreed text that this one corrects.",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="corrections",
                        to="coproduction.charterversion",
                    ),
                ),
            ],
            options={
                "ordering": ["-number", "-correction", "-draft_number"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("charter", "number", "correction", "draft_number"), name="version_name_once_per_charter"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("correction", 0), ("corrects__isnull", True)),
                            models.Q(("correction__gt", 0), ("corrects__isnull", False)),
                            _connector="OR",
                        ),
                        name="correction_names_the_text_it_corrects",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("correction", 0), ("status__in", ["draft", "proposed"])),
                        fields=("charter",),
                        name="one_open_version_per_charter",
                        violation_error_message="There is already a version being worked on.",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("status", "agreed")),
                        fields=("charter",),
                        name="one_agreed_version_per_charter",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("status", "draft"), models.Q(("text_hash", ""), _negated=True), _connector="OR"
                        ),
                        name="settled_version_has_a_hash",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("status", "agreed"), _negated=True), ("agreed_on__isnull", False), _connector="OR"
                        ),
                        name="agreed_version_has_a_date",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("status", "withdrawn"), _negated=True),
                            models.Q(("status_reason", ""), _negated=True),
                            _connector="OR",
                        ),
                        name="withdrawn_version_has_a_reason",
                        violation_error_message="Say why the text is withdrawn.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="CharterPdf",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "form",
                    models.CharField(
                        choices=[("standard", "Standard"), ("large_print", "Large print"), ("easy_read", "Easy Read")],
                        max_length=12,
                    ),
                ),
                ("contents", models.JSONField(help_text="Everything that it says, frozen.")),
                ("contents_sha256", models.CharField(max_length=64)),
                (
                    "file",
                    models.FileField(blank=True, help_text="Empty until it is built.", max_length=200, upload_to=""),
                ),
                ("sha256", models.CharField(blank=True, max_length=64)),
                ("size", models.PositiveIntegerField(default=0, help_text="Bytes.")),
                ("pages", models.PositiveIntegerField(default=0)),
                ("asked_at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "asked_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "job",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="core.job",
                    ),
                ),
                (
                    "version",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="pdfs",
                        to="coproduction.charterversion",
                    ),
                ),
            ],
            options={
                "ordering": ["-asked_at", "-pk"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("version", "form", "contents_sha256"), name="charter_pdf_once_for_the_same_words"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="CharterBeforeMeeting",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "is_induction",
                    models.BooleanField(default=False, help_text="The meeting at which members were introduced."),
                ),
                (
                    "meeting",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="charter_texts", to="networks.meeting"
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
                    "version",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="meetings",
                        to="coproduction.charterversion",
                    ),
                ),
            ],
            options={
                "ordering": ["meeting__starts_at", "pk"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("meeting", "version"),
                        name="version_once_before_a_meeting",
                        violation_error_message="This version is on that meeting’s page already.",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="AgreementRound",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("opened_on", models.DateField()),
                ("closes_on", models.DateField()),
                ("closed_on", models.DateField(blank=True, null=True)),
                ("row_version", models.PositiveIntegerField(db_default=1, default=1)),
                (
                    "carried_from",
                    models.ForeignKey(
                        blank=True,
                        help_text="The round whose positions a minor correction carries over.",
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="coproduction.agreementround",
                    ),
                ),
                (
                    "version",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="agreement_rounds",
                        to="coproduction.charterversion",
                    ),
                ),
            ],
            options={
                "ordering": ["-opened_on", "-pk"],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("closed_on__isnull", True)),
                        fields=("version",),
                        name="one_open_round_per_version",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("closes_on__gte", models.F("opened_on"))),
                        name="agreement_round_closes_after_it_opens",
                        violation_error_message="The deadline is before the day it opens.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="CorrectionStop",
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
                ("reason", models.CharField(blank=True, max_length=400)),
                ("stopped_on", models.DateField(default=impact.core.basics.clock.today)),
                (
                    "person",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="core.person"),
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
                    "version",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="stop",
                        to="coproduction.charterversion",
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Involvement",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("title", models.CharField(max_length=160)),
                (
                    "workstream",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("networks", "Networks"),
                            ("demonstrators", "Demonstrators"),
                            ("facilitators", "Facilitators"),
                            ("ask_impact", "Ask IMPACT"),
                            ("assemblies", "Assemblies"),
                            ("evidence", "Evidence"),
                            ("communications", "Communications"),
                            ("coproduction", "Co-production"),
                            ("leadership", "Leadership and governance"),
                        ],
                        db_default="",
                        default="",
                        max_length=20,
                    ),
                ),
                (
                    "asked_by",
                    models.CharField(
                        blank=True,
                        db_default="",
                        default="",
                        help_text="Who asked, where it is no site or workstream.",
                        max_length=120,
                    ),
                ),
                ("asked", models.TextField(help_text="What the members were asked to shape.", max_length=4000)),
                ("asked_on", models.DateField()),
                (
                    "purpose",
                    models.CharField(
                        blank=True,
                        db_default="",
                        default="",
                        help_text="What the team will use the answer for.",
                        max_length=400,
                    ),
                ),
                ("wanted_by", models.DateField(blank=True, help_text="When the team needs the answer.", null=True)),
                (
                    "time_needed",
                    models.CharField(
                        blank=True,
                        db_default="",
                        default="",
                        help_text="How much time it takes, in plain words.",
                        max_length=120,
                    ),
                ),
                (
                    "payment",
                    models.CharField(
                        blank=True,
                        choices=[("paid", "Paid"), ("expenses", "Expenses only"), ("unpaid", "Not paid")],
                        db_default="",
                        default="",
                        max_length=10,
                    ),
                ),
                ("said", models.TextField(blank=True, help_text="What they said.", max_length=4000)),
                ("said_on", models.DateField(blank=True, null=True)),
                (
                    "changed",
                    models.TextField(blank=True, help_text="What changed, or why nothing did.", max_length=4000),
                ),
                ("changed_on", models.DateField(blank=True, null=True)),
                (
                    "outcome",
                    models.CharField(
                        choices=[
                            ("waiting", "Waiting"),
                            ("changed", "Changed"),
                            ("partly", "Partly changed"),
                            ("not_changed", "Not changed"),
                        ],
                        default="waiting",
                        max_length=12,
                    ),
                ),
                (
                    "evidence_link",
                    models.URLField(
                        blank=True, db_default="", default="", help_text="A page that shows the change.", max_length=400
                    ),
                ),
                ("is_good_practice", models.BooleanField(default=False, help_text="Worth telling others about.")),
                (
                    "is_development",
                    models.BooleanField(
                        db_default=False, default=False, help_text="An area for development: what we need to do better."
                    ),
                ),
                (
                    "public_summary",
                    models.TextField(
                        blank=True, db_default="", default="", help_text="For everyone, without names.", max_length=1000
                    ),
                ),
                (
                    "public_on",
                    models.DateField(blank=True, help_text="Since when everyone can read the summary.", null=True),
                ),
                ("is_illustrative", models.BooleanField(default=False, help_text="Invented for the demonstration.")),
                ("version", models.PositiveIntegerField(default=1)),
                (
                    "evidence",
                    models.ManyToManyField(
                        blank=True,
                        help_text="Items of the library that show the change.",
                        related_name="involvements",
                        to="sites.evidenceitem",
                    ),
                ),
                (
                    "group",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="involvements", to="networks.group"
                    ),
                ),
                (
                    "organisation",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="involvements",
                        to="sites.organisation",
                    ),
                ),
                (
                    "site",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="involvements",
                        to="sites.site",
                    ),
                ),
            ],
            options={
                "ordering": ["-asked_on", "-pk"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("outcome", "waiting"),
                            models.Q(models.Q(("changed", ""), _negated=True), ("changed_on__isnull", False)),
                            _connector="OR",
                        ),
                        name="settled_involvement_says_what_changed",
                        violation_error_message="Say what changed, or why nothing did, and when.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("said_on__isnull", True), ("said_on__gte", models.F("asked_on")), _connector="OR"
                        ),
                        name="involvement_said_after_asked",
                        violation_error_message="The answer is dated before the question.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("said_on__isnull", True), models.Q(("said", ""), _negated=True), _connector="OR"
                        ),
                        name="said_involvement_has_words",
                        violation_error_message="Write down what the members said.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("changed_on__isnull", True),
                            ("said_on__isnull", True),
                            ("changed_on__gte", models.F("said_on")),
                            _connector="OR",
                        ),
                        name="involvement_changed_after_said",
                        violation_error_message="The change is dated before the members spoke.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("site__isnull", True),
                                ("workstream", ""),
                                ("organisation__isnull", True),
                                models.Q(("asked_by", ""), _negated=True),
                            ),
                            models.Q(
                                models.Q(("site__isnull", True), _negated=True),
                                ("workstream", ""),
                                ("organisation__isnull", True),
                            ),
                            models.Q(
                                ("site__isnull", True),
                                models.Q(("workstream", ""), _negated=True),
                                ("organisation__isnull", True),
                            ),
                            models.Q(
                                ("site__isnull", True),
                                ("workstream", ""),
                                models.Q(("organisation__isnull", True), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="involvement_asked_by_one",
                        violation_error_message="Choose one: a site, a workstream or an organisation. Or write who asked.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("wanted_by__isnull", True), ("wanted_by__gte", models.F("asked_on")), _connector="OR"
                        ),
                        name="involvement_wanted_after_asked",
                        violation_error_message="The answer is wanted before the question was asked.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("public_on__isnull", True),
                            models.Q(
                                models.Q(("public_summary", ""), _negated=True),
                                models.Q(("outcome", "waiting"), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="public_involvement_has_a_summary",
                        violation_error_message="Write the summary that everyone will read.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="MonthlySummary",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("month", models.DateField(help_text="Its first day.")),
                ("words", models.TextField(help_text="Plain text, without names of members.", max_length=1900)),
                ("sent_on", models.DateField(blank=True, null=True)),
                ("version", models.PositiveIntegerField(default=1)),
                (
                    "group",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="summaries", to="networks.group"
                    ),
                ),
                (
                    "sent_by",
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
                "verbose_name_plural": "monthly summaries",
                "ordering": ["-month", "-pk"],
                "constraints": [
                    models.UniqueConstraint(fields=("group", "month"), name="one_summary_a_month"),
                    models.CheckConstraint(
                        condition=models.Q(("month__day", 1)), name="summary_month_is_its_first_day"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="OutsideGroup",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=160)),
                (
                    "about",
                    models.TextField(
                        help_text="Who they are, and why the group is in touch with them.", max_length=2000
                    ),
                ),
                ("web", models.URLField(blank=True, help_text="Their page on the web.", max_length=300)),
                ("known_since", models.DateField(help_text="When the two groups first talked.")),
                ("ended_on", models.DateField(blank=True, help_text="Empty while the groups are in touch.", null=True)),
                ("is_illustrative", models.BooleanField(default=False, help_text="Invented for the demonstration.")),
                ("version", models.PositiveIntegerField(default=1)),
                (
                    "group",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="outside_groups", to="networks.group"
                    ),
                ),
            ],
            options={
                "ordering": ["name", "pk"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("group", "name"),
                        name="outside_group_once_per_group",
                        violation_error_message="This group is on the list already.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("ended_on__isnull", True), ("ended_on__gte", models.F("known_since")), _connector="OR"
                        ),
                        name="outside_group_ends_after_it_starts",
                        violation_error_message="The last day is before the groups first talked. Choose a later one.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Exchange",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("on", models.DateField()),
                (
                    "direction",
                    models.CharField(
                        choices=[("from", "We learned from them"), ("to", "They learned from us")], max_length=4
                    ),
                ),
                ("words", models.TextField(help_text="What was learned.", max_length=2000)),
                ("led_to", models.TextField(blank=True, help_text="What the group did with it.", max_length=2000)),
                ("version", models.PositiveIntegerField(default=1)),
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
                    "outside_group",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="exchanges",
                        to="coproduction.outsidegroup",
                    ),
                ),
            ],
            options={
                "ordering": ["-on", "-pk"],
            },
        ),
        migrations.CreateModel(
            name="Participation",
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
                (
                    "state",
                    models.CharField(
                        choices=[("invited", "Invited"), ("accepted", "Accepted"), ("declined", "Declined")],
                        default="invited",
                        max_length=10,
                    ),
                ),
                ("invited_on", models.DateField(default=impact.core.basics.clock.today)),
                ("answered_on", models.DateField(blank=True, null=True)),
                ("took_part", models.BooleanField(default=False)),
                (
                    "words",
                    models.TextField(
                        blank=True, help_text="What the member said, in their own words.", max_length=4000
                    ),
                ),
                ("words_on", models.DateField(blank=True, null=True)),
                (
                    "is_quoted",
                    models.BooleanField(default=False, help_text="Whether the public summary quotes these words."),
                ),
                ("version", models.PositiveIntegerField(default=1)),
                (
                    "involvement",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="participations",
                        to="coproduction.involvement",
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="participations", to="core.person"
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
                "ordering": ["person__name", "pk"],
                "constraints": [
                    models.UniqueConstraint(fields=("involvement", "person"), name="member_once_per_involvement"),
                    models.CheckConstraint(
                        condition=models.Q(("state", "invited"), ("answered_on__isnull", False), _connector="OR"),
                        name="invitation_answered_on_a_day",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("words", ""), ("words_on__isnull", False), _connector="OR"),
                        name="members_words_have_a_day",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("is_quoted", False), models.Q(("words", ""), _negated=True), _connector="OR"
                        ),
                        name="quoted_participation_has_words",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="PaymentBatch",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("paid_on", models.DateField()),
                ("reference", models.CharField(help_text="Finance’s own reference for the payment.", max_length=80)),
                ("made_at", models.DateTimeField(default=impact.core.basics.clock.now)),
                ("undone_at", models.DateTimeField(blank=True, null=True)),
                ("undone_reason", models.CharField(blank=True, max_length=400)),
                (
                    "made_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "undone_by",
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
                "verbose_name_plural": "payment batches",
                "ordering": ["-paid_on", "-pk"],
                "constraints": [
                    models.UniqueConstraint(
                        django.db.models.functions.text.Lower("reference"),
                        condition=models.Q(("undone_at__isnull", True)),
                        name="payment_reference_once",
                        violation_error_message="A payment with this reference is recorded already. Enter another reference.",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Claim",
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
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("time", "Time"),
                            ("travel", "Travel"),
                            ("care", "Care while they took part"),
                            ("data", "Phone or internet"),
                            ("other", "Another expense"),
                        ],
                        max_length=8,
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("offered", "Offered"),
                            ("taken_up", "Taken up"),
                            ("declined", "Declined"),
                            ("claimed", "Claimed"),
                            ("returned", "Sent back"),
                            ("approved", "Approved"),
                            ("paid", "Paid"),
                            ("withdrawn", "Withdrawn"),
                        ],
                        max_length=10,
                    ),
                ),
                (
                    "what",
                    models.CharField(help_text="What it is for, such as “Reading the draft report”.", max_length=160),
                ),
                ("on", models.DateField(help_text="The day of the work or of the expense.")),
                (
                    "hours_offered",
                    models.DecimalField(
                        blank=True,
                        decimal_places=2,
                        max_digits=5,
                        null=True,
                        validators=[
                            django.core.validators.MinValueValidator(Decimal("0.25")),
                            django.core.validators.MaxValueValidator(100),
                        ],
                    ),
                ),
                (
                    "rate_pence",
                    models.PositiveIntegerField(
                        blank=True,
                        help_text="For an hour.",
                        null=True,
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(500000),
                        ],
                    ),
                ),
                ("hours_taken", models.DecimalField(blank=True, decimal_places=2, max_digits=5, null=True)),
                (
                    "is_unpaid",
                    models.BooleanField(
                        db_default=False, default=False, help_text="The member takes part without pay."
                    ),
                ),
                (
                    "pence",
                    models.PositiveIntegerField(
                        blank=True,
                        help_text="What is claimed.",
                        null=True,
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(500000),
                        ],
                    ),
                ),
                (
                    "reference",
                    models.CharField(blank=True, help_text="The number on a receipt or ticket.", max_length=80),
                ),
                (
                    "receipt",
                    models.FileField(
                        blank=True, db_default="", help_text="The receipt itself.", max_length=200, upload_to=""
                    ),
                ),
                ("receipt_name", models.CharField(blank=True, db_default="", default="", max_length=160)),
                ("receipt_type", models.CharField(blank=True, db_default="", default="", max_length=80)),
                ("receipt_size", models.PositiveIntegerField(db_default=0, default=0, help_text="Bytes.")),
                ("receipt_sha256", models.CharField(blank=True, db_default="", default="", max_length=64)),
                ("returned_because", models.CharField(blank=True, max_length=400)),
                ("is_illustrative", models.BooleanField(default=False, help_text="Invented for the demonstration.")),
                ("version", models.PositiveIntegerField(default=1)),
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
                (
                    "group",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="claims", to="networks.group"
                    ),
                ),
                (
                    "meeting",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="claims",
                        to="networks.meeting",
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="claims", to="core.person"
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
                    "site",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="claims",
                        to="sites.site",
                    ),
                ),
                (
                    "involvement",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="claims",
                        to="coproduction.involvement",
                    ),
                ),
                (
                    "batch",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="claims",
                        to="coproduction.paymentbatch",
                    ),
                ),
            ],
            options={
                "ordering": ["-on", "-pk"],
                "indexes": [models.Index(fields=["state", "on"], name="claim_by_state")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                models.Q(("kind", "time"), _negated=True),
                                ("hours_offered__isnull", True),
                                ("hours_taken__isnull", True),
                                ("rate_pence__isnull", True),
                            ),
                            models.Q(("hours_offered__isnull", False), ("kind", "time"), ("rate_pence__isnull", False)),
                            _connector="OR",
                        ),
                        name="only_time_has_hours_and_a_rate",
                        violation_error_message="Give hours and a rate for time, and for nothing else.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("kind", "time"),
                            models.Q(("state__in", ["offered", "taken_up", "declined"]), _negated=True),
                            _connector="OR",
                        ),
                        name="only_time_is_offered",
                        violation_error_message="Only time is offered. Claim an expense instead.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("hours_taken__isnull", True),
                            models.Q(("hours_taken__gt", 0), ("hours_taken__lte", models.F("hours_offered"))),
                            _connector="OR",
                        ),
                        name="hours_taken_up_are_within_the_offer",
                        violation_error_message="Choose no more hours than were offered.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("kind", "time"), _negated=True),
                            models.Q(
                                ("state__in", ["taken_up", "claimed", "returned", "approved", "paid"]), _negated=True
                            ),
                            ("hours_taken__isnull", False),
                            _connector="OR",
                        ),
                        name="time_taken_up_has_hours",
                        violation_error_message="Say how many of the hours are taken up.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state__in", ("claimed", "returned", "approved", "paid")), _negated=True),
                            models.Q(("is_unpaid", False), ("pence__gt", 0)),
                            _connector="OR",
                        ),
                        name="claim_has_an_amount",
                        violation_error_message="Enter the amount.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("batch__isnull", False), ("state", "paid")),
                            models.Q(models.Q(("state", "paid"), _negated=True), ("batch__isnull", True)),
                            _connector="OR",
                        ),
                        name="paid_claim_has_a_payment",
                        violation_error_message="A claim is paid by recording the payment.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "returned"), _negated=True),
                            models.Q(("returned_because", ""), _negated=True),
                            _connector="OR",
                        ),
                        name="returned_claim_says_why",
                        violation_error_message="Say why, so that the member knows what to change.",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(
                            ("kind", "time"),
                            ("meeting__isnull", False),
                            ("state__in", ("offered", "taken_up", "claimed", "returned", "approved", "paid")),
                        ),
                        fields=("person", "meeting"),
                        name="time_offered_once_per_meeting",
                        violation_error_message="This member has been offered pay for this meeting already.",
                    ),
                    models.UniqueConstraint(
                        models.F("person"),
                        models.F("on"),
                        django.db.models.functions.text.Lower("what"),
                        condition=models.Q(
                            ("kind", "time"),
                            ("state__in", ("offered", "taken_up", "claimed", "returned", "approved", "paid")),
                        ),
                        name="time_offered_once",
                        violation_error_message="This member has been offered pay for the same thing on the same day already.",
                    ),
                    models.UniqueConstraint(
                        models.F("person"),
                        models.F("kind"),
                        models.F("on"),
                        models.F("pence"),
                        django.db.models.functions.text.Lower("what"),
                        condition=models.Q(
                            models.Q(("kind", "time"), _negated=True),
                            ("state__in", ("offered", "taken_up", "claimed", "returned", "approved", "paid")),
                        ),
                        name="expense_claimed_once",
                        violation_error_message="This has been claimed already: the same kind of expense, on the same day, for the same amount. If it is another one, say so in “What it was for”, such as “Bus home”.",
                    ),
                    models.UniqueConstraint(
                        models.F("person"),
                        django.db.models.functions.text.Lower("reference"),
                        condition=models.Q(
                            models.Q(("reference", ""), _negated=True),
                            ("state__in", ("offered", "taken_up", "claimed", "returned", "approved", "paid")),
                        ),
                        name="receipt_claimed_once",
                        violation_error_message="A receipt with this number has been claimed already. Check the number.",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(
                            models.Q(("receipt_sha256", ""), _negated=True),
                            ("state__in", ("offered", "taken_up", "claimed", "returned", "approved", "paid")),
                        ),
                        fields=("receipt_sha256",),
                        name="receipt_file_claimed_once",
                        violation_error_message="This receipt is with a claim already. Choose the receipt of this expense.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ClaimStep",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("offered", "Offered"),
                            ("taken_up", "Taken up"),
                            ("declined", "Declined"),
                            ("claimed", "Claimed"),
                            ("returned", "Sent back"),
                            ("approved", "Approved"),
                            ("paid", "Paid"),
                            ("withdrawn", "Withdrawn"),
                        ],
                        max_length=10,
                    ),
                ),
                ("at", models.DateTimeField(default=impact.core.basics.clock.now)),
                (
                    "told",
                    models.CharField(
                        blank=True, help_text="How the member told the one who wrote it down.", max_length=12
                    ),
                ),
                ("words", models.CharField(blank=True, max_length=400)),
                (
                    "by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "claim",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="steps", to="coproduction.claim"
                    ),
                ),
            ],
            options={
                "ordering": ["pk"],
            },
        ),
        migrations.CreateModel(
            name="Position",
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
                (
                    "stance",
                    models.CharField(
                        choices=[
                            ("agree", "Agree"),
                            ("reservation", "Agree, with a reservation"),
                            ("stand_aside", "Stand aside"),
                            ("object", "Object"),
                        ],
                        max_length=12,
                    ),
                ),
                ("reason", models.TextField(blank=True, max_length=2000)),
                ("taken_on", models.DateField(default=impact.core.basics.clock.today)),
                (
                    "is_late",
                    models.BooleanField(
                        default=False, help_text="Taken after the deadline or by someone who joined later."
                    ),
                ),
                ("replaced_at", models.DateTimeField(blank=True, null=True)),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="positions", to="core.person"
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
                    "round",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="positions",
                        to="coproduction.agreementround",
                    ),
                ),
            ],
            options={
                "ordering": ["taken_on", "pk"],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("replaced_at__isnull", True)),
                        fields=("round", "person"),
                        name="one_position_in_force_per_person",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("stance", "agree"), models.Q(("reason", ""), _negated=True), _connector="OR"
                        ),
                        name="position_other_than_agree_has_a_reason",
                        violation_error_message="Say why, so that the group can think about it.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Reflection",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("year", models.PositiveSmallIntegerField()),
                ("opened_on", models.DateField()),
                ("closes_on", models.DateField(help_text="The last day for answers.")),
                ("asked", models.PositiveSmallIntegerField(help_text="How many members were asked; not who.")),
                ("is_illustrative", models.BooleanField(default=False, help_text="Invented for the demonstration.")),
                ("version", models.PositiveIntegerField(default=1)),
                (
                    "group",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="reflections", to="networks.group"
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
            ],
            options={
                "ordering": ["-year", "-pk"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("group", "year"),
                        name="one_reflection_a_year",
                        violation_error_message="This group has a reflection for this year already.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("closes_on__gt", models.F("opened_on"))),
                        name="reflection_closes_after_it_opens",
                        violation_error_message="Choose a last day after the day on which it opens.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ReflectionAnswer",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                (
                    "part",
                    models.CharField(
                        choices=[
                            ("scales", "scales"),
                            ("relationships", "relationships"),
                            ("time", "time"),
                            ("space", "space"),
                            ("trust", "trust"),
                        ],
                        max_length=20,
                    ),
                ),
                ("pseudonym", models.CharField(max_length=64, unique=True)),
                (
                    "is_own",
                    models.BooleanField(
                        help_text="Entered by the person themselves: nothing that someone else enters replaces it."
                    ),
                ),
                ("answer", models.JSONField()),
                (
                    "reflection",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="answers",
                        to="coproduction.reflection",
                    ),
                ),
            ],
            options={
                "ordering": ["pk"],
            },
        ),
        migrations.CreateModel(
            name="ReflectionLink",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("token_hash", models.CharField(max_length=64, unique=True)),
                ("sealed", models.CharField(max_length=64)),
                (
                    "reflection",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="links", to="coproduction.reflection"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="RetiredSection",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("title", models.CharField(max_length=120)),
                (
                    "body",
                    models.TextField(
                        blank=True, help_text="The words that the draft had, to restore.", max_length=20000
                    ),
                ),
                ("reason", models.CharField(max_length=400)),
                (
                    "section",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="retirements",
                        to="coproduction.chartersection",
                    ),
                ),
                (
                    "version",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="retired",
                        to="coproduction.charterversion",
                    ),
                ),
            ],
            options={
                "ordering": ["section__position", "pk"],
                "constraints": [
                    models.UniqueConstraint(fields=("version", "section"), name="section_retired_once_per_version"),
                    models.CheckConstraint(
                        condition=models.Q(("reason", ""), _negated=True),
                        name="retired_section_has_a_reason",
                        violation_error_message="Say why the section is taken out, so that members know the reason.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Rhythm",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "months",
                    models.PositiveSmallIntegerField(
                        default=6,
                        help_text="From one waypoint to the next. 0: none by itself.",
                        validators=[django.core.validators.MaxValueValidator(36)],
                    ),
                ),
                (
                    "notice_days",
                    models.PositiveSmallIntegerField(
                        default=14,
                        help_text="For how many days members can answer.",
                        validators=[django.core.validators.MaxValueValidator(90)],
                    ),
                ),
                ("version", models.PositiveIntegerField(default=1)),
                (
                    "charter",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE, related_name="rhythm", to="coproduction.charter"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("months__lte", 36), ("notice_days__lte", 90)), name="rhythm_fits_a_calendar"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="SectionText",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "title",
                    models.CharField(db_default="", help_text="The section's title in this version.", max_length=120),
                ),
                (
                    "position",
                    models.PositiveSmallIntegerField(db_default=0, default=0, help_text="Its place in this version."),
                ),
                ("body", models.TextField(blank=True, help_text="Markdown.", max_length=20000)),
                (
                    "revision",
                    models.PositiveIntegerField(
                        default=1, help_text="Counts the saves of this section, so that two writers lose nothing."
                    ),
                ),
                (
                    "section",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="texts",
                        to="coproduction.chartersection",
                    ),
                ),
                (
                    "version",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="texts",
                        to="coproduction.charterversion",
                    ),
                ),
            ],
            options={
                "ordering": ["position", "pk"],
                "constraints": [
                    models.UniqueConstraint(fields=("version", "section"), name="section_once_per_version")
                ],
            },
        ),
        migrations.CreateModel(
            name="EasyRead",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "words_hash",
                    models.CharField(help_text="Of the title and words that it puts in Easy Read.", max_length=64),
                ),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("draft", "Being written"),
                            ("waiting", "Waiting for review"),
                            ("reviewed", "Reviewed"),
                        ],
                        default="draft",
                        max_length=10,
                    ),
                ),
                ("reviewed_by", models.CharField(blank=True, help_text="A name or a role.", max_length=160)),
                ("reviewed_on", models.DateField(blank=True, null=True)),
                ("version", models.PositiveIntegerField(default=1)),
                (
                    "written_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "text",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="easy_read",
                        to="coproduction.sectiontext",
                    ),
                ),
            ],
            options={
                "ordering": ["text__version__number", "text__position", "pk"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("reviewed_on__isnull", False),
                                ("status", "reviewed"),
                                models.Q(("reviewed_by", ""), _negated=True),
                            ),
                            models.Q(
                                models.Q(("status", "reviewed"), _negated=True),
                                ("reviewed_by", ""),
                                ("reviewed_on__isnull", True),
                            ),
                            _connector="OR",
                        ),
                        name="easy_read_reviewed_by_and_on",
                        violation_error_message="Say who reviewed it, and on which day.",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="EasyReadLine",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("position", models.PositiveSmallIntegerField()),
                ("words", models.CharField(max_length=300)),
                (
                    "picture",
                    models.FileField(
                        blank=True,
                        help_text="A JPEG that we drew again from what was sent.",
                        max_length=200,
                        upload_to="",
                    ),
                ),
                ("sha256", models.CharField(blank=True, max_length=64)),
                ("size", models.PositiveIntegerField(default=0, help_text="Bytes.")),
                ("width", models.PositiveIntegerField(default=0)),
                ("height", models.PositiveIntegerField(default=0)),
                (
                    "alt",
                    models.CharField(
                        blank=True, help_text="What the picture shows, for people who do not see it.", max_length=200
                    ),
                ),
                (
                    "easy_read",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="lines", to="coproduction.easyread"
                    ),
                ),
            ],
            options={
                "ordering": ["position", "pk"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("picture", ""), models.Q(("alt", ""), _negated=True), _connector="OR"),
                        name="easy_read_picture_has_words",
                        violation_error_message="Say what the picture shows, for people who do not see it.",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Recording",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("words_hash", models.CharField(help_text="Of the words that are read.", max_length=64)),
                ("read_by", models.CharField(blank=True, help_text="A name or a role.", max_length=120)),
                ("file", models.FileField(max_length=200, upload_to="")),
                ("name", models.CharField(help_text="What people save it as.", max_length=160)),
                ("content_type", models.CharField(max_length=100)),
                ("size", models.PositiveIntegerField(help_text="Bytes.")),
                ("sha256", models.CharField(max_length=64)),
                ("added_at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "added_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "version",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="recordings",
                        to="coproduction.charterversion",
                    ),
                ),
                (
                    "text",
                    models.OneToOneField(
                        blank=True,
                        help_text="Empty: all.",
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="recording",
                        to="coproduction.sectiontext",
                    ),
                ),
            ],
            options={
                "ordering": ["text__position", "pk"],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("text__isnull", True)),
                        fields=("version",),
                        name="one_recording_of_a_version",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Strengths",
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
                ("words", models.TextField(blank=True, help_text="In the member's own words.", max_length=2000)),
                ("written_on", models.DateField(default=impact.core.basics.clock.today)),
                ("version", models.PositiveIntegerField(default=1)),
                (
                    "group",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="strengths", to="networks.group"
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="strengths", to="core.person"
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
                "verbose_name_plural": "strengths",
                "ordering": ["person__name", "pk"],
                "constraints": [models.UniqueConstraint(fields=("group", "person"), name="strengths_once_per_member")],
            },
        ),
        migrations.CreateModel(
            name="Suggestion",
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
                (
                    "quote",
                    models.TextField(
                        blank=True,
                        db_default="",
                        default="",
                        help_text="The passage that it is about, as people read it. Empty: the whole section.",
                        max_length=2000,
                    ),
                ),
                (
                    "prefix",
                    models.CharField(
                        blank=True, db_default="", default="", help_text="What stood before.", max_length=32
                    ),
                ),
                (
                    "suffix",
                    models.CharField(
                        blank=True, db_default="", default="", help_text="What stood after.", max_length=32
                    ),
                ),
                (
                    "quote_is_only",
                    models.BooleanField(
                        db_default=True,
                        default=True,
                        help_text="The passage's words stood in one place of the section.",
                    ),
                ),
                ("made_on", models.DateField(default=impact.core.basics.clock.today)),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("draft", "Draft"),
                            ("waiting", "Waiting for an answer"),
                            ("merged", "Merged with another"),
                            ("taken_up", "Taken in"),
                            ("adapted", "Adapted"),
                            ("not_now", "Not this time"),
                        ],
                        default="waiting",
                        max_length=10,
                    ),
                ),
                ("answer", models.TextField(blank=True, max_length=4000)),
                ("answered_on", models.DateField(blank=True, null=True)),
                (
                    "key",
                    models.CharField(
                        blank=True,
                        db_default="",
                        default="",
                        help_text="Which page a draft was begun on.",
                        max_length=40,
                    ),
                ),
                (
                    "revision",
                    models.PositiveIntegerField(db_default=1, default=1, help_text="Counts the changes of this row."),
                ),
                (
                    "merged_into",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="merged",
                        to="coproduction.suggestion",
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="suggestions", to="core.person"
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
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="suggestions",
                        to="coproduction.chartersection",
                    ),
                ),
                (
                    "version",
                    models.ForeignKey(
                        help_text="The text it was made about.",
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="suggestions",
                        to="coproduction.charterversion",
                    ),
                ),
            ],
            options={
                "ordering": ["-made_on", "-pk"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("status__in", ["draft", "waiting", "merged"]),
                            models.Q(models.Q(("answer", ""), _negated=True), ("answered_on__isnull", False)),
                            _connector="OR",
                        ),
                        name="answered_suggestion_has_an_answer",
                        violation_error_message="Write an answer that the member will read.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("status", "draft"), models.Q(("words", ""), _negated=True), _connector="OR"
                        ),
                        name="sent_suggestion_has_words",
                        violation_error_message="Write what should change.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("merged_into__isnull", False), ("status", "merged")),
                            models.Q(models.Q(("status", "merged"), _negated=True), ("merged_into__isnull", True)),
                            _connector="OR",
                        ),
                        name="merged_suggestion_names_the_other",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("merged_into__isnull", True),
                            models.Q(("merged_into", models.F("id")), _negated=True),
                            _connector="OR",
                        ),
                        name="suggestion_is_not_its_own_double",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("key", ""), _negated=True),
                        fields=("recorded_by", "key"),
                        name="one_draft_per_page_that_began_it",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Comment",
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
                ("words", models.TextField(max_length=2000)),
                ("said_at", models.DateTimeField(default=impact.core.basics.clock.now)),
                ("edited_at", models.DateTimeField(blank=True, null=True)),
                ("hidden_at", models.DateTimeField(blank=True, null=True)),
                (
                    "hidden_reason",
                    models.CharField(blank=True, help_text="Read by the writer and the lead alone.", max_length=400),
                ),
                ("version", models.PositiveIntegerField(default=1)),
                (
                    "hidden_by",
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
                    "recorded_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "suggestion",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="comments",
                        to="coproduction.suggestion",
                    ),
                ),
            ],
            options={
                "ordering": ["said_at", "pk"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("hidden_at__isnull", True), models.Q(("hidden_reason", ""), _negated=True), _connector="OR"
                        ),
                        name="hidden_comment_has_a_reason",
                        violation_error_message="Say why the comment is hidden.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("words", ""), _negated=True),
                        name="comment_has_words",
                        violation_error_message="Write a comment.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="CommentFlag",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "reason",
                    models.CharField(blank=True, help_text="Read by the engagement lead alone.", max_length=400),
                ),
                ("flagged_on", models.DateField(default=impact.core.basics.clock.today)),
                (
                    "settled_on",
                    models.DateField(
                        blank=True, help_text="When the lead hid the comment, or let it stand.", null=True
                    ),
                ),
                (
                    "comment",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="flags", to="coproduction.comment"
                    ),
                ),
                (
                    "flagged_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "ordering": ["pk"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("comment", "flagged_by"),
                        name="one_flag_per_person_and_comment",
                        violation_error_message="You have flagged this comment already.",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Objection",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "stance",
                    models.CharField(
                        choices=[
                            ("agree", "Agree"),
                            ("reservation", "Agree, with a reservation"),
                            ("stand_aside", "Stand aside"),
                            ("object", "Object"),
                        ],
                        help_text="What it began with.",
                        max_length=12,
                    ),
                ),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("in_progress", "Being talked through"),
                            ("changed", "The member changed their answer"),
                            ("adapted", "Led to a change of the text"),
                            ("recorded", "Recorded as disagreement"),
                        ],
                        default="in_progress",
                        max_length=12,
                    ),
                ),
                ("opened_on", models.DateField(default=impact.core.basics.clock.today)),
                ("talk_by", models.DateField(blank=True, null=True)),
                ("talked_on", models.DateField(blank=True, null=True)),
                ("settled_on", models.DateField(blank=True, null=True)),
                ("reason", models.TextField(blank=True, help_text="How it ended, and why.", max_length=2000)),
                ("version", models.PositiveIntegerField(default=1)),
                (
                    "led_to_version",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="objections_taken_up",
                        to="coproduction.charterversion",
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="objections", to="core.person"
                    ),
                ),
                (
                    "round",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="objections",
                        to="coproduction.agreementround",
                    ),
                ),
                (
                    "talker",
                    models.ForeignKey(
                        blank=True,
                        help_text="Who talks to the member.",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="core.person",
                    ),
                ),
                (
                    "led_to_suggestion",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="objections_taken_up",
                        to="coproduction.suggestion",
                    ),
                ),
            ],
            options={
                "ordering": ["-opened_on", "-pk"],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("status", "in_progress")),
                        fields=("round", "person"),
                        name="one_open_objection_per_member",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("status", "in_progress"), ("settled_on__isnull", False), _connector="XOR"),
                        name="settled_objection_has_a_day",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("status__in", ["adapted", "recorded"]), _negated=True),
                            models.Q(("reason", ""), _negated=True),
                            _connector="OR",
                        ),
                        name="settled_objection_has_a_reason",
                        violation_error_message="Say how it ended, and why.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("status", "adapted"), _negated=True),
                            ("led_to_version__isnull", False),
                            ("led_to_suggestion__isnull", False),
                            _connector="OR",
                        ),
                        name="adapted_objection_leads_somewhere",
                        violation_error_message="Choose the draft or the suggestion that it led to.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("talk_by__isnull", True), ("talker__isnull", False), _connector="OR"),
                        name="planned_talk_has_a_talker",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("talker", models.F("person")), _negated=True),
                        name="members_do_not_talk_to_themselves",
                        violation_error_message="Choose someone other than the member.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ObjectionNote",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("words", models.TextField(max_length=4000)),
                ("written_on", models.DateField(default=impact.core.basics.clock.today)),
                (
                    "objection",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="notes", to="coproduction.objection"
                    ),
                ),
                (
                    "written_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ["pk"],
            },
        ),
        migrations.CreateModel(
            name="GivenAnswer",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("draft", "Draft"),
                            ("waiting", "Waiting for an answer"),
                            ("merged", "Merged with another"),
                            ("taken_up", "Taken in"),
                            ("adapted", "Adapted"),
                            ("not_now", "Not this time"),
                        ],
                        max_length=10,
                    ),
                ),
                ("answer", models.TextField(max_length=4000)),
                ("answered_on", models.DateField()),
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
                    "suggestion",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="given_answers",
                        to="coproduction.suggestion",
                    ),
                ),
            ],
            options={
                "ordering": ["pk"],
            },
        ),
        migrations.CreateModel(
            name="SupportBooking",
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
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("interpreter", "Interpreter"),
                            ("bsl", "British Sign Language"),
                            ("personal_assistant", "Personal assistant"),
                            ("equipment", "Equipment"),
                            ("transport", "Transport"),
                            ("other", "Something else"),
                        ],
                        max_length=20,
                    ),
                ),
                (
                    "words",
                    models.TextField(
                        blank=True, help_text="What the member needs, in their own words.", max_length=1000
                    ),
                ),
                ("asked_on", models.DateField(default=impact.core.basics.clock.today)),
                (
                    "arrange_by",
                    models.DateField(blank=True, help_text="The day by which it should be arranged.", null=True),
                ),
                ("confirmed_on", models.DateField(blank=True, null=True)),
                (
                    "confirmed_for",
                    models.DateTimeField(blank=True, help_text="When the meeting was to start by then.", null=True),
                ),
                (
                    "arranged",
                    models.CharField(blank=True, help_text="What is booked, for the member to know.", max_length=400),
                ),
                ("cancelled_on", models.DateField(blank=True, null=True)),
                ("version", models.PositiveIntegerField(default=1)),
                (
                    "arranged_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "meeting",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="support_bookings",
                        to="networks.meeting",
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="support_bookings", to="core.person"
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
                "ordering": ["meeting__starts_at", "person__name", "pk"],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("cancelled_on__isnull", True), models.Q(("kind", "other"), _negated=True)),
                        fields=("meeting", "person", "kind"),
                        name="support_asked_for_once",
                        violation_error_message="This support is asked for already. Change what you asked for instead.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("kind", "other"), _negated=True),
                            models.Q(("words", ""), _negated=True),
                            _connector="OR",
                        ),
                        name="other_support_is_described",
                        violation_error_message="Write down what is needed.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("confirmed_for__isnull", True), ("confirmed_on__isnull", True)),
                            models.Q(("confirmed_for__isnull", False), ("confirmed_on__isnull", False)),
                            _connector="OR",
                        ),
                        name="confirmed_support_is_for_a_time",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="SupportLink",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("starts_on", models.DateField(default=impact.core.basics.clock.today)),
                ("ends_on", models.DateField(blank=True, null=True)),
                (
                    "group",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="support_links", to="networks.group"
                    ),
                ),
                (
                    "member",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="supported_by", to="core.person"
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
                    "supporter",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="supports", to="core.person"
                    ),
                ),
            ],
            options={
                "ordering": ["member__name", "pk"],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("ends_on__isnull", True)),
                        fields=("group", "member", "supporter"),
                        name="supporter_once_per_member",
                        violation_error_message="This person supports the member already.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("member", models.F("supporter")), _negated=True),
                        name="supporter_is_someone_else",
                        violation_error_message="Choose someone else: people do not support themselves.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("ends_on__isnull", True), ("ends_on__gte", models.F("starts_on")), _connector="OR"
                        ),
                        name="support_ends_after_it_starts",
                        violation_error_message="The end date is before the start date.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="SharedPay",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("started_at", models.DateTimeField(default=impact.core.basics.clock.now)),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
                ("told", models.CharField(blank=True, db_default="", default="", max_length=12)),
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
                    "link",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="shared_pay",
                        to="coproduction.supportlink",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("ended_at__isnull", True)),
                        fields=("link",),
                        name="pay_shared_once_per_link",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="TakenIn",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "revision",
                    models.PositiveIntegerField(
                        help_text="The section's revision in that version when the suggestion was taken in; the saves after it changed it."
                    ),
                ),
                ("on", models.DateField(default=impact.core.basics.clock.today)),
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
                    "suggestion",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="taken_in",
                        to="coproduction.suggestion",
                    ),
                ),
                (
                    "version",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="took_in",
                        to="coproduction.charterversion",
                    ),
                ),
            ],
            options={
                "ordering": ["pk"],
                "constraints": [
                    models.UniqueConstraint(fields=("suggestion", "version"), name="taken_in_once_per_version")
                ],
            },
        ),
        migrations.CreateModel(
            name="Term",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("starts_on", models.DateField()),
                ("ends_on", models.DateField(help_text="The last day.")),
                ("version", models.PositiveIntegerField(default=1)),
                (
                    "membership",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="terms", to="networks.membership"
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
                "ordering": ["starts_on", "pk"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("membership", "starts_on"),
                        name="term_starts_once",
                        violation_error_message="A term of this member starts on that day already.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("ends_on__gte", models.F("starts_on"))),
                        name="term_ends_after_it_starts",
                        violation_error_message="The last day is before the first day. Choose a later one.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Waypoint",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("title", models.CharField(max_length=120)),
                (
                    "questions",
                    models.TextField(
                        blank=True,
                        db_default="",
                        default="",
                        help_text="What members are asked, one a line.",
                        max_length=1500,
                    ),
                ),
                (
                    "opens_on",
                    models.DateField(blank=True, help_text="First day on which members can answer.", null=True),
                ),
                ("opened_on", models.DateField(blank=True, help_text="Day on which members were asked.", null=True)),
                (
                    "due_on",
                    models.DateField(help_text="Last day on which members can answer; the group takes stock then."),
                ),
                ("held_on", models.DateField(blank=True, null=True)),
                (
                    "summary",
                    models.JSONField(
                        blank=True,
                        db_default=[],
                        default=list,
                        help_text="What the group found: a text for each question, in their order.",
                    ),
                ),
                (
                    "where_we_are",
                    models.TextField(
                        blank=True, help_text="Of waypoints recorded before each question had a text.", max_length=4000
                    ),
                ),
                (
                    "heading",
                    models.TextField(blank=True, help_text="The same: are we heading as intended?", max_length=4000),
                ),
                (
                    "finding",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("on_course", "On course"),
                            ("adjust", "Adjust a little"),
                            ("off_course", "Off course"),
                        ],
                        db_default="",
                        default="",
                        max_length=12,
                    ),
                ),
                (
                    "outcome",
                    models.CharField(
                        blank=True,
                        choices=[("new_version", "A new version of the charter"), ("no_change", "No change needed")],
                        max_length=20,
                    ),
                ),
                (
                    "no_change_reason",
                    models.TextField(
                        blank=True,
                        db_default="",
                        default="",
                        help_text="Why the charter stays as it is.",
                        max_length=1000,
                    ),
                ),
                (
                    "moved_from",
                    models.DateField(
                        blank=True, help_text="The day it was planned for before it was moved.", null=True
                    ),
                ),
                ("cancelled_on", models.DateField(blank=True, null=True)),
                (
                    "status_reason",
                    models.CharField(
                        blank=True,
                        db_default="",
                        default="",
                        help_text="Why it was moved or cancelled.",
                        max_length=400,
                    ),
                ),
                ("version", models.PositiveIntegerField(db_default=1, default=1)),
                (
                    "charter",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="waypoints", to="coproduction.charter"
                    ),
                ),
                (
                    "follows",
                    models.OneToOneField(
                        blank=True,
                        help_text="The waypoint that this one was planned after, by the platform.",
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="next",
                        to="coproduction.waypoint",
                    ),
                ),
                (
                    "led_to",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="waypoints",
                        to="coproduction.charterversion",
                    ),
                ),
            ],
            options={
                "ordering": ["due_on", "pk"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("held_on__isnull", True), models.Q(("outcome", ""), _negated=True), _connector="OR"
                        ),
                        name="held_waypoint_has_an_outcome",
                        violation_error_message="Say whether it led to a new version or to no change.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("opens_on__isnull", True), ("opens_on__lte", models.F("due_on")), _connector="OR"
                        ),
                        name="waypoint_opens_before_it_is_due",
                        violation_error_message="It opens after the group takes stock. Choose an earlier day.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("cancelled_on__isnull", True),
                            models.Q(("held_on__isnull", True), models.Q(("status_reason", ""), _negated=True)),
                            _connector="OR",
                        ),
                        name="cancelled_waypoint_has_a_reason",
                        violation_error_message="Say why the waypoint is cancelled.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="WaypointAnswer",
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
                ("words", models.JSONField(help_text="One text for each question, in the order of the questions.")),
                (
                    "is_shared",
                    models.BooleanField(default=False, help_text="Whether the group and the engagement lead read it."),
                ),
                ("answered_on", models.DateField(default=impact.core.basics.clock.today)),
                ("version", models.PositiveIntegerField(default=1)),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="waypoint_answers", to="core.person"
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
                    "waypoint",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="answers", to="coproduction.waypoint"
                    ),
                ),
            ],
            options={
                "ordering": ["answered_on", "pk"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("waypoint", "person"),
                        name="one_answer_per_member_and_waypoint",
                        violation_error_message="This member has answered already. Change that answer.",
                    )
                ],
            },
        ),
    ]
