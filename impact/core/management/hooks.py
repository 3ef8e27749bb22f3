"""The demonstration's webhook: tried out twice, then switched off, because no server stands behind its address."""

from impact.core.jobs.webhooks import delivering, services
from impact.core.jobs.webhooks.models import Webhook
from impact.core.jobs.webhooks.sending import Answer
from impact.core.people.models import User

EVENTS = ["site.added", "site.changed", "site.status_changed", "update.published", "update.changed", "update.withdrawn"]
ANSWERS = (
    Answer(code=500, words="The site is being updated.", error="The server answered 500.", milliseconds=212),
    Answer(code=204, words="", error="", milliseconds=84),
)


def build(staff: User) -> None:
    """Make the webhook, where there is none. Nothing leaves: the two answers are given here."""
    if Webhook.objects.exists():
        return
    address = "https://website.example/impact-news"
    webhook, _secret = services.add_webhook(by=staff, name="News on our website", address=address, events=EVENTS)
    for answer in ANSWERS:
        services.send_test(by=staff, webhook=webhook)
        delivering.send_due(post=lambda *_request, answer=answer: answer)
    services.switch(by=staff, webhook=webhook, is_on=False)
