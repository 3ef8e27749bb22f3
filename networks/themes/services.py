"""Themes as people type them: found or added, never twice for the same words, with what is nearly the same."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.text import slugify
from rapidfuzz import fuzz, process
from snowballstemmer import stemmer

from impact.core.access import audit
from impact.core.access.permissions import Actor, require
from networks.themes.models import Theme

NEARLY = 0.78  # above this two names may well mean the same
_stemmer = stemmer("english")
LITTLE_WORDS = {"a", "an", "and", "for", "in", "of", "on", "or", "the", "to", "with"}


def tidy_theme_name(name: str) -> str:
    """One space between words, a capital first; the rest as it was typed."""
    words = " ".join(name.split())
    return words[:1].upper() + words[1:]


def theme_slug(name: str) -> str:
    """The short name of a theme; refuses a name without words."""
    slug = slugify(tidy_theme_name(name))[:80]
    if not slug:
        raise ValidationError("Write the theme in words, for example: Relationships.")
    return slug


@transaction.atomic
def find_or_add_theme(*, by: Actor, name: str, group: Any = None) -> Theme:
    """The theme of these words, whatever their case, spaces and commas; a new one only where there is none.

    A theme that was merged, or an earlier name, leads to the theme of today. Adding one takes the right to keep a
    log (of ``group``).
    """
    require(by, "networks.log_meeting", group)
    name, slug = tidy_theme_name(name), theme_slug(name)
    theme = Theme.objects.select_related("merged_into").filter(slug=slug).first()
    if theme is None:
        theme = Theme(name=name, slug=slug)
        theme.full_clean(validate_unique=False)
        try:
            with transaction.atomic():
                theme.save()
        except IntegrityError:  # someone else added the same words a moment ago
            return Theme.objects.get(slug=slug)
        audit.record(by, "theme.added", theme)
    return theme.merged_into or theme


def known_themes() -> set[str]:
    """The short names of themes that a log may use without saying that they are new."""
    return set(Theme.objects.spoken_of().values_list("slug", flat=True))


def find_theme(name: str) -> Theme:
    """The theme of these words, or a refusal that says how to add one: a theme is never added by a slip of the pen."""
    theme = Theme.objects.spoken_of().select_related("merged_into").filter(slug=theme_slug(name)).first()
    if theme is None:
        raise ValidationError(
            {
                "theme": f"There is no theme “{tidy_theme_name(name)}”. Choose an existing theme, "
                "or send new_theme: true to add it."
            },
        )
    return theme.merged_into or theme


def _stems(name: str) -> str:
    """The stems of the words that carry the meaning, in alphabetical order."""
    words = slugify(name).split("-")
    return " ".join(sorted(_stemmer.stemWords([word for word in words if word not in LITTLE_WORDS] or words)))


def likeness(one: str, other: str) -> float:
    """How alike two names are, from 0 to 1: letter by letter, and by the stems of their words in any order."""
    letters = fuzz.ratio(slugify(one), slugify(other))
    return max(letters, fuzz.ratio(_stems(one), _stems(other))) / 100


def similar_themes(name: str, themes: Iterable[Theme] | None = None) -> list[Theme]:
    """Up to three themes whose words are nearly these, to offer instead of a new one. Never the theme itself."""
    slug = slugify(tidy_theme_name(name))[:80]
    known = [t for t in (Theme.objects.in_use().spoken_of() if themes is None else themes) if t.slug != slug]
    found = [(likeness(name, theme.name), theme) for theme in known]
    near = sorted((pair for pair in found if pair[0] >= NEARLY), key=lambda pair: (-pair[0], pair[1].name))
    return [theme for _score, theme in near[:3]]


def similar_pairs(themes: Iterable[Theme], *, limit: int = 10) -> list[tuple[Theme, Theme]]:
    """Pairs of themes that may mean the same, the likeliest first. A thousand themes take about a second."""
    rows = list(themes)
    best: dict[tuple[int, int], float] = defaultdict(float)
    for names in ([_stems(theme.name) for theme in rows], [slugify(theme.name) for theme in rows]):
        for n, name in enumerate(names):
            for _name, score, later in process.extract(
                name, names[n + 1 :], scorer=fuzz.ratio, score_cutoff=NEARLY * 100, limit=None
            ):
                best[n, n + 1 + later] = max(best[n, n + 1 + later], score)
    pairs = [(score, rows[a], rows[b]) for (a, b), score in best.items()]
    pairs.sort(key=lambda pair: (-pair[0], pair[1].name, pair[2].name))
    return [(one, other) for _score, one, other in pairs[:limit]]
