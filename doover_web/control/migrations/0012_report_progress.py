from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("control", "0011_ordered_schemas"),
    ]

    operations = [
        migrations.AddField("reportjob", "started_at", models.DateTimeField(blank=True, null=True)),
        migrations.AddField("reportjob", "devices_done", models.PositiveIntegerField(default=0)),
        migrations.AddField("reportjob", "devices", models.PositiveIntegerField(default=0)),
    ]
