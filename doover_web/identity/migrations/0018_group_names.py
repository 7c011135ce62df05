from django.db import migrations, models

# The oldest of those that share a name keeps it; the others get their id behind it.
APART = """
UPDATE identity_group g SET name = left(g.name, 230) || ' (' || g.id || ')'
WHERE g.parent_id IS NOT NULL AND g.archived_at IS NULL AND EXISTS (
    SELECT FROM identity_group o
    WHERE o.parent_id = g.parent_id AND o.name = g.name AND o.archived_at IS NULL AND o.id < g.id
)
"""


class Migration(migrations.Migration):
    dependencies = [
        ("identity", "0017_device_by_title"),
    ]

    operations = [
        migrations.RunSQL(APART, migrations.RunSQL.noop),
        migrations.AddConstraint(
            model_name="group",
            constraint=models.UniqueConstraint(
                condition=models.Q(("archived_at", None)),
                fields=("parent", "name"),
                name="group_name_once_in_its_parent",
            ),
        ),
    ]
