"""What kind of event each action is: one table, so that nothing is filed by what its name happens to end with."""

KINDS = {
    "seen": "Looked at",
    "searched": "Searched",
    "taken": "Printed or taken along",
    "failed": "Denied or failed",
    "changed": "Changed",
}
"""What an event was, by its token in addresses, in words."""

_ACTIONS = {
    "seen": """
        amendment.list amendment.view
        account.view appeal.list appeal.view authorization.letter_view authorization.view bulk.view claim.beside
        claim.calls claim.list claim.view coverage.view dashboard.claims dashboard.moves dashboard.view
        deadline.list denial.replay denial.view disclosure.list eligibility.list encounter.list encounter.view
        estimate.view evidence.view image.held_view image.view import.view legal_hold.list outcomes.view
        overrides.view packet.view patient.doubles patient.list patient.view practice.logo_view predetermination.view
        rehearsal.view remittance.deposits remittance.former_scan remittance.list remittance.scan remittance.unmatched
        remittance.view retention.list schedule.view submission.proof today.view trail.view write_off.list
        write_off.view""",
    "searched": "claim.search patient.search",
    "taken": """
        amendment.print backup.write claim.download claim.export claim.export_again claim.stock_pdf dashboard.download
        dashboard.print disclosure.download eligibility.270 encounter.print estimate.print export.begin
        export.download export.end image.download import.download overrides.download packet.download packet.label
        predetermination.file record.download record.give remittance.original retention.download schedule.print
        trail.download
        trail.print worklist.download""",
    "failed": """
        access.denied account.code_failed account.confirm_failed account.login_failed claim.dispatch_failed
        clock.back""",
    "changed": """
        amendment.take_in amendment.time
        account.factor_added account.factor_removed account.login account.logout account.password_changed
        account.recovery_codes account.session_end acknowledgement.import appeal.letter appeal.open audit.anchor
        audit.anchor_anew authorization.letter authorization.save backup.remove backup.restore billing.hold
        billing.release
        bulk.begin bulk.end channel.limit claim.answer_void claim.assign claim.call claim.close claim.code
        claim.copy claim.diagnoses claim.dispatch claim.dispatch_again claim.dispatch_given_up claim.lines
        claim.never_passed_on claim.note claim.note_restore claim.note_rewrite claim.note_withdraw claim.override
        claim.pass_on claim.renumber claim.start claim.start_taken_back claim.take_over claim.tell_void claim.void
        claim.withdraw_override clinician.add clinician.change clinician.close clinician.reopen codes.load
        codes.load_reasons codes.map codes.map_change codes.reason codes.reason_change coverage.add coverage.change
        coverage.order coverage.retire coverage.take_back coverage.terms deadline.lag deadline.link
        deadline.link_end deadline.remind deadline.rule deadline.see denial.cause denial.decide denial.open
        denial.peer denial.plan_next denial.sort denial.take_back eligibility.record encounter.addendum
        encounter.confirm encounter.fill encounter.plan encounter.save encounter.sign encounter.signed_after_reset
        encounter.undo encounter.unlock estimate.give estimate.sign evidence.add evidence.obtainable evidence.remove
        evidence.restore evidence.unobtainable export.load export.remove fee.set file.remove image.annotate
        image.describe image.discard image.forget image.hold image.order image.remove image.upload import.begin
        import.discard import.end import.match import.read import.undo legal_hold.place legal_hold.release
        location.add location.change location.close location.reopen packet.seal parties.save patient.correct
        patient.merge patient.merge_undo patient.merged_away patient.register patient.take_back patient.told_apart
        payer.add payer.change payer.fact payer.take_back payer.terms payment.undo phone.create phone.end phone.open
        phrase.remove phrase.save practice.first_link practice.leave_out practice.name practice.remove_logo
        practice.set_logo practice.set_up practice.take_up predetermination.acknowledge predetermination.answer
        predetermination.ask recheck.begin recheck.begin_anew recheck.end recheck.stop rehearsal.make
        remittance.import remittance.match remittance.park remittance.post remittance.replace_scan remittance.split
        remittance.type remittance.unmatch remittance.unpark retention.longer retention.period rule.draft rule.release
        rule.severity submission.prove supplement.send upkeep.forget user.deactivate user.first user.invite
        user.invite_again user.password_chosen user.password_link user.reactivate user.role user.second_factor_reset
        user.sessions_end user.unlock view.change view.keep view.remove view.restore view.start visit.document_add
        visit.document_remove visit.document_restore visit.lift_restriction visit.restrict write_off.request
        write_off.take_back""",
}
KIND_OF = {action: kind for kind, actions in _ACTIONS.items() for action in actions.split()}
"""By action. The steps of a machine, such as `claim.hold`, change something and need not stand here."""
