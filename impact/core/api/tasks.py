"""Scheduled work of the API."""

from datetime import timedelta

from celery import shared_task
from django.utils import timezone

from impact.core.api.models import IdempotencyKey


@shared_task(name="core.forget_answered_requests")
def forget_answered_requests() -> None:
    """Delete the record of answered requests after a week."""
    IdempotencyKey.objects.filter(created_at__lt=timezone.now() - timedelta(days=7)).delete()
