"""Labels in histories for changes to a report."""

from typing import Any

from impact.core.access.audit import Words

Facts = dict[str, Any]


def _section(facts: Facts) -> str:
    return f"“{facts['section']}”" if facts.get("section") else ""


def _about(facts: Facts) -> str:
    return str(facts.get("section", ""))


def _edition(facts: Facts) -> str:
    pages = facts.get("pages")
    length = f", {pages} page{'' if pages == 1 else 's'}" if pages else ""
    return f"Edition {facts.get('edition', '')}{length}"


def _until(facts: Facts) -> str:
    return f"Until {facts['deadline']}" if facts.get("deadline") else ""


def _planned(facts: Facts) -> str:
    return ": ".join(filter(None, [_section(facts), str(facts.get("status", ""))]))


def _replaced(facts: Facts) -> str:
    return f"Edition {facts.get('edition', '')} in place of edition {facts.get('replaces', '')}"


def _form(facts: Facts) -> str:
    return f"Edition {facts.get('edition', '')}, {facts.get('form', '')}"


WORDS: dict[str, Words] = {
    "report.section_planned": ("Owner, day or status of a section changed", _planned),
    "reporting_year.moved": ("Days changed", None),
    "reporting_year.planned": ("Days set", None),
    "section.planned": ("Owner, day or status changed", _planned),
    "edition.built": ("Edition built", _edition),
    "quote.approved": ("Words approved", None),
    "quote.declined": ("Words not to be used", None),
    "quote.withdrawn": ("Words withdrawn", None),
    "report.quote_approved": ("A speaker approved words", None),
    "report.quote_declined": ("A speaker said no to words", None),
    "report.quote_left_out": ("Words left out", None),
    "report.quote_offered": ("A speaker was asked for words", None),
    "report.quote_reworded": ("Words changed, so their speaker is asked again", None),
    "report.quote_withdrawn": ("A speaker withdrew words", None),
    "report.review_carried": ("Comment carried to next year", _about),
    "report.review_commented": ("Comment on the report", _about),
    "report.review_resolved": ("Comment resolved", _about),
    "report.sent_back": ("Report sent back with reasons", None),
    "report.taken_back": ("Report taken back to write", None),
    "edition.form_made": ("Form made", _form),
    "edition.form_requested": ("Form requested", _form),
    "report.approved": ("Report approved", _edition),
    "report.approved_before_group": ("Approved before the group had had its say, with a reason", None),
    "report.comment_answered": ("Comment of a member answered", _section),
    "report.commented": ("A member commented", _section),
    "report.build_cancelled": ("Build of an edition cancelled", None),
    "report.easy_read_said": ("A member said whether Easy Read is clear", _section),
    "report.easy_read_unsaid": ("A member took back their answer about Easy Read", _section),
    "report.easy_read_answered": ("A member’s words about Easy Read answered", _section),
    "report.easy_read_reviewed": ("Easy Read reviewed", _section),
    "report.edition_built": ("Edition built", _edition),
    "report.edition_requested": ("Edition requested", None),
    "report.figures_confirmed": ("Words checked against new figures", _section),
    "report.reading_ended": (
        "Report back from the group",
        lambda facts: "Before the group had had its say" if facts.get("early") else "",
    ),
    "report.reading_extended": ("Members were given more time to read", _until),
    "report.ready_said": ("A member said they are ready", None),
    "report.ready_taken_back": ("A member is not ready after all", None),
    "report.response_given": ("Leadership team’s response given", None),
    "report.sent_to_group": ("Report sent to the advisory group", _until),
    "report.published": ("Report published", None),
    "report.correction_opened": ("Correction started", _edition),
    "report.correction_changed": ("Reason or figures of the correction changed", _edition),
    "report.correction_written": ("Words of the correction changed", _edition),
    "report.correction_sent": ("Correction sent for approval", _edition),
    "report.correction_returned": ("Correction sent back", _edition),
    "report.correction_dropped": ("Correction dropped", _edition),
    "report.correction_approved": ("Correction approved", _edition),
    "report.correction_published": ("Correction published", _edition),
    "report.corrected": ("Report corrected", _replaced),
    "report.returned": ("Report sent back to the writers", None),
    "report.section_written": ("Chapter written", _section),
    "report.started": ("Report started", None),
    "report.submitted": ("Report sent for approval", None),
    "section.figures_confirmed": ("Words checked against new figures", None),
    "section.easy_read_sent": ("Easy Read sent for review", None),
    "section.easy_read_written": ("Easy Read written", None),
    "section.written": ("Chapter written", None),
    "snapshot.taken": ("Data frozen for an edition", None),
}
