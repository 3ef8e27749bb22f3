"""A large import is saved in parts: which rows are saved already, and what each part made."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("core", "0014_push")]

    operations = [
        migrations.AddField(
            model_name="sheetrow",
            name="is_written",
            field=models.BooleanField(db_default=False, default=False, help_text="Saved by the job that is at it."),
        ),
        migrations.AddField(
            model_name="sheetthing",
            name="part",
            field=models.PositiveIntegerField(
                db_default=0, default=0, help_text="Of a large import, which is saved in parts."
            ),
        ),
        migrations.AlterField(
            model_name="sheetimport",
            name="state",
            field=models.CharField(
                choices=[
                    ("checked", "Checked"),
                    ("queued", "Being checked"),
                    ("writing", "Being saved"),
                    ("undoing", "Being taken back"),
                    ("refused", "Not saved"),
                    ("done", "Saved"),
                    ("undone", "Undone"),
                    ("dropped", "Dropped"),
                ],
                default="checked",
                max_length=10,
            ),
        ),
    ]
