"""People who write at the same time, in any order: every answer that was typed is stored, or its writer is told."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from impact.core.access.permissions import SYSTEM
from sites.calls.applications.applying.saving import Sent, mark_of, save_answers
from sites.calls.applications.models import Application

pytestmark = pytest.mark.django_db
KEYS = ["organisation_name", "what", "money"]
# (who, which answer, what they type): each writer has a page of their own, opened before anyone wrote.
STEPS = st.lists(
    st.tuples(st.sampled_from(["one", "two", "three"]), st.sampled_from(KEYS), st.text("ab \n", max_size=4)),
    max_size=12,
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_no_answer_is_overwritten_without_its_writer_having_seen_it(start, steps):
    application = Application.objects.first() or start()[1]
    Application.objects.update(draft={})
    seen: dict[tuple[str, str], str] = {}  # (who, which) → what that page shows as stored
    stored = dict.fromkeys(KEYS, "")
    for who, key, typed in steps:
        shown, text = seen.get((who, key), ""), typed.strip()
        saved = save_answers(by=SYSTEM, application=application, sent={key: Sent(text, mark_of(shown))})
        if key in saved.clashes:
            assert stored[key] not in (shown, text)  # someone else wrote, and it says something else
            seen[who, key] = stored[key]  # the page shows both now
        else:
            assert key in saved.marks
            if text not in (stored[key], shown):
                assert shown == stored[key]  # only what its writer had seen is replaced
                stored[key] = text
            seen[who, key] = text
        draft = Application.objects.get(pk=application.pk).draft
        assert {name: draft.get(name, "") for name in KEYS} == stored
