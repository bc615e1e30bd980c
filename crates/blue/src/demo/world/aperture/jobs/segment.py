"""The job: an outline for each image of a plate."""

from jobs.calibrate import threshold
from models.paths import BUCKET, JOBS
from models.storage import image_key, manifest_key, mask_key, read_json, s3, write_json


def run(job_id):
    manifest = read_json(manifest_key(job_id))
    plate = manifest["plate"]
    for tile in manifest["tiles"]:
        image = s3.get_object(Bucket=BUCKET, Key=image_key(plate, tile))["Body"].read()
        mask = outline(image, threshold())
        s3.put_object(Bucket=BUCKET, Key=mask_key(plate, tile), Body=mask)
    write_json(f"{JOBS}/{job_id}/out.json", {"tiles": len(manifest["tiles"])})


def outline(image, brightness):
    return bytes(255 if pixel > 255 * brightness else 0 for pixel in image)
