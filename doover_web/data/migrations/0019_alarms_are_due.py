from django.db import migrations

# Alarms that were saved while they were pending, or outside of their time of day, were due no more. The timer looks at
# all that know of no moment, once.
DUE = """
UPDATE data_alarm SET due_at = (extract(epoch FROM now()) * 1000)::bigint WHERE due_at IS NULL AND enabled
"""


class Migration(migrations.Migration):
    dependencies = [("data", "0018_alarm_severity")]

    operations = [migrations.RunSQL(DUE, migrations.RunSQL.noop)]
