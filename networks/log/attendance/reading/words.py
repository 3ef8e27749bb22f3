"""The words of attendance reports in the languages that Zoom and Teams write here: headings, lengths, yes, joined, left.

English, Welsh, German, French, Spanish, Italian, Dutch, Portuguese and Polish. The services change their headings from
year to year, so a heading is known by the word in it that says what the column is, without accents and capitals.
"""

import re
import unicodedata
from collections.abc import Sequence

LANGUAGES = "English, Welsh, German, French, Spanish, Italian, Dutch, Portuguese and Polish"

# In this order: "Duur van deelname" is a length and not a join, "E-mail de l'utilisateur" an address and not a name.
_COLUMNS: list[tuple[str, str]] = [
    ("upn", r"\bupn\b|^participant id$|^teilnehmer-?id|^id (du |del |do |de |y )?(part|cyfr)|^deelnemer-?id"),
    ("email", r"e-?mail|courriel|correo|posta elettronica|e-?bost"),
    ("waiting", r"waiting room|warteraum|salle d.?attente|sala de espera|sala d.?attesa|wacht(ruimte|kamer)|poczekaln"
                r"|ystafell aros"),
    ("action", r"user action|benutzeraktion|action (de l.)?utilisateur|accion del? usuario|azione (dell.)?utente"
               r"|gebruikersactie|acao do (utilizador|usuario)|akcja uzytkownika|gweithred"),
    ("at", r"^timestamp|zeitstempel|horodat|marca (de tiempo|temporal)|^data e ora|tijdstempel|carimbo de|znacznik czasu"
           r"|stamp amser"),
    ("total", r"duration|dauer|duree|duracion|durata|duur|duracao|czas trwania|\bhyd\b|parhad"),
    ("leave", r"leave|verlass|verlat|austritt|depart|sortie|salida|abandon|uscita|saida|vertrek|opuszcz|wyjsci|gadael"),
    ("join", r"join|beitritt|beigetreten|eintritt|arrivee|connexion|participation|\bunion\b|se unio|unirse|incorporacion"
             r"|entrada|ingres|accesso|partecipazione|toetred|deelname|deelgenomen|dolacz|wejsci|ymun"),
    ("name", r"^(full |vollstandiger |volledige )?(name|naam)\b|^nom\b|^nombre\b(?! de participant)|^nome\b|^nazwa\b"
             r"|^imie\b|^pelna nazwa|^enw\b|^participant$|^teilnehmer$|^participante$|^partecipante$|^deelnemer$"
             r"|^uczestnik$"),
]  # fmt: skip
_KNOWN = [(what, re.compile(pattern)) for what, pattern in _COLUMNS]
# The summary of a Zoom report has a row of headings too, and so has a list of meetings.
_OF_MEETING = re.compile(
    r"meeting.?id|besprechungs.?id|id (de |della |do |y )?(la )?(reunion|reuniao|riunione|cyfarfod)|vergader.?id"
    r"|id spotkania|^(topic|thema|sujet|tema|argomento|onderwerp|topico|temat|pwnc)$"
)
_TOTAL = re.compile(r"total|gesamt|totaal|calkowit|laczn|cyfanswm")
_YES = {"yes", "true", "1", "ja", "oui", "si", "sim", "tak", "ie", "ydy", "oes"}
_JOINED = re.compile(
    r"join|beigetreten|beitritt|(a )?rejoint|(se )?(ha )?unid|se unio|partecip|entrat|ha partecipato|toegetreden"
    r"|deelgenomen|entrou|ingress|dolacz|ymun|wedi ymuno"
)
_LEFT = re.compile(
    r"left|verlass|hat verlassen|(a )?quitte|sorti|parti|salio|ha salido|abandon|uscit|ha abbandonato|verlaten|saiu|opusci"
    r"|wyszed|gadaw|wedi gadael"
)


def flat(text: str) -> str:
    """Small letters without accents, and without "(UTC)"."""
    text = "".join(c for c in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(c))
    return re.sub(r"\s*\(utc\)$", "", " ".join(text.replace("ł", "l").split()))


def columns_of(cells: Sequence[str]) -> dict[str, int]:
    """What each column of a heading row is; empty for any other row."""
    headings = [flat(cell) for cell in cells]
    found: dict[str, int] = {}
    for place, heading in enumerate(headings):
        what = next((what for what, pattern in _KNOWN if pattern.search(heading)), "") if len(heading) <= 60 else ""
        if what:
            found.setdefault(what, place)
    is_report = "name" in found and (
        "total" in found or {"join", "leave"} <= found.keys() or {"action", "at"} <= found.keys()
    )
    return found if is_report and not is_of_meeting(cells) else {}


def is_of_meeting(cells: Sequence[str]) -> bool:
    """Whether these are the headings of what is about a meeting as a whole, not about people in it."""
    return len(cells) > 1 and any(_OF_MEETING.search(flat(cell)) for cell in cells)


def is_total(heading: str) -> bool:
    """Whether a length stands once for each person, not for each join."""
    return bool(_TOTAL.search(flat(heading)))


def is_yes(text: str) -> bool:
    return flat(text) in _YES


def joined_or_left(text: str) -> str:
    """ "join", "leave", or nothing for any other word."""
    if _JOINED.match(flat(text)):
        return "join"
    return "leave" if _LEFT.match(flat(text)) else ""


# --- Reports of something else -------------------------------------------------------------------
_ZOOM_WAY = "In Zoom, choose “Reports”, “Usage reports”, “Meeting”, press the number of participants, then “Export”."
_OTHERS: list[tuple[str, str]] = [
    (
        r"webinar|webinaire|seminario web|weminar",
        "This is the report of a webinar, and we read reports of meetings. For a meeting: in Zoom, choose “Reports”, "
        "“Usage reports”, “Meeting”, press the number of participants, then “Export”. If it was held as a webinar, mark who "
        "came in the log instead.",
    ),
    (
        r"registration time|approval status|registrierungszeit|heure d.inscription|registration report",
        "This is a list of who registered, not of who came. " + _ZOOM_WAY,
    ),
    (r"poll report|quiz report|q&a report|^#,user name", "This is a report of polls or questions. " + _ZOOM_WAY),
    (
        r"time joined|time exited",
        "This is a report from Google Meet. We read reports of Zoom and Teams; mark who came in the log instead.",
    ),
    (
        r"sessionid.*participantid",
        "This is the report of a Teams live event, and we read reports of meetings. In Teams, open the meeting in your "
        "calendar, choose “Attendance”, then “Download”. For a live event, mark who came in the log instead.",
    ),
]


def other_report(lines: Sequence[str]) -> str:
    """What to say of a file in which no row has the headings that we know."""
    start = "\n".join(flat(line) for line in lines)
    for pattern, words in _OTHERS:
        if re.search(pattern, start, re.MULTILINE):
            return words
    if any(is_of_meeting(re.split(r"[\t,;]", line)) for line in lines):
        return "This is a list of meetings, and does not say who was there. " + _ZOOM_WAY
    return (
        "This is not an attendance report from Zoom or Teams: no row has the headings “Name” and “Duration”, or “Join Time” "
        f"and “Leave Time”. We read reports in {LANGUAGES}. If yours is in another language, set Zoom or Teams to English "
        "and download the report again."
    )
