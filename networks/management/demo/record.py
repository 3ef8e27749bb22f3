"""Around one log of the demonstration: a Zoom report, photographs, versions of the notes, a restricted note."""

import io
from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from PIL import Image, ImageDraw, ImageFont

from impact.core.access.permissions import Actor
from impact.core.basics import clock
from impact.core.management.demo import read
from impact.core.people.models import User
from networks.log.attendance import services
from networks.log.models import Attendance
from networks.log.record.notes import change_notes
from networks.log.record.photos import add_photo
from networks.log.record.restricted import write_restricted_note
from networks.management.demo import shapes
from networks.meetings.models import Meeting


@transaction.atomic
def build(accounts: dict[str, User]) -> None:
    """Add the record of one meeting, where it is missing."""
    data = read(__file__, "record.toml", shapes.Record)
    meeting = Meeting.objects.select_related("group").filter(group__slug=data.group, number=data.meeting).first()
    if meeting is None or meeting.imports.exists():
        return
    coordinator = accounts[data.coordinator]
    with clock.standing_on(meeting.starts_on + timedelta(days=1)):
        _import(coordinator, meeting)
        for chart in data.charts:
            file = SimpleUploadedFile(f"{chart.title}.jpg", _chart(chart.title, chart.lines), "image/jpeg")
            add_photo(by=coordinator, meeting=meeting, file=file, alt=chart.alt)
        write_restricted_note(by=coordinator, meeting=meeting, words=data.restricted)
    first = meeting.notes_versions.get().text
    with clock.standing_on(meeting.starts_on + timedelta(days=2)):
        change_notes(by=coordinator, meeting=meeting, text=f"{first}\n\n{data.more_notes}")
    with clock.standing_on(meeting.starts_on + timedelta(days=3)):
        change_notes(by=accounts["staff"], meeting=meeting, text=f"{first}\n\n{data.other_notes}")


def _import(by: Actor, meeting: Meeting) -> None:
    """A report that names those who came; one person joined twice, and a machine that took notes is left out."""
    came = meeting.attendances.filter(status=Attendance.Status.PRESENT, person__isnull=False).select_related("person")
    start = meeting.starts_at.replace(tzinfo=None)
    rows = [(a.person.name, a.person.email, n % 3, 118 - 7 * (n % 4)) for n, a in enumerate(came)]  # type: ignore[union-attr]
    rows += [(f"{rows[0][0]}’s phone ({rows[0][0]})", rows[0][1], 100, 118), ("Note-taking assistant", "", 1, 119)]
    lines = [
        "Name (Original Name),User Email,Join Time,Leave Time,Duration (Minutes),Guest,Recording Consent,In Waiting Room"
    ]
    for name, email, joined, left in rows:
        join, leave = (f"{start + timedelta(minutes=m):%m/%d/%Y %I:%M:%S %p}" for m in (joined, left))
        lines.append(f"{name},{email},{join},{leave},{left - joined},Yes,,No")
    data = ("\r\n".join(lines) + "\r\n").encode("utf-8-sig")
    report = services.read_attendance_file(by=by, meeting=meeting, name="participants.csv", data=data)
    choices = {row["id"]: "out" if row["name"] == "Note-taking assistant" else row["choice"] for row in report.rows}
    services.apply_attendance_import(by=by, report=report, choices=choices, seen={})


def _font(weight: int, size: int) -> ImageFont.FreeTypeFont:
    folder = Path(settings.BASE_DIR) / "static/vendor/fonts"
    return ImageFont.truetype(folder / f"atkinson-hyperlegible-next-{weight}.ttf", size)


def _chart(title: str, lines: list[str]) -> bytes:
    """A flip chart, drawn."""
    image = Image.new("RGB", (1200, 900), "#cfd8d6")
    draw = ImageDraw.Draw(image)
    draw.rectangle((90, 50, 1110, 880), fill="#fffdf6", outline="#8a9492", width=4)
    draw.rectangle((90, 50, 1110, 90), fill="#5b6765")
    draw.text((150, 130), title, fill="#0b3b3a", font=_font(700, 84))
    draw.line((150, 240, 150 + 44 * len(title), 240), fill="#a4551b", width=8)
    for n, line in enumerate(lines):
        top = 300 + 130 * n
        draw.ellipse((150, top + 18, 182, top + 50), fill="#a4551b" if n % 2 else "#0b5e5c")
        draw.text((220, top), line, fill="#15201f", font=_font(400, 64))
    out = io.BytesIO()
    image.save(out, "JPEG", quality=85)
    return out.getvalue()
