"""Milestones with three dates and re-plans, commitments of both sides, learning notes."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import impact.core.basics.clock


class Migration(migrations.Migration):
    dependencies = [
        ("sites", "0002_evidence"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RenameField(model_name="milestone", old_name="due_on", new_name="planned_on"),
        migrations.RenameField(model_name="milestone", old_name="done_on", new_name="actual_on"),
        migrations.AlterModelOptions(
            name="milestone", options={"ordering": [models.OrderBy(models.F("planned_on"), nulls_last=True), "pk"]}
        ),
        migrations.AddField(
            model_name="milestone",
            name="expected_on",
            field=models.DateField(blank=True, help_text="What people think today.", null=True),
        ),
        migrations.AddField(
            model_name="milestone",
            name="version",
            field=models.PositiveIntegerField(default=1),
        ),
        migrations.AlterField(
            model_name="milestone",
            name="actual_on",
            field=models.DateField(blank=True, help_text="The day it was completed.", null=True),
        ),
        migrations.AlterField(
            model_name="milestone",
            name="planned_on",
            field=models.DateField(blank=True, help_text="As first agreed, or as last re-planned.", null=True),
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
            },
        ),
        migrations.AddConstraint(
            model_name="commitment",
            constraint=models.CheckConstraint(
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
            ),
        ),
        migrations.AddConstraint(
            model_name="learningnote",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("worked", ""), _negated=True),
                    models.Q(("did_not_work", ""), _negated=True),
                    _connector="OR",
                ),
                name="learning_note_says_something",
                violation_error_message="Say what worked, or what did not.",
            ),
        ),
        migrations.AddConstraint(
            model_name="replan",
            constraint=models.CheckConstraint(
                condition=models.Q(("reason", ""), _negated=True),
                name="replan_has_a_reason",
                violation_error_message="Say why the date moves.",
            ),
        ),
    ]
