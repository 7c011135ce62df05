"""Who wrote the state of a channel last: also where no message keeps it."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("data", "0015_turns")]

    operations = [
        migrations.RunSQL(
            "ALTER TABLE data_aggregate ADD COLUMN author_id bigint;",
            "ALTER TABLE data_aggregate DROP COLUMN author_id;",
        ),
    ]
