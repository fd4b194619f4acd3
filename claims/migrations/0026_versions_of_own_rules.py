from django.db import migrations, models


def fill(apps, schema_editor):
    """Reasons and failures of own rules from before get the version since which the rule asked so at that time."""
    Version = apps.get_model("claims", "OwnRuleVersion")
    versions = {}
    for row in Version.objects.order_by("rule", "-version"):
        versions.setdefault(f"OWN-{row.rule_id:03d}", []).append(row)
    if not versions:
        return

    def since(rule, at):
        known = [v for v in versions[rule] if v.adopted_at <= at]
        found = known[0].version if known else 0
        for newer, older in zip(known, known[1:]):
            if older.condition != newer.condition:
                break
            found = older.version
        return found

    for row in apps.get_model("claims", "RuleOverride").objects.filter(rule__in=versions):
        row.version = since(row.rule, row.at)
        row.save(update_fields=["version"])
    SentFailure = apps.get_model("claims", "SentFailure")
    failures = SentFailure.objects.filter(rule__in=versions)
    # Of years of sendings: their keys alone, and no packet with its texts.
    same = {}
    for pk, rule, at in failures.values_list("pk", "rule", "report__submission__packet__sealed_at").iterator():
        same.setdefault(since(rule, at), []).append(pk)
    for version, keys in same.items():
        for start in range(0, len(keys), 500):
            SentFailure.objects.filter(pk__in=keys[start : start + 500]).update(version=version)


class Migration(migrations.Migration):

    dependencies = [
        ('claims', '0025_in_time'),
    ]

    operations = [
        migrations.AddField(
            model_name='ruleoverride',
            name='version',
            field=models.PositiveIntegerField(default=0),
        ),
        migrations.AddField(
            model_name='sentfailure',
            name='version',
            field=models.PositiveIntegerField(default=0),
        ),
        migrations.RunPython(fill, migrations.RunPython.noop, elidable=True),
    ]
