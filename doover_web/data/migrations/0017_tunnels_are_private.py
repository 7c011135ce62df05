from django.db import migrations


class Migration(migrations.Migration):
    """What opens a way into a device is for who may see its private channels."""

    dependencies = [("data", "0016_author_of_state")]

    operations = [
        migrations.RunSQL(
            "UPDATE data_channel SET is_private = true WHERE name = 'tunnels' AND NOT is_private",
            migrations.RunSQL.noop,
        ),
    ]
