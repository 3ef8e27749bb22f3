"""What every list of the API does: told apart by what has changed, sorted, cut to some fields, many rows at once."""
