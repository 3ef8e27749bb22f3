"""Read endpoints of this app."""

ENDPOINTS: list[tuple] = []
