"""Every model of the app, so that Django finds them. Code imports a model from its own package."""

from impact.core.access.acting.models import ActingFor, Duty
from impact.core.access.models import ApiToken, AuditEvent, RecentFigure, RoleGrant
from impact.core.api.lists.models import CopiedRow, ListCopy, RowChange
from impact.core.api.models import IdempotencyKey
from impact.core.jobs.models import FailedAddress, Job, OutboxEmail
from impact.core.jobs.webhooks.models import Webhook, WebhookAttempt, WebhookDelivery
from impact.core.notices.models import Notice, NoticeChoices
from impact.core.notices.push.models import PushDevice, PushMessage
from impact.core.people.models import Consent, Invitation, NeedsProposal, Person, User
from impact.core.people.rights.erasure.models import Erasure, LegalHold
from impact.core.people.rights.holdings.models import DataArchive, DataLink
from impact.core.people.rights.merging.models import MergedRecord
from impact.core.people.rights.requests.models import RightsRequest
from impact.core.people.rights.retention.models import RetentionRun
from impact.core.web.imports.models import ErasedMark, SheetImport, SheetRow, SheetThing
from impact.core.web.search.models import SearchEntry

__all__ = [
    "ActingFor",
    "ApiToken",
    "AuditEvent",
    "Consent",
    "CopiedRow",
    "DataArchive",
    "DataLink",
    "Duty",
    "ErasedMark",
    "Erasure",
    "FailedAddress",
    "IdempotencyKey",
    "Invitation",
    "Job",
    "LegalHold",
    "ListCopy",
    "MergedRecord",
    "NeedsProposal",
    "Notice",
    "NoticeChoices",
    "OutboxEmail",
    "Person",
    "PushDevice",
    "PushMessage",
    "RecentFigure",
    "RetentionRun",
    "RightsRequest",
    "RoleGrant",
    "RowChange",
    "SearchEntry",
    "SheetImport",
    "SheetRow",
    "SheetThing",
    "User",
    "Webhook",
    "WebhookAttempt",
    "WebhookDelivery",
]
