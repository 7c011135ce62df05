from django.db import migrations, models

FILL = """
UPDATE notifications_notification n SET of_connection = true
FROM data_alarmmove m JOIN data_channel c ON c.agent_id = m.agent_id AND c.id = m.channel_id
WHERE m.agent_id = n.agent_id AND m.id = n.message_id AND c.name = 'doover_connection'
"""


class Migration(migrations.Migration):
    dependencies = [("data", "0016_author_of_state"), ("notifications", "0002_awaited")]

    operations = [
        migrations.AddField("notification", "of_connection", models.BooleanField(default=False)),
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
    ]
