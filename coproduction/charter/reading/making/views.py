"""Pages on which the engagement lead makes Easy Read and recordings of a version."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from coproduction.charter.models import CharterVersion, SectionText
from coproduction.charter.pages import charter_for, version_for
from coproduction.charter.reading.formats import lines
from coproduction.charter.reading.making import services
from coproduction.charter.reading.making.forms import EasyReadForm, PictureForm, RecordingForm, ReviewForm
from coproduction.charter.reading.models import EasyRead, EasyReadLine, Recording, hash_words
from impact.core.access.permissions import require
from impact.core.basics.versions import Conflict
from impact.core.people.accounts import SignedInRequest
from impact.core.web.forms import (
    Crumbs,
    errors_as_messages,
    errors_on,
    form_page,
    show_conflict,
    take_version,
    whole_number,
)


def _crumbs(version: CharterVersion) -> Crumbs:
    return [
        ("Co-production", reverse("coproduction:index")),
        ("Charter", version.charter.get_absolute_url()),
        (f"Version {version.name}", version.get_absolute_url()),
    ]


def _formats_url(version: CharterVersion) -> str:
    return reverse("coproduction:charter-formats", args=[version.charter_id, version.slug])


def _find_writing(request: HttpRequest, pk: int, number: str) -> CharterVersion:
    """A version that the caller may make formats of."""
    version = version_for(request, charter_for(request, pk), number)
    require(request.user, services.EDIT, version)
    return version


@require_GET
def charter_formats(request: SignedInRequest, pk: int, number: str) -> HttpResponse:
    """Each section of a version with where its Easy Read and its recording stand."""
    version = _find_writing(request, pk, number)
    texts = list(version.texts.select_related("section"))
    own = {
        easy.text_id: easy
        for easy in EasyRead.objects.filter(text__in=texts).select_related("text__version", "text__section")
    }
    same = _made_of_the_same_words(version, texts)
    recordings = {row.text_id: row for row in Recording.objects.filter(version=version)}
    rows = []
    for text in texts:
        easy = own.get(text.pk) or same.get(text.pk)
        rows.append(
            {
                "text": text,
                "easy": easy,
                "is_out_of_date": bool(easy and easy.words_hash != hash_words(text.title, text.body)),
                "sound": recordings.get(text.pk),
            }
        )
    context = {
        "version": version,
        "charter": version.charter,
        "rows": rows,
        "whole": recordings.get(None),
        "may_record": version.status != CharterVersion.Status.DRAFT,
    }
    return render(request, "coproduction/charter/reading/formats.html", context)


def _made_of_the_same_words(version: CharterVersion, texts: list[SectionText]) -> dict[int, EasyRead]:
    """Easy Reads of other versions by the text whose words they were made from."""
    marks = {(text.section_id, hash_words(text.title, text.body)): text.pk for text in texts}
    rows = EasyRead.objects.filter(text__section__in=[text.section_id for text in texts]).exclude(text__version=version)
    found = {}
    for easy in rows.select_related("text__version", "text__section").order_by("text__version__number"):
        if pk := marks.get((easy.text.section_id, easy.words_hash)):
            found[pk] = easy
    return found


def _earlier(text: SectionText) -> EasyRead | None:
    """The Easy Read of this section in the version that came last before this one and had one."""
    rows = EasyRead.objects.filter(text__section=text.section_id, text__version__number__lt=text.version.number)
    return rows.select_related("text__version").prefetch_related(lines).order_by("-text__version__number").first()


@require_http_methods(["GET", "POST"])
def easy_read_edit(request: SignedInRequest, pk: int, number: str, key: str) -> HttpResponse:
    """Write a section in Easy Read beside its words; pictures, and sending it for review."""
    version = _find_writing(request, pk, number)
    text = get_object_or_404(version.texts.select_related("section", "version__charter"), section__key=key)
    easy = EasyRead.objects.filter(text=text).select_related("text__version", "text__section").first()
    start = None if easy else _earlier(text)
    written = list((easy or start).lines.all()) if easy or start else []  # type: ignore[union-attr]
    known = {"sentences": "\n".join(line.words for line in written), "version": easy.version if easy else 0}
    form = EasyReadForm(request.POST or None, initial=known)
    differences = None
    if request.method == "POST" and form.is_valid():
        with errors_on(form):
            try:
                services.write_easy_read(
                    by=request.user,
                    text=text,
                    sentences=form.cleaned_data["sentences"],
                    start_from=start,
                    expected=form.cleaned_data["version"],
                )
            except Conflict as conflict:
                form.cleaned_data["sentences"] = "\n".join(form.cleaned_data["sentences"])
                now = "\n".join(line.words for line in conflict.current.lines.all())
                differences = show_conflict(form, conflict, {"sentences": now})
                take_version(form, conflict.current)
            else:
                messages.success(request, f"The Easy Read of “{text.title}” is saved.")
                return redirect(request.path)
    context = {
        "charter": version.charter,
        "version": version,
        "text": text,
        "easy": easy,
        "start": start,
        "lines": easy.lines.all() if easy else [],
        "is_out_of_date": bool(easy and easy.words_hash != hash_words(text.title, text.body)),
        "form": form,
        "differences": differences,
        "formats_url": _formats_url(version),
    }
    return render(
        request, "coproduction/charter/reading/easy_read_edit.html", context, status=200 if differences is None else 409
    )


def _edit_url(easy: EasyRead) -> str:
    text = easy.text
    return reverse("coproduction:easy-read-edit", args=[text.version.charter_id, text.version.slug, text.section.key])


def _find_easy_read(request: HttpRequest, pk: int) -> EasyRead:
    rows = EasyRead.objects.visible_to(request.user).select_related("text__version__charter__group", "text__section")
    easy = get_object_or_404(rows, pk=pk)
    require(request.user, services.EDIT, easy)
    return easy


@require_POST
def easy_read_send(request: SignedInRequest, pk: int) -> HttpResponse:
    """Say that an Easy Read is ready to be reviewed."""
    easy = _find_easy_read(request, pk)
    with errors_as_messages(request):
        services.send_for_review(by=request.user, easy_read=easy, expected=whole_number(request.POST.get("version")))
        messages.success(request, f"The Easy Read of “{easy.text.title}” waits for review.")
    return redirect(_edit_url(easy))


@require_http_methods(["GET", "POST"])
def easy_read_review(request: SignedInRequest, pk: int) -> HttpResponse:
    """Record who reviewed an Easy Read."""
    easy = _find_easy_read(request, pk)
    form = ReviewForm(request.POST or None, initial={"version": easy.version})
    differences = None
    if request.method == "POST" and form.is_valid():
        with errors_on(form):
            try:
                services.review_easy_read(
                    by=request.user,
                    easy_read=easy,
                    reviewed_by=form.cleaned_data["reviewed_by"],
                    reviewed_on=form.cleaned_data["reviewed_on"],
                    expected=form.cleaned_data["version"],
                )
            except Conflict as conflict:
                differences = show_conflict(form, conflict, {})
            else:
                messages.success(request, f"Readers can now see the Easy Read of “{easy.text.title}”.")
                return redirect(_formats_url(easy.text.version))
    return form_page(
        request,
        form,
        title=f"Who reviewed the Easy Read of “{easy.text.title}”?",
        button="Save review",
        crumbs=[*_crumbs(easy.text.version), (easy.text.title, _edit_url(easy))],
        lead="People who read Easy Read should say that it is clear. Readers see the Easy Read once you save this.",
        differences=differences,
    )


@require_http_methods(["GET", "POST"])
def easy_read_line(request: SignedInRequest, pk: int) -> HttpResponse:
    """Put a picture beside a sentence, change its words, or take it away."""
    rows = EasyReadLine.objects.filter(easy_read__in=EasyRead.objects.visible_to(request.user))
    line = get_object_or_404(
        rows.select_related("easy_read__text__version__charter__group", "easy_read__text__section"), pk=pk
    )
    easy = line.easy_read
    require(request.user, services.EDIT, easy)
    if request.method == "POST" and "remove" in request.POST:
        with errors_as_messages(request):
            services.remove_picture(by=request.user, line=line)
            messages.success(request, "The picture has been removed.")
        return redirect(f"{_edit_url(easy)}#line-{line.pk}")
    has_picture = bool(line.picture)
    form = PictureForm(request.POST or None, request.FILES or None, initial={"alt": line.alt}, has_picture=has_picture)
    if request.method == "POST" and form.is_valid():
        with errors_on(form):
            services.set_picture(
                by=request.user, line=line, alt=form.cleaned_data["alt"], file=form.cleaned_data["file"]
            )
            messages.success(request, "The picture is saved.")
            return redirect(f"{_edit_url(easy)}#line-{line.pk}")
    return form_page(
        request,
        form,
        title="Change the picture" if has_picture else "Add a picture",
        button="Save picture",
        crumbs=[*_crumbs(easy.text.version), (easy.text.title, _edit_url(easy))],
        quote=line.words,
        second_button=("remove", "Remove picture") if has_picture else None,
    )


# --- Recordings ----------------------------------------------------------------------------------
@require_http_methods(["GET", "POST"])
def recording_add(request: SignedInRequest, pk: int, number: str) -> HttpResponse:
    """Add a recording of a version or a section, or replace one."""
    version = _find_writing(request, pk, number)
    form = RecordingForm(
        request.POST or None,
        request.FILES or None,
        version=version,
        initial={"section": request.GET.get("section", "")},
    )
    if request.method == "POST" and form.is_valid():
        with errors_on(form):
            services.add_recording(
                by=request.user,
                version=version,
                file=form.cleaned_data["file"],
                section_key=form.cleaned_data["section"],
                read_by=form.cleaned_data["read_by"],
            )
            messages.success(request, "The recording is saved. Listen to it once, to be sure.")
            return redirect(_formats_url(version))
    return form_page(
        request,
        form,
        title=f"Add a recording of version {version.name}",
        button="Save recording",
        crumbs=[*_crumbs(version), ("Easy Read and recordings", _formats_url(version))],
        lead="Someone reads exactly these words aloud. A new recording takes the place of the one before.",
    )


@require_POST
def recording_remove(request: SignedInRequest, pk: int) -> HttpResponse:
    """Take a recording away."""
    rows = Recording.objects.visible_to(request.user).select_related("version__charter__group", "text__version")
    recording = get_object_or_404(rows, pk=pk)
    with errors_as_messages(request):
        services.remove_recording(by=request.user, recording=recording)
        messages.success(request, "The recording has been removed.")
    return redirect(_formats_url(recording.version))
