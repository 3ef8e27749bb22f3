"""The words of co-production's pages, mails and notices can be read at the age of 11.

The age is what readability's Flesch-Kincaid grade says, plus 5, as in UK schools. Titles that people gave, names and dates
are not ours: the word "it" stands for each of them.
"""

import ast
import html
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import readability

ROOT = Path(__file__).parent.parent.parent
OLDEST = 11
OLDEST_SENTENCE = 14  # of one sentence alone
SENTENCE = 5  # words: labels and buttons would make pages look easier than they are
FEWEST_WORDS = 30  # the formula says nothing about less, so small pages are measured with the others of their folder
FOLDERS = ["coproduction", "reports/group_reading", "core/notices"]
MAILS = ["notices.txt", "notices_easy_read.txt", "reflection_link.txt"]
PACKAGES = ["coproduction", "reports/group_reading", "impact/core/notices"]
# What people read of a call: notices, forms, refusals and what a page says after a button.
NAMES = {"title", "words", "lead", "help_text", "label", "button", "done"}
REFUSALS = {"ValidationError", "StateConflict", "PermissionDenied", "success", "error", "info", "warning"}
BLOCKS = r"</?(?:p|li|ul|ol|h\d|div|td|th|tr|table|caption|legend|label|button|summary|details|dt|dd|option|form|br|c-[\w.-]+)\b[^>]*>"

pytestmark = pytest.mark.once


def words_of_template(text: str) -> str:
    """The sentences of a template, without what it computes."""
    text = re.sub(
        r"{#.*?#}|{% comment %}.*?{% endcomment %}|<(script|style|svg)\b.*?</\1>|<!--.*?-->", " ", text, flags=re.S
    )
    text = re.sub(r"{{[^}]*\|pluralize.*?}}", "", text, flags=re.S)
    text = re.sub(r"(?<=\w){{.*?}}", "", text, flags=re.S)  # the rest of a word or sentence: " for Ada"
    text = re.sub(r"{{.*?}}", "it", text, flags=re.S)
    text = re.sub(r"{%\s*(el|end)?(if|for|with|block|else|empty|slot)?.*?%}", _tag, text, flags=re.S)
    said = re.findall(r'\b(?:title|lead|caption|label|aria-label)="([^"<>]{3,})"', text)
    text = re.sub(r"(?<=</a>)\s+(?=<a)|(?<=</strong>)\s+(?=<a)", ". ", text)  # links side by side
    text = text.replace('<span class="muted', '. <span class="muted')  # a remark beside a link or a number
    text = re.sub(BLOCKS, ". ", text, flags=re.S)
    return sentences(re.sub(r"<[^>]*>", " ", text) + ". " + ". ".join(said))


def _tag(tag: re.Match[str]) -> str:
    """Each branch is read by itself; a plural or an address is no word."""
    return ". " if re.match(r"{%\s*(el|else|for|endfor|empty|block|endblock)", tag[0]) else " "


def sentences(text: str) -> str:
    """One sentence a line, without labels and buttons."""
    text = html.unescape(text)
    found = [" ".join(part.split()) for part in re.split(r"(?<=[.!?:])\s|\n\s*\n|\. ", text)]
    found = [re.sub(r"\s+(?=[,.:;?!])", "", part).rstrip(".:, ") for part in found]
    return "\n".join(f"{part}." for part in found if len(re.findall(r"[A-Za-z’'-]{2,}", part)) >= SENTENCE)


def words_of_module(path: Path) -> str:
    """What a module says to people: in notices, forms, refusals and messages."""
    found = []
    for node in ast.walk(ast.parse(path.read_text())):
        if not isinstance(node, ast.Call):
            continue
        name = getattr(node.func, "attr", getattr(node.func, "id", ""))
        found += [text for key in node.keywords if key.arg in NAMES for text in _texts(key.value)]
        if name in REFUSALS:
            found += [text for given in node.args for text in _texts(given)]
    return sentences("\n\n".join(found))


def _texts(node: ast.expr) -> Iterator[str]:
    """The texts in an expression, each choice by itself."""
    if isinstance(node, ast.Constant):
        if isinstance(node.value, str):
            yield node.value
    elif isinstance(node, ast.JoinedStr):
        yield "".join(part.value if isinstance(part, ast.Constant) else "it" for part in node.values)  # type: ignore[misc]
    elif isinstance(node, (ast.IfExp, ast.BinOp, ast.Dict, ast.List, ast.Tuple)):
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.expr) and child is not getattr(node, "test", None):
                yield from _texts(child)


def age_of(text: str) -> float:
    """The age at which these sentences, one a line, can be read."""
    lines = [" ".join(re.findall(r"[\w'-]+", line.replace("’", "'"))) + " ." for line in text.split("\n")]
    grade: float = readability.getmeasures("\n".join(lines), lang="en")["readability grades"]["Kincaid"]
    return grade + 5


def surfaces() -> dict[str, str]:
    """Every surface of co-production with its words; small ones together."""
    found: dict[str, str] = {}
    small: dict[str, list[str]] = {}
    templates = [path for folder in FOLDERS for path in sorted((ROOT / "templates" / folder).rglob("*.html"))]
    templates = [path for path in templates if not path.stem.endswith("_cy")]  # the formula is for English
    templates += [ROOT / "templates" / "emails" / name for name in MAILS]
    modules = [path for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py"))]
    texts = {path: words_of_template(path.read_text()) for path in templates}
    apart = {
        "migrations",
        "management",
        "api.py",
        "models.py",
        "event_words.py",
    }  # programs, people who run the site, histories
    texts |= {path: words_of_module(path) for path in modules if not apart & set(path.parts)}
    for path, text in texts.items():
        if len(text.split()) >= FEWEST_WORDS:
            found[path.relative_to(ROOT).as_posix()] = text
        elif text:
            small.setdefault(path.parent.relative_to(ROOT).as_posix(), []).append(text)
    together = {f"{folder}/": "\n".join(parts) for folder, parts in small.items()}
    return found | {name: text for name, text in together.items() if len(text.split()) >= FEWEST_WORDS}


SURFACES = surfaces()


@pytest.mark.parametrize("name", sorted(SURFACES))
def test_words_can_be_read_at_eleven(name):
    hardest = sorted(SURFACES[name].split("\n"), key=age_of, reverse=True)[:3]
    advice = "\n".join(["Say it in shorter sentences and plainer words:", *hardest])
    assert age_of(SURFACES[name]) <= OLDEST, advice
    long = [sentence for sentence in hardest if len(sentence.split()) >= 8]  # one long word makes a short one look hard
    assert all(age_of(sentence) <= OLDEST_SENTENCE for sentence in long), advice


def test_the_measure_tells_plain_words_from_others():
    assert age_of("You can say what you think. Your group reads it.") <= OLDEST
    stiff = (
        "Notwithstanding subsequent modifications, participants’ previously communicated positions remain applicable."
    )
    assert age_of(stiff) > OLDEST
    page = "<h1>Your answer</h1><p>Say <b>yes</b> or {{ no }} when you are ready.</p>"
    assert words_of_template(page) == "Say yes or it when you are ready."


def test_every_part_of_coproduction_is_measured():
    assert len(SURFACES) > 60
    assert all(any(name.startswith(f"templates/{folder}") for name in SURFACES) for folder in FOLDERS)
