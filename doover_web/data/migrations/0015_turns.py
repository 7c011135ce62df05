from django.db import migrations

# Of what was said of connections only the turns are news. What was before the oldest message is not known.
FORWARD = """
DELETE FROM data_happening h WHERE h.kind = 3 AND NOT EXISTS (
    SELECT FROM (
        SELECT m.agent_id, m.channel_id, m.id, m.data->>'determination' AS state,
               lag(m.data->>'determination') OVER (PARTITION BY m.agent_id, m.channel_id ORDER BY m.id) AS before
        FROM data_channel c JOIN data_message m ON m.agent_id = c.agent_id AND m.channel_id = c.id
        WHERE c.name = 'doover_connection' AND m.data->>'determination' IN ('Online', 'Offline')
    ) AS said
    WHERE said.state <> said.before
      AND (said.agent_id, said.channel_id, said.id) = (h.agent_id, h.channel_id, h.id)
);
"""


class Migration(migrations.Migration):
    dependencies = [("data", "0014_happenings")]

    operations = [migrations.RunSQL(FORWARD, migrations.RunSQL.noop)]
