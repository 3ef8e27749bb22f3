"""Addresses that email does not reach: what staff and the person do about one, and emails that came back."""
