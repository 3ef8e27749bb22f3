"""Looking after themes: names, descriptions, merges that can be undone, and the names a theme once had."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q

from impact.core.access import audit
from impact.core.access.permissions import Actor, require
from impact.core.basics import clock
from impact.core.basics.states import StateConflict
from impact.core.basics.versions import Conflict, save_changes
from networks.themes.models import Theme, ThemeChange
from networks.themes.services import theme_slug, tidy_theme_name

# What a merge moves, by the word that its history keeps. A test holds this against every key to a theme.
MOVED = {"contribution": "Contribution", "learning": "SharedLearning"}
EARLIER = "theme"  # a theme that was merged into the source before, or an earlier name of it
AT_ONCE = 5000  # ids in one query
Kind = ThemeChange.Kind


def _batches(ids: list[str]) -> Iterable[list[str]]:
    return (ids[n : n + AT_ONCE] for n in range(0, len(ids), AT_ONCE))


def _rows(model: str) -> Any:
    return apps.get_model("networks", model)._default_manager.all()


def _lock(*themes: Theme) -> list[Theme]:
    """The themes as they are now, held until the transaction ends, always in the same order."""
    found = Theme.objects.select_for_update().order_by("pk").in_bulk([theme.pk for theme in themes])
    return [found[theme.pk] for theme in themes]


def _check_in_use(theme: Theme) -> None:
    if theme.merged_into:
        raise StateConflict(f"“{theme.name}” was merged into “{theme.merged_into.name}”. Use that theme instead.")


def _record(by: Actor, theme: Theme, kind: str, **facts: Any) -> ThemeChange:
    return ThemeChange.objects.create(theme=theme, kind=kind, by_id=by.pk, at=clock.now(), **facts)


@transaction.atomic
def rename_theme(*, by: Actor, theme: Theme, name: str, expected: int | None = None) -> Theme:
    """Give a theme a better name. Its earlier name and address keep leading to it."""
    require(by, "networks.curate_theme")
    seen = theme.version if expected is None else expected
    (theme,) = _lock(theme)
    _check_in_use(theme)
    name, slug, was, old_slug = tidy_theme_name(name), theme_slug(name), theme.name, theme.slug
    if name == was:
        return theme
    if theme.version != seen:
        raise Conflict(theme)
    taken = Theme.objects.select_related("merged_into").exclude(pk=theme.pk).filter(Q(slug=slug) | Q(name=name)).first()
    if taken is not None and not _is_signpost(taken, theme):
        if taken.merged_into_id == theme.pk:
            raise ValidationError(
                {"name": f"“{taken.name}” was merged into this theme. Undo that, then merge the other way round."}
            )
        where = f", which leads to “{taken.merged_into.name}”" if taken.merged_into else ""
        raise ValidationError({"name": f"There is already a theme “{taken.name}”{where}. Merge this one into it."})
    if taken is not None:
        taken.delete()  # it goes back to a name that it had before
    save_changes(theme, {"name": name, "slug": slug}, expected=seen)
    if slug != old_slug:
        Theme.objects.create(name=was, slug=old_slug, merged_into=theme)
    _record(by, theme, Kind.RENAMED, was=was, now=name)
    audit.record(by, "theme.renamed", theme, fields=["name"])
    return theme


def _is_signpost(row: Theme, theme: Theme) -> bool:
    """Whether ``row`` is only an earlier name of ``theme``: nothing was ever merged under it."""
    return row.merged_into_id == theme.pk and not row.changes.exists()


@transaction.atomic
def describe_theme(*, by: Actor, theme: Theme, description: str, expected: int | None = None) -> Theme:
    """Say in a sentence what a theme covers, so that people code alike."""
    require(by, "networks.curate_theme")
    seen = theme.version if expected is None else expected
    (theme,) = _lock(theme)
    _check_in_use(theme)
    was = theme.description
    if save_changes(theme, {"description": " ".join(description.split())}, expected=seen):
        _record(by, theme, Kind.DESCRIBED, was=was, now=theme.description)
        audit.record(by, "theme.described", theme, fields=["description"])
    return theme


@transaction.atomic
def revise_theme(*, by: Actor, theme: Theme, name: str, description: str, expected: int | None = None) -> Theme:
    """Rename and describe in one go, as the page about a theme does; each is its own step in the history."""
    described = describe_theme(by=by, theme=theme, description=description, expected=expected)
    return rename_theme(by=by, theme=described, name=name)


@transaction.atomic
def delete_theme(*, by: Actor, theme: Theme, expected: int | None = None) -> None:
    """Delete a theme that no log uses, and the names that it had before. One that anything leads to is merged instead."""
    require(by, "networks.curate_theme")
    seen = theme.version if expected is None else expected
    (theme,) = _lock(theme)
    _check_in_use(theme)
    if theme.version != seen:
        raise Conflict(theme)
    if not Theme.objects.unused().filter(pk=theme.pk).exists():
        raise StateConflict(f"A log uses “{theme.name}” now. Merge it into another theme instead.")
    if not Theme.objects.deletable().filter(pk=theme.pk).exists():
        raise StateConflict(
            f"An entry that was removed from a log, something shared or a merged theme still leads to “{theme.name}”. "
            "Merge it into another theme instead."
        )
    audit.record(by, "theme.deleted", theme)
    Theme.objects.filter(merged_into=theme).delete()
    theme.delete()


@dataclass(frozen=True)
class MergePreview:
    """What a merge would move."""

    contributions: int
    groups: int
    learning: int


def merge_preview(theme: Theme) -> MergePreview:
    """How much would move if this theme were merged, with what was taken off a log and can be put back."""
    rows = _rows("Contribution").filter(theme=theme)
    return MergePreview(
        contributions=rows.count(),
        groups=rows.order_by().values("meeting__group").distinct().count(),
        learning=_rows("SharedLearning").filter(theme=theme).count(),
    )


@transaction.atomic
def merge_theme(
    *,
    by: Actor,
    theme: Theme,
    into: Theme,
    reason: str = "",
    expected: int | None = None,
    into_expected: int | None = None,
) -> ThemeChange:
    """Merge a theme into another: everything coded with it moves there, and its name leads there.

    What was merged into it before now points straight to the other theme. The history keeps what moved, so that the
    merge can be undone. An entry's own version stays: a log that is open on a screen goes on working.
    """
    require(by, "networks.curate_theme")
    seen = theme.version if expected is None else expected
    into_seen = into.version if into_expected is None else into_expected
    if theme.pk == into.pk:
        raise ValidationError({"into": "Choose another theme: this is the same one."})
    theme, into = _lock(theme, into)
    for row, version in ((theme, seen), (into, into_seen)):
        _check_in_use(row)
        if row.version != version:
            raise Conflict(row)
    moved: list[list[str]] = []
    for word, model in MOVED.items():
        rows = _rows(model).filter(theme=theme)
        moved += [[word, str(pk)] for pk in rows.order_by("pk").values_list("pk", flat=True)]
        rows.update(theme=into)
    earlier = Theme.objects.filter(merged_into=theme)
    moved += [[EARLIER, str(pk)] for pk in earlier.order_by("pk").values_list("pk", flat=True)]
    earlier.update(merged_into=into)
    save_changes(theme, {"merged_into": into}, expected=theme.version)
    change = _record(
        by, theme, Kind.MERGED, other=into, was=theme.name, now=into.name, moved=moved, reason=" ".join(reason.split())
    )
    counts = {word: sum(kind == word for kind, _pk in moved) for word in MOVED}
    audit.record(by, "theme.merged", theme, into_id=into.pk, contributions=counts["contribution"])
    return change


def undoable_merge(theme: Theme) -> ThemeChange | None:
    """The merge that an undo would take back, if the theme is merged now."""
    if not theme.merged_into_id:
        return None
    return theme.changes.filter(kind=Kind.MERGED).first()


@transaction.atomic
def undo_merge(*, by: Actor, change: ThemeChange, reason: str = "") -> Theme:
    """Undo a merge: what it moved returns, unless it was given another theme in the meantime."""
    require(by, "networks.curate_theme")
    theme = Theme.objects.select_for_update().get(pk=change.theme_id)
    if change.kind != Kind.MERGED:
        raise ValidationError("Only a merge can be undone.")
    latest = undoable_merge(theme)
    if latest is None or theme.merged_into is None:
        raise StateConflict(f"“{theme.name}” is already a separate theme.")
    if latest.pk != change.pk:
        raise StateConflict(f"“{theme.name}” was merged again later. Undo that merge instead.")
    holder = theme.merged_into
    back: list[list[str]] = []
    for word, model in MOVED.items():
        for ids in _batches(_ids(change.moved, word)):
            rows = _rows(model).filter(pk__in=ids, theme=holder)
            back += [[word, str(pk)] for pk in rows.order_by("pk").values_list("pk", flat=True)]
            rows.update(theme=theme)
    earlier = Theme.objects.filter(pk__in=_ids(change.moved, EARLIER), merged_into=holder)
    back += [[EARLIER, str(pk)] for pk in earlier.order_by("pk").values_list("pk", flat=True)]
    earlier.update(merged_into=theme)
    save_changes(theme, {"merged_into": None}, expected=theme.version)
    _record(by, theme, Kind.SPLIT, other=holder, was=holder.name, now=theme.name, moved=back, reason=reason.strip())
    audit.record(by, "theme.split", theme, from_id=holder.pk, contributions=len(_ids(back, "contribution")))
    return theme


def _ids(moved: Iterable[Iterable[str]], word: str) -> list[str]:
    return [pk for kind, pk in moved if kind == word]


def earlier_names(contribution: Any) -> set[str]:
    """Names under which a screen may still show this entry's theme: renamed, merged or split since it was opened."""
    if not contribution.theme_id:
        return set()
    names = set(Theme.objects.filter(merged_into=contribution.theme_id).values_list("name", flat=True))
    splits = ThemeChange.objects.filter(theme=contribution.theme_id, kind=Kind.SPLIT)
    for was, moved in splits.values_list("was", "moved"):
        if str(contribution.pk) in _ids(moved, "contribution"):
            names.add(was)
    return names
