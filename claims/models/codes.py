"""What a practice itself knows of codes: the wording it holds a licence for, and codes that its medical plans take."""

from __future__ import annotations

from django.db import models

from claims.codes.adjustments import CATEGORY_LABELS
from claims.codes.crossover import TO_LABELS
from claims.models.payers import Payer, choice
from documentation.kernel.vocabulary import GLAND
from documentation.models import User
from documentation.models.fields import TextList, TokenList, short_text, token


class CodeText(models.Model):
    """A row of the practice's licensed list of CDT or CPT: wording of a code for services from a day on.

    `ended_on` is the last day of service of a code that was given up. The text stays in this database and is part of
    no file of the program.
    """

    code = short_text(5)
    text = short_text(500)
    effective_on = models.DateField()
    ended_on = models.DateField(null=True, blank=True)
    loaded_at = models.DateTimeField()
    loaded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["code", "-effective_on"]
        constraints = [models.UniqueConstraint(fields=["code", "effective_on"], name="code_text_is_one_a_day")]


class CodeMapping(models.Model):
    """A medical code for a dental one, as the practice learned it of a payer: on conditions, with source and date.

    Empty conditions always hold. It takes the place of the program's own row for the same two codes.
    """

    payer = models.ForeignKey(Payer, on_delete=models.PROTECT, null=True, blank=True, related_name="code_mappings")
    """None: for every medical payer."""
    cdt = short_text(5, verbose_name="dental code")
    code = short_text(5, verbose_name="medical code")
    gland = token(GLAND)
    interventions = models.JSONField(default=list, blank=True, validators=[TokenList("intervention")])
    """It fits when one of them was done."""
    diagnoses = models.JSONField(default=list, blank=True, validators=[TextList(8, 12)])
    """Beginnings of the ICD-10-CM codes that go with it."""
    comparator = short_text(5, verbose_name="compared with")
    is_taken = models.BooleanField(default=True, verbose_name="the payer takes it")
    caveat = short_text(200)
    source = short_text(200)
    effective_on = models.DateField()
    ended_on = models.DateField(null=True, blank=True)
    verified_on = models.DateField(null=True, blank=True)
    """The day somebody read or asked it; without one it stays marked to be verified."""
    revision = models.PositiveIntegerField(default=1)
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["cdt", "code", "-effective_on", "-pk"]
        constraints = [models.CheckConstraint(condition=~models.Q(source=""), name="code_mapping_has_a_source")]


class ReasonCode(models.Model):
    """A row of a list of reasons that the practice loaded or wrote down: what a code says, where it belongs, and when.

    It stands above the program's own row for the same code. The wording of a loaded list stays in this database and is
    part of no file of the program. A payer's own codes (`own`) hold for that payer alone.
    """

    LISTS = [
        ("carc", "Reason (CARC)"),
        ("rarc", "Remark (RARC)"),
        ("group", "Group"),
        ("claim_status", "Claim status"),
        ("own", "The payer's own"),
    ]

    of_list = choice(LISTS, verbose_name="list")
    payer = models.ForeignKey(Payer, on_delete=models.PROTECT, null=True, blank=True, related_name="reason_codes")
    code = short_text(12)
    text = short_text(500, verbose_name="words")
    category = models.CharField(max_length=3, blank=True, default="", choices=list(CATEGORY_LABELS.items()))
    """Where it belongs. Empty: as the program has it; a code that the program does not know waits to be sorted."""
    group = models.CharField(max_length=2, blank=True, default="", verbose_name="stands for the group")
    """For a payer's own code: who carries its amount."""
    passes_on = models.CharField(
        max_length=9, blank=True, default="", choices=list(TO_LABELS.items()), verbose_name="says it was passed on"
    )
    """Whether it says that the payer itself passed the claim on to another plan. Empty: as the program has it."""
    source = short_text(200)
    effective_on = models.DateField()
    ended_on = models.DateField(null=True, blank=True)
    """The last day of answers that may carry it; a code that was given up stays readable."""
    revision = models.PositiveIntegerField(default=1)
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["of_list", "code", "-effective_on", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["of_list", "payer", "code", "effective_on"], name="reason_code_is_one_a_day"
            ),
            models.UniqueConstraint(
                fields=["of_list", "code", "effective_on"],
                condition=models.Q(payer=None),
                name="reason_code_of_all_is_one_a_day",
            ),
            models.CheckConstraint(
                condition=models.Q(of_list="own", payer__isnull=False)
                | (~models.Q(of_list="own") & models.Q(payer=None)),
                name="reason_code_of_its_own_has_a_payer",
            ),
        ]
