"""Who asked to be told by email of news, vacancies and new calls, and what they were told already."""

import uuid
from collections.abc import Iterable

from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower

from impact.core.basics.privacy import Delete, Forever, Part, Personal
from sites.topics.models import Topic


class Wish(models.TextChoices):
    """What someone can ask to be told of; each is a field of Subscriber."""

    ROUNDS = "wants_rounds", "Calls for expressions of interest"
    NEWS = "wants_news", "News, guides and other outputs"
    VACANCIES = "wants_vacancies", "Vacancies for coaches, facilitators and coordinators"


class SubscriberQuerySet(models.QuerySet["Subscriber"]):
    def confirmed(self) -> "SubscriberQuerySet":
        """Those who said from their own mailbox that they want it."""
        return self.filter(confirmed_at__isnull=False)

    def wanting(self, wish: str, topics: Iterable[int]) -> "SubscriberQuerySet":
        """Confirmed, asked for ``wish``, and follow one of these topics (ids) or every topic. No topics: everyone."""
        found = self.confirmed().filter(**{wish: True})
        ids = list(topics)
        if not ids:
            return found
        follows = Subscriber.topics.through.objects
        choosy = follows.values("subscriber_id")
        fitting = follows.filter(topic_id__in=ids).values("subscriber_id")
        return found.filter(~Q(pk__in=choosy) | Q(pk__in=fitting))


class Subscriber(models.Model):
    """One mailbox on the list. Leaving deletes the row; nothing about the person is kept."""

    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False, help_text="What its links are signed for.")
    email = models.EmailField(unique=True)
    wants_rounds = models.BooleanField(default=True)
    wants_news = models.BooleanField(default=True)
    wants_vacancies = models.BooleanField(default=False)
    topics = models.ManyToManyField(Topic, blank=True, related_name="+", help_text="Empty: all topics.")
    asked_at = models.DateTimeField()
    confirmed_at = models.DateTimeField(null=True, blank=True)

    privacy = Personal(
        part=Part.SENT,
        heading="News that you asked for",
        by_address=("email",),
        shown=("email", "wants_rounds", "wants_news", "wants_vacancies", "asked_at", "confirmed_at"),
        on_erasure=Delete(),
        keep=Forever("Until you stop the emails; a week if you never confirmed that you want them."),
    )

    objects = SubscriberQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(condition=Q(email=Lower("email")), name="subscriber_email_is_lower_case"),
            models.CheckConstraint(
                condition=Q(wants_rounds=True) | Q(wants_news=True) | Q(wants_vacancies=True),
                name="subscriber_wants_something",
                violation_error_message="Choose at least one thing to hear about, or stop all emails.",
            ),
        ]

    def __str__(self) -> str:
        return f"Subscriber {self.pk}"


class NewsSent(models.Model):
    """One thing that one subscriber was told, so that a job that starts again tells no one twice."""

    subscriber = models.ForeignKey(Subscriber, on_delete=models.CASCADE, related_name="sent")
    about = models.CharField(max_length=40, help_text='What it told, for example "update:12".')

    privacy = Personal(
        part=Part.SENT,
        heading="News sent to you",
        by_address=("subscriber__email",),
        shown=("about",),
        on_erasure=Delete(),
        keep=Forever("Until you stop the emails."),
    )

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["subscriber", "about"], name="news_sent_once_per_subscriber")]

    def __str__(self) -> str:
        return self.about
