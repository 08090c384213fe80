"""Words of the generated data: all invented here, none from a real list of companies or people."""

from __future__ import annotations

from typing import NamedTuple

Row = dict[str, str]
"""Field name to text, as it stands in CSV; empty text is null."""


class Place(NamedTuple):
    """A city, with the postcode in which its streets begin and the telephone's area code."""

    city: str
    state: str
    postcode: str
    country: str
    area: str


PLACES = (
    Place("Portland", "Oregon", "97201", "United States", "503"),
    Place("Eugene", "Oregon", "97401", "United States", "541"),
    Place("Seattle", "Washington", "98101", "United States", "206"),
    Place("Spokane", "Washington", "99201", "United States", "509"),
    Place("San Jose", "California", "95110", "United States", "408"),
    Place("Sacramento", "California", "95811", "United States", "916"),
    Place("Boise", "Idaho", "83702", "United States", "208"),
    Place("Salt Lake City", "Utah", "84101", "United States", "801"),
    Place("Denver", "Colorado", "80202", "United States", "303"),
    Place("Austin", "Texas", "78701", "United States", "512"),
    Place("El Paso", "Texas", "79901", "United States", "915"),
    Place("Omaha", "Nebraska", "68102", "United States", "402"),
    Place("Minneapolis", "Minnesota", "55401", "United States", "612"),
    Place("Madison", "Wisconsin", "53703", "United States", "608"),
    Place("Chicago", "Illinois", "60601", "United States", "312"),
    Place("Columbus", "Ohio", "43215", "United States", "614"),
    Place("Pittsburgh", "Pennsylvania", "15222", "United States", "412"),
    Place("Boston", "Massachusetts", "02108", "United States", "617"),
    Place("Springfield", "Massachusetts", "01103", "United States", "413"),
    Place("Hartford", "Connecticut", "06103", "United States", "860"),
    Place("Newark", "New Jersey", "07102", "United States", "973"),
    Place("San Juan", "Puerto Rico", "00901", "United States", "787"),
    Place("Toronto", "Ontario", "M5H 2N2", "Canada", "416"),
    Place("Leeds", "West Yorkshire", "LS1 4AP", "United Kingdom", "113"),
    Place("Zürich", "Zürich", "8001", "Switzerland", "44"),
)

STREETS = ("Alder", "Birchfield", "Canal", "Depot", "Elmhurst", "Foundry", "Granary", "Harbor", "Juniper", "Kiln",
           "Lantern", "Mill", "Orchard", "Quarry", "Station", "Tannery", "Union", "Willow")  # fmt: skip
STREET_KINDS = ("Street", "Avenue", "Road", "Lane", "Way")

NAME_HEADS = ("Alpen", "Amber", "Basalt", "Beacon", "Briar", "Cedar", "Cobalt", "Copper", "Delta", "Ember", "Falcon",
              "Fern", "Flint", "Garnet", "Harbor", "Hazel", "Indigo", "Iron", "Juniper", "Keystone", "Lark", "Linden",
              "Maple", "Meridian", "Mica", "North", "Oak", "Onyx", "Pebble", "Pine", "Quartz", "Raven", "River",
              "Saffron", "Silver", "Slate", "Summit", "Tamarack", "Timber", "Umber", "Violet", "Wren")  # fmt: skip
NAME_TAILS = ("bank", "bridge", "brook", "crest", "dale", "field", "ford", "gate", "grove", "haven", "hill", "lake",
              "light", "line", "mark", "mere", "point", "ridge", "rock", "side", "stead", "stone", "view", "water",
              "well", "wood", "works", "yard")  # fmt: skip

TRADES = {
    "Manufacturing": ("Fabrication", "Castings", "Components"),
    "Technology": ("Software", "Systems", "Data"),
    "Healthcare": ("Clinics", "Health", "Diagnostics"),
    "Retail": ("Outfitters", "Stores", "Trading"),
    "Finance": ("Capital", "Advisors", "Leasing"),
    "Education": ("Academy", "Learning", "Institute"),
    "Construction": ("Builders", "Contracting", "Structures"),
    "Energy": ("Power", "Solar", "Grid"),
    "Transportation": ("Freight", "Lines", "Logistics"),
    "Hospitality": ("Hotels", "Resorts", "Inns"),
    "Food & Beverage": ("Foods", "Brewing", "Bakeries"),
    "Media": ("Press", "Studios", "Broadcasting"),
    "Telecommunications": ("Networks", "Fiber", "Telecom"),
    "Not For Profit": ("Foundation", "Trust", "Alliance"),
}
INDUSTRY_WEIGHTS = (16, 15, 11, 10, 8, 5, 7, 6, 6, 4, 5, 3, 3, 1)
LEGAL_FORMS = ("Inc.", "LLC", "Co.", "Group", "Partners", "Ltd")

FIRST_NAMES = ("Ada", "Amara", "Arjun", "Beatriz", "Bram", "Carlos", "Chiara", "Dara", "Desmond", "Elif", "Emil",
               "Farah", "Felix", "Grace", "Hana", "Hugo", "Imani", "Ines", "Jonas", "Joy", "Kofi", "Lena", "Luca",
               "Maya", "Mei", "Milan", "Nadia", "Noah", "Olga", "Omar", "Priya", "Quentin", "Rosa", "Ruben", "Samir",
               "Sofia", "Tariq", "Thea", "Uma", "Victor", "Wanda", "Yara", "Zoë")  # fmt: skip
LAST_NAMES = ("Abbott", "Adeyemi", "Almeida", "Andersen", "Becker", "Bianchi", "Castillo", "Chen", "Cole", "Dubois",
              "Ellis", "Eriksen", "Farouk", "Fischer", "Garner", "Gupta", "Hale", "Haddad", "Ivers", "Jansen", "Kapoor",
              "Keller", "Kowalski", "Larsen", "Lindqvist", "Marsh", "Mensah", "Moreau", "Nakamura", "Novak", "O'Brien",
              "Okafor", "Palmer", "Park", "Quinn", "Reyes", "Rossi", "Sato", "Silva", "Stone", "Torres", "Ueda",
              "Vance", "Weber", "Wolfe", "Yilmaz", "Zhang")  # fmt: skip
TITLES = ("CEO", "CFO", "CIO", "VP Operations", "VP Sales", "Director of IT", "Head of Procurement", "Project Manager",
          "Operations Manager", "Systems Analyst", "Office Manager", "Controller", "Plant Manager",
          "Customer Success Manager")  # fmt: skip
DEPARTMENTS = ("Executive", "Finance", "IT", "Operations", "Procurement", "Sales")

PRODUCTS = ("Onboarding", "Platform Rollout", "Data Migration", "Reporting Suite", "Field Service", "Integration Pack",
            "Training Program", "Support Renewal", "Mobile App", "Process Review")  # fmt: skip
NEXT_STEPS = ("Send revised quote", "Call back on Tuesday", "Security questionnaire", "Demo for the finance team",
              "Wait for budget approval", "Meet the project sponsor")  # fmt: skip

STAFF = (
    # first name, last name, title, department, email
    ("Nora", "Vogel", "VP Sales", "Sales", "sales.lead@example.com"),
    ("Milo", "Hart", "Account Executive", "Sales", "milo.hart@example.com"),
    ("Ana", "Prado", "Account Executive", "Sales", "ana.prado@example.com"),
    ("Tomas", "Lund", "Account Executive", "Sales", "tomas.lund@example.com"),
    ("Keiko", "Mori", "Account Executive", "Sales", "keiko.mori@example.com"),
    ("Ravi", "Shah", "Account Executive", "Sales", "ravi.shah@example.com"),
    ("Ellen", "Brandt", "Account Manager", "Sales", "ellen.brandt@example.com"),
    ("Dana", "Whitfield", "Delivery Lead", "Delivery", "delivery.lead@example.com"),
    ("Iris", "Keane", "Project Manager", "Delivery", "iris.keane@example.com"),
    ("Oscar", "Benitez", "Consultant", "Delivery", "oscar.benitez@example.com"),
    ("Lia", "Fontaine", "Consultant", "Delivery", "lia.fontaine@example.com"),
)
"""With the org's own integration user, twelve."""
SELLERS = [f"user-{number}" for number, person in enumerate(STAFF, start=1) if person[3] == "Sales"]
"""The keys of the users who own accounts and opportunities."""
