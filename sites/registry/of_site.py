"""What the endpoints of rows inside a site share."""

from typing import Any

from django.core.exceptions import PermissionDenied

from impact.core.access.permissions import require
from impact.core.api.views import EditableViewSet
from sites.registry.serializers import editable_sites


class OfSiteViewSet(EditableViewSet):
    """Rows inside a site, written by those who may change it."""

    http_method_names = ["get", "head", "options", "post", "patch", "delete"]
    permission = "sites.edit_site"

    def may_add(self) -> None:
        """Refuse a caller who may change no site at all, whatever they send."""
        if not editable_sites(self.request.user).exists():
            raise PermissionDenied("You may not change any site.")

    def writable(self) -> Any:
        """The row, for a write."""
        row = self.get_object()
        require(self.request.user, self.permission, row)
        return row
