"""The invented people of the demonstration: names from trees and colours, what they bring and what they need."""

from typing import Any

from impact.core.basics.vocabulary import Format, Nation, Perspective

CARE, CARER, LINE = Perspective.DRAWS_ON_CARE, Perspective.CARER, Perspective.FRONT_LINE
FUNDER, PROVIDER = Perspective.FUNDER, Perspective.PROVIDER

# nation → (place, coordinator's account, members: (name, perspective, what the person needs))
Member = tuple[str, str, dict[str, Any]]
NETWORKS: dict[str, tuple[str, str, list[Member]]] = {
    Nation.ENGLAND: (
        "South Yorkshire",
        "coordinator.england",
        [
            (
                "Hazel Umber",
                CARE,
                {"preferred_format": Format.EASY_READ, "access_arrangements": "A supporter comes along"},
            ),
            ("Aspen Teal", CARE, {"access_arrangements": "A short break every 45 minutes"}),
            ("Linden Grey", CARER, {"access_arrangements": "Meetings between 10am and 2pm"}),
            ("Willow Saffron", CARER, {}),
            ("Alder Russet", LINE, {}),
            ("Maple Indigo", LINE, {}),
            ("Cedar Ochre", FUNDER, {}),
            ("Juniper Slate", PROVIDER, {}),
            ("Elder Azure", PROVIDER, {"preferred_format": Format.LARGE_PRINT}),
        ],
    ),
    Nation.NORTHERN_IRELAND: (
        "Belfast",
        "coordinator.ni",
        [
            ("Holly Crimson", CARE, {"preferred_format": Format.AUDIO}),
            ("Birch Pearl", CARE, {}),
            ("Olive Copper", CARE, {"access_arrangements": "Step-free room with a loop system"}),
            ("Laurel Sand", CARER, {}),
            ("Myrtle Jade", CARER, {}),
            ("Larch Cobalt", LINE, {}),
            ("Poplar Ivory", LINE, {}),
            ("Spruce Amber", PROVIDER, {}),
        ],
    ),
    Nation.SCOTLAND: (
        "Tayside",
        "coordinator.scotland",
        [
            ("Heather Bronze", CARE, {"preferred_format": Format.EASY_READ}),
            ("Pine Lilac", CARE, {"access_arrangements": "Captions on, camera off"}),
            ("Gorse Silver", CARER, {}),
            ("Fern Scarlet", CARER, {}),
            ("Thistle Navy", LINE, {}),
            ("Bracken Gold", LINE, {}),
            ("Clover Steel", FUNDER, {}),
            ("Sorrel Plum", PROVIDER, {}),
            ("Tansy Coral", PROVIDER, {"preferred_format": Format.BSL, "access_arrangements": "A BSL interpreter"}),
        ],
    ),
    Nation.WALES: (
        "Ceredigion",
        "coordinator.wales",
        [
            ("Onnen Violet", CARE, {"preferred_language": "cy"}),
            ("Derw Scarlet", CARE, {"access_arrangements": "A lift from the village, as there is no bus"}),
            ("Celyn Blue", CARER, {"preferred_language": "cy"}),
            ("Bedw Rose", LINE, {}),
            ("Helyg Stone", LINE, {}),
            ("Masarn Green", FUNDER, {}),
            ("Ywen Brown", PROVIDER, {}),
        ],
    ),
}

ADVISORY_MEMBERS: list[Member] = [
    ("Bryony Vale", CARE, {"preferred_format": Format.EASY_READ}),
    ("Sage Harbour", CARE, {}),
    ("Robin Meadow", CARER, {}),
    ("Ivy Field", CARE, {"preferred_format": Format.AUDIO}),
    ("Jasmine Brook", CARER, {}),
    ("Basil Moor", CARE, {"access_arrangements": "Captions and a shared chat"}),
    ("Marigold Ridge", CARER, {}),
    ("Reed Haven", CARE, {}),
    ("Iris Glen", CARER, {"access_arrangements": "Not on Wednesdays"}),
]

# Who has no e-mail, so that a coordinator recorded them.
WITHOUT_EMAIL = {"Derw Scarlet"}
# Invited to Northern Ireland's local network, where no one brings this perspective, and still to answer.
INVITED = ("Whin Cyan", FUNDER)

# Northern Ireland's first coordinator, who handed over in December.
FIRST_COORDINATOR = "Bramble Fawn"
