"""What only the network itself asks for, such as its standards signed again: a reminder one may do without."""

from datetime import date

from events.nudging.rule import Rule, Trial
from workers.rules.renewals_expiry import AHEAD, OUTCOME, STILL, TO_LEAD, Ending, ending, nudges, says

RENEWALS_LOCAL = Rule(
    name="renewals_local",
    version=1,
    sentence="Of what only the network itself asks for, an enterprise is reminded 60, 30 and 7 days before it runs out "
    "and on the day; the Catalyst is told on the day and the area lead 14 days after.",
    optional=True,
    trial=Trial(
        name="renewals 2026",
        declared_on=date(2026, 11, 22),
        ends_on=date(2027, 11, 21),
        share=0.10,
        words="Do more enterprises renew in time where they are reminded?",
    ),
    steps=(*AHEAD, TO_LEAD),
    row=Ending,
    query=ending("renewals_local", "r.local"),
    nudges=nudges,
    still=STILL,
    says=says,
    outcome=OUTCOME,
)
