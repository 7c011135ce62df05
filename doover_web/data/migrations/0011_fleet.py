import django.db.models.deletion
from django.db import migrations, models

from doover_web.common.places import read_place
from doover_web.common.presence import turns


def keep_what_is_known(apps, schema_editor):
    """The badges and positions of the states that were written before these tables were."""
    Channel, Aggregate = apps.get_model("data", "Channel"), apps.get_model("data", "Aggregate")
    Badge, Position = apps.get_model("data", "Badge"), apps.get_model("data", "Position")
    names = ("doover_connection", "location")
    known = Channel.objects.filter(name__in=names, is_private=False).values_list("agent_id", "id", "name")
    for agent_id, channel_id, name in known.iterator(chunk_size=1000):
        state = Aggregate.objects.filter(agent_id=agent_id, channel_id=channel_id)
        data, at = state.values_list("data", "last_updated").first() or (None, None)
        if name == "doover_connection" and (found := turns(data)):
            columns = {"seen": found.seen, "overdue_from": found.overdue_from, "offline_from": found.offline_from}
            Badge.objects.create(agent_id=agent_id, **columns)
        if name == "location" and (place := read_place(data)):
            columns = {"lat": place.lat, "long": place.long, "accuracy": place.accuracy, "at": at or 0}
            Position.objects.create(agent_id=agent_id, **columns)


class Migration(migrations.Migration):
    dependencies = [
        ("data", "0010_states"),
        ("identity", "0012_agent_zone"),
    ]

    operations = [
        migrations.CreateModel(
            name="Badge",
            fields=[
                (
                    "agent",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="badge",
                        serialize=False,
                        to="identity.agent",
                    ),
                ),
                ("seen", models.BigIntegerField(null=True)),
                ("overdue_from", models.BigIntegerField(null=True)),
                ("offline_from", models.BigIntegerField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name="Position",
            fields=[
                (
                    "agent",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="position",
                        serialize=False,
                        to="identity.agent",
                    ),
                ),
                ("lat", models.FloatField()),
                ("long", models.FloatField()),
                ("accuracy", models.FloatField(null=True)),
                ("at", models.BigIntegerField()),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("lat__gte", -90), ("lat__lte", 90), ("long__gte", -180), ("long__lte", 180)
                        ),
                        name="position_on_earth",
                    )
                ],
            },
        ),
        migrations.RunPython(keep_what_is_known, migrations.RunPython.noop),
    ]
