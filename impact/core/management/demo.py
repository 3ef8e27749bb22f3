"""The demonstration's accounts. Each feature app's ``demo.py`` adds its own part through its own services."""

from allauth.account.models import EmailAddress
from django.conf import settings
from django.core.management.base import CommandError
from django.db import transaction

from impact.core.access.permissions import SYSTEM, Role
from impact.core.basics.vocabulary import Format, Nation
from impact.core.people import services
from impact.core.people.accounts import grant_role
from impact.core.people.models import Person, User
from impact.core.web.context import DEMO_ACCOUNTS, DEMO_PASSWORD

Accounts = dict[str, User]

# local part of the e-mail → (role title as a name, global role, nation, details)
PEOPLE: dict[str, tuple[str, str, str, dict[str, str]]] = {
    "staff": ("Networks Manager", Role.STAFF, Nation.ENGLAND, {}),
    "leadership": ("Leadership team reader", Role.LEADERSHIP, Nation.UK, {}),
    "engagement": ("Lived Experience Engagement Lead", Role.ENGAGEMENT_LEAD, Nation.NORTHERN_IRELAND, {}),
    "coordinator.england": ("Coordinator for England", "", Nation.ENGLAND, {}),
    "coordinator.scotland": ("Coordinator for Scotland", "", Nation.SCOTLAND, {}),
    "coordinator.wales": ("Coordinator for Wales", "", Nation.WALES, {"preferred_language": "cy"}),
    "coordinator.ni": ("Coordinator for Northern Ireland", "", Nation.NORTHERN_IRELAND, {}),
    "member": (
        "Rowan Ash",
        "",
        Nation.WALES,
        {"preferred_format": Format.LARGE_PRINT, "access_arrangements": "A break every hour, and papers a week before"},
    ),
    "assessor": ("Assessor with lived experience", Role.ASSESSOR, Nation.SCOTLAND, {}),
    "admin": ("Platform administrator", Role.ADMINISTRATOR, Nation.UK, {}),
}


@transaction.atomic
def build() -> Accounts:
    """Make the ten demonstration accounts, or find them; keyed by the part before the @. Only where IMPACT_DEMO is on."""
    if not settings.DEMO:
        raise CommandError("Demonstration accounts have a known password. Set IMPACT_DEMO=1 if that is what you want.")
    accounts: Accounts = {}
    for account in DEMO_ACCOUNTS:
        email = account["email"]
        key = email.split("@")[0]
        name, role, nation, details = PEOPLE[key]
        user = User.objects.filter(email=email).first()
        if user is None:
            user = User.objects.create_user(email, DEMO_PASSWORD)
            EmailAddress.objects.create(user=user, email=email, verified=True, primary=True)
            person = services.add_person(
                by=SYSTEM, name=name, email=email, nation=nation, is_illustrative=True, **details
            )
            Person.objects.filter(pk=person.pk).update(user=user)
            if role:
                grant_role(by=SYSTEM, user=user, role=role)
        accounts[key] = User.objects.get(pk=user.pk)
    return accounts
