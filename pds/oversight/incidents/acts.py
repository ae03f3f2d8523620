"""What staff do about an incident; each act is a step, and grave ones need a second.

Whoever carries out what somebody else wrote names the version that was read, so that
nobody approves what was changed meanwhile.
"""

from collections.abc import Mapping
from uuid import UUID

from audit.work import Work
from pds.core.errors import Conflict, Forbidden, Invalid
from pds.oversight.incidents import contents, facts, register
from pds.oversight.incidents.facts import Facts
from pds.oversight.incidents.incident import Incident, IncidentState
from pds.oversight.incidents.judging import IncidentReport
from pds.oversight.incidents.steps import IncidentStep

_CLOSED = IncidentState.CLOSED


def assess(work: Work, incident_id: UUID, now_known: Facts, *, actor: str) -> Incident:
    """Correct what is known; duties and terms follow from it.

    Raises:
        Conflict: `incident.closed`.
    """
    going(work, incident_id)
    said = {"facts": facts.written(now_known)}
    return register.take(work, incident_id, IncidentStep.ASSESSED, said, actor=actor)


def contain(work: Work, incident_id: UUID, text: str, *, actor: str) -> Incident:
    """Note what stopped it.

    Raises:
        Conflict: `incident.closed` or `incident.contained`.
        Invalid: `incident.text` or `papers.number`.
    """
    found = going(work, incident_id)
    if found.state is not IncidentState.OPEN:
        raise Conflict("incident.contained", "It is contained already.")
    said = {"text": contents.text(text)}
    return register.take(work, incident_id, IncidentStep.CONTAINED, said, actor=actor)


def write(
    work: Work, incident_id: UUID, said: Mapping[str, str], *, actor: str
) -> Incident:
    """Write the nine contents; a new version of them (A-17).

    Raises:
        Conflict: `incident.closed`.
        Invalid: `incident.text` or `papers.number`.
    """
    going(work, incident_id)
    content = {"contents": contents.check(said)}
    return register.take(work, incident_id, IncidentStep.WRITTEN, content, actor=actor)


def report(
    work: Work,
    incident_id: UUID,
    to: IncidentReport,
    reference: str,
    *,
    seen: int,
    actor: str,
) -> Incident:
    """Note that the newest version went to somebody, under what number.

    Args:
        work: the unit of work.
        incident_id: which incident.
        to: whom it went to.
        reference: under what number, or how.
        seen: number of the step that wrote the version.
        actor: who of staff.

    Whoever wrote that version does not report it. The law has the final report to the
    authority say each of the nine contents, and its first one come before.

    Raises:
        Conflict: `incident.closed`; `incident.no-report`, nothing is written yet, or
            the first report lacks; or `incident.moved-on`, there is a newer version.
        Forbidden: `incident.second`.
        Invalid: `incident.incomplete` or `incident.text`.
    """
    found = going(work, incident_id)
    written = found.last(IncidentStep.WRITTEN)
    is_final = to is IncidentReport.AUTHORITY_FINAL
    if written is None or (
        is_final and IncidentReport.AUTHORITY_FIRST not in found.reports
    ):
        raise Conflict("incident.no-report", "What comes before it lacks.")
    look_again_unless(written.no, seen)
    second(written.actor, actor)
    if is_final and contents.missing(found.contents):
        raise Invalid("incident.incomplete", "The final report lacks a content.")
    said = {
        "reference": contents.text(reference),
        "to": to.value,
        "version": written.no,
    }
    return register.take(work, incident_id, IncidentStep.REPORTED, said, actor=actor)


def ask_close(work: Work, incident_id: UUID, text: str, *, actor: str) -> Incident:
    """Propose to close it; a second of staff decides.

    Raises:
        Conflict: `incident.closed`, or `incident.duties`; something has to be done yet.
        Invalid: `incident.text` or `papers.number`.
    """
    found = going(work, incident_id)
    _require_done(found)
    said = {"text": contents.text(text)}
    return register.take(work, incident_id, IncidentStep.CLOSING, said, actor=actor)


def close(work: Work, incident_id: UUID, *, actor: str) -> Incident:
    """Close what somebody else asked to close.

    Raises:
        Conflict: `incident.closed`, `incident.duties`, or `incident.not-asked`; nobody
            asked, or something happened since.
        Forbidden: `incident.second`.
    """
    found = going(work, incident_id)
    newest = found.steps[-1]
    if newest.step is not IncidentStep.CLOSING:
        raise Conflict("incident.not-asked", "Nobody asked to close it as it is.")
    _require_done(found)
    second(newest.actor, actor)
    return register.take(work, incident_id, IncidentStep.CLOSED, {}, actor=actor)


def reopen(work: Work, incident_id: UUID, text: str, *, actor: str) -> Incident:
    """Take a closed incident up again.

    Raises:
        Conflict: `incident.not-closed`.
        Invalid: `incident.text` or `papers.number`.
    """
    found = register.get(work, work.keys, incident_id)
    if found.state is not _CLOSED:
        raise Conflict("incident.not-closed", "It is not closed.")
    said = {"text": contents.text(text)}
    return register.take(work, incident_id, IncidentStep.REOPENED, said, actor=actor)


def going(work: Work, incident_id: UUID) -> Incident:
    """Return an incident that is not closed.

    Raises:
        NotFound: `incident.unknown`.
        Conflict: `incident.closed`.
    """
    found = register.get(work, work.keys, incident_id)
    if found.state is _CLOSED:
        raise Conflict("incident.closed", "It is closed; take it up again first.")
    return found


def look_again_unless(newest: int, seen: int) -> None:
    """Raise Conflict `incident.moved-on` if not the newest version was read."""
    if newest != seen:
        raise Conflict("incident.moved-on", "There is a newer version.")


def second(first: str, actor: str) -> None:
    """Raise Forbidden `incident.second` if the same of staff would do both."""
    if first == actor:
        raise Forbidden("incident.second", "Somebody else of the staff has to do it.")


def _require_done(found: Incident) -> None:
    if not found.may_close:
        raise Conflict("incident.duties", "Something has to be done before.")
