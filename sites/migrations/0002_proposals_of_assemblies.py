import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("networks", "0001_initial"),
        ("sites", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="proposal",
            name="group",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="topic_proposals",
                to="networks.group",
            ),
        ),
        migrations.AddField(
            model_name="proposal",
            name="meeting",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="topic_proposals",
                to="networks.meeting",
            ),
        ),
        migrations.AddConstraint(
            model_name="proposal",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("group__isnull", False), ("source", "assembly")),
                    models.Q(
                        models.Q(("source", "assembly"), _negated=True),
                        ("group__isnull", True),
                        ("meeting__isnull", True),
                    ),
                    _connector="OR",
                ),
                name="proposal_of_an_assembly_has_a_group",
                violation_error_message="A proposal from an assembly names the assembly; others have none.",
            ),
        ),
    ]
