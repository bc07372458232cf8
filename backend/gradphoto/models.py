"""All tables in one import, for Alembic and the tests."""

from gradphoto.accounts import models as accounts
from gradphoto.checkin import models as checkin
from gradphoto.core import events
from gradphoto.delivery import models as delivery
from gradphoto.fees import models as fees
from gradphoto.mailroom import models as mailroom
from gradphoto.photo_imports import models as photo_imports
from gradphoto.photos import models as photos
from gradphoto.roster import models as roster
from gradphoto.schedule import models as schedule

ALL_MODELS = (events, accounts, roster, schedule, fees, checkin, photos, photo_imports, mailroom, delivery)
