"""Equality questions: what is asked in which nation, and figures of the answers that lead to no one."""
