"""Measures which lines and branches of the platform the tests run, and holds the figure above a floor.

    python -m pytest -p tests.coverage --coverage-floor 90 -n 3

SlipCover puts probes into each module as it is imported and takes them out again once they have told what they know, so
this must be loaded before the platform is: with ``-p``, which pytest reads first, here and in each process of xdist. Each
process hands in what it saw when it ends; one that is lost makes the run fail, whatever the others saw.
"""

import io
import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from slipcover import FileMatcher, ImportManager, Slipcover, merge_coverage
from slipcover.slipcover import print_coverage

APPS = ["impact", "sites", "networks", "coproduction", "reports"]
LEFT_OUT = ["*/migrations/*"]
if early := sorted(set(APPS) & set(sys.modules)):
    raise pytest.UsageError(f"{', '.join(early)} came before tests.coverage, which must be given with -p")
SEEN_HERE = Slipcover(branch=True, omit=LEFT_OUT)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Take the floor from the command line."""
    parser.addoption("--coverage-floor", type=float, default=0, help="percent of lines and branches that must be run")


@pytest.hookimpl(wrapper=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> Iterator[None]:
    """Put probes into what is imported from here on, but not in a process that leaves all tests to others."""
    if "PYTEST_XDIST_WORKER" in os.environ or not getattr(early_config.known_args_namespace, "numprocesses", None):
        ImportManager(SEEN_HERE, FileMatcher(sources=APPS, omit=LEFT_OUT)).__enter__()
    return (yield)


def pytest_configure(config: pytest.Config) -> None:
    """Measure this process if it runs the tests itself or for another; else only gather what the others saw."""
    if hasattr(config, "workeroutput"):
        config.pluginmanager.register(Handing(config))
    else:
        config.pluginmanager.register(Gathering(config, runs_tests=not config.getoption("numprocesses", None)))


class Handing:
    """In a process of xdist: hand in what it saw."""

    def __init__(self, config: pytest.Config) -> None:
        self.config = config

    def pytest_sessionfinish(self) -> None:
        self.config.workeroutput["coverage"] = json.dumps(SEEN_HERE.get_coverage())


class Gathering:
    """In the process that was called: bring together what all processes saw, and all the lines that there are."""

    def __init__(self, config: pytest.Config, *, runs_tests: bool) -> None:
        self.floor, self.runs_tests = config.getoption("coverage_floor"), runs_tests
        self.seen: dict[str, Any] = Slipcover(branch=True).get_coverage()
        self.lost: list[str] = []

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        """Take what a process of xdist hands in as it ends; one that crashed has nothing to hand in."""
        output = getattr(node, "workeroutput", None) or {}
        if "coverage" in output:
            merge_coverage(self.seen, json.loads(output["coverage"]))
        else:
            self.lost.append(node.gateway.id)

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Fail the run when too little was seen, or when what a process saw is lost."""
        if self.runs_tests:
            merge_coverage(self.seen, SEEN_HERE.get_coverage())
        every = Slipcover(branch=True, source=APPS, omit=LEFT_OUT)
        every.code_lines.update({str(Path(name).absolute()): set() for name in self.seen["files"]})  # need no reading
        merge_coverage(self.seen, every.get_coverage())
        if (self.lost or self.percent < self.floor) and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    @property
    def percent(self) -> float:
        """Percent of all lines and branches that were run."""
        return self.seen["summary"]["percent_covered"]

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Show what each file lacks, leaving out those that lack nothing, and the figure."""
        text = io.StringIO()
        print_coverage(self.seen, outfile=text, skip_covered=True)
        write = terminalreporter.write_line
        write(text.getvalue())
        for name in self.lost:
            write(f"What {name} saw is lost, for it crashed. That fails the run.", red=True)
        is_low = self.percent < self.floor
        words = f"Coverage of lines and branches: {self.percent:.2f}%. The floor is {self.floor:g}%."
        write(words, red=is_low, green=not is_low)
