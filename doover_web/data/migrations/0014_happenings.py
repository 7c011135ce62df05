from django.db import migrations, models

# Of connections only the turns are kept, see 0015. The key comes last: it is checked once, and its lock is short.
FORWARD = """
INSERT INTO data_happening (agent_id, kind, id, channel_id, organisation_id)
SELECT m.agent_id, CASE c.name WHEN 'ui_cmds' THEN 1 WHEN 'notifications' THEN 2 ELSE 4 END,
       m.id, m.channel_id, a.organisation_id
FROM data_channel c
JOIN identity_agent a ON a.id = c.agent_id AND a.organisation_id IS NOT NULL
JOIN data_message m ON m.agent_id = c.agent_id AND m.channel_id = c.id
WHERE c.name IN ('ui_cmds', 'notifications', 'activity_log', 'activity_logs');
INSERT INTO data_happening (agent_id, kind, id, channel_id, organisation_id)
SELECT m.agent_id, 5, m.id, m.channel_id, a.organisation_id
FROM data_alarmmove m JOIN identity_agent a ON a.id = m.agent_id AND a.organisation_id IS NOT NULL;
ALTER TABLE data_happening ADD CONSTRAINT happening_of_channel FOREIGN KEY (agent_id, channel_id)
    REFERENCES data_channel (agent_id, id) ON DELETE CASCADE;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("data", "0013_cameras"),
        ("identity", "0012_agent_zone"),
    ]

    operations = [
        migrations.CreateModel(
            name="Happening",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "agent_id",
                        "kind",
                        "id",
                        "channel_id",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("agent_id", models.BigIntegerField()),
                (
                    "kind",
                    models.SmallIntegerField(
                        choices=[
                            (1, "Command"),
                            (2, "Notification"),
                            (3, "Connection"),
                            (4, "Event"),
                            (5, "Alarm"),
                        ]
                    ),
                ),
                ("id", models.BigIntegerField()),
                ("channel_id", models.BigIntegerField()),
                ("organisation_id", models.BigIntegerField()),
            ],
            options={
                "indexes": [
                    models.Index(
                        fields=["organisation_id", "kind", "id"],
                        include=["agent_id", "channel_id"],
                        name="happening_of_organisation",
                    )
                ],
            },
        ),
        migrations.RunSQL(FORWARD, migrations.RunSQL.noop),
    ]
