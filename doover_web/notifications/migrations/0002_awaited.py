import django.db.models.deletion
from django.db import migrations, models

import doover_web.common.snowflake


class Migration(migrations.Migration):
    dependencies = [
        ("identity", "0012_agent_zone"),
        ("notifications", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="Awaited",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("since", models.BigIntegerField(default=doover_web.common.snowflake.now_ms)),
                (
                    "device",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="awaited_by",
                        to="identity.agent",
                    ),
                ),
                (
                    "subscriber",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="identity.agent",
                    ),
                ),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("device", "subscriber"), name="awaited_once")],
            },
        ),
    ]
