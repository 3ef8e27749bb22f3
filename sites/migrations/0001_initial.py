import uuid

import django.core.validators
import django.db.models.deletion
import django.db.models.functions.text
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import impact.core.basics.clock
import sites.registry.models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("core", "0001_initial"),
        ("core", "__first__"),
    ]

    operations = [
        migrations.CreateModel(
            name="EqualityAnswer",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                (
                    "round",
                    models.CharField(help_text="The slug of the round: what figures are counted by.", max_length=80),
                ),
                ("pseudonym", models.CharField(max_length=64, unique=True)),
                ("answers", models.JSONField(default=dict)),
            ],
            options={
                "ordering": ["pk"],
            },
        ),
        migrations.CreateModel(
            name="Organisation",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=160, unique=True)),
                ("slug", models.SlugField(max_length=80, unique=True)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("university", "University"),
                            ("voluntary", "Voluntary or community organisation"),
                            ("user_led", "User-led organisation"),
                            ("carer_led", "Carer-led organisation"),
                            ("local_authority", "Local authority"),
                            ("health", "Health body"),
                            ("provider", "Care provider"),
                            ("funder", "Funder"),
                            ("national", "National body"),
                        ],
                        max_length=20,
                    ),
                ),
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
                ("summary", models.CharField(blank=True, max_length=400)),
                ("website", models.URLField(blank=True)),
                ("is_illustrative", models.BooleanField(default=False, help_text="Invented for the demonstration.")),
                ("version", models.PositiveIntegerField(default=1)),
            ],
            options={
                "ordering": ["name"],
            },
        ),
        migrations.CreateModel(
            name="Topic",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=120, unique=True)),
                ("slug", models.SlugField(max_length=80, unique=True)),
                ("summary", models.CharField(blank=True, max_length=400)),
                (
                    "source",
                    models.CharField(
                        choices=[
                            ("survey", "National survey"),
                            ("assembly", "Assembly discussion"),
                            ("both", "National survey and assemblies"),
                            ("staff", "Staff"),
                        ],
                        default="both",
                        max_length=20,
                    ),
                ),
                (
                    "proposed_for",
                    models.PositiveSmallIntegerField(
                        blank=True, help_text="The year it is a candidate for.", null=True
                    ),
                ),
                (
                    "makes_a_difference",
                    models.PositiveSmallIntegerField(
                        blank=True,
                        help_text="0 to 5; empty: not scored yet.",
                        null=True,
                        validators=[django.core.validators.MaxValueValidator(5)],
                    ),
                ),
                (
                    "tackles_inequalities",
                    models.PositiveSmallIntegerField(
                        blank=True,
                        help_text="0 to 5; empty: not scored yet.",
                        null=True,
                        validators=[django.core.validators.MaxValueValidator(5)],
                    ),
                ),
                (
                    "good_use_of_resources",
                    models.PositiveSmallIntegerField(
                        blank=True,
                        help_text="0 to 5; empty: not scored yet.",
                        null=True,
                        validators=[django.core.validators.MaxValueValidator(5)],
                    ),
                ),
                (
                    "enough_evidence",
                    models.PositiveSmallIntegerField(
                        blank=True,
                        help_text="0 to 5; empty: not scored yet.",
                        null=True,
                        validators=[django.core.validators.MaxValueValidator(5)],
                    ),
                ),
                (
                    "is_illustrative",
                    models.BooleanField(default=False, help_text="The scores are invented for the demonstration."),
                ),
                ("version", models.PositiveIntegerField(default=1)),
            ],
            options={
                "ordering": ["name"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("makes_a_difference__isnull", True), ("makes_a_difference__lte", 5), _connector="OR"
                        ),
                        name="topic_makes_a_difference_0_to_5",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("tackles_inequalities__isnull", True), ("tackles_inequalities__lte", 5), _connector="OR"
                        ),
                        name="topic_tackles_inequalities_0_to_5",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("good_use_of_resources__isnull", True), ("good_use_of_resources__lte", 5), _connector="OR"
                        ),
                        name="topic_good_use_of_resources_0_to_5",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("enough_evidence__isnull", True), ("enough_evidence__lte", 5), _connector="OR"
                        ),
                        name="topic_enough_evidence_0_to_5",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Subscriber",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "key",
                    models.UUIDField(
                        default=uuid.uuid4, editable=False, help_text="What its links are signed for.", unique=True
                    ),
                ),
                ("email", models.EmailField(max_length=254, unique=True)),
                ("wants_rounds", models.BooleanField(default=True)),
                ("wants_news", models.BooleanField(default=True)),
                ("wants_vacancies", models.BooleanField(default=False)),
                ("asked_at", models.DateTimeField()),
                ("confirmed_at", models.DateTimeField(blank=True, null=True)),
                (
                    "topics",
                    models.ManyToManyField(
                        blank=True, help_text="Empty: all topics.", related_name="+", to="sites.topic"
                    ),
                ),
            ],
            options={
                "ordering": ["pk"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("email", django.db.models.functions.text.Lower("email"))),
                        name="subscriber_email_is_lower_case",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("wants_rounds", True), ("wants_news", True), ("wants_vacancies", True), _connector="OR"
                        ),
                        name="subscriber_wants_something",
                        violation_error_message="Choose at least one thing to hear about, or stop all emails.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Proposal",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "year",
                    models.PositiveSmallIntegerField(
                        help_text="The year for which it is proposed.",
                        validators=[
                            django.core.validators.MinValueValidator(2000, "Enter a year from 2000 to 2100."),
                            django.core.validators.MaxValueValidator(2100, "Enter a year from 2000 to 2100."),
                        ],
                    ),
                ),
                ("title", models.CharField(help_text="In the words of those who proposed it.", max_length=160)),
                ("why", models.TextField(blank=True, help_text="Why it matters to them.", max_length=2000)),
                (
                    "source",
                    models.CharField(
                        choices=[("assembly", "Assembly"), ("survey", "National survey"), ("staff", "Staff")],
                        max_length=10,
                    ),
                ),
                (
                    "proposed_by",
                    models.CharField(blank=True, help_text="Who proposed it, as a role. No names.", max_length=120),
                ),
                ("proposed_on", models.DateField(default=impact.core.basics.clock.today)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("open", "To decide"),
                            ("taken_on", "Taken on"),
                            ("merged", "Merged"),
                            ("set_aside", "Set aside"),
                        ],
                        default="open",
                        max_length=10,
                    ),
                ),
                ("set_aside_reason", models.CharField(blank=True, max_length=400)),
                ("settled_on", models.DateField(blank=True, null=True)),
                ("is_illustrative", models.BooleanField(default=False, help_text="Invented for the demonstration.")),
                ("version", models.PositiveIntegerField(default=1)),
                (
                    "merged_into",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="merged",
                        to="sites.proposal",
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
                    "topic",
                    models.ForeignKey(
                        blank=True,
                        help_text="What it was taken on as.",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="proposals",
                        to="sites.topic",
                    ),
                ),
            ],
            options={
                "ordering": ["-year", "title", "pk"],
                "indexes": [models.Index(fields=["year", "state"], name="proposal_year_state")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("year__gte", 2000), ("year__lte", 2100)),
                        name="proposal_year_is_of_the_present",
                        violation_error_message="Enter a year from 2000 to 2100.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "taken_on"), ("topic__isnull", False)),
                            models.Q(models.Q(("state", "taken_on"), _negated=True), ("topic__isnull", True)),
                            _connector="OR",
                        ),
                        name="proposal_taken_on_as_a_topic",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "merged"), ("merged_into__isnull", False)),
                            models.Q(models.Q(("state", "merged"), _negated=True), ("merged_into__isnull", True)),
                            _connector="OR",
                        ),
                        name="proposal_merged_into_another",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("merged_into__isnull", True),
                            models.Q(("merged_into", models.F("pk")), _negated=True),
                            _connector="OR",
                        ),
                        name="proposal_not_merged_into_itself",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "set_aside"), _negated=True),
                            models.Q(("set_aside_reason", ""), _negated=True),
                            _connector="OR",
                        ),
                        name="proposal_set_aside_with_a_reason",
                        violation_error_message="Say why it is set aside.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("settled_on__isnull", True), ("state", "open")),
                            models.Q(models.Q(("state", "open"), _negated=True), ("settled_on__isnull", False)),
                            _connector="OR",
                        ),
                        name="proposal_settled_has_a_day",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("source", "survey")),
                        fields=("year", "title"),
                        name="proposal_of_the_survey_once_a_year",
                        violation_error_message="The survey of that year already has a topic with these words.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ProposalNation",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
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
                (
                    "proposal",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="nation_rows", to="sites.proposal"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("proposal", "nation"), name="nation_once_per_proposal")
                ],
            },
        ),
        migrations.CreateModel(
            name="Site",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=160, unique=True)),
                ("slug", models.SlugField(max_length=80, unique=True)),
                (
                    "delivery_model",
                    models.CharField(
                        choices=[
                            ("demonstrator", "Demonstrator"),
                            ("facilitator", "Facilitator"),
                            ("network", "Network"),
                            ("ask_impact", "Ask IMPACT"),
                        ],
                        max_length=20,
                    ),
                ),
                ("place", models.CharField(blank=True, max_length=120)),
                ("summary", models.TextField(blank=True, help_text="Markdown.")),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("proposed", "Proposed"),
                            ("setting_up", "Setting up"),
                            ("active", "Active"),
                            ("paused", "Paused"),
                            ("completed", "Completed"),
                        ],
                        default="proposed",
                        max_length=20,
                    ),
                ),
                ("status_on", models.DateField(default=impact.core.basics.clock.today)),
                ("status_reason", models.CharField(blank=True, max_length=400)),
                ("starts_on", models.DateField(blank=True, null=True)),
                ("ends_on", models.DateField(blank=True, null=True)),
                (
                    "origin",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("assembly", "Assembly discussion"),
                            ("survey", "National survey"),
                            ("application", "Expression of interest"),
                            ("other", "Another way"),
                        ],
                        max_length=20,
                    ),
                ),
                ("origin_note", models.CharField(blank=True, max_length=400)),
                (
                    "region",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("north_east", "North East"),
                            ("north_west", "North West"),
                            ("yorkshire", "Yorkshire and the Humber"),
                            ("east_midlands", "East Midlands"),
                            ("west_midlands", "West Midlands"),
                            ("east", "East of England"),
                            ("london", "London"),
                            ("south_east", "South East"),
                            ("south_west", "South West"),
                        ],
                        db_default="",
                        default="",
                        help_text="Of England; empty elsewhere.",
                        max_length=30,
                    ),
                ),
                ("strategic_issue", models.CharField(blank=True, db_default="", default="", max_length=400)),
                (
                    "evaluation_plan",
                    models.TextField(blank=True, db_default="", default="", help_text="Markdown.", max_length=4000),
                ),
                (
                    "policy_links",
                    models.TextField(
                        blank=True,
                        db_default="",
                        default="",
                        help_text="One a line.",
                        max_length=2000,
                        validators=[sites.registry.models.check_links],
                    ),
                ),
                ("host_service", models.CharField(blank=True, db_default="", default="", max_length=200)),
                (
                    "unit_name",
                    models.CharField(
                        blank=True, help_text='What the roster counts, for example "general practice".', max_length=60
                    ),
                ),
                (
                    "is_illustrative",
                    models.BooleanField(default=False, help_text="Some details are invented for the demonstration."),
                ),
                ("version", models.PositiveIntegerField(default=1)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("updated_at", models.DateTimeField(auto_now=True)),
                (
                    "host",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="hosted_sites",
                        to="sites.organisation",
                    ),
                ),
                (
                    "topic",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="sites", to="sites.topic"
                    ),
                ),
            ],
            options={
                "ordering": ["name"],
                "indexes": [models.Index(fields=["status", "delivery_model"], name="site_status_model")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("ends_on__isnull", True),
                            ("starts_on__isnull", True),
                            ("ends_on__gte", models.F("starts_on")),
                            _connector="OR",
                        ),
                        name="site_ends_after_it_starts",
                        violation_error_message="The end date is before the start date.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("status", "paused"), _negated=True),
                            models.Q(("status_reason", ""), _negated=True),
                            _connector="OR",
                        ),
                        name="paused_site_has_a_reason",
                        violation_error_message="Say why the site is paused.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Commitment",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("side", models.CharField(choices=[("centre", "The centre"), ("host", "The host")], max_length=10)),
                ("text", models.CharField(max_length=400)),
                ("due_on", models.DateField(blank=True, null=True)),
                (
                    "state",
                    models.CharField(
                        choices=[("open", "Open"), ("changed", "Changed"), ("kept", "Kept"), ("not_kept", "Not kept")],
                        default="open",
                        max_length=10,
                    ),
                ),
                (
                    "settled_on",
                    models.DateField(blank=True, help_text="The day it was kept, or was found not kept.", null=True),
                ),
                ("outcome", models.CharField(blank=True, help_text="How it was kept, or why not.", max_length=400)),
                ("version", models.PositiveIntegerField(default=1)),
                (
                    "site",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="commitments", to="sites.site"
                    ),
                ),
            ],
            options={
                "ordering": [models.OrderBy(models.F("due_on"), nulls_last=True), "pk"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("outcome", ""), ("settled_on__isnull", True), ("state__in", ["open", "changed"])),
                            models.Q(
                                ("settled_on__isnull", False),
                                ("state__in", ["kept", "not_kept"]),
                                models.Q(("outcome", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="settled_commitment_says_when_and_how",
                        violation_error_message="Say when and how it was kept, or why it was not.",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="EvidenceItem",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "title",
                    models.CharField(
                        error_messages={"unique": "The library already has an item with this title."},
                        max_length=160,
                        unique=True,
                    ),
                ),
                ("slug", models.SlugField(max_length=80, unique=True)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("research", "Research"),
                            ("lived_experience", "Lived experience"),
                            ("practice_knowledge", "Practice knowledge"),
                        ],
                        max_length=20,
                    ),
                ),
                (
                    "strength",
                    models.CharField(
                        choices=[("strong", "Strong"), ("moderate", "Moderate"), ("emerging", "Emerging")],
                        max_length=10,
                    ),
                ),
                ("summary", models.TextField(help_text="Plain words. Markdown.", max_length=4000)),
                ("source", models.CharField(help_text="Who says it.", max_length=200)),
                (
                    "year",
                    models.PositiveSmallIntegerField(
                        blank=True, null=True, validators=[django.core.validators.MinValueValidator(1900)]
                    ),
                ),
                ("web_address", models.URLField(blank=True, max_length=400)),
                ("formats", models.JSONField(blank=True, default=list)),
                ("is_illustrative", models.BooleanField(default=False, help_text="Invented for the demonstration.")),
                ("version", models.PositiveIntegerField(default=1)),
                ("sites", models.ManyToManyField(blank=True, related_name="evidence", to="sites.site")),
                ("topics", models.ManyToManyField(blank=True, related_name="evidence", to="sites.topic")),
            ],
            options={
                "ordering": ["title"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("year__isnull", True), ("year__gte", 1900), _connector="OR"),
                        name="evidence_year_is_1900_or_later",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Milestone",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("title", models.CharField(max_length=160)),
                (
                    "planned_on",
                    models.DateField(blank=True, help_text="As first agreed, or as last re-planned.", null=True),
                ),
                ("expected_on", models.DateField(blank=True, help_text="What people think today.", null=True)),
                ("actual_on", models.DateField(blank=True, help_text="The day it was completed.", null=True)),
                ("version", models.PositiveIntegerField(default=1)),
                (
                    "site",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="milestones", to="sites.site"
                    ),
                ),
            ],
            options={
                "ordering": [models.OrderBy(models.F("planned_on"), nulls_last=True), "pk"],
            },
        ),
        migrations.CreateModel(
            name="OutcomeMeasure",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "frame",
                    models.CharField(
                        choices=[
                            ("reach", "Reach"),
                            ("equity", "Equity"),
                            ("practice", "Practice changed"),
                            ("sustained", "Sustained"),
                            ("cost", "Cost"),
                        ],
                        max_length=10,
                    ),
                ),
                ("name", models.CharField(max_length=160)),
                ("definition", models.TextField(help_text="What is counted, and how.", max_length=2000)),
                ("unit", models.CharField(help_text="For example people, % or £.", max_length=40)),
                (
                    "better",
                    models.CharField(
                        choices=[("higher", "Higher"), ("lower", "Lower"), ("neither", "Neither")],
                        default="higher",
                        max_length=10,
                    ),
                ),
                ("source", models.CharField(help_text="Where the numbers come from.", max_length=200)),
                ("baseline_value", models.DecimalField(blank=True, decimal_places=2, max_digits=12, null=True)),
                ("baseline_on", models.DateField(blank=True, null=True)),
                ("is_illustrative", models.BooleanField(default=False, help_text="Invented for the demonstration.")),
                ("version", models.PositiveIntegerField(default=1)),
                (
                    "site",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="measures", to="sites.site"
                    ),
                ),
            ],
            options={
                "ordering": ["site", "pk"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("site", "name"),
                        name="outcome_measure_once_per_site",
                        violation_error_message="This site already has a measure with this name.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("baseline_on__isnull", True), ("baseline_value__isnull", True)),
                            models.Q(("baseline_on__isnull", False), ("baseline_value__isnull", False)),
                            _connector="OR",
                        ),
                        name="outcome_baseline_has_value_and_day",
                        violation_error_message="Enter both the baseline and its date, or neither.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Round",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=120, unique=True)),
                ("slug", models.SlugField(max_length=80, unique=True)),
                (
                    "purpose",
                    models.CharField(
                        choices=[
                            ("sites", "Expressions of interest in hosting a site"),
                            ("coordinators", "Recruitment of coordinators"),
                            ("local_networks", "Recruitment of local networks"),
                        ],
                        db_default="sites",
                        default="sites",
                        max_length=20,
                    ),
                ),
                ("opens_at", models.DateTimeField(help_text="When it starts to take applications.")),
                ("closes_at", models.DateTimeField(help_text="When it stops taking them.")),
                (
                    "delivery_models",
                    models.JSONField(blank=True, default=list, help_text="Delivery models that hosts may ask for."),
                ),
                (
                    "guidance",
                    models.TextField(blank=True, db_default="", default="", help_text="For applicants. Markdown."),
                ),
                ("is_announced", models.BooleanField(default=False)),
                (
                    "is_illustrative",
                    models.BooleanField(default=False, help_text="Some details are invented for the demonstration."),
                ),
                ("version", models.PositiveIntegerField(default=1)),
                (
                    "recruits_for",
                    models.ForeignKey(
                        blank=True,
                        help_text="The network that coordinators or local networks are recruited for.",
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="recruitment_rounds",
                        to="sites.site",
                    ),
                ),
                ("topics", models.ManyToManyField(blank=True, related_name="rounds", to="sites.topic")),
            ],
            options={
                "ordering": ["-opens_at"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("closes_at__gt", models.F("opens_at"))),
                        name="round_closes_after_opening",
                        violation_error_message="The round closes before it opens. Choose a later closing time.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("purpose", "sites"), _negated=True),
                            ("recruits_for__isnull", True),
                            _connector="OR",
                        ),
                        name="only_recruitment_is_for_a_network",
                        violation_error_message="Only a recruitment round is for a network.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="QuestionSet",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.PositiveIntegerField()),
                (
                    "published_at",
                    models.DateTimeField(blank=True, help_text="Empty while it is being prepared.", null=True),
                ),
                (
                    "what_changed",
                    models.TextField(blank=True, help_text="For applicants who began on an earlier version. Markdown."),
                ),
                ("version", models.PositiveIntegerField(default=1)),
                (
                    "round",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="question_sets", to="sites.round"
                    ),
                ),
            ],
            options={
                "ordering": ["number"],
                "constraints": [
                    models.UniqueConstraint(fields=("round", "number"), name="question_set_number_once_per_round"),
                    models.UniqueConstraint(
                        condition=models.Q(("published_at__isnull", True)),
                        fields=("round",),
                        name="one_question_set_in_preparation",
                        violation_error_message="A new version of these questions is already being prepared.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="EarlierWording",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("text", models.CharField(max_length=400)),
                (
                    "changed_on",
                    models.DateField(
                        default=impact.core.basics.clock.today, help_text="The day from which it says something else."
                    ),
                ),
                (
                    "changed_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "commitment",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="earlier_wordings",
                        to="sites.commitment",
                    ),
                ),
            ],
            options={
                "ordering": ["changed_on", "pk"],
            },
        ),
        migrations.CreateModel(
            name="EvidenceGap",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "title",
                    models.CharField(
                        error_messages={"unique": "A gap with this question is already recorded."},
                        max_length=200,
                        unique=True,
                    ),
                ),
                ("slug", models.SlugField(max_length=80, unique=True)),
                ("why", models.TextField(help_text="Why it matters.", max_length=2000)),
                ("raised_on", models.DateField(default=impact.core.basics.clock.today)),
                (
                    "state",
                    models.CharField(
                        choices=[("open", "Open"), ("answered", "Answered"), ("closed", "Closed")],
                        default="open",
                        max_length=10,
                    ),
                ),
                (
                    "answer",
                    models.TextField(blank=True, help_text="Markdown. Kept when the gap is reopened.", max_length=4000),
                ),
                ("closed_reason", models.CharField(blank=True, max_length=400)),
                ("settled_on", models.DateField(blank=True, help_text="The day it was answered or closed.", null=True)),
                ("is_illustrative", models.BooleanField(default=False, help_text="Invented for the demonstration.")),
                ("version", models.PositiveIntegerField(default=1)),
                (
                    "raised_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "evidence",
                    models.ManyToManyField(
                        blank=True, help_text="The items that answer it.", related_name="gaps", to="sites.evidenceitem"
                    ),
                ),
                (
                    "site",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="evidence_gaps",
                        to="sites.site",
                    ),
                ),
                (
                    "topic",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="evidence_gaps",
                        to="sites.topic",
                    ),
                ),
            ],
            options={
                "ordering": ["raised_on", "pk"],
                "indexes": [models.Index(fields=["state", "raised_on"], name="evidence_gap_state_age")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("site__isnull", True), ("topic__isnull", False)),
                            models.Q(("site__isnull", False), ("topic__isnull", True)),
                            _connector="OR",
                        ),
                        name="evidence_gap_has_one_origin",
                        violation_error_message="Choose a topic or a site, and not both.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("settled_on__isnull", True), ("state", "open")),
                            models.Q(models.Q(("state", "open"), _negated=True), ("settled_on__isnull", False)),
                            _connector="OR",
                        ),
                        name="evidence_gap_settled_has_a_day",
                        violation_error_message="An answered or closed gap has a date, an open one has none.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "answered"), _negated=True),
                            models.Q(("answer", ""), _negated=True),
                            _connector="OR",
                        ),
                        name="evidence_gap_answered_has_words",
                        violation_error_message="Write the answer.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "closed"), _negated=True),
                            models.Q(("closed_reason", ""), _negated=True),
                            _connector="OR",
                        ),
                        name="evidence_gap_closed_has_a_reason",
                        violation_error_message="Say why it is closed.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("settled_on__isnull", True), ("settled_on__gte", models.F("raised_on")), _connector="OR"
                        ),
                        name="evidence_gap_settled_after_raised",
                        violation_error_message="The gap was raised after that day.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="GapFeedback",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "role",
                    models.CharField(blank=True, help_text="A person's role in words, without a name.", max_length=120),
                ),
                ("on", models.DateField(default=impact.core.basics.clock.today)),
                (
                    "said",
                    models.TextField(blank=True, help_text="What they said; empty: nothing yet.", max_length=2000),
                ),
                ("version", models.PositiveIntegerField(default=1)),
                (
                    "gap",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="feedback", to="sites.evidencegap"
                    ),
                ),
                (
                    "organisation",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="sites.organisation",
                    ),
                ),
            ],
            options={
                "ordering": ["on", "pk"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("organisation__isnull", False), ("role", "")),
                            models.Q(("organisation__isnull", True), models.Q(("role", ""), _negated=True)),
                            _connector="OR",
                        ),
                        name="gap_feedback_to_one",
                        violation_error_message="Choose an organisation or give a role, and not both.",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Reading",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("on", models.DateField(default=impact.core.basics.clock.today, verbose_name="date")),
                ("value", models.DecimalField(decimal_places=2, max_digits=12)),
                ("note", models.CharField(blank=True, max_length=400)),
                ("version", models.PositiveIntegerField(default=1)),
                (
                    "measure",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="readings", to="sites.outcomemeasure"
                    ),
                ),
            ],
            options={
                "ordering": ["on"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("measure", "on"),
                        name="one_reading_a_day",
                        violation_error_message="There is a reading for this day already. Edit that one.",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Replan",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("before", models.DateField()),
                ("after", models.DateField()),
                ("reason", models.CharField(max_length=400)),
                (
                    "on",
                    models.DateField(default=impact.core.basics.clock.today, help_text="The day it was re-planned."),
                ),
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
                    "milestone",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="replans", to="sites.milestone"
                    ),
                ),
            ],
            options={
                "ordering": ["on", "pk"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("reason", ""), _negated=True),
                        name="replan_has_a_reason",
                        violation_error_message="Say why the date moves.",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Release",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("at", models.DateTimeField()),
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
                    "round",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE, related_name="release", to="sites.round"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Mix",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "most",
                    models.PositiveIntegerField(
                        blank=True,
                        help_text="The most applications to choose.",
                        null=True,
                        validators=[django.core.validators.MinValueValidator(1)],
                    ),
                ),
                (
                    "money",
                    models.DecimalField(
                        blank=True,
                        decimal_places=2,
                        max_digits=12,
                        null=True,
                        validators=[django.core.validators.MinValueValidator(0)],
                    ),
                ),
                ("locked_at", models.DateTimeField(blank=True, null=True)),
                (
                    "lock_reason",
                    models.TextField(
                        blank=True,
                        db_default="",
                        default="",
                        help_text="Why it was locked only after an assessment was submitted.",
                    ),
                ),
                ("version", models.PositiveIntegerField(default=1)),
                (
                    "locked_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "round",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE, related_name="mix", to="sites.round"
                    ),
                ),
            ],
            options={
                "verbose_name_plural": "mixes",
            },
        ),
        migrations.CreateModel(
            name="MailboxLink",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("email", models.EmailField(max_length=254)),
                ("token_hash", models.CharField(max_length=64, unique=True)),
                ("created_at", models.DateTimeField(default=impact.core.basics.clock.now)),
                (
                    "round",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="mailbox_links", to="sites.round"
                    ),
                ),
            ],
            options={
                "ordering": ["created_at"],
            },
        ),
        migrations.CreateModel(
            name="Letter",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "outcome",
                    models.CharField(
                        choices=[
                            ("chosen", "Chosen"),
                            ("reserve", "On the reserve list"),
                            ("not_chosen", "Not chosen"),
                            ("not_eligible", "Not eligible"),
                        ],
                        max_length=12,
                    ),
                ),
                ("subject", models.CharField(max_length=120)),
                ("body", models.TextField()),
                ("version", models.PositiveIntegerField(default=1)),
                (
                    "round",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="letters", to="sites.round"
                    ),
                ),
            ],
            options={
                "ordering": ["pk"],
                "constraints": [models.UniqueConstraint(fields=("round", "outcome"), name="letter_once_per_outcome")],
            },
        ),
        migrations.CreateModel(
            name="Criterion",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("order", models.PositiveIntegerField(default=0)),
                ("name", models.CharField(max_length=120)),
                ("guidance", models.TextField(blank=True, help_text="What to look for. Markdown.")),
                (
                    "weight",
                    models.PositiveIntegerField(
                        default=1,
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(10),
                        ],
                    ),
                ),
                (
                    "score_words",
                    models.JSONField(blank=True, default=list, help_text="One text for each score, from 0 to 4."),
                ),
                ("version", models.PositiveIntegerField(default=1)),
                (
                    "round",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="criteria", to="sites.round"
                    ),
                ),
            ],
            options={
                "verbose_name_plural": "criteria",
                "ordering": ["order", "pk"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("round", "name"),
                        name="criterion_once_per_round",
                        violation_error_message="This round has a criterion of that name.",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="ClosingMove",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("before", models.DateTimeField()),
                ("after", models.DateTimeField()),
                ("reason", models.CharField(blank=True, help_text="Why, for applicants.", max_length=400)),
                ("moved_at", models.DateTimeField()),
                (
                    "round",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="closing_moves", to="sites.round"
                    ),
                ),
            ],
            options={
                "ordering": ["moved_at", "pk"],
            },
        ),
        migrations.CreateModel(
            name="Clarification",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "Waiting for an answer"),
                            ("published", "Published"),
                            ("set_aside", "Set aside"),
                        ],
                        default="waiting",
                        max_length=10,
                    ),
                ),
                ("words", models.TextField(help_text="As it was asked. Only staff read it.", max_length=2000)),
                (
                    "email",
                    models.EmailField(
                        blank=True, help_text="Where to send the answer. Deleted once it is sent.", max_length=254
                    ),
                ),
                ("received_at", models.DateTimeField()),
                (
                    "question",
                    models.TextField(
                        blank=True,
                        help_text="As it is published, without what could identify who asked.",
                        max_length=2000,
                    ),
                ),
                ("answer", models.TextField(blank=True, help_text="Markdown.")),
                ("published_at", models.DateTimeField(blank=True, null=True)),
                ("is_illustrative", models.BooleanField(default=False, help_text="Invented for the demonstration.")),
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
                    "round",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="clarifications", to="sites.round"
                    ),
                ),
            ],
            options={
                "ordering": ["-received_at", "-pk"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "published"), _negated=True),
                            models.Q(
                                ("published_at__isnull", False),
                                models.Q(("question", ""), _negated=True),
                                models.Q(("answer", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="published_clarification_is_answered",
                        violation_error_message="Give the question and the answer before you publish them.",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="AssessmentPlan",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "is_blind",
                    models.BooleanField(
                        default=False,
                        help_text="Assessors do not see who applied: names, places and contacts are withheld.",
                    ),
                ),
                (
                    "assessors_each",
                    models.PositiveIntegerField(
                        default=2,
                        help_text="Assessors for each application.",
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(6),
                        ],
                    ),
                ),
                ("due_on", models.DateField(blank=True, help_text="When assessments are due.", null=True)),
                (
                    "closed_at",
                    models.DateTimeField(blank=True, help_text="From then on no assessment changes.", null=True),
                ),
                ("version", models.PositiveIntegerField(default=1)),
                (
                    "round",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE, related_name="assessment_plan", to="sites.round"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("assessors_each__gte", 1), ("assessors_each__lte", 6)),
                        name="one_to_six_assessors_each",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="RoundAssessor",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "has_lived_experience",
                    models.BooleanField(default=False, help_text="Draws on care and support, or is a carer."),
                ),
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
                    "most",
                    models.PositiveIntegerField(
                        default=20, help_text="The most applications to give to this assessor."
                    ),
                ),
                ("reminded_on", models.DateField(blank=True, help_text="When a reminder last went out.", null=True)),
                ("version", models.PositiveIntegerField(default=1)),
                (
                    "round",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="assessors", to="sites.round"
                    ),
                ),
                (
                    "tied_to",
                    models.ManyToManyField(
                        blank=True,
                        help_text="Organisations whose applications they must not assess.",
                        related_name="+",
                        to="sites.organisation",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="assessor_in",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ["pk"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("round", "user"),
                        name="assessor_once_per_round",
                        violation_error_message="This person assesses in this round already.",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="RoundReport",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.PositiveIntegerField(help_text="First, second … of the round.")),
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
                    "round",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="reports", to="sites.round"
                    ),
                ),
            ],
            options={
                "ordering": ["-number"],
                "constraints": [models.UniqueConstraint(fields=("round", "number"), name="round_report_number_once")],
            },
        ),
        migrations.CreateModel(
            name="RoundStatement",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.PositiveIntegerField()),
                ("offered", models.TextField(help_text="Funding and support, in plain words. Markdown.")),
                ("asked", models.TextField(help_text="What a site commits to in return. Markdown.")),
                ("who_for", models.TextField(blank=True, help_text="Who should think of applying. Markdown.")),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                (
                    "round",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="statements", to="sites.round"
                    ),
                ),
            ],
            options={
                "ordering": ["number"],
                "constraints": [
                    models.UniqueConstraint(fields=("round", "number"), name="statement_number_once_per_round")
                ],
            },
        ),
        migrations.CreateModel(
            name="Application",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "reference",
                    models.CharField(
                        help_text="What people quote, for example 2023-24-K7QM.", max_length=30, unique=True
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("draft", "Being written"),
                            ("submitted", "Submitted"),
                            ("withdrawn", "Withdrawn"),
                            ("erased", "Deleted at the applicant's request"),
                        ],
                        default="draft",
                        max_length=10,
                    ),
                ),
                (
                    "source",
                    models.CharField(
                        choices=[
                            ("online", "Online"),
                            ("paper", "On paper"),
                            ("video", "As a video"),
                            ("phone", "By phone"),
                            ("imported", "From a file"),
                        ],
                        default="online",
                        max_length=10,
                    ),
                ),
                (
                    "email",
                    models.EmailField(
                        blank=True, help_text="The mailbox that the private link was sent to.", max_length=254
                    ),
                ),
                ("contact_name", models.CharField(blank=True, max_length=120)),
                (
                    "draft",
                    models.JSONField(
                        blank=True, default=dict, help_text="Answers as they are being written, by question key."
                    ),
                ),
                ("version", models.PositiveIntegerField(default=1)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("updated_at", models.DateTimeField(auto_now=True)),
                (
                    "submitted_at",
                    models.DateTimeField(blank=True, help_text="When the newest revision was submitted.", null=True),
                ),
                ("withdrawn_at", models.DateTimeField(blank=True, null=True)),
                ("received_on", models.DateField(blank=True, help_text="When it came, if not online.", null=True)),
                (
                    "late_reason",
                    models.CharField(
                        blank=True,
                        db_default="",
                        default="",
                        help_text="Why staff accepted it after closing. For staff.",
                        max_length=400,
                    ),
                ),
                (
                    "erasure_asked_on",
                    models.DateField(blank=True, help_text="When the applicant asked for its deletion.", null=True),
                ),
                ("organisation_name", models.CharField(blank=True, max_length=160)),
                (
                    "organisation_kind",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("university", "University"),
                            ("voluntary", "Voluntary or community organisation"),
                            ("user_led", "User-led organisation"),
                            ("carer_led", "Carer-led organisation"),
                            ("local_authority", "Local authority"),
                            ("health", "Health body"),
                            ("provider", "Care provider"),
                            ("funder", "Funder"),
                            ("national", "National body"),
                        ],
                        max_length=20,
                    ),
                ),
                (
                    "organisation_size",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("volunteers", "Volunteers only"),
                            ("up_to_10", "Up to 10 staff"),
                            ("up_to_50", "11 to 50 staff"),
                            ("up_to_250", "51 to 250 staff"),
                            ("over_250", "More than 250 staff"),
                        ],
                        max_length=12,
                    ),
                ),
                (
                    "nation",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("england", "England"),
                            ("northern_ireland", "Northern Ireland"),
                            ("scotland", "Scotland"),
                            ("wales", "Wales"),
                        ],
                        max_length=20,
                    ),
                ),
                (
                    "region",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("north_east", "North East"),
                            ("north_west", "North West"),
                            ("yorkshire", "Yorkshire and the Humber"),
                            ("east_midlands", "East Midlands"),
                            ("west_midlands", "West Midlands"),
                            ("east", "East of England"),
                            ("london", "London"),
                            ("south_east", "South East"),
                            ("south_west", "South West"),
                        ],
                        max_length=20,
                    ),
                ),
                ("place", models.CharField(blank=True, max_length=120)),
                (
                    "area",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("urban", "Mostly urban"),
                            ("rural", "Mostly rural"),
                            ("mixed", "Both urban and rural"),
                        ],
                        max_length=10,
                    ),
                ),
                ("needs", models.JSONField(blank=True, default=list)),
                ("is_first_time", models.BooleanField(blank=True, null=True)),
                ("is_user_led", models.BooleanField(blank=True, null=True)),
                ("is_under_pressure", models.BooleanField(blank=True, null=True)),
                (
                    "delivery_model",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("demonstrator", "Demonstrator"),
                            ("facilitator", "Facilitator"),
                            ("network", "Network"),
                            ("ask_impact", "Ask IMPACT"),
                        ],
                        max_length=20,
                    ),
                ),
                (
                    "money",
                    models.DecimalField(
                        blank=True, decimal_places=2, help_text="Pounds asked for.", max_digits=12, null=True
                    ),
                ),
                ("is_illustrative", models.BooleanField(default=False, help_text="Invented for the demonstration.")),
                (
                    "entered_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "organisation",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="applications",
                        to="sites.organisation",
                    ),
                ),
                (
                    "question_set",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="sites.questionset"
                    ),
                ),
                (
                    "round",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="applications", to="sites.round"
                    ),
                ),
                (
                    "statement",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="sites.roundstatement"
                    ),
                ),
                (
                    "topic",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="applications",
                        to="sites.topic",
                    ),
                ),
            ],
            options={
                "ordering": ["-submitted_at", "-pk"],
                "indexes": [
                    models.Index(fields=["round", "state", "-submitted_at"], name="application_round_state"),
                    models.Index(fields=["organisation_name"], name="application_organisation"),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "submitted"), _negated=True),
                            ("submitted_at__isnull", False),
                            _connector="OR",
                        ),
                        name="submitted_application_has_a_time",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "erased"), _negated=True),
                            models.Q(("contact_name", ""), ("draft", {}), ("email", ""), ("organisation_name", "")),
                            _connector="OR",
                        ),
                        name="erased_application_is_empty",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "erased"), _negated=True),
                            ("erasure_asked_on__isnull", False),
                            _connector="OR",
                        ),
                        name="erased_application_has_a_date",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ApplicationFile",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("question_key", models.CharField(max_length=50)),
                ("file", models.FileField(max_length=200, upload_to="")),
                ("name", models.CharField(max_length=160)),
                ("content_type", models.CharField(max_length=100)),
                ("size", models.PositiveIntegerField(help_text="Bytes.")),
                ("sha256", models.CharField(max_length=64)),
                ("added_at", models.DateTimeField()),
                (
                    "application",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="files", to="sites.application"
                    ),
                ),
            ],
            options={
                "ordering": ["pk"],
            },
        ),
        migrations.CreateModel(
            name="Assignment",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("by_rule", models.BooleanField(default=False, help_text="Given by the rule, not by hand.")),
                ("assigned_on", models.DateField(default=impact.core.basics.clock.today)),
                ("due_on", models.DateField(blank=True, null=True)),
                (
                    "conflict",
                    models.CharField(
                        choices=[
                            ("unknown", "Not said yet"),
                            ("none", "No conflict"),
                            ("declared", "Conflict declared"),
                        ],
                        default="unknown",
                        max_length=10,
                    ),
                ),
                ("conflict_reason", models.CharField(blank=True, help_text="For staff.", max_length=400)),
                ("declared_at", models.DateTimeField(blank=True, null=True)),
                (
                    "application",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="assignments", to="sites.application"
                    ),
                ),
                (
                    "assessor",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="assignments",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ["pk"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("application", "assessor"),
                        name="assignment_once_per_assessor",
                        violation_error_message="This assessor has this application already.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("conflict", "unknown"), ("declared_at__isnull", False), _connector="OR"),
                        name="declared_assignment_has_a_time",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Decision",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "outcome",
                    models.CharField(
                        choices=[
                            ("chosen", "Chosen"),
                            ("reserve", "On the reserve list"),
                            ("not_chosen", "Not chosen"),
                        ],
                        max_length=12,
                    ),
                ),
                ("reserve_place", models.PositiveIntegerField(blank=True, help_text="1 is asked first.", null=True)),
                ("reason", models.TextField(help_text="Why, for the record. Staff and leadership read it.")),
                ("feedback", models.TextField(blank=True, help_text="What the letter tells the applicant. Markdown.")),
                ("decided_at", models.DateTimeField()),
                (
                    "told_at",
                    models.DateTimeField(
                        blank=True,
                        help_text="When the applicant was first told. Empty: the decision is held.",
                        null=True,
                    ),
                ),
                ("version", models.PositiveIntegerField(default=1)),
                (
                    "application",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE, related_name="decision", to="sites.application"
                    ),
                ),
                (
                    "decided_by",
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
                        condition=models.Q(("outcome", "reserve"), ("reserve_place__isnull", True), _connector="OR"),
                        name="only_reserves_have_a_place",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("reason", ""), _negated=True),
                        name="decision_has_a_reason",
                        violation_error_message="Say why. The reason is kept with the decision.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="DiscussionMessage",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("words", models.TextField(help_text="Markdown.", max_length=4000)),
                ("written_at", models.DateTimeField()),
                (
                    "application",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="discussion", to="sites.application"
                    ),
                ),
                (
                    "author",
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
            },
        ),
        migrations.CreateModel(
            name="EligibilityCheck",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("is_eligible", models.BooleanField()),
                ("reason", models.CharField(blank=True, help_text="Why it may not be considered.", max_length=400)),
                ("checked_at", models.DateTimeField()),
                (
                    "told_at",
                    models.DateTimeField(
                        blank=True, help_text="When the applicant was told: not eligible, and why.", null=True
                    ),
                ),
                ("version", models.PositiveIntegerField(default=1)),
                (
                    "application",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE, related_name="eligibility", to="sites.application"
                    ),
                ),
                (
                    "checked_by",
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
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("is_eligible", True), models.Q(("reason", ""), _negated=True), _connector="OR"
                        ),
                        name="ineligible_application_has_a_reason",
                        violation_error_message="Say why this application is not eligible.",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Enquiry",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.CharField(choices=[("question", "Question"), ("appeal", "Appeal")], max_length=10)),
                ("received_on", models.DateField()),
                ("text", models.TextField(help_text="Markdown.")),
                ("answered_on", models.DateField(blank=True, null=True)),
                ("answer", models.TextField(blank=True, help_text="Markdown.")),
                ("version", models.PositiveIntegerField(default=1)),
                (
                    "decision",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="enquiries", to="sites.decision"
                    ),
                ),
            ],
            options={
                "verbose_name_plural": "enquiries",
                "ordering": ["received_on", "pk"],
            },
        ),
        migrations.CreateModel(
            name="ModerationNote",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("words", models.TextField(help_text="Markdown.", max_length=4000)),
                ("written_at", models.DateTimeField()),
                (
                    "application",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="moderation_notes",
                        to="sites.application",
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
                "ordering": ["pk"],
            },
        ),
        migrations.CreateModel(
            name="PrivateLink",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("email", models.EmailField(max_length=254)),
                ("is_helper", models.BooleanField(default=False, help_text="May write, but not submit or withdraw.")),
                ("token_hash", models.CharField(max_length=64, unique=True)),
                ("created_at", models.DateTimeField(default=impact.core.basics.clock.now)),
                ("opened_at", models.DateTimeField(blank=True, help_text="When it was last opened.", null=True)),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
                (
                    "application",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="links", to="sites.application"
                    ),
                ),
            ],
            options={
                "ordering": ["created_at"],
            },
        ),
        migrations.CreateModel(
            name="Revision",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.PositiveIntegerField()),
                ("answers", models.JSONField(default=dict)),
                ("submitted_at", models.DateTimeField()),
                (
                    "application",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="revisions", to="sites.application"
                    ),
                ),
                (
                    "question_set",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="sites.questionset"
                    ),
                ),
                (
                    "statement",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="sites.roundstatement"
                    ),
                ),
            ],
            options={
                "ordering": ["number"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("application", "number"), name="revision_number_once_per_application"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Assessment",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("comment", models.TextField(blank=True, help_text="For the panel. Markdown.")),
                ("submitted_at", models.DateTimeField(blank=True, null=True)),
                (
                    "value",
                    models.FloatField(
                        blank=True, help_text="From 0 to 100, as value.py works it out, once submitted.", null=True
                    ),
                ),
                ("version", models.PositiveIntegerField(default=1)),
                ("updated_at", models.DateTimeField(auto_now=True)),
                (
                    "assignment",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE, related_name="assessment", to="sites.assignment"
                    ),
                ),
                (
                    "revision",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="assessments", to="sites.revision"
                    ),
                ),
            ],
            options={
                "ordering": ["pk"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("value__isnull", True), ("submitted_at__isnull", False), _connector="OR"),
                        name="only_submitted_has_a_value",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="EarlierAssessment",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("value", models.FloatField()),
                ("scores", models.JSONField(help_text="A list of criterion, value and reason.")),
                ("comment", models.TextField(blank=True)),
                ("submitted_at", models.DateTimeField()),
                (
                    "assessment",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="earlier", to="sites.assessment"
                    ),
                ),
                (
                    "revision",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="sites.revision"
                    ),
                ),
            ],
            options={
                "ordering": ["pk"],
            },
        ),
        migrations.CreateModel(
            name="Correction",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "why",
                    models.CharField(
                        choices=[
                            ("asked", "The applicant asked for it"),
                            ("entry", "We made a mistake when entering it"),
                            ("later", "Something came later, for example a page that was missing"),
                            ("other", "Another reason"),
                        ],
                        max_length=10,
                    ),
                ),
                ("note", models.CharField(blank=True, help_text="For staff.", max_length=400)),
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
                    "revision",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE, related_name="correction", to="sites.revision"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("why", "other"), _negated=True),
                            models.Q(("note", ""), _negated=True),
                            _connector="OR",
                        ),
                        name="other_correction_has_a_note",
                        violation_error_message="Explain the other reason in the note.",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="ApplicationCopy",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("renderer", models.CharField(help_text="What draws it; a newer one makes a new copy.", max_length=60)),
                (
                    "file",
                    models.FileField(blank=True, help_text="Empty until it is built.", max_length=200, upload_to=""),
                ),
                ("sha256", models.CharField(blank=True, max_length=64)),
                ("size", models.PositiveIntegerField(default=0, help_text="Bytes.")),
                ("asked_at", models.DateTimeField()),
                (
                    "application",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="copies", to="sites.application"
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
                    "revision",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="copies", to="sites.revision"
                    ),
                ),
            ],
            options={
                "ordering": ["pk"],
                "constraints": [
                    models.UniqueConstraint(fields=("revision", "renderer"), name="copy_once_per_revision_and_look")
                ],
            },
        ),
        migrations.CreateModel(
            name="Portfolio",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=120)),
                ("note", models.TextField(blank=True, help_text="Markdown.")),
                (
                    "is_suggested",
                    models.BooleanField(default=False, help_text="Began as a suggestion of the optimiser."),
                ),
                ("is_illustrative", models.BooleanField(default=False, help_text="Invented for the demonstration.")),
                ("version", models.PositiveIntegerField(default=1)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("updated_at", models.DateTimeField(auto_now=True)),
                ("applications", models.ManyToManyField(blank=True, related_name="portfolios", to="sites.application")),
                (
                    "made_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "round",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="portfolios", to="sites.round"
                    ),
                ),
            ],
            options={
                "ordering": ["name"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("round", "name"),
                        name="portfolio_name_once_per_round",
                        violation_error_message="This round has a portfolio of that name.",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Score",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "value",
                    models.PositiveSmallIntegerField(
                        blank=True,
                        help_text="Empty in a draft, while it is open.",
                        null=True,
                        validators=[django.core.validators.MaxValueValidator(4)],
                    ),
                ),
                ("reason", models.TextField(blank=True)),
                (
                    "assessment",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="scores", to="sites.assessment"
                    ),
                ),
                (
                    "criterion",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="scores", to="sites.criterion"
                    ),
                ),
            ],
            options={
                "ordering": ["criterion__order", "pk"],
                "constraints": [
                    models.UniqueConstraint(fields=("assessment", "criterion"), name="score_once_per_criterion"),
                    models.CheckConstraint(condition=models.Q(("value__lte", 4)), name="score_from_0_to_4"),
                ],
            },
        ),
        migrations.CreateModel(
            name="Section",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("order", models.PositiveIntegerField(default=0)),
                ("title", models.CharField(max_length=120)),
                ("intro", models.TextField(blank=True, help_text="Markdown.")),
                (
                    "is_eligibility",
                    models.BooleanField(
                        default=False, help_text="Asked before an application is begun: who can apply at all."
                    ),
                ),
                ("version", models.PositiveIntegerField(db_default=1, default=1)),
                (
                    "question_set",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="sections", to="sites.questionset"
                    ),
                ),
            ],
            options={
                "ordering": ["order", "pk"],
            },
        ),
        migrations.CreateModel(
            name="Question",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("order", models.PositiveIntegerField(default=0)),
                (
                    "key",
                    models.CharField(
                        help_text="The same in each version, so that answers keep their question.",
                        max_length=50,
                        validators=[
                            django.core.validators.RegexValidator(
                                "^[a-z][a-z0-9_]*$", "Use lower-case letters, digits and underscores."
                            )
                        ],
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("short", "A short answer"),
                            ("long", "A long answer"),
                            ("number", "A number"),
                            ("money", "An amount of money"),
                            ("date", "A date"),
                            ("one_of", "One of a list"),
                            ("several_of", "Several of a list"),
                            ("yes_no", "Yes or no"),
                            ("file", "A file"),
                            ("place", "A place"),
                        ],
                        max_length=12,
                    ),
                ),
                (
                    "fact",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("organisation_name", "Name of the organisation"),
                            ("organisation_kind", "Type of organisation"),
                            ("organisation_size", "Size of the organisation"),
                            ("nation", "Nation"),
                            ("region", "Region of England"),
                            ("place", "Place"),
                            ("area", "Urban or rural"),
                            ("needs", "Population and its needs"),
                            ("is_first_time", "First time in a project like this"),
                            ("is_user_led", "Led by people who draw on care, or by carers"),
                            ("is_under_pressure", "A service under pressure"),
                            ("topic", "Topic"),
                            ("delivery_model", "Delivery model"),
                            ("money", "Money asked for"),
                        ],
                        max_length=20,
                    ),
                ),
                ("label", models.CharField(max_length=300)),
                ("help_text", models.TextField(blank=True, help_text="What a good answer says. Markdown.")),
                ("is_required", models.BooleanField(default=True)),
                ("word_limit", models.PositiveIntegerField(blank=True, null=True)),
                ("least", models.DecimalField(blank=True, decimal_places=2, max_digits=12, null=True)),
                ("most", models.DecimalField(blank=True, decimal_places=2, max_digits=12, null=True)),
                ("choices", models.JSONField(blank=True, default=list, help_text="The list to choose from, as texts.")),
                (
                    "only_if_key",
                    models.CharField(blank=True, help_text="Ask only if this earlier question …", max_length=50),
                ),
                (
                    "only_if_values",
                    models.JSONField(blank=True, default=list, help_text="… was answered with one of these."),
                ),
                (
                    "must_be",
                    models.CharField(
                        blank=True,
                        choices=[("yes", "Yes"), ("no", "No")],
                        help_text="The answer that lets them apply.",
                        max_length=3,
                    ),
                ),
                (
                    "names_applicant",
                    models.BooleanField(
                        default=False, help_text="Withheld from assessors where the round is assessed without names."
                    ),
                ),
                ("version", models.PositiveIntegerField(db_default=1, default=1)),
                (
                    "section",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="questions", to="sites.section"
                    ),
                ),
            ],
            options={
                "ordering": ["order", "pk"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("least__isnull", True),
                            ("most__isnull", True),
                            ("most__gte", models.F("least")),
                            _connector="OR",
                        ),
                        name="question_least_below_most",
                        violation_error_message="The largest number allowed is below the smallest.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("must_be", ""), ("kind", "yes_no"), _connector="OR"),
                        name="only_yes_or_no_decides_eligibility",
                        violation_error_message="Only a yes or no question can decide who may apply.",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("fact", ""), _negated=True),
                        fields=("section", "fact"),
                        name="fact_once_per_section",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="SentLetter",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "outcome",
                    models.CharField(
                        choices=[
                            ("chosen", "Chosen"),
                            ("reserve", "On the reserve list"),
                            ("not_chosen", "Not chosen"),
                        ],
                        max_length=12,
                    ),
                ),
                ("at", models.DateTimeField()),
                (
                    "is_by_post",
                    models.BooleanField(default=False, help_text="There is no email address, so staff post it."),
                ),
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
                    "decision",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="sent_letters", to="sites.decision"
                    ),
                ),
            ],
            options={
                "ordering": ["at", "pk"],
                "constraints": [
                    models.UniqueConstraint(fields=("decision", "outcome"), name="letter_sent_once_per_outcome")
                ],
            },
        ),
        migrations.CreateModel(
            name="OrganisationPart",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "part",
                    models.CharField(
                        choices=[
                            ("partner", "Partner"),
                            ("funder", "Funder"),
                            ("consortium", "Consortium member"),
                            ("critical_friend", "Critical friend"),
                            ("applicant", "Applicant"),
                        ],
                        max_length=20,
                    ),
                ),
                ("note", models.CharField(blank=True, max_length=200)),
                (
                    "organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="parts", to="sites.organisation"
                    ),
                ),
                (
                    "site",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="organisation_parts",
                        to="sites.site",
                    ),
                ),
            ],
            options={
                "ordering": ["part", "organisation__name"],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("site__isnull", False)),
                        fields=("organisation", "site", "part"),
                        name="organisation_part_once_per_site",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("site__isnull", True)),
                        fields=("organisation", "part"),
                        name="organisation_part_once_overall",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="LearningNote",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("worked", models.TextField(blank=True, max_length=2000)),
                ("did_not_work", models.TextField(blank=True, max_length=2000)),
                ("for_whom", models.CharField(max_length=200)),
                ("setting", models.CharField(max_length=200)),
                ("noted_on", models.DateField(default=impact.core.basics.clock.today)),
                ("version", models.PositiveIntegerField(default=1)),
                (
                    "author",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "site",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="learning_notes", to="sites.site"
                    ),
                ),
            ],
            options={
                "ordering": ["-noted_on", "-pk"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("worked", ""), _negated=True),
                            models.Q(("did_not_work", ""), _negated=True),
                            _connector="OR",
                        ),
                        name="learning_note_says_something",
                        violation_error_message="Say what worked, or what did not.",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="CoproductionEntry",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("on", models.DateField(default=impact.core.basics.clock.today, verbose_name="date")),
                (
                    "perspective",
                    models.CharField(
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
                ("who", models.CharField(help_text="A group of people, without names.", max_length=200)),
                (
                    "part",
                    models.CharField(
                        choices=[
                            ("choosing", "Choosing what to work on"),
                            ("planning", "Planning how"),
                            ("doing", "Doing the work"),
                            ("judging", "Judging how it went"),
                            ("sharing", "Sharing what was learned"),
                        ],
                        max_length=10,
                        verbose_name="part of the work",
                    ),
                ),
                ("how", models.CharField(max_length=400)),
                ("what_changed", models.CharField(blank=True, max_length=400)),
                ("is_illustrative", models.BooleanField(default=False, help_text="Invented for the demonstration.")),
                ("version", models.PositiveIntegerField(default=1)),
                (
                    "site",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="coproduction_entries",
                        to="sites.site",
                    ),
                ),
            ],
            options={
                "ordering": ["-on", "-pk"],
                "indexes": [models.Index(fields=["site", "on"], name="coproduction_entry_site_on")],
            },
        ),
        migrations.CreateModel(
            name="Award",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("on", models.DateField()),
                (
                    "money",
                    models.DecimalField(
                        blank=True,
                        decimal_places=2,
                        help_text="Pounds awarded.",
                        max_digits=12,
                        null=True,
                        validators=[django.core.validators.MinValueValidator(0)],
                    ),
                ),
                (
                    "in_kind",
                    models.CharField(
                        blank=True,
                        db_default="",
                        default="",
                        help_text="What is given other than money.",
                        max_length=400,
                    ),
                ),
                (
                    "application",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="award", to="sites.application"
                    ),
                ),
                (
                    "site",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="award", to="sites.site"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="SiteNation",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
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
                (
                    "site",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="nations", to="sites.site"
                    ),
                ),
            ],
            options={
                "ordering": ["nation"],
                "constraints": [models.UniqueConstraint(fields=("site", "nation"), name="nation_once_per_site")],
            },
        ),
        migrations.CreateModel(
            name="SiteRole",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[("coach", "Improvement coach"), ("facilitator", "Facilitator"), ("lead", "Site lead")],
                        max_length=20,
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("planned", "To be advertised"),
                            ("advertised", "Post advertised"),
                            ("appointed", "Appointed"),
                        ],
                        default="planned",
                        max_length=20,
                    ),
                ),
                ("has_lived_experience", models.BooleanField(default=False)),
                ("has_practice_experience", models.BooleanField(default=False)),
                ("starts_on", models.DateField(blank=True, null=True)),
                ("ends_on", models.DateField(blank=True, null=True)),
                (
                    "employer",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="sites.organisation",
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="site_roles",
                        to="core.person",
                    ),
                ),
                (
                    "site",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="roles", to="sites.site"
                    ),
                ),
            ],
            options={
                "ordering": ["site", "kind", "pk"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "appointed"), _negated=True), ("person__isnull", False), _connector="OR"
                        ),
                        name="appointed_role_has_a_person",
                        violation_error_message="Choose the person who was appointed.",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="StatusChange",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("proposed", "Proposed"),
                            ("setting_up", "Setting up"),
                            ("active", "Active"),
                            ("paused", "Paused"),
                            ("completed", "Completed"),
                        ],
                        max_length=20,
                    ),
                ),
                ("on", models.DateField()),
                ("reason", models.CharField(blank=True, max_length=400)),
                (
                    "site",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="status_changes", to="sites.site"
                    ),
                ),
            ],
            options={
                "ordering": ["on", "pk"],
            },
        ),
        migrations.CreateModel(
            name="NewsSent",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("about", models.CharField(help_text='What it told, for example "update:12".', max_length=40)),
                (
                    "subscriber",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="sent", to="sites.subscriber"
                    ),
                ),
            ],
            options={
                "ordering": ["pk"],
                "constraints": [
                    models.UniqueConstraint(fields=("subscriber", "about"), name="news_sent_once_per_subscriber")
                ],
            },
        ),
        migrations.CreateModel(
            name="Supervision",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("on", models.DateField(verbose_name="date")),
                ("is_held", models.BooleanField(default=False)),
                ("note", models.CharField(blank=True, max_length=400)),
                ("version", models.PositiveIntegerField(default=1)),
                (
                    "role",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="supervisions", to="sites.siterole"
                    ),
                ),
                (
                    "supervisor",
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
                "constraints": [
                    models.UniqueConstraint(
                        fields=("role", "on"),
                        name="one_supervision_a_day",
                        violation_error_message="Supervision on this day is recorded already. Edit that entry.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("is_held", True), ("note", ""), _connector="OR"),
                        name="supervision_note_only_once_held",
                        violation_error_message="Write the note once the supervision was held.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="SurveyCount",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
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
                ("people", models.PositiveIntegerField(help_text="How many people chose it.")),
                (
                    "proposal",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="survey_counts", to="sites.proposal"
                    ),
                ),
            ],
            options={
                "ordering": ["proposal__title", "nation", "pk"],
                "constraints": [
                    models.UniqueConstraint(fields=("proposal", "nation"), name="survey_count_once_per_nation")
                ],
            },
        ),
        migrations.CreateModel(
            name="Target",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("characteristic", models.CharField(help_text="A name in characteristics.py.", max_length=20)),
                ("value", models.CharField(help_text="Which value of it.", max_length=80)),
                (
                    "bound",
                    models.CharField(
                        choices=[("at_least", "At least"), ("at_most", "At most")], default="at_least", max_length=10
                    ),
                ),
                ("number", models.PositiveIntegerField()),
                (
                    "mix",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="targets", to="sites.mix"
                    ),
                ),
            ],
            options={
                "ordering": ["pk"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("mix", "characteristic", "value", "bound"),
                        name="target_once_per_value",
                        violation_error_message="There is a target for this already.",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="AskedQuestion",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("words", models.CharField(max_length=400, verbose_name="question")),
                (
                    "background",
                    models.TextField(blank=True, help_text="Why they ask. Without names of people.", max_length=2000),
                ),
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
                ("asker_role", models.CharField(blank=True, help_text="In words, without a name.", max_length=120)),
                (
                    "contact_email",
                    models.EmailField(
                        blank=True, help_text="Where the answer goes. Seen by national staff only.", max_length=254
                    ),
                ),
                ("received_on", models.DateField(default=impact.core.basics.clock.today)),
                ("due_on", models.DateField()),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("received", "Received"),
                            ("answering", "Being answered"),
                            ("answered", "Answered"),
                            ("shared", "Shared with asker"),
                            ("declined", "Not for us"),
                        ],
                        default="received",
                        max_length=10,
                    ),
                ),
                (
                    "answer",
                    models.TextField(blank=True, help_text="Markdown. Kept when it is reopened.", max_length=8000),
                ),
                ("answered_on", models.DateField(blank=True, null=True)),
                ("shared_on", models.DateField(blank=True, null=True)),
                ("shared_how", models.CharField(blank=True, max_length=200)),
                ("declined_on", models.DateField(blank=True, null=True)),
                ("declined_reason", models.CharField(blank=True, max_length=400)),
                ("is_illustrative", models.BooleanField(default=False, help_text="Invented for the demonstration.")),
                ("version", models.PositiveIntegerField(default=1)),
                (
                    "assignee",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
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
                ("evidence", models.ManyToManyField(blank=True, related_name="questions", to="sites.evidenceitem")),
                (
                    "asker",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="sites.organisation",
                    ),
                ),
                (
                    "site",
                    models.ForeignKey(
                        blank=True,
                        help_text="Of Ask IMPACT.",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="questions",
                        to="sites.site",
                    ),
                ),
                (
                    "topic",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="questions",
                        to="sites.topic",
                    ),
                ),
            ],
            options={
                "ordering": ["received_on", "pk"],
                "indexes": [models.Index(fields=["state", "due_on"], name="question_state_due")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("asker__isnull", False), models.Q(("asker_role", ""), _negated=True), _connector="OR"
                        ),
                        name="question_has_an_asker",
                        violation_error_message="Choose the organisation that asks, or give the role of the person.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("due_on__gte", models.F("received_on"))),
                        name="question_due_after_received",
                        violation_error_message="The answer is due before the question came in. Enter a later date.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state__in", ["answered", "shared"]), _negated=True),
                            models.Q(models.Q(("answer", ""), _negated=True), ("answered_on__isnull", False)),
                            _connector="OR",
                        ),
                        name="answered_question_has_an_answer",
                        violation_error_message="Write the answer.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("shared_on__isnull", False), ("state", "shared")),
                            models.Q(models.Q(("state", "shared"), _negated=True), ("shared_on__isnull", True)),
                            _connector="OR",
                        ),
                        name="shared_question_has_a_day",
                        violation_error_message="Enter the day on which the answer was shared.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("declined_on__isnull", False),
                                ("state", "declined"),
                                models.Q(("declined_reason", ""), _negated=True),
                            ),
                            models.Q(models.Q(("state", "declined"), _negated=True), ("declined_on__isnull", True)),
                            _connector="OR",
                        ),
                        name="declined_question_has_a_reason",
                        violation_error_message="Say why it is not for us.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("answered_on__isnull", True),
                                ("answered_on__gte", models.F("received_on")),
                                _connector="OR",
                            ),
                            models.Q(
                                ("declined_on__isnull", True),
                                ("declined_on__gte", models.F("received_on")),
                                _connector="OR",
                            ),
                        ),
                        name="question_settled_after_received",
                        violation_error_message="That day is before the question came in.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("shared_on__isnull", True), ("shared_on__gte", models.F("answered_on")), _connector="OR"
                        ),
                        name="question_shared_after_answered",
                        violation_error_message="That day is before the answer was written.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="TopicYear",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "year",
                    models.PositiveSmallIntegerField(
                        help_text="The year whose topics are chosen.",
                        unique=True,
                        validators=[
                            django.core.validators.MinValueValidator(2000, "Enter a year from 2000 to 2100."),
                            django.core.validators.MaxValueValidator(2100, "Enter a year from 2000 to 2100."),
                        ],
                    ),
                ),
                (
                    "stage",
                    models.CharField(
                        choices=[
                            ("collecting", "Collecting proposals"),
                            ("scoring", "Scoring open"),
                            ("scored", "Scoring closed"),
                            ("agreed", "List agreed"),
                            ("published", "List published"),
                        ],
                        default="collecting",
                        max_length=12,
                    ),
                ),
                (
                    "score_by",
                    models.DateField(blank=True, help_text="The day by which people are asked to score.", null=True),
                ),
                (
                    "reopened_reason",
                    models.CharField(blank=True, help_text="Why scoring was opened again.", max_length=400),
                ),
                (
                    "introduction",
                    models.TextField(blank=True, help_text="How the list was chosen. Markdown.", max_length=4000),
                ),
                ("agreed_on", models.DateField(blank=True, null=True)),
                ("is_illustrative", models.BooleanField(default=False, help_text="Invented for the demonstration.")),
                ("version", models.PositiveIntegerField(default=1)),
                (
                    "agreed_by",
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
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("year__gte", 2000), ("year__lte", 2100)),
                        name="topic_year_is_of_the_present",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("agreed_on__isnull", False), ("stage__in", ["agreed", "published"])),
                            models.Q(
                                models.Q(("stage__in", ["agreed", "published"]), _negated=True),
                                ("agreed_on__isnull", True),
                            ),
                            _connector="OR",
                        ),
                        name="topic_list_agreed_on_a_day",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Scorer",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "user",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "year",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="scorers", to="sites.topicyear"
                    ),
                ),
            ],
            options={
                "ordering": ["pk"],
                "constraints": [models.UniqueConstraint(fields=("year", "user"), name="scorer_once_per_year")],
            },
        ),
        migrations.CreateModel(
            name="ScoreSheet",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "makes_a_difference",
                    models.PositiveSmallIntegerField(
                        blank=True,
                        help_text="0 to 5; empty: not scored yet.",
                        null=True,
                        validators=[django.core.validators.MaxValueValidator(5)],
                    ),
                ),
                (
                    "makes_a_difference_why",
                    models.CharField(blank=True, help_text="The reason for the score.", max_length=400),
                ),
                (
                    "tackles_inequalities",
                    models.PositiveSmallIntegerField(
                        blank=True,
                        help_text="0 to 5; empty: not scored yet.",
                        null=True,
                        validators=[django.core.validators.MaxValueValidator(5)],
                    ),
                ),
                (
                    "tackles_inequalities_why",
                    models.CharField(blank=True, help_text="The reason for the score.", max_length=400),
                ),
                (
                    "good_use_of_resources",
                    models.PositiveSmallIntegerField(
                        blank=True,
                        help_text="0 to 5; empty: not scored yet.",
                        null=True,
                        validators=[django.core.validators.MaxValueValidator(5)],
                    ),
                ),
                (
                    "good_use_of_resources_why",
                    models.CharField(blank=True, help_text="The reason for the score.", max_length=400),
                ),
                (
                    "enough_evidence",
                    models.PositiveSmallIntegerField(
                        blank=True,
                        help_text="0 to 5; empty: not scored yet.",
                        null=True,
                        validators=[django.core.validators.MaxValueValidator(5)],
                    ),
                ),
                (
                    "enough_evidence_why",
                    models.CharField(blank=True, help_text="The reason for the score.", max_length=400),
                ),
                ("updated_at", models.DateTimeField(auto_now=True)),
                ("version", models.PositiveIntegerField(default=1)),
                (
                    "scorer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="sheets", to="sites.scorer"
                    ),
                ),
                (
                    "topic",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="score_sheets", to="sites.topic"
                    ),
                ),
            ],
            options={
                "ordering": ["topic__name", "scorer_id", "pk"],
                "constraints": [
                    models.UniqueConstraint(fields=("scorer", "topic"), name="score_sheet_once_per_topic"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("makes_a_difference__isnull", True), ("makes_a_difference_why", "")),
                            models.Q(
                                ("makes_a_difference__lte", 5), models.Q(("makes_a_difference_why", ""), _negated=True)
                            ),
                            _connector="OR",
                        ),
                        name="sheet_makes_a_difference_has_a_reason",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("tackles_inequalities__isnull", True), ("tackles_inequalities_why", "")),
                            models.Q(
                                ("tackles_inequalities__lte", 5),
                                models.Q(("tackles_inequalities_why", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="sheet_tackles_inequalities_has_a_reason",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("good_use_of_resources__isnull", True), ("good_use_of_resources_why", "")),
                            models.Q(
                                ("good_use_of_resources__lte", 5),
                                models.Q(("good_use_of_resources_why", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="sheet_good_use_of_resources_has_a_reason",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("enough_evidence__isnull", True), ("enough_evidence_why", "")),
                            models.Q(("enough_evidence__lte", 5), models.Q(("enough_evidence_why", ""), _negated=True)),
                            _connector="OR",
                        ),
                        name="sheet_enough_evidence_has_a_reason",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ListEntry",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "place",
                    models.PositiveSmallIntegerField(blank=True, help_text="1, 2, 3 …; empty: not chosen.", null=True),
                ),
                (
                    "reason",
                    models.CharField(
                        blank=True, help_text="Why it was chosen or not, for everyone to read.", max_length=600
                    ),
                ),
                (
                    "topic",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="list_entries", to="sites.topic"
                    ),
                ),
                (
                    "year",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="entries", to="sites.topicyear"
                    ),
                ),
            ],
            options={
                "ordering": [models.OrderBy(models.F("place"), nulls_last=True), "topic__name", "pk"],
                "constraints": [
                    models.UniqueConstraint(fields=("year", "topic"), name="topic_once_on_a_list"),
                    models.UniqueConstraint(fields=("year", "place"), name="place_once_on_a_list"),
                    models.CheckConstraint(
                        condition=models.Q(("place__isnull", True), ("place__gte", 1), _connector="OR"),
                        name="place_on_a_list_counts_from_one",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ListEdition",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.PositiveSmallIntegerField()),
                (
                    "correction",
                    models.CharField(blank=True, help_text="What was corrected; empty: the first.", max_length=400),
                ),
                ("published_at", models.DateTimeField(default=impact.core.basics.clock.now)),
                (
                    "contents",
                    models.JSONField(
                        help_text="introduction, agreed_on, and entries: slug, name, summary, place, reason."
                    ),
                ),
                (
                    "published_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "year",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="editions", to="sites.topicyear"
                    ),
                ),
            ],
            options={
                "ordering": ["-number"],
                "constraints": [
                    models.UniqueConstraint(fields=("year", "number"), name="list_edition_number_once_per_year"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("correction", ""), ("number", 1)),
                            models.Q(("number__gt", 1), models.Q(("correction", ""), _negated=True)),
                            _connector="OR",
                        ),
                        name="list_correction_says_what_changed",
                        violation_error_message="Say what is corrected.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Unit",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=160)),
                ("listed_from", models.DateField(help_text="First day on the roster.")),
                (
                    "listed_to",
                    models.DateField(blank=True, help_text="Last day on the roster, when it left.", null=True),
                ),
                (
                    "site",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="units", to="sites.site"
                    ),
                ),
            ],
            options={
                "ordering": ["name"],
                "constraints": [
                    models.UniqueConstraint(fields=("site", "name"), name="unit_once_per_site"),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("listed_to__isnull", True), ("listed_to__gte", models.F("listed_from")), _connector="OR"
                        ),
                        name="unit_leaves_after_it_joins",
                        violation_error_message="The last day on the roster is before the first.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="UnitChange",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("not_approached", "Not yet approached"),
                            ("approached", "Approached"),
                            ("joined", "Joined"),
                            ("declined", "Declined"),
                        ],
                        max_length=20,
                    ),
                ),
                ("on", models.DateField()),
                ("reason", models.CharField(blank=True, max_length=400)),
                (
                    "unit",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="changes", to="sites.unit"
                    ),
                ),
            ],
            options={
                "ordering": ["on", "pk"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "declined"), _negated=True),
                            models.Q(("reason", ""), _negated=True),
                            _connector="OR",
                        ),
                        name="declined_unit_has_a_reason",
                        violation_error_message="Say why it declined, as far as you know.",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="UnitContact",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("on", models.DateField(verbose_name="date")),
                (
                    "how",
                    models.CharField(
                        choices=[
                            ("visit", "Visit"),
                            ("call", "Call"),
                            ("email", "Email"),
                            ("letter", "Letter"),
                            ("event", "Event"),
                            ("meeting", "Online meeting"),
                        ],
                        max_length=10,
                    ),
                ),
                (
                    "words",
                    models.CharField(
                        help_text="Short, and without names of people.", max_length=1000, verbose_name="what was said"
                    ),
                ),
                ("next_step", models.CharField(blank=True, max_length=200)),
                ("next_on", models.DateField(blank=True, null=True, verbose_name="by when")),
                ("recorded_at", models.DateTimeField(default=django.utils.timezone.now)),
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
                    "unit",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="contacts", to="sites.unit"
                    ),
                ),
            ],
            options={
                "ordering": ["-on", "-pk"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("next_on__isnull", True), models.Q(("next_step", ""), _negated=True), _connector="OR"
                        ),
                        name="contact_date_has_a_step",
                        violation_error_message="Say what is to be done by then.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("next_on__isnull", True), ("next_on__gte", models.F("on")), _connector="OR"
                        ),
                        name="contact_step_is_after_it",
                        violation_error_message="The next step is before the contact. Enter a later date.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Update",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[("news", "News"), ("vacancy", "Vacancy"), ("output", "Guide or other output")],
                        db_default="news",
                        default="news",
                        max_length=10,
                    ),
                ),
                (
                    "employer",
                    models.CharField(
                        blank=True, db_default="", help_text="Who employs, for a vacancy.", max_length=160
                    ),
                ),
                ("closes_on", models.DateField(blank=True, help_text="Last day to apply, for a vacancy.", null=True)),
                (
                    "web_address",
                    models.URLField(blank=True, db_default="", help_text="Where to apply, or where the output is."),
                ),
                ("title", models.CharField(max_length=160)),
                ("body", models.TextField(help_text="Markdown.")),
                (
                    "status",
                    models.CharField(
                        choices=[("draft", "Draft"), ("published", "Published"), ("withdrawn", "Withdrawn")],
                        default="draft",
                        max_length=20,
                    ),
                ),
                ("published_at", models.DateTimeField(blank=True, null=True)),
                (
                    "withdrawn_reason",
                    models.CharField(blank=True, help_text="Why it is no longer public.", max_length=400),
                ),
                (
                    "is_illustrative",
                    models.BooleanField(db_default=False, default=False, help_text="Invented for the demonstration."),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("version", models.PositiveIntegerField(default=1)),
                (
                    "site",
                    models.ForeignKey(
                        blank=True,
                        help_text="Empty: the centre's own.",
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="updates",
                        to="sites.site",
                    ),
                ),
                (
                    "topic",
                    models.ForeignKey(
                        blank=True,
                        help_text="Of news from the centre.",
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="sites.topic",
                    ),
                ),
            ],
            options={
                "ordering": ["-published_at", "-pk"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("status", "published"), _negated=True),
                            ("published_at__isnull", False),
                            _connector="OR",
                        ),
                        name="published_update_has_a_date",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("status", "withdrawn"), _negated=True),
                            models.Q(("withdrawn_reason", ""), _negated=True),
                            _connector="OR",
                        ),
                        name="withdrawn_update_has_a_reason",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("kind", "vacancy"), _negated=True), ("closes_on__isnull", False), _connector="OR"
                        ),
                        name="vacancy_has_a_closing_date",
                        violation_error_message="Say until when people can apply.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("kind", "vacancy"),
                            models.Q(("closes_on__isnull", True), ("employer", "")),
                            _connector="OR",
                        ),
                        name="only_vacancies_close",
                        violation_error_message="Only a vacancy has an employer and a closing date.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Uptake",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("place", models.CharField(max_length=120)),
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
                (
                    "how",
                    models.CharField(
                        choices=[
                            ("planned", "Planned"),
                            ("adopted", "Taken up as it is"),
                            ("adapted", "Adapted"),
                            ("ended", "Ended"),
                        ],
                        max_length=10,
                        verbose_name="how it was taken up",
                    ),
                ),
                (
                    "on",
                    models.DateField(help_text="The day it began there, or is meant to begin.", verbose_name="since"),
                ),
                ("what", models.CharField(help_text="What they took up, and what they changed.", max_length=400)),
                ("is_illustrative", models.BooleanField(default=False, help_text="Invented for the demonstration.")),
                ("version", models.PositiveIntegerField(default=1)),
                (
                    "organisation",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="sites.organisation",
                    ),
                ),
                (
                    "site",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="uptakes", to="sites.site"
                    ),
                ),
            ],
            options={
                "ordering": ["-on", "-pk"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("site", "place"),
                        name="uptake_once_per_place",
                        violation_error_message="This place is listed already. Edit that entry.",
                    )
                ],
            },
        ),
    ]
