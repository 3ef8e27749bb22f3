"""What is pasted into a form and is too long is refused with words and kept, not cut."""

import re

import pytest
from django import forms
from django.conf import settings
from django.urls import reverse

from impact.core.web.forms import Form, ModelForm
from networks.meetings.models import Meeting
from tests.factories import UserFactory
from tests.pages import html_of

pytestmark = pytest.mark.django_db


class Words(Form):
    words = forms.CharField(max_length=20, widget=forms.Textarea)


class Title(ModelForm):
    class Meta:
        model = Meeting
        fields = ["notes"]


def test_a_browser_does_not_cut_what_is_pasted_into_a_box():
    assert "maxlength" not in str(Words()) and "<textarea" in str(Title()) and "maxlength" not in str(Title())


def test_no_box_that_a_template_writes_by_itself_cuts_it_either():
    for path in (settings.BASE_DIR / "templates").rglob("*.html"):
        boxes = re.findall(r"<textarea.*?</textarea", path.read_text(), re.DOTALL)
        assert not [box for box in boxes if "maxlength" in box], path


def test_a_text_that_is_too_long_is_told_in_plain_words():
    assert Words({"words": "x" * 31}).errors == {"words": ["Write at most 20 characters. This has 31."]}


def test_a_long_request_is_refused_and_kept(sign_in):
    client, words = sign_in(UserFactory()), "y" * 10_000
    page = html_of(client.post(reverse("core:my-requests"), {"kind": "correct", "words": words}))
    assert "Write at most 2000 characters. This has 10000." in page and words in page
    assert "maxlength" not in page.split("<textarea")[1].split(">")[0]
