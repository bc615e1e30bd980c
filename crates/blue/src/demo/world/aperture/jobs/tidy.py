"""What a job leaves behind is deleted a day later."""

from models.paths import BUCKET, JOBS
from models.storage import s3


def run(job_id, names):
    for name in names:
        s3.delete_object(Bucket=BUCKET, Key=f"{JOBS}/{job_id}/scratch/{name}")
