"""Invented names: of enterprises and what they do, of the people who run them, of what areas set out to do."""

from random import Random

from msgspec import Struct

from events.areas import Nation
from events.enterprises import ClosingReason, LegalForm, Owner, PauseReason


class Trade(Struct, frozen=True, kw_only=True):
    """A way of supporting neighbours, how common it is, and what an enterprise that does it may be called."""

    weight: int
    names: tuple[tuple[str, str], ...]
    """A name with a place or plant in the braces, and the service that goes with it."""
    also: tuple[str, ...] = ()
    """Services that any of them may offer besides."""
    forms: tuple[LegalForm, ...]
    """The legal forms usual for it, the most usual more than once."""
    volunteers: bool = False
    """Whether it lives from people who give their time."""


_ALONE: tuple[LegalForm, ...] = ("sole trader", "sole trader", "sole trader", "partnership", "limited company")
_TOGETHER: tuple[LegalForm, ...] = ("unincorporated", "unincorporated", "CIC", "charity", "co-operative")

TRADES = (
    Trade(
        weight=34,
        names=(
            ("{} Home Help", "home help"),
            ("{} Home Support", "home help"),
            ("{} Helping Hands", "home help"),
            ("At Home, {}", "home help"),
            ("{} Home Comforts", "home help"),
            ("A Hand at Home, {}", "home help"),
            ("{} Clean and Tidy", "cleaning and laundry"),
        ),
        also=("shopping", "meal preparation", "help with letters and forms", "collecting prescriptions"),
        forms=_ALONE,
    ),
    Trade(
        weight=18,
        names=(
            ("{} Care at Home", "personal care"),
            ("{} Personal Support", "personal care"),
            ("{} Home from Hospital", "help after a stay in hospital"),
            ("{} Respite", "respite for carers"),
            ("A Break for Carers, {}", "respite for carers"),
        ),
        also=("support at bedtime", "meal preparation", "companionship"),
        forms=_ALONE,
    ),
    Trade(
        weight=14,
        names=(
            ("{} Companions", "companionship"),
            ("{} Company Calls", "companionship"),
            ("{} Good Company", "companionship"),
            ("{} Friendly Faces", "companionship"),
            ("Out and About, {}", "outings"),
            ("{} Lifts and Errands", "lifts to appointments"),
        ),
        also=("reading aloud", "help with letters and forms", "shopping"),
        forms=_ALONE,
    ),
    Trade(
        weight=10,
        names=(
            ("{} Garden Helpers", "gardening"),
            ("{} Gardens and Odd Jobs", "gardening"),
            ("The {} Garden Round", "gardening"),
            ("{} Mend and Mow", "gardening"),
            ("{} Handy Help", "small repairs"),
        ),
        also=("odd jobs", "grab rails and ramps", "clearing and tidying"),
        forms=_ALONE,
    ),
    Trade(
        weight=9,
        names=(
            ("{} Day Club", "day activities"),
            ("{} Makers", "crafts"),
            ("{} Craft Mornings", "crafts"),
            ("The {} Art Room", "painting and drawing"),
            ("The {} Song Circle", "music and singing"),
            ("{} Memory Café", "day activities for people with dementia"),
        ),
        also=("tea and company", "trips out"),
        forms=_TOGETHER,
        volunteers=True,
    ),
    Trade(
        weight=6,
        names=(
            ("{} Lunch Club", "lunch club"),
            ("{} Soup and Company", "lunch club"),
            ("{} Kitchen Table", "cooking together"),
            ("The {} Cookery Club", "cooking together"),
            ("{} Suppers", "meals brought home"),
        ),
        also=("growing vegetables together", "tea and company"),
        forms=_TOGETHER,
        volunteers=True,
    ),
    Trade(
        weight=5,
        names=(
            ("{} Walkers", "walking group"),
            ("{} Strollers", "walking group"),
            ("Walk and Talk, {}", "walking group"),
            ("{} Gentle Movers", "gentle exercise"),
            ("{} Swimmers", "swimming sessions"),
            ("{} Tea Dance", "dancing"),
        ),
        also=("tea and company",),
        forms=_TOGETHER,
        volunteers=True,
    ),
    Trade(
        weight=4,
        names=(
            ("{} Allotment Project", "allotment sessions"),
            ("The {} Potting Shed", "growing plants together"),
            ("{} Growing Days", "growing vegetables together"),
            ("{} Woodland Days", "woodland days"),
            ("{} Farm Mornings", "animal care"),
        ),
        also=("cooking together", "crafts"),
        forms=_TOGETHER,
        volunteers=True,
    ),
)

_PLACES: dict[Nation, tuple[str, ...]] = {
    "England": (
        "Abbot's Lea", "Alder Bank", "Ash Grove", "Beacon Hill", "Beech Lane", "Blackthorn", "Bramble End",
        "Bridge End", "Brookside", "Chapel Street", "Cherry Tree", "Church Row", "Coppice Lane", "Cornmill",
        "Cross Keys", "Damson Lane", "Eastgate", "Elder Wood", "Fairfield", "Fern Bank", "Ferry Lane", "Forge Lane",
        "Fox Hollow", "Furze Hill", "Granary Lane", "Greenway", "Harbour View", "Hawthorn", "Hazel Copse",
        "High Meadow", "Holly Bush", "Holm Oak", "Ivy Lane", "Kiln Lane", "Lark Rise", "Laurel", "Lime Tree",
        "Long Acre", "Lower Common", "Manor Road", "Maple", "Market Place", "Marsh Lane", "Meadowsweet", "Mill Race",
        "Moorside", "Northfield", "Oak Tree", "Old Dairy", "Old School", "Orchard Row", "Osier", "Park View",
        "Pear Tree", "Pond Street", "Primrose", "Quarry Bank", "Quayside", "Rectory Lane", "Ridgeway", "Riverside",
        "Rookery", "Rowan", "Saddlers Row", "Sandy Lane", "Sheepwash", "Silver Birch", "Smithy Lane", "Snowdrop",
        "South Down", "Spring Lane", "St Anne's", "St Michael's", "Station Road", "Stepping Stones", "Stone Bridge",
        "Sycamore", "Tanyard", "Thistledown", "Three Elms", "Tithe Barn", "Tollgate", "Valley Road", "Vicarage Lane",
        "Walnut Tree", "Water Lane", "Waterside", "Weaver's Row", "Well Lane", "West Street", "Wharf Lane",
        "White Gate", "Wildflower", "Willow Bank", "Windmill Lane", "Woodside", "Wren", "Yew Tree",
    ),
    "Scotland": (
        "Birkwood", "Bluebell", "Bonnybank", "Braehead", "Braeside", "Burnside", "Cairn View", "Drumhill",
        "Glenview", "Harbour Row", "Heather Bank", "Hillfoot", "Kirk Wynd", "Kirkgate", "Linn Park", "Lochside",
        "Mains Road", "Mercat", "Millburn", "Muirfield", "Pinewood", "Rowan Brae", "Shore Street", "Strathview",
        "Thistle", "Tolbooth", "Whinhill", "Woodburn",
    ),
    "Wales": (
        "Afon", "Bryn Coed", "Brynteg", "Cae Glas", "Capel Road", "Cilgant", "Coed Bach", "Cwm Road", "Dan y Bryn",
        "Derwen", "Dolwen", "Ffordd Las", "Glan yr Afon", "Gwynfryn", "Heol Fawr", "Maes y Dre", "Maesteg Road",
        "Nant Coch", "Pantglas", "Pen y Bont", "Penrhiw", "Rhosyn", "Tan y Bryn", "Tir Glas", "Ty Gwyn", "Ynys Road",
    ),
    "Northern Ireland": (
        "Ardmore", "Ballyhill", "Bann View", "Carn Road", "Castle Lane", "Derg Bank", "Drumlin", "Fair Hill",
        "Glen Road", "Hawthorn Glen", "Knock Road", "Lagan Row", "Linen Green", "Lough View", "Mill Glen",
        "Mourne View", "Rath Road", "Shamrock", "Slieve Road", "Spelga", "Strand Road", "Tully Road", "Whin Park",
    ),
}  # fmt: skip

_FIRST = (
    "Aisha", "Alan", "Amina", "Angela", "Anwen", "Barbara", "Bethan", "Brenda", "Brian", "Catriona", "Ciaran",
    "Colin", "Daniel", "Deborah", "Denise", "Derek", "Diane", "Eileen", "Elaine", "Emeka", "Esther", "Fatima",
    "Fiona", "Gareth", "Geraldine", "Gillian", "Gloria", "Graham", "Gwen", "Hannah", "Hazel", "Ian", "Ingrid",
    "Jacqueline", "Janet", "Jean", "Joan", "Josephine", "Joy", "Judith", "Karen", "Kathleen", "Kavita", "Keith",
    "Kwame", "Lesley", "Linda", "Lorraine", "Lynne", "Maeve", "Malcolm", "Marian", "Martin", "Maureen", "Megan",
    "Meera", "Moira", "Nadia", "Nasreen", "Neil", "Nuala", "Olive", "Pamela", "Patricia", "Pauline", "Priya",
    "Rachel", "Raymond", "Rhian", "Roisin", "Rosemary", "Ruth", "Samina", "Sandra", "Sheila", "Shirley", "Sian",
    "Stephen", "Susan", "Teresa", "Tomasz", "Trevor", "Uma", "Valerie", "Wendy", "Winston", "Yvonne", "Zofia",
)  # fmt: skip

_LAST = (
    "Achebe", "Adeyemi", "Ahmed", "Archer", "Baines", "Barker", "Begum", "Bell", "Bevan", "Birch", "Bowen", "Boyle",
    "Brook", "Cairns", "Chapman", "Chaudhry", "Cole", "Connolly", "Cooke", "Cross", "Dalton", "Dean", "Devlin",
    "Dhillon", "Doyle", "Duffy", "Ellis", "Fenwick", "Fletcher", "Forbes", "Gallagher", "Gibbs", "Goddard", "Grant",
    "Griffiths", "Hale", "Hardy", "Hopkins", "Hussain", "Iqbal", "Jarvis", "Kaur", "Kelly", "Kerr", "Knight",
    "Kowalska", "Lamb", "Lister", "Llewellyn", "Mackay", "Malik", "Marsh", "Mensah", "Miah", "Morgan", "Munro",
    "Nash", "Newton", "Nowak", "O'Neill", "Okafor", "Osborne", "Owusu", "Page", "Parry", "Patel", "Pope", "Pritchard",
    "Pugh", "Rahman", "Reid", "Riley", "Rowe", "Sandhu", "Sharma", "Shaw", "Sinclair", "Stokes", "Sutton", "Tait",
    "Thorne", "Tucker", "Vaughan", "Vincent", "Wallis", "Watts", "Webster", "Wilde", "Winter", "Yeates",
)  # fmt: skip

FOCUSES = (
    "care at home in villages", "day opportunities", "support after a stay in hospital", "help at home",
    "older people who live alone", "people with a learning disability", "unpaid carers", "coast and market towns",
)  # fmt: skip

EMPLOYERS = ("the council", "a community development trust", "a council for voluntary service", "a housing association")

PAUSES: tuple[PauseReason, ...] = ("time off", "another reason", "moving", "the season", "insurance or checks")
CLOSURES: tuple[ClosingReason, ...] = ("other work", "moved away", "retired", "too few customers", "another reason")


def trade(random: Random) -> Trade:
    return random.choices(TRADES, weights=[each.weight for each in TRADES])[0]


def enterprise(random: Random, trade: Trade, nation: Nation, taken: set[str]) -> tuple[str, tuple[str, ...]]:
    """A name nobody in the area has yet, and the services that go with it."""
    name, service = "", ""
    while not name or name in taken:
        pattern, service = random.choice(trade.names)
        name = pattern.format(random.choice(_PLACES[nation]))
    taken.add(name)
    others = random.sample(trade.also, min(len(trade.also), random.choices((0, 1, 2), (50, 35, 15))[0]))
    return name, (service, *others)


def person(random: Random) -> str:
    """Somebody who does not exist."""
    return f"{random.choice(_FIRST)} {random.choice(_LAST)}"


def telephone(random: Random) -> str:
    """A number that was set aside so that nobody has it."""
    return f"01632 960{random.randrange(1000):03}"


def owner(random: Random) -> Owner:
    """Somebody who does not exist, at addresses and numbers set aside for such people."""
    name = person(random)
    address = f"{name.replace(' ', '.')}@example.org".lower().replace("'", "")
    return Owner(name=name, email=address, phone=telephone(random))
