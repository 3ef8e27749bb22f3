"""What a round asks: its versions, the one in preparation, the preview, and publishing."""

from collections import Counter
from collections.abc import Sequence

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import Max
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from impact.core.access import audit
from impact.core.access.permissions import has_perm, require
from impact.core.basics.versions import Conflict
from impact.core.web.forms import Crumbs, Form, errors_as_messages, errors_on, form_page, show_error, take_version
from impact.core.web.listing import files_of, list_file, wants_file
from sites.calls.rounds.models import Round
from sites.calls.rounds.pages import outline, round_tabs
from sites.calls.rounds.questions import services
from sites.calls.rounds.questions.blocks import Block, blocks_for
from sites.calls.rounds.questions.building.forms import CopyForm, PreviewForm, PublishForm
from sites.calls.rounds.questions.models import Question, QuestionSet
from sites.calls.rounds.questions.rules import missing_facts, problems_of


def find_round(request: HttpRequest, slug: str, permission: str = "sites.edit_round") -> Round:
    """The round of an address, for someone who holds ``permission``."""
    round: Round = get_object_or_404(Round.objects.visible_to(request.user), slug=slug)
    require(request.user, permission)
    return round


def find_preparation(round: Round) -> QuestionSet:
    """The version in preparation; 404 when there is none."""
    found: QuestionSet = get_object_or_404(round.question_sets.in_preparation().select_related("round"))
    return found


def crumbs_of(round: Round) -> Crumbs:
    """The way to a page below the builder."""
    return [
        ("Rounds", reverse("sites:round-list")),
        (round.name, round.get_absolute_url()),
        ("Application questions", reverse("sites:round-questions-builder", args=[round.slug])),
    ]


def _drafts(round: Round) -> Counter[int]:
    """How many applications are being written on each version."""
    return Counter(round.applications.filter(state="draft").values_list("question_set", flat=True))


def _blocks_to_add(round: Round, asked: Sequence[Question]) -> dict[str, Block]:
    """The ready-made sections of which something is not there yet."""
    keys, facts = {question.key for question in asked}, {question.fact for question in asked if question.fact}
    return {
        name: block
        for name, block in blocks_for(round).items()
        if any(fields["key"] not in keys and fields.get("fact") not in facts for fields in block.questions)
    }


@require_GET
def questions_builder(request: HttpRequest, slug: str) -> HttpResponse:
    """The version in preparation with everything that can be done to it, and the versions before."""
    round = find_round(request, slug, "sites.view_rounds")
    drafts = _drafts(round)
    sets = list(round.question_sets.select_related("round").order_by("-number"))
    preparing = next((found for found in sets if not found.is_published), None)
    may_edit = has_perm(request.user, "sites.edit_round")
    parts = outline(preparing) if preparing else []
    asked = preparing.questions() if preparing else []
    context = {
        "round": round,
        "tabs": round_tabs(request.user, round, "questions"),
        "preparing": preparing,
        "parts": parts,
        "versions": [(found, drafts[found.pk]) for found in sets if found.is_published],
        "may_edit": may_edit,
        "may_prepare": may_edit and preparing is None and not round.is_released,
        "missing": [fact.label for fact in missing_facts(round, asked)] if preparing else [],
        "problems": problems_of(round, [part.section for part in parts], asked) if asked else [],
        "blocks": _blocks_to_add(round, asked),
        "history": audit.history(preparing) if preparing else None,
    }
    return render(request, "sites/calls/rounds/questions/builder.html", context)


@require_GET
def questions_version(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """One published version, as it was and stays; also as a file."""
    round = find_round(request, slug, "sites.view_rounds")
    found = get_object_or_404(round.question_sets.published().select_related("round"), number=number)
    parts = outline(found)
    if wants_file(request):
        columns = {
            "Section": lambda row: row[0].title,
            "Key": lambda row: row[1].question.key,
            "Question": lambda row: row[1].question.label,
            "Advice": lambda row: row[1].question.help_text,
            "Kind": lambda row: row[1].kind,
            "Limits": lambda row: row[1].limits,
            "Choices": lambda row: "; ".join(row[1].choices),
            "Must be answered": lambda row: "yes" if row[1].question.is_required else "no",
            "Asked only if": lambda row: row[1].condition,
            "Fact for the mix": lambda row: row[1].question.get_fact_display(),
        }
        rows = [(part.section, row) for part in parts for row in part.rows]
        return list_file(request, f"{round.slug}-questions-{number}", columns, rows)  # type: ignore[return-value]
    context = {
        "round": round,
        "questions": found,
        "parts": parts,
        "drafts": _drafts(round)[found.pk],
        "crumbs": [*crumbs_of(round), (f"Version {number}", "")],
        "files": files_of(request),
    }
    return render(request, "sites/calls/rounds/questions/version.html", context)


@require_POST
def questions_start(request: HttpRequest, slug: str) -> HttpResponse:
    """Begin a new version: a copy of the newest one, or an empty one for the first."""
    round = find_round(request, slug)
    with errors_as_messages(request):
        source = services.newest_published(round)
        made = services.start_version(by=request.user, round=round, copy_of=source)
        words = (
            "It starts as a copy of the version before."
            if source
            else "Add sections and questions, or ready-made ones."
        )
        messages.success(request, f"Version {made.number} is being prepared. {words}")
    return redirect("sites:round-questions-builder", slug=slug)


@require_http_methods(["GET", "POST"])
def questions_copy(request: HttpRequest, slug: str) -> HttpResponse:
    """Begin a version as a copy of what another round asked."""
    round = find_round(request, slug)
    newest = (
        QuestionSet.objects.published()
        .exclude(round=round)
        .filter(round__in=Round.objects.visible_to(request.user))
        .values("round")
        .annotate(newest=Max("pk"))
        .values("newest")
    )
    sources = QuestionSet.objects.filter(pk__in=newest).select_related("round").order_by("-published_at")
    form = CopyForm(request.POST or None, sources=sources)
    if request.method == "POST" and form.is_valid():
        with errors_on(form):
            services.start_version(by=request.user, round=round, copy_of=form.cleaned_data["source"])
            messages.success(request, "Copied. Check each question before you publish.")
            return redirect("sites:round-questions-builder", slug=slug)
    return form_page(
        request,
        form,
        title="Copy questions from another round",
        button="Copy questions",
        crumbs=crumbs_of(round),
        lead="You can change every question afterwards. The other round stays as it is.",
    )


@require_http_methods(["GET", "POST"])
def questions_discard(request: HttpRequest, slug: str) -> HttpResponse:
    """Ask once more, then delete the version in preparation."""
    round = find_round(request, slug)
    preparing = find_preparation(round)
    form = Form(request.POST if request.method == "POST" else None)
    if request.method == "POST":
        with errors_as_messages(request):
            services.discard_version(by=request.user, questions=preparing)
            messages.success(request, f"Version {preparing.number} is discarded.")
        return redirect("sites:round-questions-builder", slug=slug)
    return form_page(
        request,
        form,
        title=f"Discard version {preparing.number}?",
        button="Discard version",
        crumbs=crumbs_of(round),
        lead=f"Its {len(preparing.questions())} questions are deleted. Published versions stay as they are.",
        is_warning=True,
    )


@require_POST
def questions_block(request: HttpRequest, slug: str) -> HttpResponse:
    """Add a ready-made section to the version in preparation."""
    round = find_round(request, slug)
    preparing = find_preparation(round)
    with errors_as_messages(request):
        section = services.add_block(by=request.user, questions=preparing, block=request.POST.get("block", ""))
        messages.success(request, f"“{section.title}” is added. Change its words as you like.")
        return redirect(f"{preparing.get_absolute_url()}#section-{section.pk}")
    return redirect(preparing)


@require_POST
def questions_facts(request: HttpRequest, slug: str) -> HttpResponse:
    """Add a section that asks for what the mix still lacks."""
    round = find_round(request, slug)
    preparing = find_preparation(round)
    with errors_as_messages(request):
        section = services.add_missing_facts(by=request.user, questions=preparing)
        messages.success(request, f"“{section.title}” is added. Change its words as you like.")
        return redirect(f"{preparing.get_absolute_url()}#section-{section.pk}")
    return redirect(preparing)


@require_http_methods(["GET", "POST"])
def questions_preview(request: HttpRequest, slug: str) -> HttpResponse:
    """The questions as an applicant sees them; answers are checked and not kept."""
    round = find_round(request, slug, "sites.view_rounds")
    newest = round.question_sets.select_related("round").order_by("-number").first()
    if newest is None:
        messages.error(request, "There are no questions to preview yet.")
        return redirect("sites:round-questions-builder", slug=slug)
    form = PreviewForm(newest, request.POST if request.method == "POST" else None)
    asked = {question.key for question in form.asked}
    is_checked = request.method == "POST" and form.is_valid()
    parts = [
        (part.section, [(row, form[row.question.key]) for row in part.rows if row.question.key in asked])
        for part in outline(newest)
    ]
    context = {
        "round": round,
        "questions": newest,
        "form": form,
        "parts": [(section, rows) for section, rows in parts if rows],
        "left_out": len(newest.questions()) - len(asked),
        "is_checked": is_checked,
        "crumbs": [*crumbs_of(round), ("Preview", "")],
    }
    return render(request, "sites/calls/rounds/questions/preview.html", context)


@require_http_methods(["GET", "POST"])
def questions_publish(request: HttpRequest, slug: str) -> HttpResponse:
    """Publish the version in preparation, and tell those who have begun what changed."""
    round = find_round(request, slug)
    preparing = find_preparation(round)
    is_first = services.newest_published(round) is None
    begun = sum(_drafts(round).values())
    initial = {"what_changed": services.suggested_words(preparing), "version": preparing.version}
    form = PublishForm(request.POST or None, is_first=is_first, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            services.publish_version(
                by=request.user,
                questions=preparing,
                what_changed=form.cleaned_data.get("what_changed", ""),
                expected=form.cleaned_data["version"],
            )
        except Conflict as conflict:
            show_error(form, conflict)
            take_version(form, conflict.current)
        except ValidationError as error:
            show_error(form, error)
        else:
            told = f" {begun} {'person' if begun == 1 else 'people'} who had begun get an email." if begun else ""
            messages.success(request, f"Version {preparing.number} is published.{'' if is_first else told}")
            return redirect("sites:round-questions-builder", slug=slug)
    lead = "After this the questions stay as they are. Applicants can read them all before they begin."
    if begun and not is_first:
        lead = (
            f"{begun} {'application is' if begun == 1 else 'applications are'} being written on an earlier version. "
            "Answers are kept. Those writing them are told what changed."
        )
    return form_page(
        request,
        form,
        title=f"Publish version {preparing.number} of the questions",
        button="Publish questions",
        crumbs=crumbs_of(round),
        lead=lead,
        links=[("Preview them first", f"{preparing.get_absolute_url()}preview/")],
    )
