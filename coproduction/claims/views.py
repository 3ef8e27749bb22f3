"""Pages of paid involvement for members, and for those who write things down for them."""

from collections.abc import Callable
from typing import Any

import structlog
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from coproduction.claims import offers, services
from coproduction.claims.forms import (
    AgainForm,
    AnswerForm,
    ExpenseForm,
    ReceiptForm,
    SpokenFor,
    TakeBackForm,
    TimeClaimForm,
)
from coproduction.claims.models import Claim, ClaimStep, SharedPay, may_claim, shared_with
from coproduction.claims.money import totals_by_tax_year
from coproduction.group.members import DECIDING_ROLES
from coproduction.group.models import SupportLink, Told
from impact.core.access import audit
from impact.core.access.permissions import has_perm
from impact.core.basics import clock
from impact.core.basics.versions import Conflict
from impact.core.people.accounts import SignedInRequest
from impact.core.people.models import Person
from impact.core.web.files import uploads
from impact.core.web.forms import errors_as_messages, show_error, take_version
from networks.groups.models import Group, GroupKind

log = structlog.get_logger(__name__)
State = Claim.State
HOME: tuple[str, str] = ("Co-production", "/co-production/")


# --- Who is it about -----------------------------------------------------------------------------
def find_claim(request: HttpRequest, pk: int) -> Claim:
    """A claim that the reader may see, or 404."""
    rows = Claim.objects.visible_to(request.user).select_related(
        "person", "group", "meeting", "involvement", "site", "batch", "recorded_by__person"
    )
    return get_object_or_404(rows, pk=pk)


def _note_reading(request: SignedInRequest, person: Person) -> None:
    """Someone other than the member read about their pay."""
    if person.user_id != request.user.pk:
        audit.record_reading(request.user, "pay", person)


def _groups_of(request: SignedInRequest, person: Person) -> list[Group]:
    """The groups in which someone is or was paid to take part, as far as the reader has to do with it; else 404."""
    theirs = Group.objects.filter(memberships__person=person, memberships__role__in=DECIDING_ROLES)
    groups = theirs.filter(kind=GroupKind.ADVISORY_GROUP).distinct().order_by("name")
    if person.user_id != request.user.pk and not has_perm(request.user, "coproduction.manage_claims"):
        groups = groups.filter(pk__in=shared_with(request.user).filter(member=person).values("group"))
        if not groups:
            raise Http404
    return list(groups)


def _crumbs(request: SignedInRequest, person: Person) -> list[tuple[str, str]]:
    """From co-production to a member's list, named when it is not the reader's own."""
    crumbs = [HOME]
    if has_perm(request.user, "coproduction.manage_claims"):
        crumbs.append(("Pay and expenses", reverse("coproduction:claim-list")))
    if person.user_id == request.user.pk:
        return [*crumbs, ("My pay and expenses", reverse("coproduction:claim-mine"))]
    return [*crumbs, (person.name, reverse("coproduction:claim-member", args=[person.pk]))]


def _for(request: SignedInRequest, person: Person) -> str:
    """ " for Ada Ashdown": whose it is, in titles, buttons and confirmations, when it is not the reader's own."""
    return "" if person.user_id == request.user.pk else f" for {person.name}"


def pay_url_for(user: Any) -> str:
    """Where someone finds pay and expenses; empty for those who have none and help no one with theirs."""
    if has_perm(user, "coproduction.manage_claims"):
        return reverse("coproduction:claim-list")
    return reverse("coproduction:claim-mine") if may_claim(user) else ""


# --- One member's list ---------------------------------------------------------------------------
@require_GET
def claim_mine(request: SignedInRequest) -> HttpResponse:
    """What I was offered, claimed and paid, by tax year."""
    person = Person.objects.filter(user=request.user).first()
    if person is None:
        raise Http404
    return _member_page(request, person, _groups_of(request, person))


@require_GET
def claim_member(request: SignedInRequest, pk: int) -> HttpResponse:
    """The same for a member, for the engagement lead and for a supporter with whom the member shares it."""
    person = get_object_or_404(Person, pk=pk)
    groups = _groups_of(request, person)
    if not groups:
        raise Http404
    _note_reading(request, person)
    return _member_page(request, person, groups)


def _member_page(request: SignedInRequest, person: Person, groups: list[Group]) -> HttpResponse:
    claims = list(
        Claim.objects.visible_to(request.user)
        .filter(person=person)
        .select_related("group", "meeting", "batch", "recorded_by__person", "person")
    )
    is_own = person.user_id == request.user.pk
    paid = [(c.batch.paid_on, c.is_time, c.pence or 0) for c in claims if c.state == State.PAID and c.batch]
    links = SupportLink.objects.in_force().filter(member=person).select_related("supporter", "group")
    may_share = is_own or (person.user_id is None and has_perm(request.user, "coproduction.manage_claims"))
    shared = set(SharedPay.objects.filter(link__in=links, ended_at__isnull=True).values_list("link_id", flat=True))
    supported = shared_with(request.user).select_related("member").order_by("member__name") if is_own else []
    context = {
        "person": person,
        "is_own": is_own,
        "title": "My pay and expenses" if is_own else f"Pay and expenses of {person.name}",
        "crumbs": _crumbs(request, person)[:-1],
        "groups": groups,
        "to_do": [c for c in claims if c.next_step],
        "under_way": [c for c in claims if c.state in (State.CLAIMED, State.APPROVED)],
        "done": [c for c in claims if c.state in (State.PAID, State.DECLINED, State.WITHDRAWN) or c.is_unpaid],
        "upcoming": [c for c in claims if c.state == State.TAKEN_UP and not c.is_unpaid and not c.can_be_claimed],
        "any": bool(claims),
        "totals": totals_by_tax_year(paid),
        "sharing": [(link, link.pk in shared) for link in links] if may_share else [],
        "told": Told.choices if not is_own else [],
        "supported": list({link.member_id: link.member for link in supported}.values()),
    }
    return render(request, "coproduction/claims/member.html", context)


# --- One claim -----------------------------------------------------------------------------------
def steps_of(claim: Claim) -> list[dict[str, Any]]:
    """The course of a claim for ``<c-timeline>``, the newest first."""
    told = dict(Told.choices)
    found = []
    for step in ClaimStep.objects.filter(claim=claim).select_related("by__person").order_by("-pk"):
        detail = ". ".join(filter(None, [step.words, str(told.get(step.told, ""))]))
        who = step.by.display_name if step.by else "A former account"
        found.append({"at": step.at, "label": step.get_state_display(), "who": who, "detail": detail})
    return found


@require_GET
def claim_detail(request: SignedInRequest, pk: int) -> HttpResponse:
    """One claim: what it is for, where it stands, and what to do next."""
    claim = find_claim(request, pk)
    _note_reading(request, claim.person)
    is_own = claim.person.user_id == request.user.pk
    is_party = bool(claim.roles_of(request.user))
    may_manage = has_perm(request.user, "coproduction.manage_claims")
    context = {
        "claim": claim,
        "is_own": is_own,
        "for_whom": _for(request, claim.person),
        "crumbs": _crumbs(request, claim.person),
        "may_answer": claim.state in (State.OFFERED, State.TAKEN_UP, State.DECLINED),
        "may_claim": claim.can_be_claimed,
        "is_too_early": claim.state == State.TAKEN_UP and not claim.is_unpaid and claim.on > clock.today(),
        "may_decide": may_manage and not is_party,
        "may_add_receipt": not claim.is_time and claim.state in (State.CLAIMED, State.RETURNED) and is_party,
        "may_take_back": claim.state in (State.CLAIMED, State.RETURNED),
        "may_withdraw": may_manage and claim.state in (State.OFFERED, State.TAKEN_UP),
        "own_claim": may_manage and is_party and claim.state == State.CLAIMED,
        "steps": steps_of(claim),
    }
    return render(request, "coproduction/claims/detail.html", context)


def claim_form(
    request: SignedInRequest,
    form: Any,
    person: Person,
    *,
    title: str,
    button: str,
    back: str,
    claim: Claim | None = None,
    has_reminder: bool = True,
    differences: list[dict[str, str]] | None = None,
) -> HttpResponse:
    """A page with one form about a member's pay. 409 when the claim moved on meanwhile."""
    crumbs = _crumbs(request, person)
    if claim is not None:
        crumbs.append((claim.what, claim.get_absolute_url()))
    context = {
        "form": form,
        "title": title,
        "button": button,
        "back": back,
        "crumbs": crumbs,
        "claim": claim,
        "person": person,
        "is_own": person.user_id == request.user.pk,
        "has_reminder": has_reminder,
        "differences": differences,
    }
    return render(request, "coproduction/claims/form.html", context, status=200 if differences is None else 409)


def moved_on(form: Any, conflict: Conflict) -> list[dict[str, str]]:
    """Someone took a step first: keep what was typed, and say where the claim stands now."""
    take_version(form, conflict.current)
    form.add_error(None, "Someone else changed this while you were writing. Read where it stands now, then send again.")
    return [{"label": "Where it stands", "theirs": conflict.current.stands, "yours": ""}]


def write_claim(
    request: SignedInRequest,
    claim: Claim,
    form: Any,
    act: Callable[[Any], Any],
    *,
    title: str,
    button: str,
    done: str,
    has_reminder: bool = True,
) -> HttpResponse:
    """Run one step of a claim from its form; ``act`` gets the form and calls the service."""
    differences = None
    if request.method == "POST" and form.is_valid():
        try:
            act(form)
        except Conflict as conflict:
            differences = moved_on(form, conflict)
        except ValidationError as error:
            show_error(form, error)
        else:
            messages.success(request, done)
            return redirect(claim)
    return claim_form(
        request,
        form,
        claim.person,
        title=title,
        button=button,
        back=claim.get_absolute_url(),
        claim=claim,
        has_reminder=has_reminder,
        differences=differences,
    )


def _spoken(request: SignedInRequest, row: Claim, form_class: type[SpokenFor], **more: Any) -> Any:
    is_own = row.person.user_id == request.user.pk
    return form_class(
        request.POST if request.method == "POST" else None,
        request.FILES if request.method == "POST" else None,
        is_own=is_own,
        initial={"version": row.version},
        **more,
    )


@require_http_methods(["GET", "POST"])
def claim_answer(request: SignedInRequest, pk: int) -> HttpResponse:
    """Take up an offer of paid time, or decline it."""
    claim = find_claim(request, pk)
    for_whom = _for(request, claim.person)
    return write_claim(
        request,
        claim,
        _spoken(request, claim, AnswerForm, claim=claim),
        lambda form: offers.answer_offer(by=request.user, claim=claim, **form.answered),
        title=f"Answer the offer{for_whom}",
        button=f"Save answer{for_whom}",
        done=f"The answer{for_whom} is saved.",
    )


@require_http_methods(["GET", "POST"])
def claim_send(request: SignedInRequest, pk: int) -> HttpResponse:
    """Claim the pay for time, or put right a claim that was sent back."""
    claim = find_claim(request, pk)
    is_again = claim.state == State.RETURNED
    form = _spoken(request, claim, AgainForm if is_again else TimeClaimForm, claim=claim)

    def act(form: Any) -> Claim:
        given = dict(form.cleaned_data)
        given["expected"] = given.pop("version")
        service = services.claim_again if is_again else services.claim_time
        return service(by=request.user, claim=claim, **given)

    for_whom = _for(request, claim.person)
    title = "Put the claim right" if is_again else "Claim pay"
    return write_claim(
        request,
        claim,
        form,
        act,
        title=f"{title}{for_whom}",
        button=f"Send claim{for_whom}",
        done=f"The claim{for_whom} is sent. You can take it back until it is approved.",
    )


@require_http_methods(["GET", "POST"])
def claim_receipt_add(request: SignedInRequest, pk: int) -> HttpResponse:
    """Put a photo or PDF of the receipt with an expense."""
    claim = find_claim(request, pk)
    for_whom = _for(request, claim.person)
    return write_claim(
        request,
        claim,
        _spoken(request, claim, ReceiptForm),
        lambda form: services.add_receipt(
            by=request.user,
            claim=claim,
            receipt=form.cleaned_data["receipt"],
            told=form.cleaned_data.get("told", ""),
            expected=form.cleaned_data["version"],
        ),
        title=f"Add a receipt{for_whom}",
        button=f"Save receipt{for_whom}",
        done="The receipt is saved.",
        has_reminder=False,
    )


@require_GET
def claim_receipt(request: SignedInRequest, pk: int) -> FileResponse:
    """Hand out the receipt of a claim; who may have it is asked each time."""
    claim = find_claim(request, pk)
    _note_reading(request, claim.person)
    return receipt_file(claim)


def receipt_file(claim: Claim) -> FileResponse:
    """The receipt of a claim that the reader may see; 404 where there is none."""
    if not claim.receipt:
        raise Http404("This claim has no receipt.")
    try:
        return uploads.serve_file(claim.receipt, name=claim.receipt_name, content_type=claim.receipt_type)
    except FileNotFoundError:
        log.error("claim.receipt_missing", claim=claim.pk)
        raise Http404("This file is missing from the storage.") from None


@require_http_methods(["GET", "POST"])
def claim_take_back(request: SignedInRequest, pk: int) -> HttpResponse:
    """Take back a claim that is not approved yet."""
    claim = find_claim(request, pk)
    for_whom = _for(request, claim.person)
    return write_claim(
        request,
        claim,
        _spoken(request, claim, TakeBackForm),
        lambda form: services.take_back_claim(
            by=request.user, claim=claim, told=form.cleaned_data.get("told", ""), expected=form.cleaned_data["version"]
        ),
        title=f"Take back the claim{for_whom}",
        button=f"Take back claim{for_whom}",
        done=f"The claim{for_whom} is taken back.",
        has_reminder=False,
    )


@require_http_methods(["GET", "POST"])
def claim_expense(request: SignedInRequest, pk: int, slug: str) -> HttpResponse:
    """Claim an expense of a member of a group."""
    person = get_object_or_404(Person, pk=pk)
    group = next((g for g in _groups_of(request, person) if g.slug == slug), None)
    if group is None:
        raise Http404
    for_whom = _for(request, person)
    data = (request.POST, request.FILES) if request.method == "POST" else (None, None)
    form = ExpenseForm(*data, is_own=not for_whom, group=group, user=request.user)
    if request.method == "POST" and form.is_valid():
        given = {name: value for name, value in form.cleaned_data.items() if name != "version"}
        try:
            claim = services.claim_expense(by=request.user, group=group, person=person, **given)
        except ValidationError as error:
            show_error(form, error)
        else:
            messages.success(request, f"The claim{for_whom} is sent. You can take it back until it is approved.")
            return redirect(claim)
    back = _crumbs(request, person)[-1][1]
    return claim_form(
        request, form, person, title=f"Claim an expense{for_whom}", button=f"Send claim{for_whom}", back=back
    )


# --- Who else may see it -------------------------------------------------------------------------
@require_POST
def claim_share(request: SignedInRequest, pk: int) -> HttpResponse:
    """Let a supporter see the member's pay and claims, or stop it."""
    links = SupportLink.objects.select_related("member", "supporter", "group")
    link = get_object_or_404(links, pk=pk)
    is_own = link.member.user_id == request.user.pk
    if not is_own and not has_perm(request.user, "coproduction.manage_claims"):
        raise Http404
    with errors_as_messages(request):
        if request.POST.get("share") == "yes":
            services.share_pay(by=request.user, link=link, told=request.POST.get("told", ""))
            messages.success(request, f"{link.supporter.name} can now see this page and write claims down.")
        else:
            services.stop_sharing_pay(by=request.user, link=link)
            messages.success(request, f"{link.supporter.name} can no longer see this page.")
    return redirect("coproduction:claim-mine") if is_own else redirect("coproduction:claim-member", link.member_id)
