from django.db import migrations

# Of what was said of connections only the turns are news. What was before the oldest message is not known.
FORWARD = """
DELETE FROM data_happening WHERE kind = 3;
INSERT INTO data_happening (agent_id, kind, id, channel_id, organisation_id)
SELECT agent_id, 3, id, channel_id, organisation_id FROM (
    SELECT m.agent_id, m.channel_id, m.id, a.organisation_id, m.data->>'determination' AS state,
           lag(m.data->>'determination') OVER (PARTITION BY m.agent_id, m.channel_id ORDER BY m.id) AS before
    FROM data_channel c
    JOIN identity_agent a ON a.id = c.agent_id AND a.organisation_id IS NOT NULL
    JOIN data_message m ON m.agent_id = c.agent_id AND m.channel_id = c.id
    WHERE c.name = 'doover_connection' AND m.data->>'determination' IN ('Online', 'Offline')
) AS said
WHERE state <> before;
"""


class Migration(migrations.Migration):
    dependencies = [("data", "0014_happenings")]

    operations = [migrations.RunSQL(FORWARD, migrations.RunSQL.noop)]
