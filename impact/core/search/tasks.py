"""The night's work on the search index."""

from impact.core.access.permissions import SYSTEM
from impact.core.jobs import queue
from impact.core.people.models import Person
from impact.core.search.following import tidy_terms

TIDY = "core.tidy_search"


def tidy_after_erasing(person: Person) -> None:
    """Have the words of an erased person forgotten at once, and not only at night."""
    queue.enqueue(by=SYSTEM, kind=TIDY, dedupe_key=f"{TIDY}:erased:{person.pk}", payload={})


@queue.daily(TIDY, "Words of the search index")
def tidy(claim: queue.Claim) -> queue.Finish:
    """Forget words that stand in nothing any more, so that what was deleted leaves no trace in the index either."""
    tidy_terms()
    return lambda job: {}
