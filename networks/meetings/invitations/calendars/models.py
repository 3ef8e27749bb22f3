"""The address from which someone's calendar app reads their meetings."""

from django.db import models

from impact.core.basics import clock
from impact.core.basics.privacy import Delete, Forever, Part, Personal
from impact.core.people.models import User


class CalendarFeed(models.Model):
    """An account's calendar address. Only a hash of the secret part is kept, so that no one can read it here."""

    privacy = Personal(
        part=Part.SIGN_IN,
        heading="Calendar address",
        of=("user",),
        shown=("covers", "made_at", "last_read_on"),
        withheld={"token_hash": "It only recognises the address, which was shown to you once."},
        on_erasure=Delete(),
        keep=Forever("Your calendar app reads it until you end it."),
    )

    class Covers(models.TextChoices):
        MINE = "mine", "Meetings of groups that I belong to"
        ALL = "all", "Every meeting that I may see"

    user = models.OneToOneField(User, on_delete=models.CASCADE, related_name="calendar_feed")
    token_hash = models.CharField(max_length=64, unique=True)
    covers = models.CharField(max_length=4, choices=Covers, default=Covers.MINE)
    made_at = models.DateTimeField(default=clock.now)
    last_read_on = models.DateField(null=True, blank=True, help_text="The last day on which an app asked for it.")

    def __str__(self) -> str:
        return f"Calendar address of {self.user}"
