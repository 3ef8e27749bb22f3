"""Addresses at which email does not arrive: what staff and the person do about one, and emails that came back."""
