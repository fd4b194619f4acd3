"""Seeds of authenticator apps were kept as they are, and recovery codes so that they could be read again.

On the way back seeds are opened again; the codes are gone, and people make new ones."""

from allauth.mfa.utils import decrypt, encrypt
from django.db import migrations


def seal(apps, schema_editor):
    Authenticator = apps.get_model("mfa", "Authenticator")
    Authenticator.objects.filter(type="recovery_codes").delete()
    for row in Authenticator.objects.filter(type="totp"):
        row.data["secret"] = encrypt(row.data["secret"])
        row.save(update_fields=["data"])


def unseal(apps, schema_editor):
    Authenticator = apps.get_model("mfa", "Authenticator")
    for row in Authenticator.objects.filter(type="totp"):
        row.data["secret"] = decrypt(row.data["secret"])
        row.save(update_fields=["data"])


class Migration(migrations.Migration):
    dependencies = [
        ("documentation", "0013_accounts"),
        ("mfa", "0003_authenticator_type_uniq"),
    ]

    operations = [migrations.RunPython(seal, unseal, elidable=False)]
