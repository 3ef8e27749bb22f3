"""Every write about what a mix should be like, and about the portfolios in which it is weighed. For staff."""

from collections.abc import Iterable
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.db import transaction

from impact.core.access import audit
from impact.core.access.permissions import Actor, require
from impact.core.basics import clock
from impact.core.basics.states import StateConflict
from impact.core.basics.versions import Conflict, save_changes
from sites.calls.applications.models import Application
from sites.calls.portfolios.characteristics import CHARACTERISTICS, groups_of, words_for
from sites.calls.portfolios.models import Mix, Portfolio, Target
from sites.calls.portfolios.weighing.candidates import eligible, is_scored
from sites.calls.portfolios.weighing.figures import Wanted, Wishes
from sites.calls.rounds.models import Round

LOCKED = "The targets of this round are locked, so they cannot be changed."
MOST_TARGETS = 40


def mix_of(round: Round) -> Mix:
    """A round's mix; a new one, not stored, before anything was set."""
    return Mix.objects.filter(round=round).first() or Mix(round=round)


def wishes_of(mix: Mix) -> Wishes:
    """What a round wants, in words and figures."""
    words = words_for(groups_of(mix.round))
    rows = mix.targets.all() if mix.pk else []
    return Wishes(
        targets=[
            Wanted(
                key=f"target-{row.pk}",
                trait=row.trait,
                label=words.get(row.trait, row.trait),
                number=row.number,
                is_minimum=row.bound == Target.Bound.AT_LEAST,
            )
            for row in rows
        ],
        places=mix.most,
        money=mix.money,
    )


def _mix_to_change(round: Round) -> Mix:
    """The round's mix, locked for writing; refused once its targets are locked."""
    Round.objects.select_for_update(of=("self",)).get(pk=round.pk)
    mix, _is_new = Mix.objects.get_or_create(round=round)
    if mix.is_locked:
        raise StateConflict(LOCKED, code="locked")
    return mix


@transaction.atomic
def set_limits(*, by: Actor, round: Round, most: int | None, money: Decimal | None, expected: int | None = None) -> Mix:
    """Set how many applications can be chosen, and within what money."""
    require(by, "sites.edit_portfolio")
    mix = _mix_to_change(round)
    if most is not None and (clashing := mix.targets.filter(bound=Target.Bound.AT_LEAST, number__gt=most).first()):
        raise ValidationError(
            {
                "most": f"A target asks for at least {clashing.number} of one kind. Remove it first, or allow more places."
            }
        )
    if save_changes(mix, {"most": most, "money": money}, expected=expected):
        audit.record(by, "mix.limits_set", mix, places=most)
    return mix


@transaction.atomic
def add_target(*, by: Actor, round: Round, trait: str, bound: str, number: int) -> Target:
    """Ask for at least or at most so many applications with a trait, for example ``nation:wales``."""
    require(by, "sites.edit_portfolio")
    mix = _mix_to_change(round)
    words = words_for(groups_of(round))
    if trait not in words:
        raise ValidationError({"trait": "Choose what to count from the list."})
    name, value = trait.split(":", 1)
    if mix.targets.count() >= MOST_TARGETS:
        raise ValidationError(f"A round has at most {MOST_TARGETS} targets. Remove one first.")
    if bound == Target.Bound.AT_LEAST:
        if number < 1:
            raise ValidationError({"number": "Enter 1 or more."})
        if mix.most is not None and number > mix.most:
            raise ValidationError({"number": f"There are only {mix.most} places. Enter {mix.most} or fewer."})
    other = mix.targets.filter(characteristic=name, value=value).exclude(bound=bound).first()
    if other is not None:
        low, high = (number, other.number) if bound == Target.Bound.AT_LEAST else (other.number, number)
        if low > high:
            raise ValidationError(
                {"number": f"“{words[trait]}” cannot be at least {low} and at most {high}. Change one of them."}
            )
    target = Target(mix=mix, characteristic=name, value=value, bound=bound, number=number)
    target.full_clean()
    target.save()
    _touch(mix)
    audit.record(by, "mix.target_added", mix, characteristic=CHARACTERISTICS[name].label, number=number)
    return target


@transaction.atomic
def remove_target(*, by: Actor, target: Target) -> None:
    """Take a target back, before they are locked."""
    require(by, "sites.edit_portfolio")
    mix = _mix_to_change(target.mix.round)
    name, number = target.characteristic, target.number
    if not Target.objects.filter(pk=target.pk).delete()[0]:
        return  # someone else removed it a moment ago
    _touch(mix)
    audit.record(by, "mix.target_removed", mix, characteristic=CHARACTERISTICS[name].label, number=number)


def _touch(mix: Mix) -> None:
    """Move the mix's version on, although only its targets changed."""
    mix.version += 1
    mix.save(update_fields=["version"])


@transaction.atomic
def lock_mix(*, by: Actor, round: Round, reason: str = "", expected: int | None = None) -> Mix:
    """Fix the targets for good, so that scores can be shown beside them.

    Best before any score is seen. Once an assessment was submitted, the reason for locking so late is kept and shown.
    """
    require(by, "sites.edit_portfolio")
    mix = _mix_to_change(round)
    if expected is not None and mix.version != expected:
        raise Conflict(mix)
    if mix.most is None and mix.money is None and not mix.targets.exists():
        raise StateConflict("Set the places, the money or a target first. There is nothing to lock yet.")
    reason = reason.strip()
    is_late = is_scored(round)
    if is_late and not reason:
        raise ValidationError(
            {"reason": "An assessment has been submitted, so scores may have been seen. Say why you lock only now."}
        )
    save_changes(
        mix,
        {"locked_at": clock.now(), "locked_by_id": by.pk, "lock_reason": reason if is_late else ""},
        expected=None,
    )
    audit.record(by, "mix.locked", mix, targets=mix.targets.count(), late="yes" if is_late else "no")
    return mix


# --- Portfolios ----------------------------------------------------------------------------------
def _check(round: Round, applications: Iterable[int], already: Iterable[int] = ()) -> set[int]:
    """The ids of applications of this round that can be chosen, or were already in."""
    wanted = set(applications)
    known = set(eligible(round).filter(pk__in=wanted).values_list("pk", flat=True)) | (wanted & set(already))
    if strange := wanted - known:
        gone = Application.objects.filter(round=round, pk__in=strange).values_list("reference", flat=True)
        names = ", ".join(sorted(gone)) or "one of those that you ticked"
        raise ValidationError(
            {"applications": f"This application can no longer be chosen: {names}. Untick it, then save again."}
        )
    return wanted


@transaction.atomic
def add_portfolio(
    *,
    by: Actor,
    round: Round,
    name: str,
    note: str = "",
    applications: Iterable[int] = (),
    is_suggested: bool = False,
    is_illustrative: bool = False,
) -> Portfolio:
    """Save a set of applications under a name."""
    require(by, "sites.edit_portfolio")
    portfolio = Portfolio(
        round=round,
        name=" ".join(name.split()),
        note=note.strip(),
        made_by_id=by.pk,
        is_suggested=is_suggested,
        is_illustrative=is_illustrative,
    )
    portfolio.full_clean()
    wanted = _check(round, applications)
    portfolio.save()
    portfolio.applications.set(wanted)
    audit.record(by, "portfolio.added", portfolio, applications=len(wanted))
    return portfolio


@transaction.atomic
def update_portfolio(
    *,
    by: Actor,
    portfolio: Portfolio,
    expected: int | None = None,
    name: str | None = None,
    note: str | None = None,
    applications: Iterable[int] | None = None,
) -> Portfolio:
    """Rename a portfolio, or change which applications are in it."""
    require(by, "sites.edit_portfolio")
    portfolio = Portfolio.objects.select_for_update(of=("self",)).select_related("round").get(pk=portfolio.pk)
    changes = {}
    if name is not None:
        changes["name"] = " ".join(name.split())
    if note is not None:
        changes["note"] = note.strip()
    changed = save_changes(portfolio, changes, expected=expected)
    facts = {}
    if applications is not None:
        before = set(portfolio.applications.values_list("pk", flat=True))
        wanted = _check(portfolio.round, applications, before)
        if wanted != before:
            portfolio.applications.set(wanted)
            if not changed:
                portfolio.version += 1
                portfolio.save(update_fields=["version", "updated_at"])
            changed.append("applications")
            facts = {"added": len(wanted - before), "removed": len(before - wanted)}
    if changed:
        audit.record(by, "portfolio.changed", portfolio, fields=changed, **facts)
    return portfolio


@transaction.atomic
def copy_portfolio(*, by: Actor, portfolio: Portfolio, name: str) -> Portfolio:
    """Begin another portfolio with the same applications, without those that can no longer be chosen."""
    require(by, "sites.edit_portfolio")
    held = portfolio.applications.values_list("pk", flat=True)
    still = eligible(portfolio.round).filter(pk__in=held).values_list("pk", flat=True)
    return add_portfolio(by=by, round=portfolio.round, name=name, note=portfolio.note, applications=list(still))


@transaction.atomic
def remove_portfolio(*, by: Actor, portfolio: Portfolio, expected: int | None = None) -> None:
    """Remove a portfolio. The applications in it, and any decisions, stay."""
    require(by, "sites.edit_portfolio")
    found = Portfolio.objects.select_for_update(of=("self",)).get(pk=portfolio.pk)
    if expected is not None and found.version != expected:
        raise Conflict(found)
    audit.record(by, "portfolio.removed", found, applications=found.applications.count())
    found.delete()
