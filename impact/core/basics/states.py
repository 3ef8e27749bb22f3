"""Refusing what does not fit the state that a row is in."""

from django.core.exceptions import ValidationError
from django.db import models


class StateConflict(ValidationError):
    """Nothing is wrong with what was sent, but the row's state does not allow it: 409 on the API, a form error on a page.

    ``code`` says which state; ``current`` is the row to show to the caller, where it is not the one in the address.
    """

    def __init__(
        self, message: str | list[str], code: str = "wrong_state", current: models.Model | None = None
    ) -> None:
        super().__init__(message, code=code)
        self.state, self.current = code, current
