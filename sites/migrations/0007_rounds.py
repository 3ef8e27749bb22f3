import datetime
from zoneinfo import ZoneInfo

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.migrations.operations.base import Operation

from impact.core.basics.triggers import refuse

UK = ZoneInfo("Europe/London")
PUBLISHED = "EXISTS (SELECT 1 FROM sites_questionset q WHERE q.id = {0}.question_set_id AND q.published_at IS NOT NULL)"
IN_PUBLISHED = (
    "EXISTS (SELECT 1 FROM sites_section s JOIN sites_questionset q ON q.id = s.question_set_id"
    " WHERE s.id = {0}.section_id AND q.published_at IS NOT NULL)"
)
SEEN = "Questions that applicants may have seen do not change: prepare a new version."
KEPT = [
    refuse("section_no_insert", "sites_section", "INSERT", when=PUBLISHED.format("NEW"), message=SEEN),
    refuse("section_no_update", "sites_section", "UPDATE", when=PUBLISHED.format("OLD"), message=SEEN),
    refuse("section_no_delete", "sites_section", "DELETE", when=PUBLISHED.format("OLD"), message=SEEN),
    refuse("question_no_insert", "sites_question", "INSERT", when=IN_PUBLISHED.format("NEW"), message=SEEN),
    refuse("question_no_update", "sites_question", "UPDATE", when=IN_PUBLISHED.format("OLD"), message=SEEN),
    refuse("question_no_delete", "sites_question", "DELETE", when=IN_PUBLISHED.format("OLD"), message=SEEN),
]


def lifted(trigger: migrations.RunPython) -> Operation:
    """The trigger's opposite: it is dropped here, and there again when the migration is undone."""
    return migrations.RunPython(trigger.reverse_code, trigger.code)


def dates_to_times(apps, editor):
    """A round was open from the start of its first day to the end of its last."""
    Round = apps.get_model("sites", "Round")
    for round in Round.objects.all():
        round.opens_at = datetime.datetime.combine(round.opens_on, datetime.time(0), UK)
        round.closes_at = datetime.datetime.combine(round.closes_on, datetime.time(23, 59), UK)
        round.save(update_fields=["opens_at", "closes_at"])


def times_to_dates(apps, editor):
    Round = apps.get_model("sites", "Round")
    for round in Round.objects.all():
        round.opens_on = round.opens_at.astimezone(UK).date()
        round.closes_on = round.closes_at.astimezone(UK).date()
        round.save(update_fields=["opens_on", "closes_on"])


class Migration(migrations.Migration):
    dependencies = [
        ("sites", "0006_news_by_email"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AlterModelOptions(name="round", options={"ordering": ["-opens_at"]}),
        migrations.RemoveConstraint(model_name="round", name="round_closes_after_it_opens"),
        migrations.AlterField(model_name="round", name="opens_on", field=models.DateField(null=True)),
        migrations.AlterField(model_name="round", name="closes_on", field=models.DateField(null=True)),
        migrations.AddField(model_name="round", name="opens_at", field=models.DateTimeField(null=True)),
        migrations.AddField(model_name="round", name="closes_at", field=models.DateTimeField(null=True)),
        migrations.RunPython(dates_to_times, times_to_dates),
        migrations.RemoveField(model_name="round", name="opens_on"),
        migrations.RemoveField(model_name="round", name="closes_on"),
        migrations.AlterField(
            model_name="round",
            name="opens_at",
            field=models.DateTimeField(help_text="When it starts to take applications."),
        ),
        migrations.AlterField(
            model_name="round", name="closes_at", field=models.DateTimeField(help_text="When it stops taking them.")
        ),
        migrations.AddField(
            model_name="round",
            name="guidance",
            field=models.TextField(blank=True, db_default="", default="", help_text="For applicants. Markdown."),
        ),
        migrations.AddField(
            model_name="round",
            name="purpose",
            field=models.CharField(
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
        migrations.AddField(
            model_name="round",
            name="recruits_for",
            field=models.ForeignKey(
                blank=True,
                help_text="The network that coordinators or local networks are recruited for.",
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="recruitment_rounds",
                to="sites.site",
            ),
        ),
        migrations.AlterField(
            model_name="round",
            name="delivery_models",
            field=models.JSONField(blank=True, default=list, help_text="Delivery models that hosts may ask for."),
        ),
        migrations.AddConstraint(
            model_name="round",
            constraint=models.CheckConstraint(
                condition=models.Q(("closes_at__gt", models.F("opens_at"))),
                name="round_closes_after_opening",
                violation_error_message="The round closes before it opens. Choose a later closing time.",
            ),
        ),
        migrations.AddConstraint(
            model_name="round",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("purpose", "sites"), _negated=True), ("recruits_for__isnull", True), _connector="OR"
                ),
                name="only_recruitment_is_for_a_network",
                violation_error_message="Only a recruitment round is for a network.",
            ),
        ),
        # SQLite rebuilds the two tables for their new columns, which it cannot do under triggers that read them.
        *(lifted(trigger) for trigger in KEPT),
        migrations.AddField(
            model_name="section", name="version", field=models.PositiveIntegerField(db_default=1, default=1)
        ),
        migrations.AddField(
            model_name="question", name="version", field=models.PositiveIntegerField(db_default=1, default=1)
        ),
        *KEPT,
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
            options={"ordering": ["moved_at", "pk"]},
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
    ]
