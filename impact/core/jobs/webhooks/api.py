"""Webhooks over the API: one's own, their messages, and what they can be told of."""

import json
from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from impact.core.access.permissions import require
from impact.core.api.fields import Input, ModelInput, NoInput
from impact.core.api.views import EditableViewSet
from impact.core.jobs.webhooks import services
from impact.core.jobs.webhooks.forms import DeliveryApiFilter, WebhookApiFilter
from impact.core.jobs.webhooks.models import Webhook, WebhookAttempt, WebhookDelivery


class EventsField(serializers.ListField):
    """Names of events; the service says which there are."""

    child = serializers.CharField(max_length=60)


class WebhookSerializer(serializers.ModelSerializer):
    """An address that is told of what happens here. Its secret is only in the answer to what made it."""

    events = EventsField(read_only=True, help_text="What it is told of.")
    address = serializers.SerializerMethodField(help_text="Where messages go; of others’ webhooks only the server.")
    is_own = serializers.SerializerMethodField(help_text="Whether it is yours. Others can only be switched off and on.")
    signs_with_old_secret_until = serializers.DateTimeField(
        source="old_secret_ends", read_only=True, allow_null=True, help_text="After its secret was replaced."
    )

    class Meta:
        model = Webhook
        fields = [
            *("id", "name", "address", "events", "is_active", "off_reason", "failures", "is_own"),
            *("signs_with_old_secret_until", "created_at", "updated_at", "version"),
        ]

    def get_address(self, webhook: Webhook) -> str:
        request = self.context.get("request")
        return webhook.address_for(request.user) if request else ""

    def get_is_own(self, webhook: Webhook) -> bool:
        request = self.context.get("request")
        return bool(request and request.user.pk == webhook.owner_id)


class WebhookWithSecretSerializer(WebhookSerializer):
    """A webhook with its secret, which is given this once; empty when the answer is a repeated one."""

    secret = serializers.CharField(read_only=True, help_text="whsec_…, as Standard Webhooks has it.")

    class Meta(WebhookSerializer.Meta):
        fields = [*WebhookSerializer.Meta.fields, "secret"]


class WebhookInput(ModelInput):
    events = EventsField(max_length=100, help_text="Names of events; docs/api.md lists them.")

    class Meta:
        model = Webhook
        fields = ["name", "address", "events"]


class ReplayInput(Input):
    since = serializers.DateTimeField(required=False, help_text="Only messages from then on.")


class ReplayedSerializer(serializers.Serializer):
    messages = serializers.IntegerField(help_text="How many are sent again.")


class WebhookAttemptSerializer(serializers.ModelSerializer):
    answer = serializers.SerializerMethodField(help_text="The first 1,000 characters, for the owner of the webhook.")

    def get_answer(self, attempt: WebhookAttempt) -> str:
        user = self.context["request"].user
        return attempt.answer if attempt.delivery.webhook.owner_id == user.pk else ""

    class Meta:
        model = WebhookAttempt
        fields = ["number", "at", "code", "error", "answer", "milliseconds"]


class WebhookDeliverySerializer(serializers.ModelSerializer):
    """One message, and how each attempt to deliver it was answered."""

    due_at = serializers.DateTimeField(source="next_at", read_only=True, help_text="When it is tried next.")
    message = serializers.SerializerMethodField(help_text="What was sent. Null when nothing was sent.")
    attempts = WebhookAttemptSerializer(source="tried", many=True, read_only=True)

    class Meta:
        model = WebhookDelivery
        fields = [
            *("id", "webhook", "message_id", "event", "happened_at", "state", "reason", "due_at", "made_at"),
            *("ended_at", "message", "attempts"),
        ]

    @extend_schema_field(serializers.DictField(allow_null=True))
    def get_message(self, delivery: WebhookDelivery) -> Any:
        return json.loads(delivery.payload) if delivery.payload else None


class WebhookViewSet(EditableViewSet):
    """Your webhooks; for those who look after background work also others', to switch off and on."""

    queryset: QuerySet = Webhook.objects.all()
    serializer_class = WebhookSerializer
    filterset_class = WebhookApiFilter
    http_method_names = ["get", "head", "options", "post", "patch", "delete"]

    def _with_secret(self, webhook: Webhook, secret: str, status: int) -> Response:
        response = self.shown(webhook, status=status)
        response.data["secret"] = secret
        response["Cache-Control"] = "no-store"
        return response

    @extend_schema(request=WebhookInput, responses={201: WebhookWithSecretSerializer})
    def create(self, request: Request) -> Response:
        """Make a webhook. The answer has its secret, this once."""
        require(request.user, "core.keep_webhooks")
        given = self.sent(WebhookInput)
        services.look_up_address(by=request.user, address=given["address"])
        made: dict[str, str] = {}

        def add() -> Webhook:
            webhook, made["secret"] = services.add_webhook(by=request.user, **given)  # type: ignore[arg-type]
            return webhook

        return self.once(add, show=lambda pk, status: self._with_secret(pk, made.get("secret", ""), status))

    @extend_schema(request=WebhookInput, responses=WebhookSerializer)
    def partial_update(self, request: Request, pk: str) -> Response:
        """Change the name, the address or the events of your webhook."""
        webhook = self.get_object()
        services.require_own(request.user, webhook)
        given = self.sent(WebhookInput, partial=True)
        if "address" in given:
            services.look_up_address(by=request.user, address=given["address"])
        services.change_webhook(by=request.user, webhook=webhook, expected=self.matched(webhook), **given)
        return self.shown(webhook)

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, pk: str) -> Response:
        """Delete your webhook with what is known of its messages."""
        webhook = self.get_object()
        services.require_own(request.user, webhook)
        services.delete_webhook(by=request.user, webhook=webhook, expected=self.matched(webhook))
        return Response(status=204)

    @extend_schema(request=NoInput, responses=WebhookWithSecretSerializer, filters=False)
    @action(detail=True, methods=["post"], url_path="replace-secret")
    def replace_secret(self, request: Request, pk: str) -> Response:
        """Give your webhook a new secret. For two days messages are signed with both."""
        webhook = self.get_object()
        services.require_own(request.user, webhook)
        self.sent(NoInput)
        made: dict[str, str] = {}

        def replace() -> Webhook:
            expected = self.matched(webhook, is_required=False)
            made["secret"] = services.replace_secret(by=request.user, webhook=webhook, expected=expected)
            return webhook

        def show(pk: Any, status: int) -> Response:
            return self._with_secret(pk, made.get("secret", ""), status)

        return self.once(replace, status=200, show=show)

    @extend_schema(request=NoInput, responses={202: WebhookDeliverySerializer}, filters=False)
    @action(detail=True, methods=["post"])
    def test(self, request: Request, pk: str) -> Response:
        """Send your webhook a test, also while it is off."""
        webhook = self.get_object()
        services.require_own(request.user, webhook)
        self.sent(NoInput)
        return self.once(lambda: services.send_test(by=request.user, webhook=webhook), status=202, show=self._delivery)

    def _delivery(self, pk: Any, status: int) -> Response:
        rows = WebhookDelivery.objects.visible_to(self.request.user).select_related("webhook")
        row = rows.prefetch_related("tried").get(pk=pk)
        shown = WebhookDeliverySerializer(row, context=self.get_serializer_context()).data
        return self.tagged(shown, status=status)

    def _switch(self, request: Request, is_on: bool) -> Response:
        webhook = self.get_object()
        services.require_care(request.user, webhook)
        self.sent(NoInput)
        return self.once(lambda: services.switch(by=request.user, webhook=webhook, is_on=is_on), status=200)

    @extend_schema(request=NoInput, responses=WebhookSerializer, filters=False)
    @action(detail=True, methods=["post"], url_path="switch-on")
    def switch_on(self, request: Request, pk: str) -> Response:
        """Let it hear again of what happens from now on."""
        return self._switch(request, True)

    @extend_schema(request=NoInput, responses=WebhookSerializer, filters=False)
    @action(detail=True, methods=["post"], url_path="switch-off")
    def switch_off(self, request: Request, pk: str) -> Response:
        """Send it nothing more."""
        return self._switch(request, False)

    @extend_schema(request=ReplayInput, responses=ReplayedSerializer, filters=False)
    @action(detail=True, methods=["post"])
    def replay(self, request: Request, pk: str) -> Response:
        """Send every message again that failed."""
        webhook = self.get_object()
        services.require_care(request.user, webhook)
        since = self.sent(ReplayInput).get("since")
        number = services.send_failed_again(by=request.user, webhook=webhook, since=since)
        return Response({"messages": number})


class WebhookDeliveryViewSet(EditableViewSet):
    """Messages to the webhooks that you may see. They are kept for a month."""

    queryset: QuerySet = WebhookDelivery.objects.select_related("webhook").prefetch_related("tried")
    serializer_class = WebhookDeliverySerializer
    filterset_class = DeliveryApiFilter
    http_method_names = ["get", "head", "options", "post"]

    @extend_schema(request=NoInput, responses=WebhookDeliverySerializer, filters=False)
    @action(detail=True, methods=["post"])
    def replay(self, request: Request, pk: str) -> Response:
        """Send one message again, with the same id."""
        delivery = self.get_object()
        services.require_care(request.user, delivery.webhook)
        self.sent(NoInput)
        return self.once(lambda: services.send_again(by=request.user, delivery=delivery), status=200)


ENDPOINTS = [
    ("webhooks", WebhookViewSet, "webhook"),
    ("webhook-deliveries", WebhookDeliveryViewSet, "webhook-delivery"),
]
