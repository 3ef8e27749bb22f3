"""Every model of the app, so that Django finds them. Code imports a model from its own package."""

from impact.core.access.models import AuditEvent, RoleGrant
from impact.core.api.models import IdempotencyKey
from impact.core.jobs.models import Job, OutboxEmail
from impact.core.notices.models import Notice, NoticeChoices
from impact.core.people.models import Consent, Invitation, NeedsProposal, Person, User
from impact.core.search.models import SearchEntry

__all__ = [
    "AuditEvent",
    "Consent",
    "IdempotencyKey",
    "Invitation",
    "Job",
    "NeedsProposal",
    "Notice",
    "NoticeChoices",
    "OutboxEmail",
    "Person",
    "RoleGrant",
    "SearchEntry",
    "User",
]
