"""Requests that were answered, so that the same request sent twice acts once."""

from django.db import models

from impact.core.basics.privacy import After, Delete, Part, Personal
from impact.core.people.models import User


class IdempotencyKey(models.Model):
    """A request already answered, so that sending it again has no second effect."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    key = models.CharField(max_length=80)
    method = models.CharField(max_length=8)
    path = models.CharField(max_length=200)
    body_hash = models.CharField(max_length=64)
    answer = models.JSONField(default=dict)
    created_at = models.DateTimeField(auto_now_add=True, db_index=True)

    privacy = Personal(
        part=Part.SIGN_IN,
        heading="Requests from your programs",
        of=("user",),
        shown=("method", "path", "created_at"),
        withheld={
            "body_hash": "A fingerprint of what was sent.",
            "key": "What your program called the request.",
            "answer": "A copy of what your program was answered.",
        },
        on_erasure=Delete(),
        keep=After(
            since="created_at",
            why="A request can be sent again for a week.",
            days=7,
            by="core.forget_answered_requests",
        ),
    )

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "key", "method", "path"], name="one_answer_per_key")]

    def __str__(self) -> str:
        return f"{self.method} {self.path}"
