"""The pages of suggestions: what each reader sees of drafts, passages, merges and the discussion."""

import re
from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.urls import reverse

from coproduction.group.models import SupportLink
from coproduction.suggestions import services
from coproduction.suggestions.answering.merging import merge_suggestions
from coproduction.suggestions.answering.taking import take_in
from coproduction.suggestions.discussion.models import EDIT_WITHIN, Comment
from coproduction.suggestions.discussion.services import (
    add_comment,
    discussion_of,
    edit_comment,
    flag_comment,
    hide_comment,
    show_comment,
)
from coproduction.suggestions.models import Suggestion
from coproduction.suggestions.passages import Passage
from impact.core.notices.models import Notice
from tests import factories
from tests.pages import html_of

pytestmark = pytest.mark.sqlite_only
SECRET = "A half-thought that is mine alone"


def url(name, *args):
    return reverse(f"coproduction:{name}", args=args)


def read(client, address, status=200):
    response = client.get(address)
    assert response.status_code == status, response.status_code
    return html_of(response)


def post(client, address, status=302, **data):
    response = client.post(address, data)
    assert response.status_code == status, html_of(response)[:3000]
    return response


def of(world, **more):
    return {"section": world.section.pk, "version": world.version.pk, **more}


def suggest(world, words="Shorter, please", **given):
    return services.suggest_change(by=world.member, section=world.section, version=world.version, words=words, **given)


# --- Drafts
def test_a_draft_saves_itself_and_no_one_else_can_read_it_anywhere(
    proposed, sign_in, staff, leader, administrator, assessor
):
    mine = sign_in(proposed.member)
    add = url("suggestion-add", proposed.charter.pk)
    given = of(proposed, words=SECRET, key="a-page", do="autosave", place="p0")
    said = html_of(post(mine, add, 200, **given))
    assert 'data-state="saved"' in said and 'id="saved-revision" value="1"' in said
    post(mine, add, 200, **{**given, "words": f"{SECRET}, longer", "revision": "1"})
    assert 'data-state="error"' in html_of(post(mine, add, 200, **{**given, "words": "Old window", "revision": "1"}))
    row = Suggestion.with_drafts.get()
    assert (row.words, row.quote) == (f"{SECRET}, longer", "About our Vision.")
    assert SECRET in read(mine, url("suggestion-list")) and SECRET in read(mine, row.get_absolute_url())
    own = mine.get(f"/api/v1/suggestions/{row.pk}/").json()
    assert own["words"].startswith(SECRET) and own["status"] == "draft"
    supporter = factories.user_in(proposed.group, "supporter")
    SupportLink.objects.create(group=proposed.group, member=proposed.member.person, supporter=supporter.person)
    coordinator = factories.user_in(proposed.group, "coordinator")
    for user in (proposed.lead, staff, leader, administrator, assessor, supporter, coordinator):
        client = sign_in(user)
        pages = ["/", url("index"), url("suggestion-list"), "/api/v1/suggestions/", "/search/?q=half-thought"]
        pages += [
            url("suggestion-list") + "?format=csv",
            "/api/v1/suggestions/export.csv",
            proposed.charter.get_absolute_url(),
        ]
        for page in pages:
            response = client.get(page, follow=True)
            body = b"".join(response.streaming_content) if response.streaming else response.content
            assert SECRET not in body.decode(), (user, page)
        for path in ("", "write/"):
            read(client, f"/co-production/suggestions/{row.pk}/{path}", 404)
        for path in ("delete/", "newest-text/"):
            assert client.post(f"/co-production/suggestions/{row.pk}/{path}").status_code == 404
        assert client.get(f"/api/v1/suggestions/{row.pk}/").status_code == 404
    response = post(
        mine,
        row.get_absolute_url(),
        words="Sent now",
        place="whole",
        revision=str(row.revision),
        do="send",
        **of(proposed),
    )
    assert response.url.endswith("#vision")
    sent = Suggestion.objects.get()
    assert (sent.words, sent.quote, sent.status) == ("Sent now", "", "waiting")


def test_two_windows_of_one_draft_lose_nothing(proposed, sign_in):
    mine = sign_in(proposed.member)
    row = services.save_draft(by=proposed.member, section=proposed.section, version=proposed.version, words="One")
    services.update_draft(by=proposed.member, suggestion=row, words="Two")
    page = html_of(post(mine, row.get_absolute_url(), 409, words="Three", revision="1", do="save", **of(proposed)))
    assert ">Two</pre>" in page and "Three</textarea>" in page
    post(mine, row.get_absolute_url(), words="Three", revision="2", do="save", **of(proposed))
    assert Suggestion.with_drafts.get().words == "Three"


def test_a_draft_is_deleted_from_the_list_of_its_writer(proposed, sign_in):
    mine = sign_in(proposed.member)
    row = services.save_draft(by=proposed.member, section=proposed.section, version=proposed.version, words="One")
    assert "Send or delete your draft suggestion" in read(mine, url("index"))
    post(mine, url("suggestion-delete", row.pk))
    assert not Suggestion.with_drafts.exists()


# --- Passages
def test_words_that_are_selected_become_the_passage_and_are_highlighted(proposed, sign_in):
    mine = sign_in(proposed.member)
    add = url("suggestion-add", proposed.charter.pk)
    page = read(
        mine, f"{add}?section={proposed.section.pk}&version={proposed.version.pk}&quote=our+Vision&prefix=About"
    )
    assert "“our Vision”" in page and "The whole section" in page
    post(mine, add, words="Clearer", quote="our Vision", before="About ", place="chosen", **of(proposed))
    page = read(mine, proposed.version.get_absolute_url())
    assert '<mark class="passage">our Vision</mark>' in page
    assert '<mark class="passage">our Vision</mark>' in read(mine, Suggestion.objects.get().get_absolute_url())
    wrong = html_of(post(mine, add, 200, words="Typed", quote="not there", place="chosen", **of(proposed)))
    assert "These words are not in the text" in wrong and "Typed</textarea>" in wrong


def test_a_passage_that_is_gone_is_quoted_with_what_became_of_it(agreed, sign_in):
    row = suggest(agreed, passage=Passage("our Vision"))
    services.answer_suggestion(by=agreed.lead, suggestion=row, status="taken_up", answer="Yes.")
    draft = take_in(by=agreed.lead, suggestion=row).version
    page = read(sign_in(agreed.lead), url("charter-edit", agreed.charter.pk))
    assert "Suggestions for this section" in page and "The section has not been changed yet" in page
    from coproduction.agreement.services import propose_version
    from coproduction.charter.services import write_section

    write_section(by=agreed.lead, text=draft.texts.get(section=agreed.section), body="What we hope for.")
    mine = sign_in(agreed.member)
    assert f"/versions/{draft.number}/" not in read(mine, row.get_absolute_url())
    propose_version(by=agreed.lead, version=draft, closes_on=agreed.today + timedelta(14), change_note="Plainer")
    page = read(mine, row.get_absolute_url())
    assert "The text has changed since" in page and "no longer says" in page and "took it in" in page
    assert "1 suggestion taken in here" in read(mine, draft.get_absolute_url())


def test_hostile_words_stay_words_on_every_page(proposed, sign_in):
    words = "<script>alert(1)</script> [x](javascript:alert(1)) **bold**"
    row = suggest(proposed, words)
    add_comment(by=proposed.member, suggestion=row, words=words)
    proposed.people[0].name = "<b>Name</b>"
    proposed.people[0].save()
    mine, lead = sign_in(proposed.member), sign_in(proposed.lead)
    add = url("suggestion-add", proposed.charter.pk)
    address = f"{add}?section={proposed.section.pk}&version={proposed.version.pk}"
    pages = [read(mine, row.get_absolute_url()), read(lead, row.get_absolute_url()), read(mine, url("suggestion-list"))]
    pages += [read(mine, proposed.charter.get_absolute_url()), read(mine, f"{address}&quote=<script>alert(1)</script>")]
    pages += [read(lead, address), read(lead, f"{address}&for={proposed.people[0].pk}")]
    for page in pages:
        assert "<script>alert(1)" not in page and "<b>Name" not in page and 'href="javascript' not in page
    assert "&lt;script&gt;alert(1)" in pages[0]


def test_a_supporter_of_two_members_sees_whose_suggestion_it_is(proposed, sign_in):
    supporter = factories.user_in(proposed.group, "supporter")
    for person in proposed.people[:2]:
        SupportLink.objects.create(group=proposed.group, member=person, supporter=supporter.person)
    client = sign_in(supporter)
    one, two, three = proposed.people
    add = url("suggestion-add", proposed.charter.pk)
    address = f"{add}?section={proposed.section.pk}&version={proposed.version.pk}"
    assert "Record a member’s suggestion" in read(client, proposed.charter.get_absolute_url())
    page = read(client, address)
    assert one.name in page and two.name in page and three.name not in page
    page = read(client, f"{address}&for={two.pk}")
    assert f"Suggestion of {two.name}</h1>" in page and f"Send for {two.name}" in page
    read(client, f"{address}&for={three.pk}", 404)
    given = of(proposed, words="Bigger print", told="in_person", **{"for": two.pk})
    page = html_of(client.post(add, given, follow=True))
    assert f"The suggestion of {two.name} about" in page
    assert Suggestion.objects.get().person == two


# --- Answers and merging
def test_the_second_of_two_answers_is_shown_beside_the_first(proposed, sign_in):
    row = suggest(proposed)
    lead = sign_in(proposed.lead)
    services.answer_suggestion(by=proposed.lead, suggestion=row, status="taken_up", answer="The first answer.")
    page = html_of(lead.post(row.get_absolute_url(), {"status": "not_now", "answer": "The second.", "version": "1"}))
    assert "Someone else saved this while you were writing" in page
    assert "The first answer." in page and "The second.</textarea>" in page
    assert Suggestion.objects.get().answer == "The first answer."


def test_merged_suggestions_are_answered_together_on_their_pages(proposed, sign_in):
    one, two = suggest(proposed), suggest(proposed, "Shorter please, much")
    lead, mine = sign_in(proposed.lead), sign_in(proposed.member)
    assert "looks alike" in read(lead, one.get_absolute_url())
    post(lead, url("suggestion-merge", one.pk), others=[two.pk], version=one.revision)
    assert "Merged into this one" in read(lead, one.get_absolute_url())
    assert "Merged with one like it" in read(mine, two.get_absolute_url())
    post(lead, url("suggestion-unmerge", two.pk))
    assert Suggestion.objects.waiting().count() == 2
    one.refresh_from_db()
    merge_suggestions(by=proposed.lead, suggestion=one, others=[two])
    services.answer_suggestion(by=proposed.lead, suggestion=one, status="adapted", answer="A little shorter.")
    assert "A little shorter." in read(mine, two.get_absolute_url())


def test_waiting_suggestions_are_the_same_number_everywhere(proposed, sign_in):
    rows = [suggest(proposed, f"Suggestion number {n} about thing {n}") for n in range(4)]
    services.save_draft(
        by=proposed.lead, section=proposed.section, version=proposed.version, words="x", person=proposed.people[0]
    )
    merge_suggestions(by=proposed.lead, suggestion=rows[0], others=[rows[1]])
    services.answer_suggestion(by=proposed.lead, suggestion=rows[2], status="not_now", answer="No.")
    lead = sign_in(proposed.lead)
    assert "Answer 2 suggestions on the charter" in read(lead, url("index"))
    assert "2 waiting" in read(lead, url("index")) and "2 waiting" in read(lead, url("suggestion-list"))
    assert "2 suggestions</strong>" in read(lead, url("suggestion-list") + "?status=waiting")
    assert "2 waiting for an answer" in read(lead, proposed.charter.get_absolute_url())
    assert len(lead.get("/api/v1/suggestions/?status=waiting").json()["results"]) == 2
    assert "1 suggestion</strong>" in read(lead, url("suggestion-list") + "?status=answered")
    assert "4 suggestions</strong>" in read(sign_in(proposed.member), url("suggestion-list") + "?mine=on")
    assert "No suggestion matches" in read(lead, url("suggestion-list") + f"?section={proposed.known.pk}")


# --- Discussion
def test_a_hidden_comment_is_read_by_its_writer_and_the_lead_alone(proposed, sign_in, staff, leader):
    row = suggest(proposed)
    add_comment(by=proposed.lead, suggestion=row, words="What would help?")
    writer, other = factories.user_in(proposed.group), factories.user_in(proposed.group)
    comment = add_comment(by=writer, suggestion=row, words="Rude words")
    for user in (proposed.member, staff, leader, writer):
        with pytest.raises(PermissionDenied):
            hide_comment(by=user, comment=comment, reason="No")
    flag_comment(by=other, comment=comment, reason="It hurts")
    assert "Look at a comment that someone flagged" in read(sign_in(proposed.lead), url("index"))
    with pytest.raises(ValidationError, match="your own"):
        flag_comment(by=writer, comment=comment)
    with pytest.raises(ValidationError, match="Say why"):
        hide_comment(by=proposed.lead, comment=comment, reason=" ")
    post(sign_in(proposed.lead), url("comment-hide", comment.pk), reason="Please be kind.")
    for user in (proposed.member, other, staff, leader):
        client = sign_in(user)
        page = read(client, row.get_absolute_url()) + client.get(f"/api/v1/suggestions/{row.pk}/").content.decode()
        assert "Rude words" not in page and "Please be kind." not in page and "It hurts" not in page
    for user in (writer, proposed.lead):
        page = read(sign_in(user), row.get_absolute_url())
        assert "Rude words" in page and "Please be kind." in page
    assert "Please be kind." not in Notice.objects.get(person=writer.person).words
    comment.refresh_from_db()
    show_comment(by=proposed.lead, comment=comment)
    assert "Rude words" in read(sign_in(other), row.get_absolute_url())


def test_a_comment_can_be_changed_by_its_writer_for_a_while(proposed, sign_in):
    row = suggest(proposed)
    comment = add_comment(by=proposed.member, suggestion=row, words="Frist")
    with pytest.raises(PermissionDenied):
        edit_comment(by=proposed.lead, comment=comment, words="Not mine")
    post(sign_in(proposed.member), url("comment-edit", comment.pk), words="First", version="1")
    assert Comment.objects.get().words == "First"
    Comment.objects.update(said_at=comment.said_at - EDIT_WITHIN - timedelta(seconds=1))
    with pytest.raises(ValidationError, match="for 30 minutes"):
        edit_comment(by=proposed.member, comment=Comment.objects.get(), words="Later")


def test_the_discussion_is_for_the_group_and_names_who_wrote_something_down(proposed, sign_in, staff):
    row = suggest(proposed)
    supporter = factories.user_in(proposed.group, "supporter")
    SupportLink.objects.create(group=proposed.group, member=proposed.people[0], supporter=supporter.person)
    with pytest.raises(ValidationError, match="Only people who are members"):
        add_comment(by=supporter, suggestion=row, words="As myself")
    client = sign_in(supporter)
    page = html_of(post(client, url("comment-add", row.pk), 200, words="Me too"))
    assert "Choose an answer" in page or "Select" in page or "Choose" in page
    post(client, url("comment-add", row.pk), words="Me too", person=proposed.people[0].pk, told="in_person")
    (said,) = discussion_of(row, proposed.member)
    assert (said.who, said.written_down_by) == (proposed.people[0].name, supporter.display_name)
    assert discussion_of(row, staff) == [] and "Me too" not in read(sign_in(staff), row.get_absolute_url())
    with pytest.raises(PermissionDenied):
        add_comment(by=staff, suggestion=row, words="From outside")


def test_a_file_names_members_to_the_engagement_lead_alone(proposed, sign_in, staff):
    row = suggest(proposed)
    whole = {
        user: b"".join(sign_in(user).get(url("suggestion-list") + "?format=csv")).decode()
        for user in (proposed.lead, staff)
    }
    assert row.person.name in whole[proposed.lead] and row.person.name not in whole[staff]
    assert sign_in(proposed.lead).get(url("suggestion-list") + "?format=xlsx").status_code == 200


def test_the_forms_beneath_a_suggestion_have_ids_of_their_own(proposed, sign_in):
    """One to answer it and one to merge it: a label leads to the field of its own form."""
    row = suggest(proposed, "Shorter, please")
    suggest(proposed, "Much shorter, please")
    page = html_of(sign_in(proposed.lead).post(row.get_absolute_url(), {"version": row.revision}))
    ids = re.findall(r' id="([^"]+)"', page)
    assert "There is a problem" in page and "merge_version" in ids
    assert sorted(ids) == sorted(set(ids))
