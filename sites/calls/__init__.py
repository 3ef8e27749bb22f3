"""Calls for expressions of interest: the round, its applications, their assessment, and the mix that is chosen."""
