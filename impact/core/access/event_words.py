"""How changes to accounts are told in histories."""

from impact.core.access.audit import Words

WORDS: dict[str, Words] = {
    "account.email_added": ("Sign-in address added", None),
    "account.email_changed": ("Sign-in address changed", None),
    "account.email_deleted": ("Sign-in address removed", None),
    "account.password_changed": ("Password changed", None),
    "account.password_reset": ("New password set by e-mail link", None),
    "account.password_set": ("Password set", None),
    "account.recovery_codes_generated": ("New recovery codes made", None),
    "account.totp_activated": ("Authenticator app added", None),
    "account.totp_deactivated": ("Authenticator app removed", None),
    "account.webauthn_added": ("Passkey added", None),
    "account.webauthn_removed": ("Passkey removed", None),
    "token.made": ("API token made", lambda facts: f"For {facts.get('days', '')} days"),
    "token.withdrawn": ("API token withdrawn", None),
    "token.all_withdrawn": ("All API tokens ended", None),
}
