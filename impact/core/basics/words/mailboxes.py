"""When two email addresses are one mailbox: one rule for signing in, invitations, links by email, imports and erasing."""

import unicodedata

from django.db.models import Q
from django.db.models.functions import Lower
from django.db.models.lookups import Exact


def mailbox_key(email: str) -> str:
    """An address as it is kept and compared: no space around it, small letters, and letters with marks written one way.

    Only small letters are made. Making capitals would turn a dotless i and a long s into I and S, so that a domain which
    only looks alike would open what belongs to someone else.
    """
    return unicodedata.normalize("NFC", email).strip().lower()


def same_mailbox(path: str, email: str) -> Q:
    """Rows with an address, in capitals or not: files, and people long ago, wrote them as they came.

    ``__iexact`` compares capitals on PostgreSQL, and knows capitals of English alone on SQLite, as does its ``LOWER``.
    """
    key = mailbox_key(email)
    found = Q(Exact(Lower(path), key))
    by_sqlite = "".join(_capital(letter) for letter in key)
    return found if by_sqlite == key else found | Q(Exact(Lower(path), by_sqlite))


def _capital(letter: str) -> str:
    """The capital of a letter that English does not have, where it is the capital of that letter alone."""
    capital = letter.upper()
    return capital if not letter.isascii() and len(capital) == 1 and capital.lower() == letter else letter
