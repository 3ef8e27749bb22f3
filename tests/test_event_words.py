"""Every kind of change that is recorded is told in words of its own, never as ``kind: coach``."""

import ast
from pathlib import Path

import pytest

from impact.core.access import audit
from impact.core.access.models import AuditEvent
from tests.test_architecture import ORDER, modules

pytestmark = pytest.mark.sqlite_only


def recorded_types() -> set[str]:
    """The second argument of every ``audit.record(…)`` in the code, where it is written out."""
    found = set()
    for path in (path for package in ORDER for path in modules(package)):
        for node in ast.walk(ast.parse(Path(path).read_text())):
            is_record = isinstance(node, ast.Call) and ast.unparse(node.func) in ("audit.record", "record")
            if is_record and len(node.args) > 1:
                found |= {
                    n.value for n in ast.walk(node.args[1]) if isinstance(n, ast.Constant) and isinstance(n.value, str)
                }
    return {kind for kind in found if "." in kind and not kind.startswith("read.") and not kind.endswith(".")}


def test_every_change_that_is_recorded_has_words():
    types = recorded_types()
    assert len(types) > 80
    missing = sorted(types - set(audit._words))
    assert not missing, f"give these words in the event_words.py of their app: {missing}"


@pytest.mark.parametrize(
    ("kind", "facts", "told"),
    [
        ("role.planned", {"kind": "coach"}, ("Post planned", "Improvement coach")),
        (
            "role.appointed",
            {"kind": "lead", "starts_on": "2022-07-24"},
            ("Appointed to a post", "Site lead, from 24 July 2022"),
        ),
        (
            "evidence_gap.fed_back",
            {"on": "2022-09-12", "organisation": "Harbour Council"},
            ("Evidence gap fed back", "To Harbour Council, on 12 September 2022"),
        ),
        ("evidence_gap.reopened", {"before": "closed"}, ("Evidence gap reopened", "It was closed")),
        (
            "status.changed",
            {"before": "setting_up", "after": "active"},
            ("Status changed", "From setting up to active"),
        ),
        (
            "charter_version.proposed",
            {"version": 3, "answers_by": "30 June 2022"},
            ("Text put to members", "Version 3, answers by 30 june 2022"),
        ),
        ("edition.built", {"edition": 2, "pages": 1}, ("Edition built", "Edition 2, 1 page")),
    ],
)
def test_what_a_change_is_about_is_said_as_people_say_it(kind, facts, told):
    label, detail = audit.tell(AuditEvent(type=kind, facts=facts))
    assert (label, detail.lower()) == (told[0], told[1].lower())
