"""What pages about a group share: finding it, and the way back to it."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.urls import reverse

from impact.core.web.forms import Crumbs
from networks.groups.models import Group, Network

# What other apps lead to from a group, for a reader: label and address. They add theirs when they start.
LINKS: list[Callable[[Any, Group], Crumbs]] = []
NETWORK_LINKS: list[Callable[[Any, Network], Crumbs]] = []  # the same from the page of a whole network


def find_group(request: HttpRequest, slug: str) -> Group:
    """The group, if the reader may see it."""
    return get_object_or_404(Group.objects.visible_to(request.user).select_related("site"), slug=slug)


def group_crumbs(group: Group) -> Crumbs:
    return [("Networks", reverse("networks:list")), (group.name, group.get_absolute_url())]
