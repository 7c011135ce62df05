from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("deployments", "0003_bulk_and_usage"),
    ]

    operations = [
        migrations.RemoveConstraint(model_name="bulkjob", name="bulk_action_known"),
        migrations.AlterField(
            model_name="bulkjob",
            name="action",
            field=models.CharField(
                choices=[
                    ("move", "Move"),
                    ("tag", "Tag"),
                    ("archive", "Archive"),
                    ("unarchive", "Unarchive"),
                    ("configure", "Configure"),
                ],
                max_length=12,
            ),
        ),
        migrations.AddConstraint(
            model_name="bulkjob",
            constraint=models.CheckConstraint(
                condition=models.Q(("action__in", ["move", "tag", "archive", "unarchive", "configure"])),
                name="bulk_action_known",
            ),
        ),
    ]
