"""The state and the history of channels: tables that Django's schema editor cannot describe."""

from django.db import migrations
from django.utils import timezone

FORWARD = """
CREATE TABLE data_aggregate (
    agent_id bigint NOT NULL,
    channel_id bigint NOT NULL,
    data json NOT NULL DEFAULT '{}',
    revision bigint NOT NULL DEFAULT 0,
    last_updated bigint,
    PRIMARY KEY (agent_id, channel_id),
    CONSTRAINT aggregate_of_channel FOREIGN KEY (agent_id, channel_id)
        REFERENCES data_channel (agent_id, id) ON DELETE CASCADE,
    CONSTRAINT aggregate_is_object CHECK (json_typeof(data) = 'object'),
    CONSTRAINT aggregate_revision_counts CHECK (revision >= 0)
) WITH (fillfactor = 70);

CREATE TABLE data_message (
    agent_id bigint NOT NULL,
    channel_id bigint NOT NULL,
    id bigint NOT NULL,
    author_id bigint NOT NULL,
    received_at bigint NOT NULL,
    edited_at bigint,
    expires_at bigint,
    data jsonb NOT NULL,
    PRIMARY KEY (agent_id, channel_id, id)
) PARTITION BY RANGE (id);

-- The sweep of expired messages.
CREATE INDEX message_expiry ON data_message (expires_at) WHERE expires_at IS NOT NULL;

-- Everything before 2025 has a negative id.
CREATE TABLE data_message_before_2025 PARTITION OF data_message FOR VALUES FROM (MINVALUE) TO (0);
"""


def make_partitions(apps, schema_editor):
    from doover_web.data.partitions import ensure_ahead

    ensure_ahead(timezone.now())


class Migration(migrations.Migration):
    dependencies = [("data", "0001_initial")]

    operations = [
        migrations.RunSQL(FORWARD, "DROP TABLE data_message; DROP TABLE data_aggregate;"),
        migrations.RunPython(make_partitions, migrations.RunPython.noop),
    ]
