from django.db import migrations, models

# Series of which every message is still there are rolled up anew, so that their states are in it from the beginning.
AGAIN = "UPDATE data_series SET edge = NULL WHERE floor IS NULL"


class Migration(migrations.Migration):
    dependencies = [
        ("data", "0009_retention"),
    ]

    operations = [
        migrations.CreateModel(
            name="StateBucket",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "agent_id",
                        "channel_id",
                        "series",
                        "step",
                        "start",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("agent_id", models.BigIntegerField()),
                ("channel_id", models.BigIntegerField()),
                ("series", models.SmallIntegerField()),
                ("step", models.IntegerField()),
                ("start", models.BigIntegerField()),
                ("count", models.BigIntegerField()),
                ("changes", models.BigIntegerField()),
                ("first_at", models.BigIntegerField()),
                ("changed_at", models.BigIntegerField(null=True)),
                ("first", models.TextField()),
                ("last", models.TextField()),
            ],
        ),
        migrations.RunSQL(AGAIN, migrations.RunSQL.noop),
    ]
