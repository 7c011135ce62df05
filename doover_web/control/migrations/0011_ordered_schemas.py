from django.db import migrations

from doover_web.data.models.fields import OrderedJSONField

SCHEMAS = [
    ("application", "config_schema"),
    ("applicationversion", "config_schema"),
    ("devicetype", "config_schema"),
    ("devicetype", "device_extra_config_schema"),
    ("solution", "config_schema"),
]


class Migration(migrations.Migration):
    """Schemas keep the order in which their author wrote them; what is stored already stays as `jsonb` sorted it."""

    dependencies = [
        ("control", "0010_key_values"),
    ]

    operations = [
        migrations.AlterField(model_name=model, name=name, field=OrderedJSONField(default=dict))
        for model, name in SCHEMAS
    ]
