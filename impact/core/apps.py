"""The core app: identity, permissions, audit, jobs. It never imports a feature app."""

from django.apps import AppConfig


class CoreConfig(AppConfig):
    name = "impact.core"
    label = "core"
    verbose_name = "People and access"

    def ready(self) -> None:
        from impact.core.access import audit
        from impact.core.access.event_words import WORDS
        from impact.core.api import schema  # noqa: F401  registers the API schema extension
        from impact.core.api import tasks as api_tasks  # noqa: F401
        from impact.core.api.lists import tasks as list_tasks  # noqa: F401
        from impact.core.api.lists import watching
        from impact.core.basics import triggers
        from impact.core.jobs import tasks, worker  # noqa: F401  registers the tasks and the worker's hooks
        from impact.core.jobs.webhooks import catalogue, delivering
        from impact.core.jobs.webhooks import services as webhooks
        from impact.core.jobs.webhooks import tasks as webhook_tasks
        from impact.core.notices import tasks as notice_tasks  # noqa: F401
        from impact.core.notices.mail import letters
        from impact.core.notices.push import delivering as pushing
        from impact.core.notices.push import services as push
        from impact.core.notices.push import tasks as push_tasks
        from impact.core.people.rights.acting import duties, leaving
        from impact.core.people.rights.acting import tasks as acting_tasks  # noqa: F401
        from impact.core.people.rights.acting.services import end_all
        from impact.core.people.rights.agreeing import tasks as agreeing_tasks  # noqa: F401
        from impact.core.people.rights.erasure import services as erasure
        from impact.core.people.rights.erasure import tasks as erasure_tasks  # noqa: F401
        from impact.core.people.rights.holdings import tasks as data_tasks  # noqa: F401
        from impact.core.people.rights.retention import tasks as rights_tasks  # noqa: F401
        from impact.core.people.signing_in import tasks as token_tasks  # noqa: F401
        from impact.core.web.imports import erased
        from impact.core.web.imports import tasks as import_tasks  # noqa: F401
        from impact.core.web.search import following
        from impact.core.web.search import tasks as search_tasks  # noqa: F401
        from impact.core.web.search.people import PEOPLE
        from impact.core.web.search.registry import register

        audit.register_event_labels(WORDS)
        audit.FOLLOWERS.append(catalogue.follow)
        worker.SENDERS[webhook_tasks.THREAD] = worker.Sender(delivering.send_due, delivering.wake)
        worker.SENDERS[push_tasks.THREAD] = worker.Sender(pushing.send_due, pushing.wake)
        letters.BESIDE.append(push.follow)
        register(PEOPLE)
        erasure.BEFORE.append(erased.remember)
        duties.register(duties.ROLES)
        erasure.BEFORE.append(end_all)
        leaving.ENDS.append(webhooks.webhooks_of)
        leaving.CLOSING.append(webhooks.switch_off_of)
        erasure.AFTERWARDS.append(lambda person: following.tidy_terms())  # no word of theirs is guessed any more
        triggers.keep_in_step(self, "search", install=following.install, remove=following.remove)
        triggers.keep_in_step(self, "lists", install=watching.install, remove=watching.remove)
