"""What the generated languages talk about: concepts by class. The glosses are English labels; no language's words stand here."""

# ruff: noqa: SIM905  (lists of words read best as text)

PERSONS = (
    "farmer doctor teacher child king queen baker sailor hunter singer painter guard judge guest neighbour friend thief priest weaver smith"
).split()
ANIMALS = "dog cat horse cow goat bird fish snake bear wolf fox hen duck mouse rabbit frog bee lion sheep deer".split()
THINGS = (
    "bread apple stone knife rope boat cart drum lamp book letter coat ring bowl key ladder basket flute mirror blanket hammer needle coin wheel"
    " bell bottle candle arrow chair table"
).split()
PLACES = "house river forest market bridge school garden village harbour mountain field temple tower cave island road".split()
CUES = {"PER": ("mister", "madam", "captain", "uncle"), "LOC": ("city", "lake", "province"), "ORG": ("company", "bank", "club")}

# Verbs are written "to see", so that no verb shares its name with a noun or an adjective.
ACTIONS = [
    f"to {verb}"
    for verb in "see hear follow find carry wash paint hide watch draw touch need want clean hold count bring keep show choose".split()
]
BUSINESS = [f"to {verb}" for verb in "sell buy build open own hire fund sponsor".split()]  # what organisations do
EVENTS = [f"to {verb}" for verb in "sleep run sing fall wait laugh dance arrive work rest swim shout".split()]
OPPOSITE_ACTIONS = tuple(
    (f"to {one}", f"to {other}")
    for one, other in (
        ("love", "hate"),
        ("push", "pull"),
        ("give", "take"),
        ("help", "hurt"),
        ("lose", "win"),
        ("praise", "blame"),
    )
)
OPPOSED = [verb for pair in OPPOSITE_ACTIONS for verb in pair]
OPPOSITES = (
    ("big", "small"), ("old", "young"), ("good", "bad"), ("hot", "cold"), ("rich", "poor"), ("fast", "slow"),
    ("heavy", "light"), ("clean", "dirty"), ("long", "short"), ("wet", "dry"), ("strong", "weak"), ("full", "empty"),
)  # fmt: skip
COLOURS = "red blue green black white yellow".split()
ADVERBS = "today often quietly quickly always again here soon".split()
NUMBERS = "two three four five six seven eight nine".split()
PRONOUNS = "i you she he we they".split()
DETERMINERS = ("definite", "indefinite", "this", "that")
PLACE_RELATIONS = "in near from to behind under".split()
OTHER_RELATIONS = "with for about".split()
COORDINATORS = "and but or".split()
SUBORDINATORS = "because when if".split()
GRAMMAR = ("not", "will", "did", "of", "many")  # negation, future, past, genitive and plural where a language has words for them
AFFIXES = ("-plural", "-object", "-owner", "-past", "-not", "-the")

ADJECTIVES = [*(word for pair in OPPOSITES for word in pair), *COLOURS]
VERBS = [*ACTIONS, *BUSINESS, *OPPOSED]
NOUNS = [*PERSONS, *ANIMALS, *THINGS, *PLACES]
CUE_NOUNS = [word for words in CUES.values() for word in words]
OPPOSITE = {one: other for pair in (*OPPOSITES, *OPPOSITE_ACTIONS) for one, other in (pair, pair[::-1])}

CONTENT = [*NOUNS, *CUE_NOUNS, *VERBS, *EVENTS, *ADJECTIVES, *ADVERBS, *NUMBERS]
FUNCTION = [*PRONOUNS, *DETERMINERS, *PLACE_RELATIONS, *OTHER_RELATIONS, *COORDINATORS, *SUBORDINATORS, *GRAMMAR]
