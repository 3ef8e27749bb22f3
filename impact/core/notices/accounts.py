"""Loading the account behind a session, with what every page says of it."""

from typing import Any

from allauth.account.auth_backends import AuthenticationBackend
from django.db.models import Count, IntegerField, OuterRef, Subquery
from django.db.models.functions import Coalesce

from impact.core.access.acting.models import ActingFor
from impact.core.notices.models import Notice
from impact.core.people.models import User


class AccountBackend(AuthenticationBackend):
    """Signs people in as allauth does. The account of a session comes with its person, the number of unread notices, and in
    how many ways it acts for others today: every page shows these, so that they cost no query of their own."""

    def get_user(self, user_id: Any) -> User | None:
        waiting = Notice.objects.unread().filter(person__user=OuterRef("pk")).order_by()
        number = Subquery(
            waiting.values("person__user").annotate(n=Count("pk")).values("n"), output_field=IntegerField()
        )
        acting = ActingFor.objects.in_force().filter(helper__user=OuterRef("pk")).order_by()
        acts = Subquery(acting.values("helper__user").annotate(n=Count("pk")).values("n"), output_field=IntegerField())
        accounts = User.objects.select_related("person").annotate(
            unread_notices=Coalesce(number, 0), acting_now=Coalesce(acts, 0)
        )
        user = accounts.filter(pk=user_id).first()
        return user if user is not None and self.user_can_authenticate(user) else None
