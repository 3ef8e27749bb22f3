"""Consents over the API: the caller's own answers, to read, to give and to take back."""

import django_filters
from django.db.models import QuerySet
from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from impact.core.api.fields import ModelInput, NoInput
from impact.core.api.views import EditableViewSet
from impact.core.basics import clock
from impact.core.people.consents import ASK_AGAIN_AFTER, counts_today, purposes_of, question_for
from impact.core.people.models import Consent, Person
from impact.core.people.rights.agreeing.services import withdraw_consent
from impact.core.people.services import own_person, record_consent


class OwnConsentSerializer(serializers.ModelSerializer):
    """One answer to one question, with the words that were asked. The newest answer for a purpose counts."""

    counts = serializers.BooleanField(read_only=True, help_text="Whether this is a yes that counts today.")
    is_own = serializers.SerializerMethodField(
        help_text="Whether you gave it yourself, and no one wrote it down for you."
    )

    class Meta:
        model = Consent
        fields = [
            *("id", "purpose", "wording", "wording_version", "is_easy_read", "is_given", "given_on", "expires_on"),
            *("told_how", "is_own", "counts"),
        ]

    def get_is_own(self, consent: Consent) -> bool:
        return consent.recorded_by_id == consent.person.user_id


class OwnConsentInput(ModelInput):
    class Meta:
        model = Consent
        fields = ["purpose", "is_given"]


class ConsentApiFilter(django_filters.FilterSet):
    """Filters of /api/v1/consents/."""

    purpose = django_filters.ChoiceFilter(choices=Consent.Purpose.choices)
    is_given = django_filters.BooleanFilter()

    class Meta:
        model = Consent
        fields: list[str] = []


class ConsentViewSet(EditableViewSet):
    """What you agreed to and what not. Answers are never changed: a new one counts from then on."""

    queryset: QuerySet = Consent.objects.select_related("person")
    serializer_class = OwnConsentSerializer
    filterset_class = ConsentApiFilter
    http_method_names = ["get", "head", "options", "post"]

    def get_queryset(self) -> QuerySet:
        return super().get_queryset().annotate(counts=counts_today())

    def _asked(self, purpose: str) -> tuple[Person, Consent.Purpose]:
        person = own_person(by=self.request.user)  # type: ignore[arg-type]
        wanted = Consent.Purpose(purpose)
        if wanted not in purposes_of([person.pk])[person.pk]:
            raise Http404
        return person, wanted

    @extend_schema(request=OwnConsentInput, responses={201: OwnConsentSerializer})
    def create(self, request: Request) -> Response:
        """Answer a question yourself, in the words in which you are asked it."""
        given = self.sent(OwnConsentInput)
        person, wanted = self._asked(given["purpose"])
        today = clock.today()

        def answer() -> Consent:
            return record_consent(
                by=request.user,
                person=person,
                purpose=wanted,
                wording=question_for(person, wanted),
                is_given=given["is_given"],
                given_on=today,
                expires_on=today + ASK_AGAIN_AFTER,
            )

        return self.once(answer)

    @extend_schema(request=NoInput, responses={201: OwnConsentSerializer}, filters=False)
    @action(detail=True, methods=["post"])
    def withdraw(self, request: Request, pk: str) -> Response:
        """Take a yes back. What follows from it is done at once; the yes stays on record."""
        consent = self.get_object()
        self.sent(NoInput)
        wanted = Consent.Purpose(consent.purpose)
        return self.once(lambda: withdraw_consent(by=request.user, person=consent.person, purpose=wanted))


ENDPOINTS = [("consents", ConsentViewSet, "consent")]
