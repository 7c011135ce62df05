import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("control", "0004_themes_domains"),
        ("identity", "0010_invitations"),
    ]

    operations = [
        # No publisher was ever kept without an agent: there was no address to make one.
        migrations.AddField(
            model_name="trustedpublisher",
            name="agent",
            field=models.OneToOneField(
                on_delete=django.db.models.deletion.PROTECT, related_name="as_publisher", to="identity.agent"
            ),
        ),
        migrations.RemoveConstraint(model_name="solutioninstall", name="solution_install_synced_known"),
        migrations.RemoveField(model_name="solutioninstall", name="synced"),
    ]
