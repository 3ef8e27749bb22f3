"""What ./run writes while people use it: every token that was handed out and used, looked for in every log."""

import json
import re
import time
from pathlib import Path

import requests

from tests.browser.conftest import PASSWORD

MAKE = """
import json
from datetime import timedelta
from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from django.core.files.base import ContentFile
from django.utils import timezone
from impact.core.access.permissions import SYSTEM
from impact.core.basics import clock
from impact.core.jobs import outbox
from impact.core.people import accounts
from impact.core.people.models import Person, User
from networks.groups.models import Group
from networks.documents.materials.models import MaterialFile
from networks.documents.materials.sending.models import SentPaper
from networks.documents.materials.sending.plan import paper_link
from networks.meetings.invitations.emails import reply_link
from networks.meetings.invitations.models import MeetingInvitation
from networks.members.joining.models import JoinInvitation
from networks.members.joining.services import join_token
from sites.calls.applications.applying import links
from sites.calls.rounds.models import Round
from coproduction.reflections import services as reflections

bodies = []
outbox.send_later = lambda **mail: bodies.append(mail["body"])
with_token = User.objects.get(email="member@impact.example")
staff = User.objects.get(email="staff@impact.example")
accounts.invite_person(by=staff, email="secret@people.example", name="New Person")
group = Group.objects.local_networks().first()
file = MaterialFile.objects.order_by("pk").first()
sent = SentPaper.objects.create(
    material=file.material, person=Person.objects.first(), file=file, expires_at=timezone.now() + timedelta(days=1)
)
joining = JoinInvitation.objects.create(group=group, name="Invited", email="joins@people.example")
links.start_online(
    by=SYSTEM, round=Round.objects.open_at(clock.now()).first(), email="a@people.example", contact_name="A", answers={}
)
lead = User.objects.get(email="engagement@impact.example")
Group.objects.get(slug="advisory-group").reflections.all().delete()
before = len(bodies)
reflections.open_reflection(
    by=lead, group=Group.objects.get(slug="advisory-group"), closes_on=clock.today() + timedelta(days=9)
)
reset = f"{user_pk_to_url_str(with_token)}-{default_token_generator.make_token(with_token)}"
print(json.dumps({
    "invitation": bodies[0].split("/invitation/")[1].split("/")[0],
    "reply": [reply_link(row).rstrip("/").rsplit("/", 1)[1] for row in MeetingInvitation.objects.all()[:40]],
    "paper": paper_link(sent).rstrip("/").rsplit("/", 1)[1],
    "join": join_token(joining),
    "application": bodies[1].split("/application/")[1].split("/")[0],
    "reflect": bodies[before].split("/reflect/")[1].split("/")[0],
    "reset": reset,
    "api": accounts.make_token(by=with_token, days=1),
}))
"""


SAID_ALOUD = ("out-", "setup.log")  # the demonstration prints its own password there, at each start


def use(base: str, tokens: dict) -> dict[str, str]:
    """Follow every link in every way, as people, mail scanners and attackers do; more secrets that came up."""
    paths = [f"/reply/{token}/" for token in tokens["reply"]]
    paths += [f"/{name}/{tokens[name]}/" for name in ("invitation", "paper", "join", "application", "reflect")]
    paths += [f"/accounts/password/reset/key/{tokens['reset']}/"]
    for path in paths:
        for method in ("HEAD", "GET", "POST", "DELETE", "OPTIONS"):
            headers = {"Referer": f"{base}{path}?next={path}", "Origin": "https://elsewhere.example"}
            requests.request(method, f"{base}{path}", headers=headers, timeout=20, allow_redirects=False)
        requests.get(f"{base}{path[:-1]}x/?again={path}", timeout=20)
        requests.get(f"{base}{path}more/\x00/", timeout=20)
    for header in (f"Token {tokens['api']}", f"Bearer {tokens['api']}", f"Token {tokens['api']}x"):
        for path in ("/api/v1/groups/", "/api/v1/nothing/", "/api/v1/groups/?page=x"):
            requests.get(f"{base}{path}", headers={"Authorization": header}, timeout=20)
            requests.post(f"{base}{path}", data="{", headers={"Authorization": header}, timeout=20)
    person = requests.Session()
    page = person.get(f"{base}/accounts/login/", timeout=20).text
    form = dict(re.findall(r'name="(csrfmiddlewaretoken)" value="([^"]+)"', page))
    form |= {"login": "coordinator.wales@impact.example", "password": PASSWORD}
    person.post(f"{base}/accounts/login/", data=form, headers={"Referer": f"{base}/accounts/login/"}, timeout=20)
    person.get(f"{base}/", timeout=20)
    person.post(f"{base}/account/tokens/", data={"days": 7}, timeout=20)  # no CSRF token: refused, and said in the log
    return {"session": person.cookies["sessionid"], "csrf cookie": person.cookies["csrftoken"], "password": PASSWORD}


def test_no_token_that_was_handed_out_and_used_is_in_any_log(own_platform):
    tokens = json.loads(own_platform.shell(MAKE))
    secrets = {**tokens, **use(own_platform.address, tokens)}
    assert len(secrets.pop("reply")) > 20
    secrets |= {f"reply {n}": token for n, token in enumerate(tokens["reply"])}
    time.sleep(1)
    logs = {
        path: path.read_text(errors="replace")
        for path in [*Path(own_platform.folder, "log").rglob("*")]
        if path.is_file()
    }
    logs |= {path: path.read_text(errors="replace") for path in own_platform.folder.glob("out-*.txt")}
    whole = "".join(logs.values())
    assert "networks:reply" in whole or "reply/" in whole, "the requests left no line, so this test would find nothing"
    assert whole.count('"request_id"') > 100
    found = [
        f"{name} in {path.name}"
        for name, secret in secrets.items()
        for path, text in logs.items()
        if (secret in text or secret[:24] in text) and not (name == "password" and path.name.startswith(SAID_ALOUD))
    ]
    assert not found
