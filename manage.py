#!/usr/bin/env python
"""Run the platform's management commands."""

import os
import sys

from django.core.management import execute_from_command_line

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "impact.settings")
    execute_from_command_line(sys.argv)
