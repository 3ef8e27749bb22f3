"""What is on the platform already, as a spreadsheet of people needs to know it."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date

from impact.core.people.models import Person
from impact.core.people.rights.erasure.models import Erasure
from impact.core.web.imports.erased import Erased, name_key
from impact.core.web.imports.shapes import Row
from networks.groups.models import Group, Membership


class There:
    """What is on the platform already, read once for a whole file."""

    def __init__(self, rows: Sequence[Row]) -> None:
        keys = {name_key(row.get("name")) for row in rows}
        self.by_name: dict[str, list[Person]] = defaultdict(list)
        gone = set(Erasure.objects.values_list("person_id", flat=True))
        wanted = []
        self.mailboxes: dict[str, set[str]] = defaultdict(set)
        for pk, name, email in Person.objects.values_list("pk", "name", "email"):
            if email:
                self.mailboxes[email.lower()].add(name_key(name))
            if name_key(name) in keys and pk not in gone:
                wanted.append(pk)
        wanted += [row.get("record") for row in rows if isinstance(row.get("record", None), int)]
        wanted += [row.person for row in rows if row.is_written and row.person]
        self.people: dict[int, Person] = {}
        for at in range(0, len(wanted), 400):
            self.people |= Person.objects.exclude(pk__in=gone).in_bulk(wanted[at : at + 400])
        for person in self.people.values():
            self.by_name[name_key(person.name)].append(person)
        self.groups = {}
        for group in Group.objects.all():
            self.groups[name_key(group.name)] = self.groups[group.slug] = group
        self.memberships: dict[int, list[Membership]] = defaultdict(list)
        pks = list(self.people)
        for at in range(0, len(pks), 400):
            for one in Membership.objects.filter(person_id__in=pks[at : at + 400]).select_related("group", "person"):
                self.memberships[one.person_id].append(one)
        self.erased = Erased()

    def same(self, row: Row) -> list[Person]:
        """The people of this name and address."""
        email = row.get("email")
        return [one for one in self.by_name[name_key(row.get("name"))] if one.email.lower() == email]

    def membership(self, person: Person, group: Group | None, starts_on: date | None) -> Membership | None:
        """Someone's membership of a group from a day on."""
        rows = self.memberships[person.pk]
        return next((one for one in rows if group and one.group_id == group.pk and one.starts_on == starts_on), None)
