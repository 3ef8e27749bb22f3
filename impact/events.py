"""What webhooks can be told of, in one table: the words, the change that is recorded, and where the API shows the thing.

A message says no more than the event, its time, the kind and number of the thing and that address. docs/api.md lists them.
"""

from impact.core.jobs.webhooks.catalogue import Event

# name, what happened, the thing, where the API shows it, and the change in the audit log (where its name is another one)
EVENTS = (
    Event("site.added", "A site was added", "sites.Site", "site-detail", by="slug"),
    Event("site.changed", "Details of a site changed", "sites.Site", "site-detail", by="slug"),
    Event(
        "site.status_changed",
        "A site moved on, paused, ended or closed",
        "sites.Site",
        "site-detail",
        by="slug",
        on="status.changed",
    ),
    Event(
        "update.published",
        "News, a vacancy or an output was published",
        "sites.Update",
        "news-detail",
        where={"status": "published"},
    ),
    Event("update.changed", "Published news changed", "sites.Update", "news-detail", where={"status": "published"}),
    Event("update.withdrawn", "News was withdrawn", "sites.Update", "news-detail", ends=True),
    Event(
        "topic_list.published",
        "A year’s list of topics was published",
        "sites.TopicYear",
        "topic-year-detail",
        by="year",
    ),
    Event(
        "topic_list.corrected",
        "A published list of topics was corrected",
        "sites.TopicYear",
        "topic-year-detail",
        by="year",
    ),
    Event("round.announced", "A round was announced", "sites.Round", "round-detail", by="slug"),
    Event(
        "round.changed",
        "An announced round changed",
        "sites.Round",
        "round-detail",
        by="slug",
        where={"is_announced": True},
    ),
    Event(
        "round.opened",
        "A round began to take applications",
        "sites.Round",
        "round-detail",
        by="slug",
        at="opens_at",
        where={"is_announced": True},
    ),
    Event(
        "round.closed",
        "A round stopped taking applications",
        "sites.Round",
        "round-detail",
        by="slug",
        at="closes_at",
        where={"is_announced": True},
    ),
    Event(
        "round.released",
        "The applicants of a round were told",
        "sites.Round",
        "round-detail",
        by="slug",
        on="decisions.released",
        through="round_id",
    ),
    Event("group.added", "A group was added", "networks.Group", "group-detail", by="slug"),
    Event("group.changed", "Details of a group changed", "networks.Group", "group-detail", by="slug"),
    Event("meeting.planned", "A meeting was planned", "networks.Meeting", "meeting-detail"),
    Event("meeting.changed", "Details of a meeting changed", "networks.Meeting", "meeting-detail"),
    Event("meeting.cancelled", "A meeting was cancelled", "networks.Meeting", "meeting-detail"),
    Event("meeting.logged", "The log of a meeting was finished", "networks.Meeting", "meeting-detail"),
    Event(
        "meeting.completed",
        "A meeting was debriefed and is complete",
        "networks.Meeting",
        "meeting-detail",
        on="meeting.debriefed",
    ),
    Event("learning.shared", "A group shared what it learned", "networks.SharedLearning", "learning-detail"),
    Event(
        "charter_version.proposed",
        "A text of the charter was put to members",
        "coproduction.CharterVersion",
        "charter-version-detail",
    ),
    Event(
        "charter_version.agreed",
        "A text of the charter was agreed",
        "coproduction.CharterVersion",
        "charter-version-detail",
    ),
    Event(
        "charter_version.corrected",
        "The charter got a minor correction",
        "coproduction.CharterVersion",
        "charter-version-detail",
    ),
    Event(
        "charter_version.withdrawn",
        "A text that was put to members was withdrawn",
        "coproduction.CharterVersion",
        "charter-version-detail",
        ends=True,
    ),
    Event(
        "involvement.published",
        "What members shaped and what changed was published",
        "coproduction.Involvement",
        "involvement-detail",
    ),
    Event(
        "report.submitted", "An annual report was sent for approval", "reports.AnnualReport", "report-detail", by="year"
    ),
    Event("report.approved", "An annual report was approved", "reports.AnnualReport", "report-detail", by="year"),
    Event("report.published", "An annual report was published", "reports.AnnualReport", "report-detail", by="year"),
    Event(
        "report.corrected",
        "A corrected edition took the place of a published one",
        "reports.AnnualReport",
        "report-detail",
        by="year",
    ),
    Event("edition.built", "An edition of an annual report was built", "reports.Edition", "edition-detail"),
    Event(
        "subject_report.finished",
        "A report on a network or a site was finished",
        "reports.SubjectReport",
        "subject-report-detail",
    ),
)
