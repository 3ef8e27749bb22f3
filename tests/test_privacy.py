"""Every model says what it holds about people, and leaves nothing out that can be personal."""

from types import SimpleNamespace

import pytest
from django.apps import apps
from django.core.exceptions import FieldDoesNotExist
from django.db import models
from django.utils.module_loading import import_string

from impact.core.basics.privacy import (
    LIBRARIES,
    After,
    Blank,
    ByService,
    Delete,
    Forever,
    Keep,
    NotPersonal,
    Part,
    Personal,
    declared,
)
from impact.core.people.models import Person, User

ALL = sorted(apps.get_models(), key=lambda model: model._meta.label)
TECHNICAL = ("sha256", "hash", "slug", "digest", "version")  # how the names of columns end that say nothing of anyone
WORDS = (models.TextField, models.CharField, models.JSONField, models.FileField, models.GenericIPAddressField)


def field_at(model, path):
    """The field that a lookup ends at. Raises FieldDoesNotExist."""
    found = None
    for name in path.split("__"):
        if model is None:
            raise FieldDoesNotExist(path)
        found = model._meta.pk if name == "pk" else model._meta.get_field(name)
        model = found.related_model
    return found


def people_columns(model):
    """The columns that point straight at a person or an account."""
    return {f.name for f in model._meta.concrete_fields if f.is_relation and f.related_model in (Person, User)}


def wordy_columns(model):
    """Columns that can hold free text, an address or a file; not those with a list of choices."""
    return {
        f.name
        for f in model._meta.concrete_fields
        if isinstance(f, WORDS) and not f.choices and not f.is_relation and not f.name.endswith(TECHNICAL)
    }


def faults_of(model, said=None):
    """What is wrong with a model's declaration, in words; empty when nothing is."""
    try:
        said = said or declared(model)
    except LookupError as error:
        return [str(error)]
    faults = []
    paths = [*said.recorders]
    if isinstance(said, Personal):
        action = said.on_erasure
        changed = [*action.fields, *action.removed, *action.renamed] if isinstance(action, Blank) else []
        files = [name for pair in said.files for name in pair]
        paths += [*said.of, *said.by_address, *said.shown, *said.withheld, *changed, *files]
        faults += [f"{name} is in neither shown, withheld nor on_erasure" for name in wordy_columns(model) - {*paths}]
        if not said.of and not said.by_address:
            faults.append("it does not say whose the rows are (of, by_address)")
        if isinstance(said.keep, After) and isinstance(action, Keep):
            faults.append("it is kept after a time, and erasing keeps it too")
        if isinstance(action, ByService) and not callable(import_string(action.path)):
            faults.append(f"{action.path} is no function")
        for path in said.of:
            try:
                end = field_at(model, path)
            except FieldDoesNotExist:
                continue  # told of below
            is_own = path == "pk" and model in (Person, User)
            if not (is_own or end.related_model in (Person, User) or path == "actor_id"):
                faults.append(f"{path} leads to no person")
    kept = said.keep
    if isinstance(kept, After):
        paths.append(kept.since)
        if not (kept.years or kept.days):
            faults.append("it does not say how long it is kept")
    for path in paths:
        try:
            field_at(model, path)
        except FieldDoesNotExist:
            faults.append(f"there is no {path}")
    faults += [
        f"{name} points at a person and is in neither of nor recorders" for name in people_columns(model) - {*paths}
    ]
    return sorted(faults)


@pytest.mark.parametrize("model", ALL, ids=lambda model: model._meta.label)
def test_every_model_says_what_it_holds_about_people(model):
    assert faults_of(model) == []


def test_no_library_is_declared_that_is_not_there():
    assert set(LIBRARIES) <= {model._meta.label_lower for model in ALL}


def test_each_heading_stands_for_one_model():
    """A heading is a table on the page and a file in the archive."""
    headings = [said.heading for model in ALL if isinstance(said := declared(model), Personal)]
    assert len(headings) == len(set(headings))


def test_answers_to_the_equality_questions_lead_to_no_person():
    for label in ("sites.EqualityAnswer", "coproduction.ReflectionAnswer", "coproduction.ReflectionLink"):
        model = apps.get_model(label)
        assert isinstance(declared(model), NotPersonal)
        assert not people_columns(model)


def a_notice(**changes):
    """The declaration of Notice with something changed."""
    said = {**apps.get_model("core.Notice").privacy.__dict__, **changes}
    return Personal(**said)


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"of": ()}, "it does not say whose the rows are (of, by_address)"),
        ({"of": ("persona",)}, "there is no persona"),
        ({"of": ("kind",)}, "kind leads to no person"),
        ({"recorders": ()}, "told_by points at a person and is in neither of nor recorders"),
        ({"shown": ("kind", "title")}, "words is in neither shown, withheld nor on_erasure"),
        ({"shown": ("kind", "title", "words", "person__nme")}, "there is no person__nme"),
        ({"withheld": {}}, "path is in neither shown, withheld nor on_erasure"),
        ({"on_erasure": Keep("Why not.")}, "it is kept after a time, and erasing keeps it too"),
        ({"on_erasure": Blank(removed=("wordss",))}, "there is no wordss"),
        ({"keep": After(since="made_at", why="For a while.")}, "it does not say how long it is kept"),
    ],
)
def test_a_declaration_that_leaves_something_out_is_found(changes, fault):
    assert fault in faults_of(apps.get_model("core.Notice"), a_notice(**changes))


def test_a_model_that_says_nothing_is_found():
    silent = SimpleNamespace(_meta=SimpleNamespace(label="core.New", label_lower="core.new"))
    with pytest.raises(LookupError, match="does not say what it holds"):
        declared(silent)


def test_a_declaration_of_a_parent_does_not_count_for_its_child():
    """A proxy or a model with a base of its own says it anew: what it adds would go unnoticed."""
    child = type("Child", (a_parent := type("Parent", (), {"privacy": NotPersonal("Words.")}),), {})
    child._meta = a_parent._meta = SimpleNamespace(label="core.Child", label_lower="core.child")
    with pytest.raises(LookupError):
        declared(child)


def test_every_part_is_used():
    assert {said.part for model in ALL if isinstance(said := declared(model), Personal)} == set(Part)


def test_reasons_are_sentences():
    for model in ALL:
        said = declared(model)
        reasons = [said.why] if isinstance(said, NotPersonal) else [*said.withheld.values()]
        for place in (getattr(said, "on_erasure", None), said.keep):
            reasons += [place.why] if place and not isinstance(place, Blank | Delete) else []
        assert not [why for why in reasons if not why.endswith(".") or not isinstance(why, str)], model
    assert isinstance(declared(User).keep, Forever)
