"""What the mix of a round is chosen by, and the kind and choices of the question that asks for it."""

from django.db import models

from impact.core.basics.vocabulary import FOUR_NATIONS, Region
from sites.calls.rounds.models import Round
from sites.calls.rounds.questions.models import Fact, Kind
from sites.organisations.models import Organisation
from sites.registry.models import DeliveryModel


class Size(models.TextChoices):
    """How large an organisation is, by the people who work there."""

    VOLUNTEERS = "volunteers", "Volunteers only"
    UP_TO_10 = "up_to_10", "Up to 10 staff"
    UP_TO_50 = "up_to_50", "11 to 50 staff"
    UP_TO_250 = "up_to_250", "51 to 250 staff"
    OVER_250 = "over_250", "More than 250 staff"


class Area(models.TextChoices):
    """The kind of place that an application is about."""

    URBAN = "urban", "Mostly urban"
    RURAL = "rural", "Mostly rural"
    MIXED = "mixed", "Both urban and rural"


class Need(models.TextChoices):
    """Whom an application is about, by what people need."""

    OLDER = "older", "Older people"
    DEMENTIA = "dementia", "People living with dementia"
    LEARNING_DISABILITY = "learning_disability", "People with a learning disability"
    AUTISM = "autism", "Autistic people"
    MENTAL_HEALTH = "mental_health", "People with mental ill health"
    PHYSICAL = "physical", "Physically disabled people"
    SENSORY = "sensory", "People with a sensory impairment"
    CARERS = "carers", "Unpaid carers"
    ETHNIC_MINORITIES = "ethnic_minorities", "People from Black and minority ethnic communities"
    YOUNG_ADULTS = "young_adults", "Young people moving to adult care"
    OTHER = "other", "Others"


KINDS: dict[str, str] = {
    Fact.ORGANISATION_NAME: Kind.SHORT,
    Fact.ORGANISATION_KIND: Kind.ONE_OF,
    Fact.ORGANISATION_SIZE: Kind.ONE_OF,
    Fact.NATION: Kind.ONE_OF,
    Fact.REGION: Kind.ONE_OF,
    Fact.PLACE: Kind.PLACE,
    Fact.AREA: Kind.ONE_OF,
    Fact.NEEDS: Kind.SEVERAL_OF,
    Fact.IS_FIRST_TIME: Kind.YES_NO,
    Fact.IS_USER_LED: Kind.YES_NO,
    Fact.IS_UNDER_PRESSURE: Kind.YES_NO,
    Fact.TOPIC: Kind.ONE_OF,
    Fact.DELIVERY_MODEL: Kind.ONE_OF,
    Fact.MONEY: Kind.MONEY,
}
_FIXED: dict[str, list[tuple[str, str]]] = {
    Fact.ORGANISATION_KIND: Organisation.Kind.choices,
    Fact.ORGANISATION_SIZE: Size.choices,
    Fact.NATION: [(nation.value, nation.label) for nation in FOUR_NATIONS],
    Fact.REGION: Region.choices,
    Fact.AREA: Area.choices,
    Fact.NEEDS: Need.choices,
}


def choices_of(round: Round, fact: str) -> list[tuple[str, str]]:
    """The values and words to choose from for a fact in this round; empty when it is not chosen from a list."""
    if fact == Fact.TOPIC:
        return [(topic.slug, topic.name) for topic in round.topics.all()]
    if fact == Fact.DELIVERY_MODEL:
        return [(value, DeliveryModel(value).label) for value in round.delivery_models]
    return [(str(value), str(label)) for value, label in _FIXED.get(fact, [])]
