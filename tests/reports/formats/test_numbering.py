"""Numbers of figures, tables and headings in print, and the words that lead to them."""

from reports.formats.numbering import Entry, all_codes, number, plain, refer, resolved, see

CHAPTER = """<section><h2 id="sites">Sites</h2><h3>Every <strong>site</strong></h3>
<table><caption>Sites as they stood <span class="figure-code">F1</span></caption></table>
<figure><img alt="x"><figcaption>Sites in each nation <span class="figure-code">F2</span></figcaption></figure>
<table><caption>Again <span class="figure-code">F1</span></caption></table><h3 id="own">Own address</h3></section>"""


def test_figures_and_tables_count_within_their_chapter_and_headings_get_addresses():
    made = number(CHAPTER, key="sites", chapter=8)
    assert [entry.label for entry in made.listed] == ["Table 8.1", "Figure 8.1", "Table 8.2"]
    assert [entry.words for entry in made.listed] == ["Sites as they stood", "Sites in each nation", "Again"]
    assert made.headings == [Entry("sites-1", "Every site")]
    assert '<h3 id="sites-1">Every <strong>site</strong></h3>' in made.html
    assert '<span class="caption__number" id="table-8-1">Table 8.1</span> Sites as they stood' in made.html


def test_what_leads_to_a_figure_names_the_first_place_that_prints_its_code():
    first = number(CHAPTER, key="sites", chapter=8)
    second = number(CHAPTER, key="method", chapter=9)
    codes = all_codes([first, second])
    there = '<a class="see" href="#see-F1"></a> and <a class="see" href="#see-F2"></a>'
    assert resolved(there, codes) == (
        '<a class="see" href="#table-8-1">Table 8.1</a> and <a class="see" href="#figure-8-1">Figure 8.1</a>'
    )
    assert resolved('See <a class="see" href="#see-F99"></a>.', codes) == "See this report."
    assert (
        resolved(refer("F1"), codes) == '<span class="refer">See <a class="see" href="#table-8-1">Table 8.1</a>.</span>'
    )
    assert (
        resolved(f"Few.{refer('F99')} {see('F99', 'Where <members> stand')}", codes)
        == "Few. Where &lt;members&gt; stand (F99)"
    )


def test_the_words_of_a_caption_come_without_codes_and_tags():
    assert plain('Themes\n  by <em>nation</em> <a class="figure-code" href="/f/F17/">F17</a>') == "Themes by nation"
