"""Attendance reports as the two services write them, for tests. Every name is invented."""

from collections.abc import Sequence

ZOOM_BLOCK = (
    "Meeting ID,Topic,Start Time,End Time,User Email,Duration (Minutes),Participants\r\n"
    '812 3456 7890,"Choice, and control",01/10/2023 02:00:00 PM,01/10/2023 04:00:00 PM,host@people.example,120,{n}\r\n'
    "\r\n"
)
TEAMS_HEAD = "Name\tFirst Join\tLast Leave\tIn-Meeting Duration\tEmail\tParticipant ID (UPN)\tRole"


def quoted(cell: str) -> str:
    return '"' + cell.replace('"', '""') + '"' if set(cell) & set(',"\r\n\t') else cell


def zoom(rows: Sequence[Sequence[str]], *, block: bool = False, bom: bool = True, end: str = "\r\n") -> bytes:
    """One row a person: name, e-mail, minutes, and whether a guest."""
    text = ZOOM_BLOCK.format(n=len(rows)) if block else ""
    text += "Name (Original Name),User Email,Total Duration (Minutes),Guest\r\n"
    text += "".join(",".join(quoted(cell) for cell in row) + "\r\n" for row in rows)
    return text.replace("\r\n", end).encode("utf-8-sig" if bom else "utf-8")


def zoom_joins(rows: Sequence[Sequence[str]]) -> bytes:
    """One row a join: name, e-mail, join, leave, minutes, in the waiting room."""
    head = "Name (Original Name),User Email,Join Time,Leave Time,Duration (Minutes),Guest,Recording Consent,In Waiting Room"
    lines = [",".join([*(quoted(cell) for cell in row[:5]), "Yes", "", row[5]]) for row in rows]
    return "\r\n".join([head, *lines, ""]).encode("utf-8-sig")


def teams(rows: Sequence[Sequence[str]], *, counted: int | None = None, bom: bool = True) -> bytes:
    """Name, first join, last leave, length, e-mail."""
    lines = [
        "1. Summary",
        "Meeting title\tChoice and control",
        f"Attended participants\t{len(rows) if counted is None else counted}",
        "Start time\t1/10/23, 1:58:20 PM",
        "End time\t1/10/23, 4:02:31 PM",
        "Meeting duration\t2h 4m 11s",
        "Average attendance time\t1h 41m 2s",
        "",
        "2. Participants",
        TEAMS_HEAD,
        *["\t".join([*(quoted(cell) for cell in row), row[4], "Attendee"]) for row in rows],
        "",
        "3. In-Meeting Activities",
        "Name\tJoin Time\tLeave Time\tDuration\tEmail\tRole",
        *["\t".join([*(quoted(cell) for cell in row), "Attendee"]) for row in rows],
        "",
    ]
    return (b"\xff\xfe" if bom else b"") + "\r\n".join(lines).encode("utf-16-le")
