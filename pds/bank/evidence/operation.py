"""Evidence about keys, staff, backups, sources, data sets and rules (S, P, X, A-26)."""

from datetime import timedelta
from typing import Final

from sqlalchemy import func, select

from consent import profile_list
from consent.board import current, is_in_force
from consent.facts import BoardSubjectKind
from pds.accounts.roles import Role, State
from pds.accounts.tables import account, passkey
from pds.bank.backup.tables import backup_drill
from pds.core.database import Snapshot
from pds.core.rules import rule_values
from pds.core.vocabulary import Sensitivity, categories, dataset_rules
from pds.datasets import register as data_set_register
from pds.datasets.tables import DataSetState, data_set_choice
from pds.keys.classes import KeyState
from pds.keys.tables import kek_check, owner_key
from pds.oversight.criteria import criterion, documents
from pds.oversight.criteria.criterion import CriterionKind
from pds.oversight.criteria.finding import (
    Evidence,
    Status,
    count,
    found,
    met_if,
    red_if,
)
from pds.oversight.incidents import register
from pds.oversight.tables import sent_receipt, unmasking
from pds.vault.tables import vault_import
from providers.sources import SELF_SOURCE

_STAFF: Final = (Role.OPERATOR.value, Role.BOARD.value, Role.AUDITOR.value)
_KEPT: Final = timedelta(days=1)


def drills(snap: Snapshot) -> Evidence:
    """Say when a backup was last proven to be of use (S-08)."""
    newest = select(backup_drill).order_by(backup_drill.c.at.desc()).limit(1)
    last = snap.connection.execute(newest).first()
    if last is None:
        return found(Status.OPEN, last_drill=None)
    is_late = snap.now - last.at > rule_values.days("drill.every")
    return found(
        red_if(not last.is_good, otherwise=met_if(not is_late)),
        last_drill=last.at,
        drill_entries=last.size,
        drill_entries_missing=last.missing,
    )


def incidents(snap: Snapshot) -> Evidence:
    """Look for reports of incidents that are late; exercises do not count (A-15)."""
    numbers = register.numbers(snap)
    return found(
        red_if(numbers.overdue > 0),
        incidents_entered=register.opened_between(snap, None, None),
        incidents_open=numbers.open,
        incidents_overdue=numbers.overdue,
    )


def keys(snap: Snapshot) -> Evidence:
    """Count key versions, owners' keys, and keys past their time (S-04, A-19)."""
    kek, key = kek_check.c, owner_key.c
    due = select(key.owner_id).where(
        key.destroy_after < snap.now - _KEPT,
        key.state != KeyState.DESTROYED,
        key.hold == 0,
    )
    late = count(snap, due)
    versions = select(kek.version).where(kek.retired_at.is_(None)).distinct()
    gone = select(key.owner_id).where(key.state == KeyState.DESTROYED)
    return found(
        red_if(late > 0, otherwise=met_if(count(snap, versions) > 0)),
        key_versions=count(snap, versions),
        owner_keys=count(snap, select(key.owner_id)),
        owner_keys_destroyed=count(snap, gone),
        owner_keys_past_their_time=late,
    )


def staff(snap: Snapshot) -> Evidence:
    """Look for staff and auditors without a passkey, or without an end (S-03)."""
    row = account.c
    serving = select(row.account_id).where(
        row.role.in_(_STAFF), row.state == State.ACTIVE.value
    )
    has_one = select(passkey.c.account_id)
    bare = count(snap, serving.where(row.account_id.not_in(has_one)))
    endless = count(
        snap,
        serving.where(row.role == Role.AUDITOR.value, row.access_until.is_(None)),
    )
    return found(
        red_if(endless > 0, otherwise=met_if(bare == 0)),
        staff_accounts=count(snap, serving),
        staff_without_passkey=bare,
        auditors_without_end=endless,
    )


def unmaskings(snap: Snapshot) -> Evidence:
    """Look for names that an auditor learned by the own approval (section 17)."""
    row = unmasking.c
    alone = select(row.request_id).where(
        row.used_at.is_not(None), row.decided_by == row.asked_by
    )
    wrong = count(snap, alone)
    return found(
        red_if(wrong > 0),
        names_asked_for=count(snap, select(row.request_id)),
        names_told=count(snap, select(row.request_id).where(row.used_at.is_not(None))),
        names_told_by_one_person=wrong,
    )


def imports(snap: Snapshot) -> Evidence:
    """Count imports by where they came from; each names its source (P-02, P-04)."""
    row = vault_import.c
    own = select(row.import_id).where(row.source_id == SELF_SOURCE)
    others = select(row.import_id).where(row.source_id != SELF_SOURCE)
    refused = select(row.import_id).where(row.rejected > 0)
    return found(
        met_if(count(snap, select(row.import_id)) > 0),
        imports_by_persons=count(snap, own),
        imports_from_sources=count(snap, others),
        imports_with_refused_items=count(snap, refused),
    )


def data_sets(snap: Snapshot) -> Evidence:
    """Look for data sets made without the board, or with groups too small (X-17-19)."""
    ready = [e for e in data_set_register.every(snap) if e.state is DataSetState.READY]
    undecided = 0
    for each in ready:
        decided = current(
            snap,
            BoardSubjectKind.DATA_SET,
            str(each.data_set_id),
            version=data_set_register.BOARD_VERSION,
        )
        undecided += not is_in_force(decided, snap.now)
    small = sum(each.order.k < dataset_rules.CURRENT.least_k for each in ready)
    return found(
        red_if(small > 0),
        data_sets_ready=len(ready),
        data_sets_waiting_for_board=undecided,
        data_sets_with_small_groups=small,
        choices_about_data_sets=count(snap, select(data_set_choice.c.owner_id)),
    )


def classes(snap: Snapshot) -> Evidence:
    """Count categories by class; each has exactly one (X-01, X-02, X-07)."""
    item = profile_list.loaded(snap)
    is_approved = item is not None and profile_list.is_approved(snap, item)
    of = [each.sensitivity for each in categories.ALL.values()]
    return found(
        met_if(bool(of)),
        categories=len(of),
        categories_general=of.count(Sensitivity.GENERAL),
        categories_health_general=of.count(Sensitivity.HEALTH_GENERAL),
        categories_special_care=of.count(Sensitivity.SPECIAL_CARE),
        categories_prohibited=of.count(Sensitivity.PROHIBITED),
        categories_admitted_by_profile=len(item.document["categories"])
        if item and is_approved
        else 0,
    )


def values(snap: Snapshot) -> Evidence:
    """Count values of rules in force, and those that nobody verified (A-26)."""
    del snap
    unread = sum(not each.is_verified for each in rule_values.ALL)
    return found(
        met_if(bool(rule_values.ALL)),
        rule_values=len(rule_values.ALL),
        rule_values_unverified=unread,
    )


def answered(snap: Snapshot) -> Evidence:
    """Count items of the checklist that nothing answers yet (E-10)."""
    items = criterion.CURRENT.all.values()
    kept = documents.latest(snap)
    missing = sum(e.needs_document and e.id not in kept for e in items)
    not_built = sum(e.kind is CriterionKind.NOT_BUILT for e in items)
    return found(
        met_if(missing + not_built == 0),
        checklist_items=len(items),
        items_without_document=missing,
        items_not_built=not_built,
        items_with_unverified_wording=sum(not each.is_verified for each in items),
    )


def receipts(snap: Snapshot) -> Evidence:
    """Count receipts that recipients sent back, and findings among them (R-12)."""
    row = sent_receipt.c
    wrong = count(snap, select(row.no).where(row.finding != ""))
    last = snap.connection.execute(select(func.max(row.at))).scalar()
    return found(
        red_if(wrong > 0),
        receipts_sent_back=count(snap, select(row.no)),
        receipts_with_findings=wrong,
        last_receipt_sent_back=last,
    )
