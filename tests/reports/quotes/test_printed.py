"""What an edition prints of quotes and of last year's responses."""

from reports.formats import document
from tests.reports import sample


def test_an_edition_prints_approved_words_and_what_leadership_answered_last_year():
    html, _assets = document.compose(sample.snapshot())
    text = " ".join(html.split())
    assert "Out here there is one provider." in text and "approved these exact words" in text
    assert "Theme 1, barrier. Carer" in text
    assert "answered the report of the year before, point by point" in text and ">More space</h3>" in text
    assert "<strong>We will do this</strong>, by 30 June 2022" in text and "Each <strong>meeting</strong>" in text


def test_an_edition_without_quotes_or_responses_says_nothing_of_them():
    snapshot = sample.snapshot()
    snapshot.data |= {"quotes": [], "responses_last_year": []}
    html, _assets = document.compose(snapshot)
    assert "own words" not in html and "point by point" not in html


def test_an_older_snapshot_without_these_keys_is_still_drawn():
    snapshot = sample.snapshot()
    for key in ("quotes", "responses_last_year"):
        del snapshot.data[key]
    assert "Progress during the year" in document.compose(snapshot)[0]
