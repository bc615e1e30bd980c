"""Where things lie in the bucket."""

BUCKET = "cultivarium-fungal-imaging"

JOBS = "jobs"
PLATES = "plates"
CALIBRATION = "calibration/current.json"
