"""What people propose that the centre should work on in a year, and what became of each proposal (rule 3)."""

from typing import Any

from django.apps import apps
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q, Sum
from django.urls import reverse

from impact.core.access.permissions import has_perm
from impact.core.basics import clock
from impact.core.basics.privacy import NotPersonal
from impact.core.basics.vocabulary import Nation
from impact.core.people.models import User
from sites.topics.models import FIRST_YEAR, LAST_YEAR, Topic, year_field


class ProposalQuerySet(models.QuerySet["Proposal"]):
    def visible_to(self, user: Any) -> "ProposalQuerySet":
        """National readers see every proposal; others those from groups that they belong to."""
        if has_perm(user, "sites.view_all"):
            return self
        return self.filter(group__in=apps.get_model("networks", "Group").objects.visible_to(user).values("pk"))

    def open(self) -> "ProposalQuerySet":
        """Proposals about which nothing is decided yet."""
        return self.filter(state=Proposal.State.OPEN)

    def search(self, q: str) -> "ProposalQuerySet":
        return self.filter(Q(title__icontains=q) | Q(why__icontains=q)) if q else self

    def in_nation(self, nation: str) -> "ProposalQuerySet":
        """Proposals about a nation; those about the whole UK are about each."""
        rows = ProposalNation.objects.filter(nation__in=[nation, Nation.UK])
        return self.filter(pk__in=rows.values("proposal_id"))

    def with_rows(self) -> "ProposalQuerySet":
        """Everything that a list shows of each proposal, in a fixed number of queries."""
        related = ("group", "meeting", "topic", "merged_into", "recorded_by__person")
        return self.select_related(*related).prefetch_related("nation_rows", "survey_counts")


class Proposal(models.Model):
    """One proposal for a year: from an assembly with its meeting, from the survey, or from staff."""

    class Source(models.TextChoices):
        ASSEMBLY = "assembly", "Assembly"
        SURVEY = "survey", "National survey"
        STAFF = "staff", "Staff"

    class State(models.TextChoices):
        OPEN = "open", "To decide"
        TAKEN = "taken_on", "Taken on"
        MERGED = "merged", "Merged"
        SET_ASIDE = "set_aside", "Set aside"

    year = year_field("The year for which it is proposed.")
    title = models.CharField(max_length=160, help_text="In the words of those who proposed it.")
    why = models.TextField(max_length=2000, blank=True, help_text="Why it matters to them.")
    source = models.CharField(max_length=10, choices=Source)
    # By name: groups and meetings are of the app above this one, which knows sites (docs/decisions).
    group = models.ForeignKey(
        "networks.Group", null=True, blank=True, on_delete=models.PROTECT, related_name="topic_proposals"
    )
    meeting = models.ForeignKey(
        "networks.Meeting", null=True, blank=True, on_delete=models.PROTECT, related_name="topic_proposals"
    )
    proposed_by = models.CharField(max_length=120, blank=True, help_text="Who proposed it, as a role. No names.")
    proposed_on = models.DateField(default=clock.today)
    recorded_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    state = models.CharField(max_length=10, choices=State, default=State.OPEN)
    topic = models.ForeignKey(
        Topic,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="proposals",
        help_text="What it was taken on as.",
    )
    merged_into = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="merged")
    set_aside_reason = models.CharField(max_length=400, blank=True)
    settled_on = models.DateField(null=True, blank=True)
    is_illustrative = models.BooleanField(default=False, help_text="Invented for the demonstration.")
    version = models.PositiveIntegerField(default=1)

    privacy = NotPersonal(
        "A topic that was proposed, by a group or role.", recorders=("recorded_by",), may_name_people=True
    )

    objects = ProposalQuerySet.as_manager()

    class Meta:
        ordering = ["-year", "title", "pk"]
        indexes = [models.Index(fields=["year", "state"], name="proposal_year_state")]
        constraints = [
            models.CheckConstraint(
                condition=Q(year__gte=FIRST_YEAR, year__lte=LAST_YEAR),
                name="proposal_year_is_of_the_present",
                violation_error_message=f"Enter a year from {FIRST_YEAR} to {LAST_YEAR}.",
            ),
            models.CheckConstraint(
                condition=Q(source="assembly", group__isnull=False)
                | Q(~Q(source="assembly"), group__isnull=True, meeting__isnull=True),
                name="proposal_of_an_assembly_has_a_group",
                violation_error_message="A proposal from an assembly names the assembly; others have none.",
            ),
            models.CheckConstraint(
                condition=(Q(state="taken_on") & Q(topic__isnull=False))
                | (~Q(state="taken_on") & Q(topic__isnull=True)),
                name="proposal_taken_on_as_a_topic",
            ),
            models.CheckConstraint(
                condition=(Q(state="merged") & Q(merged_into__isnull=False))
                | (~Q(state="merged") & Q(merged_into__isnull=True)),
                name="proposal_merged_into_another",
            ),
            models.CheckConstraint(
                condition=Q(merged_into__isnull=True) | ~Q(merged_into=F("pk")), name="proposal_not_merged_into_itself"
            ),
            models.CheckConstraint(
                condition=~Q(state="set_aside") | ~Q(set_aside_reason=""),
                name="proposal_set_aside_with_a_reason",
                violation_error_message="Say why it is set aside.",
            ),
            models.CheckConstraint(
                condition=Q(state="open", settled_on__isnull=True) | (~Q(state="open") & Q(settled_on__isnull=False)),
                name="proposal_settled_has_a_day",
            ),
            models.UniqueConstraint(
                fields=["year", "title"],
                condition=Q(source="survey"),
                name="proposal_of_the_survey_once_a_year",
                violation_error_message="The survey of that year already has a topic with these words.",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("sites:proposal-detail", args=[self.pk])

    def clean(self) -> None:
        if self.meeting is not None and self.meeting.group_id != self.group_id:
            raise ValidationError({"meeting": "This meeting is of another group. Choose one of the assembly's."})

    def roles_of(self, user: Any) -> frozenset[str]:
        """What the reader is in the assembly that it comes from."""
        return self.group.roles_of(user) if self.group is not None else frozenset()

    @property
    def is_open(self) -> bool:
        return self.state == self.State.OPEN

    @property
    def nations(self) -> list[Nation]:
        """The nations that it is about, in the order of the vocabulary."""
        held = {row.nation for row in self.nation_rows.all()}
        return [nation for nation in Nation if nation.value in held]

    @property
    def places(self) -> str:
        """ "Scotland, Wales": the nations in words."""
        return ", ".join(str(nation.label) for nation in self.nations)

    @property
    def counts(self) -> dict[str, int]:
        """How many people chose it in the survey, by nation."""
        return {row.nation: row.people for row in self.survey_counts.all()}

    @property
    def people(self) -> int | None:
        """How many people chose it in the survey; None: it was not in the survey."""
        found = self.counts
        return sum(found.values()) if found else None


class ProposalNation(models.Model):
    """A nation that a proposal is about."""

    proposal = models.ForeignKey(Proposal, on_delete=models.CASCADE, related_name="nation_rows")
    nation = models.CharField(max_length=20, choices=Nation)

    privacy = NotPersonal("A nation that a proposal is about.")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["proposal", "nation"], name="nation_once_per_proposal")]

    def __str__(self) -> str:
        return self.get_nation_display()


class SurveyCountQuerySet(models.QuerySet["SurveyCount"]):
    def visible_to(self, user: Any) -> "SurveyCountQuerySet":
        """The counts of proposals that the reader may see."""
        return self.filter(proposal__in=Proposal.objects.visible_to(user).values("pk"))

    def by_nation(self) -> dict[str, int]:
        """How many answers there are from each nation."""
        rows = self.order_by().values("nation").annotate(n=Sum("people")).values_list("nation", "n")
        return dict(rows)


class SurveyCount(models.Model):
    """How many people in one nation chose one topic in the national survey of a year."""

    proposal = models.ForeignKey(Proposal, on_delete=models.CASCADE, related_name="survey_counts")
    nation = models.CharField(max_length=20, choices=Nation)
    people = models.PositiveIntegerField(help_text="How many people chose it.")

    privacy = NotPersonal("How many people chose a topic.")

    objects = SurveyCountQuerySet.as_manager()

    class Meta:
        ordering = ["proposal__title", "nation", "pk"]
        constraints = [models.UniqueConstraint(fields=["proposal", "nation"], name="survey_count_once_per_nation")]

    def __str__(self) -> str:
        return f"{self.proposal}, {self.get_nation_display()}: {self.people}"
