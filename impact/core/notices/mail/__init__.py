"""The emails about notices: one at once, or one that gathers several."""
