from django.db import migrations


def to_claims(apps, schema_editor):
    """Whoever worked on a denial works on its claim; of several the one of the newest open denial."""
    Claim, Denial = apps.get_model("claims", "Claim"), apps.get_model("claims", "Denial")
    owners = {}
    rows = Denial.objects.exclude(owner=None).order_by("pk").values_list("claim", "owner", "status")
    for claim, owner, status in sorted(rows, key=lambda row: row[2] != "resolved"):
        owners[claim] = owner
    for claim, owner in owners.items():
        Claim.objects.filter(pk=claim).update(owner=owner)


def to_denials(apps, schema_editor):
    Claim, Denial = apps.get_model("claims", "Claim"), apps.get_model("claims", "Denial")
    for claim, owner in Claim.objects.exclude(owner=None).values_list("pk", "owner"):
        Denial.objects.filter(claim=claim).update(owner=owner)


class Migration(migrations.Migration):
    dependencies = [("claims", "0033_worklist")]

    operations = [
        migrations.RunPython(to_claims, to_denials),
        migrations.RemoveField(model_name="denial", name="owner"),
    ]
