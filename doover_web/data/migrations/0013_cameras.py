from dataclasses import asdict

import django.db.models.deletion
from django.db import migrations, models

from doover_web.common.cameras import read_cameras


def keep_what_is_known(apps, schema_editor):
    """The cameras of the states that were written before this table was."""
    Channel, Aggregate = apps.get_model("data", "Channel"), apps.get_model("data", "Aggregate")
    Cameras = apps.get_model("data", "Cameras")
    known = Channel.objects.filter(name="ui_state", is_private=False).values_list("agent_id", "id")
    for agent_id, channel_id in known.iterator(chunk_size=1000):
        state = Aggregate.objects.filter(agent_id=agent_id, channel_id=channel_id)
        if found := read_cameras(state.values_list("data", flat=True).first()):
            Cameras.objects.create(agent_id=agent_id, found=[asdict(one) for one in found])


class Migration(migrations.Migration):
    dependencies = [
        ("data", "0012_alarm_journal"),
        ("identity", "0017_device_by_title"),
    ]

    operations = [
        migrations.CreateModel(
            name="Cameras",
            fields=[
                (
                    "agent",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="cameras",
                        serialize=False,
                        to="identity.agent",
                    ),
                ),
                ("found", models.JSONField()),
            ],
        ),
        migrations.RunPython(keep_what_is_known, migrations.RunPython.noop),
    ]
