"""Who may do what: the whole policy on one page.

``GRANTS`` maps each permission to the roles that hold it. Global roles belong to an account
(``User.global_roles``); scoped roles are answered by the object (``obj.roles_of(user)``). A service calls
``require(by, permission, obj)`` first; pages and the API ask ``has_perm`` only to hide what would be refused.
What may not be *seen* is left out by each model's ``visible_to(user)``, and so is a 404.
"""

from collections.abc import Iterable
from typing import Any, Protocol

from django.core.exceptions import PermissionDenied
from django.db import models

from impact.core.access.acting import noting


class Role(models.TextChoices):
    """Every role there is."""

    # Global: granted to an account.
    ADMINISTRATOR = "administrator", "Administrator"
    LEADERSHIP = "leadership", "Leadership team"
    STAFF = "staff", "National staff"
    ENGAGEMENT_LEAD = "engagement_lead", "Lived Experience Engagement Lead"
    ASSESSOR = "assessor", "Assessor"
    API_CLIENT = "api_client", "API client"
    # Scoped: come from a membership of a group, a role at a site, or being asked to score topics.
    COORDINATOR = "coordinator", "Local network coordinator"
    MEMBER = "member", "Group member"
    SITE_TEAM = "site_team", "Site lead, coach or facilitator"
    SCORER = "scorer", "Scorer of a year's topics"


GLOBAL_ROLES = [
    Role.ADMINISTRATOR,
    Role.LEADERSHIP,
    Role.STAFF,
    Role.ENGAGEMENT_LEAD,
    Role.ASSESSOR,
    Role.API_CLIENT,
]
TWO_STEP_ROLES = frozenset({Role.ADMINISTRATOR, Role.LEADERSHIP, Role.STAFF, Role.ENGAGEMENT_LEAD})
# Roles that a colleague can hold for another for a while. Not leadership, which approves, nor administrators and assessors.
LENDABLE = frozenset({Role.STAFF, Role.ENGAGEMENT_LEAD})


class Actor(Protocol):
    """Who does something: an account, or SYSTEM for scheduled work and for people with a signed link. A visitor who is
    not signed in passes the type and is refused by ``require``."""

    @property
    def pk(self) -> Any: ...

    @property
    def is_active(self) -> bool: ...


def name_of(by: Actor) -> str:
    """Who did something, as people know them."""
    return str(getattr(by, "display_name", ""))


class _System:
    """The actor of scheduled work, passed on purpose: it may do what a person need not be asked for."""

    pk = None
    is_active = True
    display_name = "IMPACT platform"


SYSTEM = _System()

_NATIONAL = frozenset({Role.STAFF, Role.ENGAGEMENT_LEAD})
_READERS = _NATIONAL | {Role.LEADERSHIP}

GRANTS: dict[str, frozenset[str]] = {
    # People and access
    "core.invite_person": frozenset({Role.ADMINISTRATOR, Role.STAFF, Role.ENGAGEMENT_LEAD}),
    "core.manage_roles": frozenset({Role.ADMINISTRATOR}),
    "core.view_people": _NATIONAL | {Role.ADMINISTRATOR},
    "core.add_person": _NATIONAL | {Role.ADMINISTRATOR},
    "core.edit_person": _NATIONAL | {Role.ADMINISTRATOR},
    "core.view_needs": _NATIONAL,  # what people need and agreed to; administrators look after accounts
    "core.view_components": _NATIONAL | {Role.ADMINISTRATOR},
    "core.view_jobs": _NATIONAL | {Role.ADMINISTRATOR},
    "core.retry_job": _NATIONAL | {Role.ADMINISTRATOR},
    "core.keep_webhooks": _NATIONAL | {Role.ADMINISTRATOR, Role.API_CLIENT},  # of their own; see and switch off: jobs
    "core.set_notices": frozenset({Role.ENGAGEMENT_LEAD}),  # how someone who asks hears from us
    "core.tell_in_person": frozenset({Role.ENGAGEMENT_LEAD}),  # not staff: a notice can be about a payment
    "core.answer_requests": _NATIONAL | {Role.ADMINISTRATOR},  # of people about what is held about them
    "core.erase_person": frozenset({Role.ADMINISTRATOR, Role.ENGAGEMENT_LEAD}),
    "core.merge_people": _NATIONAL,  # who see needs too: they choose which of two is right
    "core.close_account": _NATIONAL | {Role.ADMINISTRATOR},  # of someone who leaves, once their duties are given away
    "core.arrange_cover": _NATIONAL,  # for a colleague who cannot do it; everyone hands over their own duties
    "core.record_supporter": _NATIONAL | {Role.ADMINISTRATOR},  # on the word of someone without an account
    "core.set_hold": frozenset({Role.ADMINISTRATOR, Role.ENGAGEMENT_LEAD}),  # what a dispute needs is not deleted
    "core.undo_import": frozenset({Role.ADMINISTRATOR}),  # a spreadsheet of a colleague; one's own, without it
    "core.view_retention": _NATIONAL | {Role.ADMINISTRATOR},
    # Sites
    "sites.view_all": _READERS | {Role.ADMINISTRATOR},
    "sites.view_internal": _READERS | {Role.ADMINISTRATOR, Role.SITE_TEAM},
    "sites.edit_site": _NATIONAL | {Role.SITE_TEAM},
    "sites.add_site": _NATIONAL,
    "sites.change_status": _NATIONAL,
    "sites.change_model": _NATIONAL,  # not the site team: a network's pages are there because it is one
    "sites.appoint_to_role": _NATIONAL,  # not the site team: an appointment gives access
    "sites.publish_update": _NATIONAL,
    "sites.edit_organisation": _NATIONAL,
    "sites.edit_topic": _NATIONAL,  # and the evidence about topics and sites, with its gaps
    "sites.edit_question": _NATIONAL | {Role.SITE_TEAM},  # the team of an Ask IMPACT site, its own
    "sites.view_asker": _NATIONAL,  # how to reach someone who asked a question
    "sites.supervise": _NATIONAL,  # and read the private notes: not the site team, which it is about, nor leadership
    "sites.propose_topic": _NATIONAL | {Role.COORDINATOR},  # a coordinator for their own assembly
    "sites.score_topics": frozenset({Role.SCORER}),
    "sites.view_scores": _READERS | {Role.ADMINISTRATOR, Role.SCORER},  # of others, once scoring is closed
    "sites.agree_topics": _NATIONAL | {Role.LEADERSHIP},
    "sites.edit_round": _NATIONAL,
    "sites.view_rounds": _READERS | {Role.ADMINISTRATOR, Role.ASSESSOR},
    "sites.enter_application": _NATIONAL,  # those that came by paper, video or phone; applicants act as SYSTEM
    "sites.view_applications": _NATIONAL,  # with the names; leadership reads figures and decisions
    "sites.edit_assessment": _NATIONAL,  # criteria, assessors, who gets what
    "sites.assess": frozenset({Role.ASSESSOR}),
    "sites.view_portfolios": _READERS,
    "sites.edit_portfolio": _NATIONAL,
    "sites.decide_round": _NATIONAL,
    # Groups, networks and meetings
    "networks.view_all": _READERS,
    "networks.view_aggregates": _READERS | {Role.ADMINISTRATOR, Role.COORDINATOR},
    "networks.view_people": _NATIONAL | {Role.COORDINATOR},
    "networks.edit_group": _NATIONAL | {Role.COORDINATOR},
    "networks.edit_needs": _NATIONAL | {Role.COORDINATOR},  # what a member needs, and what they agreed to
    "networks.add_group": _NATIONAL,
    "networks.appoint_coordinator": _NATIONAL,
    "networks.plan_meeting": _NATIONAL | {Role.COORDINATOR},
    "networks.log_meeting": _NATIONAL | {Role.COORDINATOR},
    "networks.view_speakers": frozenset({Role.COORDINATOR}),  # who said what: besides the speaker, no one else
    "networks.name_in_photos": frozenset({Role.COORDINATOR}),  # who a picture shows: besides the person, no one else
    "networks.arrange_bookings": _NATIONAL | {Role.COORDINATOR},  # and read what is booked for whom
    "networks.view_directory": _NATIONAL | {Role.COORDINATOR},  # venues and providers, for every coordinator
    "networks.edit_venue": _NATIONAL | {Role.COORDINATOR},
    "networks.edit_providers": _NATIONAL,  # and how early to ask
    "networks.view_costs": _NATIONAL,  # of bookings, line by line
    "networks.view_cost_totals": _READERS,  # leadership: a year by category, with what tells of few people withheld
    "networks.debrief_meeting": _NATIONAL | {Role.COORDINATOR},
    "networks.edit_action": _NATIONAL | {Role.COORDINATOR},
    "networks.view_restricted": _NATIONAL | {Role.COORDINATOR},  # notes that members do not read; never leadership
    "networks.deal_with_flag": _NATIONAL,
    "networks.build_document": _NATIONAL | {Role.COORDINATOR},
    "networks.curate_theme": _NATIONAL,
    "networks.share_learning": _NATIONAL | {Role.COORDINATOR},
    "networks.answer_learning": _NATIONAL | {Role.COORDINATOR},
    # Co-production
    "coproduction.view_all": _READERS,
    "coproduction.view_drafts": frozenset({Role.ENGAGEMENT_LEAD}),
    "coproduction.view_names": frozenset({Role.ENGAGEMENT_LEAD, Role.MEMBER}),
    "coproduction.edit_charter": frozenset({Role.ENGAGEMENT_LEAD}),
    "coproduction.build_pdf": _READERS | {Role.MEMBER, Role.COORDINATOR},  # of any text that they may read
    "coproduction.answer_suggestion": frozenset({Role.ENGAGEMENT_LEAD}),
    "coproduction.suggest_change": _NATIONAL | {Role.MEMBER, Role.COORDINATOR},
    "coproduction.write_strengths": frozenset({Role.MEMBER, Role.ENGAGEMENT_LEAD}),  # a lead for a member who told them
    "coproduction.record_suggestion": _NATIONAL | {Role.COORDINATOR},  # for any member; a supporter needs a link
    "coproduction.discuss": frozenset({Role.MEMBER, Role.ENGAGEMENT_LEAD}),
    "coproduction.moderate_discussion": frozenset({Role.ENGAGEMENT_LEAD}),
    "coproduction.view_positions": frozenset(
        {Role.ENGAGEMENT_LEAD}
    ),  # who answered what and why; members see their own
    "coproduction.take_position": frozenset({Role.MEMBER}),
    "coproduction.record_for_member": frozenset({Role.ENGAGEMENT_LEAD}),
    "coproduction.work_on_objection": frozenset({Role.ENGAGEMENT_LEAD}),
    "coproduction.edit_members": frozenset({Role.ENGAGEMENT_LEAD}),  # terms of office, and supporters of members
    "coproduction.ask_for_support": frozenset({Role.MEMBER, Role.ENGAGEMENT_LEAD}),  # at a meeting of their group
    "coproduction.arrange_support": frozenset(
        {Role.ENGAGEMENT_LEAD, Role.COORDINATOR}
    ),  # and read what members ask for
    "coproduction.edit_outside_group": frozenset({Role.ENGAGEMENT_LEAD, Role.MEMBER}),
    "coproduction.send_summary": frozenset({Role.ENGAGEMENT_LEAD}),  # the group's news, month by month
    "coproduction.edit_involvement": frozenset({Role.ENGAGEMENT_LEAD}),
    "coproduction.take_part": frozenset({Role.MEMBER, Role.ENGAGEMENT_LEAD}),  # a lead for a member who told them
    "coproduction.record_waypoint": frozenset({Role.ENGAGEMENT_LEAD}),
    "coproduction.answer_waypoint": frozenset({Role.MEMBER, Role.ENGAGEMENT_LEAD}),  # a lead for a member who told them
    "coproduction.claim": frozenset({Role.MEMBER, Role.ENGAGEMENT_LEAD}),  # members for themselves: see Claim.roles_of
    "coproduction.manage_claims": frozenset(
        {Role.ENGAGEMENT_LEAD}
    ),  # and see what was paid: no one else but the member
    "coproduction.open_reflection": frozenset({Role.ENGAGEMENT_LEAD}),
    "coproduction.manage_equality": _NATIONAL,  # open, remind, close; no one sees an answer, nor who gave one
    "coproduction.view_equality": _READERS,  # figures, once a round has closed; administrators look after accounts
    "coproduction.close_equality": frozenset(),  # only SYSTEM, after the last day
    "coproduction.answer_by_link": frozenset(),  # only SYSTEM, for the one who holds a private link
    # The annual report
    "reports.view_unpublished": _READERS,
    "reports.edit_report": _NATIONAL,
    "reports.comment": _READERS,  # comments of leadership and writers; members say theirs in the group's reading
    "reports.build_edition": _NATIONAL,
    "reports.approve_report": frozenset({Role.LEADERSHIP}),
    "reports.publish_report": _NATIONAL,
    # Of a network by its coordinators, of a site by its lead (SubjectReport.roles_of); notes to funders by staff alone
    "reports.write_subject_report": _NATIONAL | {Role.COORDINATOR, Role.SITE_TEAM},
}


# What no one does for another, whatever was handed to them.
NEVER_LENT = frozenset(
    {
        *("core.erase_person", "core.set_hold", "core.manage_roles", "core.close_account", "reports.approve_report"),
        "core.merge_people",  # it cannot be undone
        "networks.view_speakers",  # people were told that only their coordinator knows who said what
    }
)
# What a supporter does as if a member of the group: reading, and writing down what the member says.
AS_SUPPORTER = frozenset(
    {
        *("coproduction.view_names", "coproduction.build_pdf", "coproduction.suggest_change"),
        *("coproduction.write_strengths", "coproduction.take_part", "coproduction.answer_waypoint"),
    }
)


class LentRole(str):
    """A role that someone holds for another: the same as the role itself, and it knows for whom.

    ``person``: the id of the person who is acted for; ``acting``: of the row that allows it; ``only``: the permissions for
    which it counts (None: all of the role's but ``NEVER_LENT``).
    """

    person: int
    acting: int
    only: frozenset[str] | None

    def __new__(cls, role: str, *, person: int, acting: int, only: frozenset[str] | None = None) -> "LentRole":
        made = super().__new__(cls, role)
        made.person, made.acting, made.only = person, acting, only
        return made

    def allows(self, permission: str) -> bool:
        return permission not in NEVER_LENT and (self.only is None or permission in self.only)


def is_lent(permission: str, role: str) -> bool:
    """Whether a permission comes with a role that is held for another."""
    return role in GRANTS[permission] and permission not in NEVER_LENT


def roles_for(user: Any, obj: object = None) -> frozenset[str]:
    """The roles that ``user`` holds, globally and (when given) on ``obj``. Raises TypeError if obj has no scope."""
    roles = user.global_roles
    if obj is not None:
        roles_of = getattr(obj, "roles_of", None)
        if roles_of is None:
            raise TypeError(f"{type(obj).__name__} has no roles_of(user), so no permission can be asked about it")
        roles = roles | frozenset(roles_of(user))
    return roles


def _grounds(user: Any, permission: str, obj: object = None) -> list[str]:
    """The roles of ``user`` that hold ``permission``: their own, or where there are none, those held for another."""
    holders = GRANTS[permission]
    if not getattr(user, "is_authenticated", False) or not user.is_active:
        return []
    held = [role for role in roles_for(user, obj) if role in holders]
    own = [role for role in held if not isinstance(role, LentRole)]
    return own or [role for role in held if isinstance(role, LentRole) and role.allows(permission)]


def has_perm(user: Any, permission: str, obj: object = None) -> bool:
    """Whether ``user`` may do ``permission`` (to ``obj``). An unknown permission raises KeyError."""
    GRANTS[permission]
    if user is SYSTEM:
        return True
    return bool(_grounds(user, permission, obj))


def require(by: Actor, permission: str, obj: object = None) -> None:
    """A service's first line: raise PermissionDenied unless ``by`` may do ``permission`` to ``obj``.

    Where only a role that is held for another allows it, what follows is recorded as done for that person.
    """
    if by is SYSTEM:
        GRANTS[permission]
        return
    grounds = _grounds(by, permission, obj)
    if not grounds:
        raise PermissionDenied(f"You do not have permission to do this ({permission}).")
    if isinstance(role := grounds[0], LentRole):
        noting.note(by, role.person, role.acting or None)
    else:
        noting.note(by, None)


def has_any_role(user: Any, roles: Iterable[str]) -> bool:
    """Whether ``user`` holds one of ``roles`` globally."""
    return bool(getattr(user, "is_authenticated", False) and user.is_active and not user.global_roles.isdisjoint(roles))
