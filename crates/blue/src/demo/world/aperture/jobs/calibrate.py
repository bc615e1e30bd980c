"""How bright a fungus is."""

from models.paths import CALIBRATION
from models.storage import read_json


def threshold():
    return read_json(CALIBRATION)["threshold"]
