"""What kind of level an appeal is becomes data of its own; of rows from before it follows from what they are called."""

from django.db import migrations, models
from django.db.models import Q

STAGES = [
    ("appeal", "An appeal"),
    ("reconsideration", "A request for reconsideration"),
    ("external", "An external review"),
]
KINDS = (
    ("reconsideration", Q(level=1) & (Q(name__icontains="reconsider") | Q(name__icontains="redetermin"))),
    ("external", Q(name__icontains="external") | Q(name__icontains="independent review")),
)


def by_name(apps, schema_editor):
    for model in ("Appeal", "AppealPath"):
        rows = apps.get_model("claims", model).objects.using(schema_editor.connection.alias)
        for stage, called in KINDS:
            rows.filter(called).update(stage=stage)


class Migration(migrations.Migration):
    dependencies = [("claims", "0036_passed_on_and_taken_back")]

    operations = [
        migrations.AddField(
            model_name="appeal",
            name="stage",
            field=models.CharField(choices=STAGES, default="appeal", max_length=15),
        ),
        migrations.AddField(
            model_name="appealpath",
            name="stage",
            field=models.CharField(choices=STAGES, default="appeal", max_length=20),
        ),
        migrations.RunPython(by_name, migrations.RunPython.noop),
    ]
