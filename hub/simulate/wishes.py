"""What people would like, in words such as they might use, and what is written to enterprises and back."""

from random import Random

WISHES: dict[str, tuple[str, ...]] = {
    "home help": (
        "A hand with the heavy housework every other week.",
        "Someone to change the beds and hoover the stairs.",
        "Help to get the house straight after a difficult winter.",
        "Two hours on a Tuesday, the same person each time if that can be.",
    ),
    "cleaning and laundry": (
        "Washing and ironing once a week; my hands are not what they were.",
        "A good clean of kitchen and bathroom every fortnight.",
    ),
    "personal care": (
        "Help to wash and dress in the mornings, before nine.",
        "Someone to help me shower twice a week who does not rush me.",
        "Mum would like a woman to help her in the bath.",
        "Support to get up and have breakfast, seven days if possible.",
    ),
    "help after a stay in hospital": (
        "Six weeks of help at home after a new hip.",
        "Someone to look in twice a day until I can manage the stairs.",
    ),
    "respite for carers": (
        "An afternoon a week off, so that I can see my sister.",
        "Somebody Dad knows who can stay with him for a weekend morning.",
        "A few hours to sleep, to be honest.",
    ),
    "companionship": (
        "Somebody to talk to who likes cricket.",
        "A regular visitor for Mum, who misses company since her neighbour moved.",
        "Someone to do the crossword with on a Thursday.",
        "A bit of company at teatime. Evenings are long.",
    ),
    "outings": (
        "To get out of the house once a week, to the garden centre or the sea.",
        "Someone to come along to the football.",
    ),
    "lifts to appointments": (
        "Lifts to the eye clinic, and someone who waits with me.",
        "A lift to the day centre on Mondays and Wednesdays.",
    ),
    "gardening": (
        "The hedge cut and the paths kept clear of moss.",
        "Help with the garden, and to be allowed to help a little myself.",
    ),
    "small repairs": ("A second stair rail, and a tap that I can turn.", "Someone who hangs a door without fuss."),
    "day activities": (
        "Something to do on weekdays that is not sitting in a circle.",
        "A place to be with people my own age on Wednesdays.",
    ),
    "crafts": ("To work with wood again, with somebody beside me.", "A morning of knitting and talk."),
    "music and singing": ("To sing. I was in a choir for thirty years.",),
    "day activities for people with dementia": (
        "A place where Dad is not asked what day it is.",
        "Two mornings a week for my wife, with music if possible.",
    ),
    "lunch club": ("A hot dinner in company once or twice a week.", "Somewhere to eat that is not my own kitchen."),
    "cooking together": ("To learn to cook for one.", "Cooking with others; I am moving into my own flat."),
    "meals brought home": ("A proper meal at midday, no mushrooms.",),
    "walking group": ("A slow walk with a bench half way.", "To walk in company; I get lost on my own."),
    "gentle exercise": ("Something gentle for the knees, in the daytime.",),
    "shopping": ("The big shop once a fortnight, and to come along when I feel up to it.",),
    "meal preparation": ("Someone to cook a dinner with me and leave one for tomorrow.",),
}

_ANY = (
    "A little help each week from somebody local.",
    "The same face every time, that is the main thing.",
    "To try it once and see.",
    "Something near home; buses are few.",
    "Wants to start soon, mornings are best.",
)

_MESSAGES = (
    "Somebody near the station is looking for this. Mornings, two or three hours a week.",
    "A family asks for help from next month on. Could you take on one more?",
    "One person, ground-floor flat, a friendly dog. Please answer by Friday.",
    "Asked for through the surgery. Direct payments are set up already.",
    "Would suit somebody who drives. Pays for it with their own money.",
    "They tried another service, which stopped. The same person each time matters most.",
    "Small hours to begin with, more if it goes well.",
    "Speaks little English; Polish or Punjabi would be a great help.",
)

_REPLIES = (
    "Could start in two weeks, Tuesdays or Thursdays.",
    "Full until the end of the month. Please ask again.",
    "Happy to meet first and see whether we get on.",
    "Is there parking nearby?",
    "Yes, if it can be after school hours.",
    "Too far for one hour, fine for two.",
)


def wish(random: Random, service: str) -> str:
    known = WISHES.get(service, ())
    return random.choice(known) if known and random.random() < 0.8 else random.choice(_ANY)


def message(random: Random) -> str:
    return random.choice(_MESSAGES)


def reply(random: Random) -> str:
    return random.choice(_REPLIES)
