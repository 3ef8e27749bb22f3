"""Labels in histories for changes to accounts, people, roles and background work."""

from typing import Any

from impact.core.access.audit import Words, in_words
from impact.core.access.permissions import Role


def _role(facts: dict[str, Any]) -> str:
    role = str(facts.get("role", ""))
    return Role(role).label if role in Role.values else ""


def _token(facts: dict[str, Any]) -> str:
    return f"For {facts.get('days', '')} days; may change: {facts.get('may_change', 'nothing')}"


def _consent(facts: dict[str, Any]) -> str:
    return "Given" if facts.get("given") else "Refused or withdrawn"


def _import(facts: dict[str, Any]) -> str:
    return f"{facts.get('new', 0)} new, {facts.get('changed', 0)} changed, {facts.get('same', 0)} there already"


WORDS: dict[str, Words] = {
    "account.email_added": ("Sign-in address added", None),
    "account.email_changed": ("Sign-in address changed", None),
    "account.email_deleted": ("Sign-in address removed", None),
    "account.password_changed": ("Password changed", None),
    "account.password_reset": ("Password reset by email link", None),
    "account.password_set": ("Password set", None),
    "account.recovery_codes_generated": ("New recovery codes created", None),
    "account.totp_activated": ("Authenticator app added", None),
    "account.totp_deactivated": ("Authenticator app removed", None),
    "account.webauthn_added": ("Passkey added", None),
    "account.webauthn_removed": ("Passkey removed", None),
    "consent.reminded": ("Reminded to ask again about a consent", None),
    "consent.recorded": ("Consent answer recorded", _consent),
    "cover.accepted": ("Cover agreed", None),
    "cover.asked": ("Cover asked for", lambda facts: f"Until {in_words(facts.get('until', ''))}"),
    "cover.declined": ("Cover declined", None),
    "cover.ended": ("Cover ended early", None),
    "email.address_settled": ("We write to an address again", None),
    "email.failed": (
        "Email did not arrive",
        lambda facts: "Nothing more is sent to this address" if facts.get("held") else "",
    ),
    "email.sent_again": ("Email sent again", None),
    "hold.lifted": ("Legal hold lifted", None),
    "hold.placed": ("Legal hold placed", None),
    "import.saved": ("Spreadsheet imported", _import),
    "import.undone": ("Import undone", lambda facts: f"{facts.get('removed', 0)} removed or changed back"),
    "invitation.accepted": ("Invitation accepted", _role),
    "invitation.withdrawn": ("Invitation withdrawn", None),
    "job.cancelled": ("Background job cancelled", None),
    "job.retried": ("Background job tried again", None),
    "my_data.asked": ("Download of what is held asked for", None),
    "my_data.downloaded": ("Download of what is held fetched", None),
    "my_data.link_used": ("What is held opened by an emailed link", None),
    "notices.chosen": (
        "How someone hears from us changed",
        lambda facts: "At their wish" if facts.get("for_them") else "",
    ),
    "notices.told": ("Told in person", lambda facts: str(facts.get("how", ""))),
    "notices.told_undone": ("Back on the list of those to tell in person", None),
    "person.account_closed": ("Account closed", None),
    "person.added": ("Person added", None),
    "person.duties_given": ("Duties given to others", None),
    "person.erased": ("What we held was deleted", None),
    "person.changed": ("Person’s details changed", None),
    "person.merged": ("Another record of the person joined to this one", None),
    "person.merged_away": ("Joined to another record of the person", None),
    "person.invited": ("Invited to sign in", _role),
    "person.needs_answered": (
        "Suggestion about needs answered",
        lambda facts: "Used" if facts.get("used") else "Not used",
    ),
    "person.needs_proposed": ("Change of needs suggested", None),
    "retention.applied": ("What had been kept long enough was deleted", None),
    "push.removed": ("Messages switched off for a device", lambda facts: str(facts.get("device", ""))),
    "push.switched_on": ("Messages switched on for a device", lambda facts: str(facts.get("device", ""))),
    "rights_request.done": ("Request done", None),
    "rights_request.extended": ("Answer to a request extended", None),
    "rights_request.identity_confirmed": ("Made sure who asked", None),
    "rights_request.received": ("Request received", None),
    "rights_request.refused": ("Request refused", None),
    "rights_request.withdrawn": ("Request withdrawn", None),
    "role.granted": ("Role granted", _role),
    "role.revoked": ("Role removed", _role),
    "support.accepted": ("Supporter agreed", None),
    "support.asked": ("Supporter named", lambda facts: f"Until {in_words(facts.get('until', ''))}"),
    "support.declined": ("Supporter declined", None),
    "support.ended": ("Support ended early", None),
    "token.made": ("API token created", _token),
    "token.withdrawn": ("API token withdrawn", None),
    "token.all_withdrawn": ("All API tokens withdrawn", None),
    "webhook.added": ("Webhook added", None),
    "webhook.changed": ("Webhook changed", None),
    "webhook.deleted": ("Webhook deleted", None),
    "webhook.old_secret_ended": ("Old secret of a webhook ended", None),
    "webhook.secret_replaced": ("Secret of a webhook replaced", None),
    "webhook.sent_again": ("Messages of a webhook sent again", lambda facts: str(facts.get("messages", ""))),
    "webhook.switched_off": ("Webhook switched off", lambda facts: str(facts.get("reason", ""))),
    "webhook.switched_on": ("Webhook switched on", None),
    "webhook.tested": ("Test sent to a webhook", None),
}
