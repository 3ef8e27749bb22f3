"""Equality monitoring of members: asked by private links, answered by no one in particular, shown as figures."""
