import uuid

import django.core.validators
import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import impact.core.basics.clock
import networks.members.joining.models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("core", "0001_initial"),
        ("core", "__first__"),
        ("sites", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="Group",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("local_network", "Local network"),
                            ("advisory_group", "Advisory group"),
                            ("assembly", "Assembly"),
                            ("coordinators", "Coordinators' circle"),
                        ],
                        max_length=20,
                    ),
                ),
                ("name", models.CharField(max_length=160, unique=True)),
                ("slug", models.SlugField(max_length=80, unique=True)),
                (
                    "nation",
                    models.CharField(
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
                ("place", models.CharField(blank=True, max_length=120)),
                ("about", models.TextField(blank=True, help_text="Markdown.")),
                ("starts_on", models.DateField(blank=True, null=True)),
                ("ends_on", models.DateField(blank=True, null=True)),
                ("size_min", models.PositiveSmallIntegerField()),
                ("size_max", models.PositiveSmallIntegerField()),
                ("meetings_planned", models.PositiveSmallIntegerField()),
                ("months_planned", models.PositiveSmallIntegerField()),
                (
                    "leaders_planned",
                    models.PositiveSmallIntegerField(
                        default=1,
                        help_text="How many coordinators run it together (rule 8).",
                        validators=[django.core.validators.MinValueValidator(1)],
                    ),
                ),
                (
                    "lead_days",
                    models.PositiveSmallIntegerField(
                        default=7, help_text="Materials go out at least so many days before a meeting (rule 9)."
                    ),
                ),
                (
                    "is_illustrative",
                    models.BooleanField(default=False, help_text="Some details are invented for the demonstration."),
                ),
                ("version", models.PositiveIntegerField(default=1)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                (
                    "site",
                    models.ForeignKey(
                        blank=True,
                        help_text="The network it is part of.",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="groups",
                        to="sites.site",
                    ),
                ),
            ],
            options={
                "ordering": ["name"],
                "indexes": [models.Index(fields=["kind", "nation"], name="group_kind_nation")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("size_max__gte", models.F("size_min"))),
                        name="group_size_range_runs_upwards",
                        violation_error_message="The largest size is below the smallest.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("ends_on__isnull", True),
                            ("starts_on__isnull", True),
                            ("ends_on__gte", models.F("starts_on")),
                            _connector="OR",
                        ),
                        name="group_ends_after_it_starts",
                        violation_error_message="The end date is before the start date.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("kind", "local_network"), _negated=True), ("site__isnull", False), _connector="OR"
                        ),
                        name="local_network_belongs_to_a_network",
                        violation_error_message="Choose the network that this local network is part of.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="GroupExplanation",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "guard",
                    models.CharField(
                        choices=[
                            ("size", "Number of members"),
                            ("perspectives", "Missing perspectives"),
                            ("meetings", "Number of meetings"),
                            ("coordinator", "Coordinator"),
                        ],
                        max_length=20,
                    ),
                ),
                ("reason", models.CharField(max_length=400)),
                ("on", models.DateField(default=impact.core.basics.clock.today)),
                (
                    "group",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="explanations", to="networks.group"
                    ),
                ),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("group", "guard"), name="one_explanation_per_guard")],
            },
        ),
        migrations.CreateModel(
            name="Meeting",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.PositiveSmallIntegerField(help_text="First, second … meeting of the group.")),
                ("title", models.CharField(max_length=160)),
                ("purpose", models.TextField(blank=True, help_text="Markdown.")),
                ("starts_at", models.DateTimeField(db_index=True)),
                ("ends_at", models.DateTimeField()),
                (
                    "mode",
                    models.CharField(
                        choices=[("online", "Online"), ("in_person", "In person"), ("hybrid", "Online and in person")],
                        default="online",
                        max_length=20,
                    ),
                ),
                ("place", models.CharField(blank=True, max_length=200)),
                ("join_url", models.URLField(blank=True, help_text="Where to join online.")),
                ("access_arrangements", models.CharField(blank=True, max_length=400)),
                (
                    "announced_at",
                    models.DateTimeField(
                        blank=True, help_text="Empty: a draft, about which nothing is sent to anybody.", null=True
                    ),
                ),
                (
                    "uid",
                    models.UUIDField(
                        default=uuid.uuid4, editable=False, help_text="Its name in calendars.", unique=True
                    ),
                ),
                (
                    "sequence",
                    models.PositiveIntegerField(
                        default=0, help_text="Grows with each change that calendars must show."
                    ),
                ),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("planned", "Planned"),
                            ("logged", "Logged"),
                            ("complete", "Complete"),
                            ("cancelled", "Cancelled"),
                        ],
                        default="planned",
                        max_length=20,
                    ),
                ),
                ("status_reason", models.CharField(blank=True, max_length=400)),
                ("notes", models.TextField(blank=True, help_text="Markdown.", max_length=50000)),
                ("logged_at", models.DateTimeField(blank=True, null=True)),
                (
                    "is_illustrative",
                    models.BooleanField(default=False, help_text="Some details are invented for the demonstration."),
                ),
                ("version", models.PositiveIntegerField(default=1)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("updated_at", models.DateTimeField(auto_now=True)),
                (
                    "group",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="meetings", to="networks.group"
                    ),
                ),
                (
                    "logged_by",
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
                "ordering": ["-starts_at", "-pk"],
                "indexes": [
                    models.Index(fields=["group", "starts_at"], name="meeting_group_start"),
                    models.Index(fields=["status", "starts_at"], name="meeting_status_start"),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("group", "number"), name="meeting_number_once_per_group"),
                    models.CheckConstraint(
                        condition=models.Q(("ends_at__gt", models.F("starts_at"))),
                        name="meeting_ends_after_it_starts",
                        violation_error_message="The meeting ends before it starts.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("status", "cancelled"), _negated=True),
                            models.Q(("status_reason", ""), _negated=True),
                            _connector="OR",
                        ),
                        name="cancelled_meeting_has_a_reason",
                        violation_error_message="Say why the meeting is cancelled.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("status__in", ["logged", "complete"]), _negated=True),
                            ("logged_at__isnull", False),
                            _connector="OR",
                        ),
                        name="logged_meeting_has_a_time",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Attendance",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "guest_name",
                    models.CharField(blank=True, help_text="For a guest with no record here.", max_length=120),
                ),
                (
                    "perspective",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("draws_on_care", "Draws on care and support"),
                            ("carer", "Carer"),
                            ("front_line", "Front-line worker"),
                            ("funder", "Funder or decision-maker"),
                            ("provider", "Service provider"),
                            ("researcher", "Researcher or national body"),
                            ("other", "Another perspective"),
                        ],
                        max_length=20,
                    ),
                ),
                (
                    "status",
                    models.CharField(
                        choices=[("present", "Came"), ("apologies", "Sent apologies"), ("absent", "Did not come")],
                        max_length=20,
                    ),
                ),
                ("is_guest", models.BooleanField(default=False)),
                (
                    "email",
                    models.EmailField(
                        blank=True,
                        help_text="Of a guest, from an attendance report; to tell them apart.",
                        max_length=254,
                    ),
                ),
                (
                    "namesake",
                    models.PositiveSmallIntegerField(
                        default=1, help_text="Which of several guests with one name and address: 1 for the first."
                    ),
                ),
                (
                    "minutes",
                    models.PositiveSmallIntegerField(
                        blank=True, help_text="How long, from attendance reports.", null=True
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="attendances",
                        to="core.person",
                    ),
                ),
                (
                    "recorded_by",
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
                        on_delete=django.db.models.deletion.CASCADE, related_name="attendances", to="networks.meeting"
                    ),
                ),
            ],
            options={
                "ordering": ["is_guest", "person__name", "guest_name"],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("person__isnull", False)),
                        fields=("meeting", "person"),
                        name="person_once_per_meeting",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("person__isnull", True)),
                        fields=("meeting", "guest_name", "email", "namesake"),
                        name="guest_once_per_meeting",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("person__isnull", False), models.Q(("guest_name", ""), _negated=True), _connector="OR"
                        ),
                        name="attendance_names_somebody",
                        violation_error_message="Give the guest's name.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="AttendanceImport",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("source", models.CharField(choices=[("zoom", "Zoom"), ("teams", "Microsoft Teams")], max_length=10)),
                ("name", models.CharField(help_text="Of the file.", max_length=160)),
                ("sha256", models.CharField(max_length=64)),
                (
                    "contents_sha256",
                    models.CharField(
                        blank=True,
                        db_index=True,
                        help_text="Of what it says, to know the same report in another form.",
                        max_length=64,
                    ),
                ),
                (
                    "rows",
                    models.JSONField(help_text="One a person: name, email, minutes, and who they were matched to."),
                ),
                (
                    "cautions",
                    models.JSONField(
                        blank=True, default=list, help_text="What looks odd about the file as a whole, in sentences."
                    ),
                ),
                ("added_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("applied_at", models.DateTimeField(blank=True, null=True)),
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
                    "meeting",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="imports", to="networks.meeting"
                    ),
                ),
            ],
            options={
                "ordering": ["-added_at", "-pk"],
                "constraints": [
                    models.UniqueConstraint(fields=("meeting", "sha256"), name="attendance_file_once_per_meeting")
                ],
            },
        ),
        migrations.CreateModel(
            name="Debrief",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("held_on", models.DateField()),
                ("went_well", models.TextField(blank=True)),
                ("to_change", models.TextField(blank=True)),
                ("agreed_next", models.TextField(help_text="What we agreed for next time.")),
                (
                    "recorded_by",
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
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE, related_name="debrief", to="networks.meeting"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="AgendaItem",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("position", models.PositiveSmallIntegerField()),
                ("title", models.CharField(max_length=160)),
                ("minutes", models.PositiveSmallIntegerField(blank=True, null=True)),
                ("owner", models.CharField(blank=True, help_text="Who leads it.", max_length=120)),
                (
                    "carried_from",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="carried_items",
                        to="networks.debrief",
                    ),
                ),
                (
                    "meeting",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="agenda_items", to="networks.meeting"
                    ),
                ),
            ],
            options={
                "ordering": ["position", "pk"],
            },
        ),
        migrations.CreateModel(
            name="Decision",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "key",
                    models.UUIDField(default=uuid.uuid4, editable=False, help_text="Made by the sender.", unique=True),
                ),
                ("words", models.CharField(max_length=400)),
                (
                    "meeting",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="decisions", to="networks.meeting"
                    ),
                ),
            ],
            options={
                "ordering": ["pk"],
            },
        ),
        migrations.CreateModel(
            name="Material",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("title", models.CharField(max_length=160)),
                (
                    "evidence_kind",
                    models.CharField(
                        choices=[
                            ("research", "Research"),
                            ("lived_experience", "Lived experience"),
                            ("practice_knowledge", "Practice knowledge"),
                        ],
                        max_length=20,
                    ),
                ),
                ("formats", models.JSONField(default=list)),
                ("url", models.URLField(blank=True)),
                ("sent_on", models.DateField(blank=True, null=True)),
                (
                    "lineage",
                    models.UUIDField(
                        db_index=True,
                        default=uuid.uuid4,
                        editable=False,
                        help_text="Shared by every use of the same material.",
                    ),
                ),
                (
                    "meeting",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="materials", to="networks.meeting"
                    ),
                ),
            ],
            options={
                "ordering": ["pk"],
            },
        ),
        migrations.CreateModel(
            name="MaterialFile",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "number",
                    models.PositiveSmallIntegerField(help_text="Version, counted over every use of the material."),
                ),
                (
                    "format",
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
                ("file", models.FileField(max_length=200, upload_to="")),
                ("name", models.CharField(help_text="What people save it as.", max_length=160)),
                ("content_type", models.CharField(max_length=100)),
                ("size", models.PositiveIntegerField(help_text="Bytes.")),
                ("sha256", models.CharField(max_length=64)),
                ("note", models.CharField(blank=True, help_text="What changed in this version.", max_length=200)),
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
                    "material",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="files", to="networks.material"
                    ),
                ),
            ],
            options={
                "ordering": ["format", "-number"],
                "constraints": [
                    models.UniqueConstraint(fields=("material", "format", "number"), name="material_version_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="MeetingInvitation",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "key",
                    models.UUIDField(
                        default=uuid.uuid4, editable=False, help_text="What a reply link signs.", unique=True
                    ),
                ),
                (
                    "sent_at",
                    models.DateTimeField(
                        blank=True, help_text="Empty: there is no email address to send to.", null=True
                    ),
                ),
                (
                    "sent_sequence",
                    models.PositiveIntegerField(default=0, help_text="The meeting's sequence when last sent."),
                ),
                ("reminded_at", models.DateTimeField(blank=True, null=True)),
                (
                    "withdrawn_at",
                    models.DateTimeField(blank=True, help_text="The person left the group before it.", null=True),
                ),
                (
                    "answer",
                    models.CharField(
                        blank=True,
                        choices=[("yes", "Yes"), ("supporter", "Yes, with a supporter"), ("no", "No")],
                        max_length=10,
                    ),
                ),
                ("access_needs", models.CharField(blank=True, max_length=400)),
                ("answered_at", models.DateTimeField(blank=True, null=True)),
                (
                    "answered_via",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("link", "By the link in the email"),
                            ("account", "Signed in"),
                            ("coordinator", "Told the coordinator"),
                        ],
                        max_length=12,
                    ),
                ),
                (
                    "meeting",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="invitations", to="networks.meeting"
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="meeting_invitations",
                        to="core.person",
                    ),
                ),
                (
                    "recorded_by",
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
                "ordering": ["person__name"],
                "constraints": [
                    models.UniqueConstraint(fields=("meeting", "person"), name="person_invited_once_per_meeting"),
                    models.CheckConstraint(
                        condition=models.Q(("answer", ""), ("answered_at__isnull", False), _connector="OR"),
                        name="answered_invitation_has_a_time",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="MeetingMove",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("was_at", models.DateTimeField()),
                ("now_at", models.DateTimeField()),
                ("reason", models.CharField(max_length=400)),
                ("moved_at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "meeting",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="moves", to="networks.meeting"
                    ),
                ),
                (
                    "moved_by",
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
                "ordering": ["-moved_at", "-pk"],
            },
        ),
        migrations.CreateModel(
            name="MeetingPhoto",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "key",
                    models.UUIDField(default=uuid.uuid4, editable=False, help_text="Made by the sender.", unique=True),
                ),
                ("file", models.FileField(max_length=200, upload_to="")),
                ("sha256", models.CharField(max_length=64)),
                ("width", models.PositiveSmallIntegerField()),
                ("height", models.PositiveSmallIntegerField()),
                ("size", models.PositiveIntegerField(help_text="Bytes.")),
                (
                    "alt",
                    models.CharField(
                        blank=True, help_text="What it shows, for people who cannot see it.", max_length=400
                    ),
                ),
                ("added_at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "removed_at",
                    models.DateTimeField(blank=True, help_text="Removed from the log; can be put back.", null=True),
                ),
                ("version", models.PositiveIntegerField(default=1)),
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
                    "meeting",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="photos", to="networks.meeting"
                    ),
                ),
            ],
            options={
                "ordering": ["added_at", "pk"],
            },
        ),
        migrations.CreateModel(
            name="Membership",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "role",
                    models.CharField(
                        choices=[
                            ("coordinator", "Coordinator"),
                            ("member", "Member"),
                            ("chair", "Chair"),
                            ("vice_chair", "Vice-chair"),
                            ("supporter", "Supporter"),
                        ],
                        default="member",
                        max_length=20,
                    ),
                ),
                (
                    "perspective",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("draws_on_care", "Draws on care and support"),
                            ("carer", "Carer"),
                            ("front_line", "Front-line worker"),
                            ("funder", "Funder or decision-maker"),
                            ("provider", "Service provider"),
                            ("researcher", "Researcher or national body"),
                            ("other", "Another perspective"),
                        ],
                        max_length=20,
                    ),
                ),
                (
                    "perspective_note",
                    models.CharField(blank=True, help_text="In the person's own words.", max_length=120),
                ),
                ("starts_on", models.DateField(default=impact.core.basics.clock.today)),
                ("ends_on", models.DateField(blank=True, null=True)),
                (
                    "end_reason",
                    models.CharField(
                        blank=True, help_text="Why it ended, if the person wants it kept.", max_length=200
                    ),
                ),
                (
                    "handover",
                    models.TextField(
                        blank=True,
                        help_text="Markdown. What this coordinator leaves for the next one to know.",
                        max_length=5000,
                    ),
                ),
                (
                    "handover_put_away_on",
                    models.DateField(
                        blank=True, help_text="When this coordinator put away what the one before had left.", null=True
                    ),
                ),
                ("version", models.PositiveIntegerField(default=1)),
                (
                    "group",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="memberships", to="networks.group"
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="memberships", to="core.person"
                    ),
                ),
                (
                    "recorded_by",
                    models.ForeignKey(
                        blank=True,
                        help_text="Who recorded someone without email. Empty: the person accepted an invitation, or was appointed.",
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ["person__name"],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("ends_on__isnull", True)),
                        fields=("group", "person"),
                        name="person_once_in_a_group",
                        violation_error_message="This person already belongs to the group.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("ends_on__isnull", True), ("ends_on__gte", models.F("starts_on")), _connector="OR"
                        ),
                        name="membership_ends_after_it_starts",
                        violation_error_message="The end date is before the start date.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="JoinInvitation",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "key",
                    models.UUIDField(
                        default=uuid.uuid4, editable=False, help_text="What a join link signs.", unique=True
                    ),
                ),
                ("name", models.CharField(max_length=120)),
                ("email", models.EmailField(max_length=254)),
                (
                    "role",
                    models.CharField(
                        choices=[
                            ("coordinator", "Coordinator"),
                            ("member", "Member"),
                            ("chair", "Chair"),
                            ("vice_chair", "Vice-chair"),
                            ("supporter", "Supporter"),
                        ],
                        default="member",
                        max_length=20,
                    ),
                ),
                (
                    "perspective",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("draws_on_care", "Draws on care and support"),
                            ("carer", "Carer"),
                            ("front_line", "Front-line worker"),
                            ("funder", "Funder or decision-maker"),
                            ("provider", "Service provider"),
                            ("researcher", "Researcher or national body"),
                            ("other", "Another perspective"),
                        ],
                        max_length=20,
                    ),
                ),
                (
                    "perspective_note",
                    models.CharField(blank=True, help_text="In the person's own words.", max_length=120),
                ),
                ("starts_on", models.DateField(default=impact.core.basics.clock.today)),
                ("is_illustrative", models.BooleanField(default=False)),
                ("sent_at", models.DateTimeField(default=impact.core.basics.clock.now)),
                ("expires_at", models.DateTimeField(default=networks.members.joining.models._a_month_on)),
                ("answer", models.CharField(blank=True, choices=[("yes", "Yes"), ("no", "No")], max_length=3)),
                ("answered_at", models.DateTimeField(blank=True, null=True)),
                ("withdrawn_at", models.DateTimeField(blank=True, null=True)),
                (
                    "group",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="join_invitations",
                        to="networks.group",
                    ),
                ),
                (
                    "invited_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "membership",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="networks.membership",
                    ),
                ),
            ],
            options={
                "ordering": ["name", "pk"],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("answer", ""), ("withdrawn_at__isnull", True)),
                        fields=("group", "email", "name"),
                        name="one_unanswered_invitation_to_join",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("answer", ""), ("answered_at__isnull", False), _connector="OR"),
                        name="answered_join_invitation_has_a_time",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="NetworkExplanation",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("guard", models.CharField(choices=[("nations", "Missing nations")], default="nations", max_length=20)),
                ("reason", models.CharField(max_length=400)),
                ("on", models.DateField(default=impact.core.basics.clock.today)),
                (
                    "network",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="network_explanations",
                        to="sites.site",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("network", "guard"), name="one_explanation_per_network_guard")
                ],
            },
        ),
        migrations.CreateModel(
            name="NotesVersion",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.PositiveIntegerField()),
                ("text", models.TextField(blank=True)),
                ("saved_at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "restored_from",
                    models.PositiveIntegerField(blank=True, help_text="The number of the version put back.", null=True),
                ),
                (
                    "meeting",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="notes_versions",
                        to="networks.meeting",
                    ),
                ),
                (
                    "saved_by",
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
                "ordering": ["-number"],
                "constraints": [
                    models.UniqueConstraint(fields=("meeting", "number"), name="notes_version_once_per_meeting")
                ],
            },
        ),
        migrations.CreateModel(
            name="RestrictedNote",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("words", models.TextField(max_length=5000)),
                ("is_safeguarding", models.BooleanField(default=False)),
                ("written_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("dealt_with", models.CharField(blank=True, help_text="What was done about the flag.", max_length=400)),
                ("dealt_with_at", models.DateTimeField(blank=True, null=True)),
                ("version", models.PositiveIntegerField(default=1)),
                (
                    "dealt_with_by",
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
                        related_name="restricted_notes",
                        to="networks.meeting",
                    ),
                ),
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
            ],
            options={
                "ordering": ["-written_at", "-pk"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("dealt_with_at__isnull", True),
                            models.Q(("dealt_with", ""), _negated=True),
                            _connector="OR",
                        ),
                        name="dealt_with_flag_says_how",
                        violation_error_message="Say what was done.",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="SentPaper",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("url", models.URLField(blank=True, help_text="The web address that was sent, where it was no file.")),
                (
                    "key",
                    models.UUIDField(default=uuid.uuid4, editable=False, help_text="What the link signs.", unique=True),
                ),
                ("sent_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("expires_at", models.DateTimeField(help_text="Until when the email says that the link works.")),
                (
                    "stopped_at",
                    models.DateTimeField(blank=True, help_text="When the coordinator stopped the link.", null=True),
                ),
                (
                    "file",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="networks.materialfile",
                    ),
                ),
                (
                    "material",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="sent_rows", to="networks.material"
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="sent_papers", to="core.person"
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
                "ordering": ["pk"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("file__isnull", False), ("url", "")),
                            models.Q(("file__isnull", True), models.Q(("url", ""), _negated=True)),
                            _connector="OR",
                        ),
                        name="sent_paper_is_a_file_or_an_address",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("file__isnull", False), ("stopped_at__isnull", True)),
                        fields=("material", "person", "file"),
                        name="file_sent_once_to_a_person",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("file__isnull", True), ("stopped_at__isnull", True)),
                        fields=("material", "person", "url"),
                        name="address_sent_once_to_a_person",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Theme",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=80, unique=True)),
                ("slug", models.SlugField(max_length=80, unique=True)),
                ("description", models.CharField(blank=True, max_length=400)),
                ("version", models.PositiveIntegerField(default=1)),
                (
                    "merged_into",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="merged",
                        to="networks.theme",
                    ),
                ),
            ],
            options={
                "ordering": ["name"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("merged_into__isnull", True),
                            models.Q(("merged_into", models.F("pk")), _negated=True),
                            _connector="OR",
                        ),
                        name="theme_not_merged_into_itself",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Contribution",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("enabler", "Enabler"),
                            ("barrier", "Barrier"),
                            ("experience", "Experience"),
                            ("solution", "Solution"),
                            ("question", "Question"),
                        ],
                        max_length=20,
                    ),
                ),
                (
                    "level",
                    models.CharField(blank=True, choices=[("systemic", "Systemic"), ("human", "Human")], max_length=20),
                ),
                (
                    "perspective",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("draws_on_care", "Draws on care and support"),
                            ("carer", "Carer"),
                            ("front_line", "Front-line worker"),
                            ("funder", "Funder or decision-maker"),
                            ("provider", "Service provider"),
                            ("researcher", "Researcher or national body"),
                            ("other", "Another perspective"),
                        ],
                        max_length=20,
                    ),
                ),
                ("words", models.TextField(max_length=2000)),
                (
                    "may_quote",
                    models.BooleanField(
                        default=False,
                        editable=False,
                        help_text="What was ticked before speakers were noted. Nothing is quoted because of it.",
                    ),
                ),
                ("position", models.PositiveIntegerField(default=0)),
                ("recorded_at", models.DateTimeField(auto_now_add=True)),
                (
                    "removed_at",
                    models.DateTimeField(blank=True, help_text="Removed from the log; can be put back.", null=True),
                ),
                ("version", models.PositiveIntegerField(default=1)),
                (
                    "recorded_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "speaker",
                    models.ForeignKey(
                        blank=True,
                        help_text="Who said it. Only the speaker and the group's coordinators see this.",
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="contributions",
                        to="core.person",
                    ),
                ),
                (
                    "meeting",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="contributions", to="networks.meeting"
                    ),
                ),
                (
                    "theme",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="contributions",
                        to="networks.theme",
                    ),
                ),
            ],
            options={
                "ordering": ["position", "recorded_at"],
                "indexes": [models.Index(fields=["theme", "kind"], name="contribution_theme_kind")],
            },
        ),
        migrations.CreateModel(
            name="Action",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "key",
                    models.UUIDField(default=uuid.uuid4, editable=False, help_text="Made by the sender.", unique=True),
                ),
                ("what", models.CharField(max_length=400)),
                (
                    "owner",
                    models.CharField(blank=True, help_text="Who does it, as it was written down.", max_length=120),
                ),
                (
                    "owner_role",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("coordinator", "Coordinator"),
                            ("member", "Member"),
                            ("chair", "Chair"),
                            ("vice_chair", "Vice-chair"),
                            ("supporter", "Supporter"),
                        ],
                        help_text="The role whose holder does it.",
                        max_length=20,
                    ),
                ),
                ("due_on", models.DateField(blank=True, null=True)),
                (
                    "status",
                    models.CharField(
                        choices=[("open", "Open"), ("done", "Done"), ("dropped", "Dropped")],
                        default="open",
                        max_length=20,
                    ),
                ),
                ("outcome", models.CharField(blank=True, max_length=400)),
                ("closed_on", models.DateField(blank=True, null=True)),
                ("version", models.PositiveIntegerField(default=1)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                (
                    "owner_person",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="core.person",
                    ),
                ),
                (
                    "contribution",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="actions",
                        to="networks.contribution",
                    ),
                ),
                (
                    "group",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="actions", to="networks.group"
                    ),
                ),
                (
                    "meeting",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="actions",
                        to="networks.meeting",
                    ),
                ),
            ],
            options={
                "ordering": [models.OrderBy(models.F("due_on"), nulls_last=True), "pk"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("status", "open"), ("closed_on__isnull", False), _connector="OR"),
                        name="closed_action_has_a_date",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("status", "dropped"), _negated=True),
                            models.Q(("outcome", ""), _negated=True),
                            _connector="OR",
                        ),
                        name="dropped_action_has_a_reason",
                        violation_error_message="Say why the action was dropped.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ActionProgress",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("words", models.CharField(max_length=400)),
                ("on", models.DateField(default=impact.core.basics.clock.today)),
                ("recorded_at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "action",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="progress", to="networks.action"
                    ),
                ),
                (
                    "recorded_by",
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
                "ordering": ["-on", "-pk"],
            },
        ),
        migrations.CreateModel(
            name="SharedLearning",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "key",
                    models.UUIDField(default=uuid.uuid4, editable=False, help_text="Made by the sender.", unique=True),
                ),
                ("title", models.CharField(max_length=160)),
                ("words", models.TextField(help_text="Markdown. What worked, and what it took.", max_length=2000)),
                ("shared_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("withdrawn_at", models.DateTimeField(blank=True, null=True)),
                ("withdrawn_reason", models.CharField(blank=True, max_length=400)),
                ("version", models.PositiveIntegerField(default=1)),
                (
                    "contribution",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="shared_as",
                        to="networks.contribution",
                    ),
                ),
                (
                    "group",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="learning_given", to="networks.group"
                    ),
                ),
                (
                    "shared_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "withdrawn_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "theme",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="learning",
                        to="networks.theme",
                    ),
                ),
            ],
            options={
                "ordering": ["-shared_at", "-pk"],
            },
        ),
        migrations.CreateModel(
            name="LearningReceipt",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "answer",
                    models.CharField(
                        blank=True,
                        choices=[("tried", "Tried it"), ("adapted", "Adapted it"), ("not_for_us", "Not for us")],
                        max_length=12,
                    ),
                ),
                (
                    "why",
                    models.CharField(blank=True, help_text="What happened, or why it does not fit.", max_length=400),
                ),
                ("answered_at", models.DateTimeField(blank=True, null=True)),
                ("seen_by_giver_at", models.DateTimeField(blank=True, null=True)),
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
                    "group",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="learning_received",
                        to="networks.group",
                    ),
                ),
                (
                    "learning",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="receipts",
                        to="networks.sharedlearning",
                    ),
                ),
            ],
            options={
                "ordering": ["group__name"],
                "constraints": [
                    models.UniqueConstraint(fields=("learning", "group"), name="learning_sent_once_to_a_group"),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("answer", ""),
                            models.Q(("answered_at__isnull", False), models.Q(("why", ""), _negated=True)),
                            _connector="OR",
                        ),
                        name="answered_learning_says_why",
                        violation_error_message="Say in a word why.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ThemeChange",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("renamed", "Renamed"),
                            ("described", "Described"),
                            ("merged", "Merged into another theme"),
                            ("split", "Split from another theme"),
                        ],
                        max_length=10,
                    ),
                ),
                ("was", models.CharField(blank=True, max_length=400)),
                ("now", models.CharField(blank=True, max_length=400)),
                ("moved", models.JSONField(default=list, help_text="Ids of the contributions that a merge moved.")),
                ("reason", models.CharField(blank=True, max_length=400)),
                ("at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "other",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="networks.theme",
                    ),
                ),
                (
                    "theme",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="changes", to="networks.theme"
                    ),
                ),
            ],
            options={
                "ordering": ["-at", "-pk"],
            },
        ),
        migrations.CreateModel(
            name="Network",
            fields=[],
            options={
                "ordering": ["name"],
                "proxy": True,
                "indexes": [],
                "constraints": [],
            },
            bases=("sites.site",),
        ),
        migrations.CreateModel(
            name="Document",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.CharField(choices=[("pack", "Pack"), ("action_plan", "Action plan")], max_length=20)),
                ("number", models.PositiveIntegerField(help_text="First, second … of its kind for the same thing.")),
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
                    "group",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="documents",
                        to="networks.group",
                    ),
                ),
                (
                    "meeting",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="documents",
                        to="networks.meeting",
                    ),
                ),
                (
                    "network",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="documents",
                        to="networks.network",
                    ),
                ),
            ],
            options={
                "ordering": ["-asked_at", "-pk"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("group__isnull", True),
                                ("kind", "pack"),
                                ("meeting__isnull", False),
                                ("network__isnull", True),
                            ),
                            models.Q(
                                ("group__isnull", False),
                                ("kind", "action_plan"),
                                ("meeting__isnull", True),
                                ("network__isnull", True),
                            ),
                            models.Q(
                                ("group__isnull", True),
                                ("kind", "action_plan"),
                                ("meeting__isnull", True),
                                ("network__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="document_is_about_one_thing",
                    ),
                    models.UniqueConstraint(fields=("meeting", "number"), name="pack_number_once"),
                    models.UniqueConstraint(fields=("group", "number"), name="group_plan_number_once"),
                    models.UniqueConstraint(fields=("network", "number"), name="network_plan_number_once"),
                ],
            },
        ),
    ]
