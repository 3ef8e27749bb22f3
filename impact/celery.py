"""The Celery application: workers and the scheduler."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "impact.settings")

app = Celery("impact")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
app.conf.beat_schedule = {
    "poll jobs": {"task": "core.poll_jobs", "schedule": 60.0},
    "tidy": {"task": "core.tidy", "schedule": 60.0 * 60},
    "forget answered requests": {"task": "core.forget_answered_requests", "schedule": 60.0 * 60},
}
