from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("control", "0009_device_tags"),
    ]

    operations = [
        migrations.AddField(
            model_name="devicetype",
            name="key_values",
            field=models.CharField(blank=True, max_length=300),
        ),
    ]
