"""Suggested mixes: what to keep to, the best mixes found, what each target costs, and keeping one as a portfolio."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from impact.core.access.permissions import has_perm, require
from impact.core.basics.vocabulary import pounds
from impact.core.people.accounts import SignedInRequest
from impact.core.web.forms import errors_as_messages, whole_number
from sites.calls.portfolios import optimising
from sites.calls.portfolios.pages import crumbs_of, find_round
from sites.calls.portfolios.weighing import services, suggesting
from sites.calls.portfolios.weighing.candidates import candidates_of
from sites.calls.portfolios.weighing.figures import Wishes
from sites.calls.portfolios.weighing.forms import Choices, SuggestForm


def _limits(wishes: Wishes) -> Choices:
    """Everything that a suggestion can keep to, in words."""
    found: Choices = []
    if wishes.places is not None:
        found.append((optimising.PLACES, f"Places, at most {wishes.places}"))
    if wishes.money is not None:
        found.append((optimising.MONEY, f"Money, at most {pounds(wishes.money)}"))
    return found + [(each.key, each.words) for each in wishes.targets]


@require_GET
def suggest(request: SignedInRequest, slug: str) -> HttpResponse:
    """Ask for the best mixes within the targets. Nothing is stored until someone keeps one."""
    round = find_round(request, slug)
    mix = services.mix_of(round)
    if not mix.is_locked:
        messages.error(request, "Lock the targets first. Suggestions show scores, and no one should see them before.")
        return redirect("sites:mix", round.slug)
    candidates = sorted(candidates_of(round, with_values=False), key=lambda row: row.name.lower())
    limits = _limits(services.wishes_of(mix))
    is_asked = "ask" in request.GET
    form = SuggestForm(
        request.GET if is_asked else None,
        limits=limits,
        candidates=candidates,
        initial={"targets": [key for key, _words in limits], "mixes": 3},
    )
    answer = None
    if is_asked and form.is_valid():
        kept = set(form.cleaned_data["targets"])
        answer = suggesting.suggest_for(
            mix,
            targets=kept,
            with_places=optimising.PLACES in kept,
            with_money=optimising.MONEY in kept,
            picks={int(key) for key in form.cleaned_data["picks"]},
            left_out={int(key) for key in form.cleaned_data["left_out"]},
            mixes=int(form.cleaned_data["mixes"]),
        )
    crumbs = crumbs_of(round, ("Portfolios", reverse("sites:portfolio-list", args=[round.slug])), ("Suggest a mix", ""))
    context = {
        "round": round,
        "crumbs": crumbs,
        "form": form,
        "answer": answer,
        "mixes": _shown(answer) if answer else [],
        "may_edit": has_perm(request.user, "sites.edit_portfolio"),
    }
    return render(request, "sites/calls/portfolios/suggest.html", context)


def _shown(answer: suggesting.Answer) -> list[dict[str, object]]:
    """The mixes for the page, each with a name under which to keep it."""
    best = answer.mixes[0].figures.value if answer.mixes else 0
    return [
        {
            "number": number,
            "mix": each,
            "money": pounds(each.figures.money),
            "less": best - each.figures.value,
            "name": f"Suggestion {number}",
        }
        for number, each in enumerate(answer.mixes, start=1)
    ]


@require_POST
def suggestion_keep(request: SignedInRequest, slug: str) -> HttpResponse:
    """Keep one suggested mix as a portfolio, marked as suggested."""
    round = find_round(request, slug)
    require(request.user, "sites.edit_portfolio")
    chosen = {n for text in request.POST.getlist("applications") if (n := whole_number(text))}
    with errors_as_messages(request):
        portfolio = services.add_portfolio(
            by=request.user,
            round=round,
            name=request.POST.get("name", ""),
            applications=chosen,
            is_suggested=True,
        )
        messages.success(request, "Kept as a portfolio. You can change it as you like.")
        return redirect(portfolio)
    return redirect(f"{reverse('sites:suggest', args=[round.slug])}")
