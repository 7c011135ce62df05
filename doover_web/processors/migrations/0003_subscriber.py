from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("processors", "0002_tasks"),
    ]

    operations = [
        migrations.AddField(
            model_name="tasksubscription",
            name="subscriber_id",
            field=models.BigIntegerField(null=True),
        ),
    ]
