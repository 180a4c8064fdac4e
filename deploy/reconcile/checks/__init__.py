"""One comparison a file. Each takes the world as it was read and yields where two sides of it disagree."""

from collections.abc import Callable, Iterator

from deploy.reconcile.checks.agenda_is_complete import agenda_is_complete
from deploy.reconcile.checks.agenda_is_mailed import agenda_is_mailed
from deploy.reconcile.checks.answers_are_kept import answers_are_kept
from deploy.reconcile.checks.attendance_agrees import attendance_agrees
from deploy.reconcile.checks.audit_is_complete import audit_is_complete
from deploy.reconcile.checks.certificates_agree import certificate_files_agree, certificates_agree
from deploy.reconcile.checks.certificates_are_earned import certificates_are_earned
from deploy.reconcile.checks.certificates_are_known import certificates_are_known
from deploy.reconcile.checks.claims_are_held import claims_are_held
from deploy.reconcile.checks.dead_letters_are_none import dead_letters_are_none
from deploy.reconcile.checks.erased_are_gone import erased_are_gone
from deploy.reconcile.checks.facts_are_complete import facts_are_complete
from deploy.reconcile.checks.facts_are_mailed import facts_are_mailed
from deploy.reconcile.checks.facts_are_noted import facts_are_noted
from deploy.reconcile.checks.free_places_are_given import free_places_are_given
from deploy.reconcile.checks.line_is_in_order import line_is_in_order
from deploy.reconcile.checks.mails_reach_their_person import mails_reach_their_person
from deploy.reconcile.checks.messages_agree import mails_agree, messages_agree
from deploy.reconcile.checks.outboxes_are_empty import outboxes_are_empty
from deploy.reconcile.checks.participants_agree import participants_agree
from deploy.reconcile.checks.places_are_counted import places_are_counted
from deploy.reconcile.checks.receipts_agree import receipts_agree
from deploy.reconcile.checks.records_are_readable import records_are_readable
from deploy.reconcile.checks.shares_agree import shares_agree
from deploy.reconcile.checks.states_agree import states_agree
from deploy.reconcile.checks.topics_are_read import topics_are_read
from deploy.reconcile.checks.workshop_facts_agree import workshop_facts_agree
from deploy.reconcile.checks.workshops_agree import workshops_agree
from deploy.reconcile.disagreement import Disagreement
from deploy.reconcile.world import World

Check = Callable[[World], Iterator[Disagreement]]

CHECKS: tuple[Check, ...] = (
    records_are_readable,
    outboxes_are_empty,
    topics_are_read,
    facts_are_complete,
    dead_letters_are_none,
    workshops_agree,
    workshop_facts_agree,
    places_are_counted,
    free_places_are_given,
    line_is_in_order,
    states_agree,
    participants_agree,
    answers_are_kept,
    attendance_agrees,
    agenda_is_complete,
    agenda_is_mailed,
    facts_are_mailed,
    claims_are_held,
    messages_agree,
    mails_agree,
    mails_reach_their_person,
    certificates_agree,
    certificate_files_agree,
    certificates_are_known,
    certificates_are_earned,
    shares_agree,
    facts_are_noted,
    receipts_agree,
    audit_is_complete,
    erased_are_gone,
)
