import claims.workflow
import django.core.validators
import django.db.models.deletion
import documentation.models.fields
from django.conf import settings
from django.db import migrations, models


KEYS = (
    "covers_d0371",
    "treats_as",
    "prior_authorization",
    "attachments",
    "bundling_permitted",
    "timely_filing_days",
    "appeal_days",
)


def policies_become_facts(apps, schema_editor):
    """Each version of a policy becomes the facts that it changed, with its source, day, person and moment."""
    Policy = apps.get_model("claims", "PayerPolicy")
    Fact = apps.get_model("claims", "PlaybookFact")
    known = {}
    for policy in Policy.objects.order_by("pk").iterator():
        for key in KEYS:
            value = getattr(policy, key)
            value = None if value in ("unknown", "", []) else value
            told = (value, policy.source, policy.verified_on)
            if known.get((policy.payer_id, key), (None,))[0] is None and value is None:
                continue  # nobody knew it, and nobody does
            if known.get((policy.payer_id, key)) == told:
                continue
            known[policy.payer_id, key] = told
            Fact.objects.create(
                payer_id=policy.payer_id,
                key=key,
                value=value,
                source=policy.source,
                verified_on=policy.verified_on,
                recorded_at=policy.recorded_at,
                recorded_by_id=policy.recorded_by_id,
            )


def facts_become_policies(apps, schema_editor):
    """Back: one policy for each payer, as it is known now. Versions, plans and the other questions are lost."""
    Policy = apps.get_model("claims", "PayerPolicy")
    Fact = apps.get_model("claims", "PlaybookFact")
    newest = {}
    for fact in Fact.objects.filter(plan_name="", key__in=KEYS).order_by("pk"):
        newest.setdefault(fact.payer_id, {})[fact.key] = fact
    for payer, facts in newest.items():
        last = max(facts.values(), key=lambda f: f.pk)
        Policy.objects.create(
            payer_id=payer,
            source=last.source,
            verified_on=last.verified_on,
            recorded_at=last.recorded_at,
            recorded_by_id=last.recorded_by_id,
            **{key: fact.value for key, fact in facts.items() if fact.value is not None},
        )


class Migration(migrations.Migration):

    dependencies = [
        ('claims', '0005_coding'),
        ('documentation', '0010_to_confirm'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name='authorization',
            name='decided_on',
            field=models.DateField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='authorization',
            name='letter',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='documentation.storedfile'),
        ),
        migrations.AddField(
            model_name='authorization',
            name='note',
            field=documentation.models.fields.CleanCharField(blank=True, default='', max_length=200),
        ),
        migrations.AddField(
            model_name='authorization',
            name='requested_on',
            field=models.DateField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='authorization',
            name='units',
            field=models.PositiveSmallIntegerField(blank=True, null=True, validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(999)]),
        ),
        migrations.AddField(
            model_name='eligibilitycheck',
            name='annual_maximum',
            field=models.DecimalField(blank=True, decimal_places=2, max_digits=9, null=True, validators=[django.core.validators.MinValueValidator(0)]),
        ),
        migrations.AddField(
            model_name='eligibilitycheck',
            name='answer',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='documentation.storedfile'),
        ),
        migrations.AddField(
            model_name='eligibilitycheck',
            name='deductible',
            field=models.DecimalField(blank=True, decimal_places=2, max_digits=9, null=True, validators=[django.core.validators.MinValueValidator(0)]),
        ),
        migrations.AddField(
            model_name='eligibilitycheck',
            name='encounter',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='eligibility_checks', to='documentation.encounter'),
        ),
        migrations.AddField(
            model_name='eligibilitycheck',
            name='frequency_limit',
            field=documentation.models.fields.CleanCharField(blank=True, default='', max_length=120),
        ),
        migrations.AddField(
            model_name='eligibilitycheck',
            name='next_check_on',
            field=models.DateField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='eligibilitycheck',
            name='representative',
            field=documentation.models.fields.CleanCharField(blank=True, default='', max_length=60),
        ),
        migrations.AddField(
            model_name='eligibilitycheck',
            name='waiting_until',
            field=models.DateField(blank=True, null=True),
        ),
        migrations.AlterField(
            model_name='authorization',
            name='status',
            field=models.CharField(choices=[('requested', 'Requested'), ('approved', 'Approved'), ('denied', 'Denied'), ('not_required', 'Not required'), ('cancelled', 'Void')], default=claims.workflow.AuthorizationStatus['REQUESTED'], max_length=20),
        ),
        migrations.AlterField(
            model_name='coverage',
            name='member_id',
            field=documentation.models.fields.CleanCharField(blank=True, default='', max_length=40, validators=[documentation.models.fields.Shape('member_id_problem')], verbose_name='member ID'),
        ),
        migrations.AlterField(
            model_name='payer',
            name='payer_id',
            field=documentation.models.fields.CleanCharField(blank=True, default='', max_length=80, unique=True, validators=[documentation.models.fields.Shape('payer_id_problem')], verbose_name='payer ID'),
        ),
        migrations.CreateModel(
            name='PlaybookFact',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('plan_name', documentation.models.fields.CleanCharField(blank=True, default='', max_length=120, verbose_name='only for the plan')),
                ('key', models.CharField(max_length=40)),
                ('value', models.JSONField(blank=True, null=True)),
                ('source', documentation.models.fields.CleanCharField(blank=True, default='', max_length=200)),
                ('verified_on', models.DateField(blank=True, null=True)),
                ('expires_on', models.DateField(blank=True, null=True)),
                ('recorded_at', models.DateTimeField()),
                ('payer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='playbook', to='claims.payer')),
                ('recorded_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['-pk'],
            },
        ),
        migrations.AddIndex(
            model_name='playbookfact',
            index=models.Index(fields=['payer', 'key', 'plan_name'], name='playbook_by_question'),
        ),
        migrations.RunPython(policies_become_facts, facts_become_policies),
        migrations.DeleteModel(
            name='PayerPolicy',
        ),
    ]
