"""The night's work on the search index."""

from impact.core.jobs import queue
from impact.core.web.search.following import tidy_terms


@queue.daily("core.tidy_search", "Words of the search index")
def tidy(claim: queue.Claim) -> queue.Finish:
    """Forget words that stand in nothing any more, so that what was deleted leaves no trace in the index either."""
    tidy_terms()
    return lambda job: {}
