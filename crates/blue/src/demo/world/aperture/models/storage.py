"""The keys of the bucket's objects, and how JSON is read and written."""

import json

import boto3

from models.paths import BUCKET, JOBS, PLATES

s3 = boto3.client("s3")


def manifest_key(job_id):
    return f"{JOBS}/{job_id}/manifest.json"


def image_key(plate_id, tile):
    return f"{PLATES}/{plate_id}/raw/{tile}.tiff"


def mask_key(plate_id, tile):
    return f"{PLATES}/{plate_id}/masks/{tile}.png"


def read_json(key):
    return json.load(s3.get_object(Bucket=BUCKET, Key=key)["Body"])


def write_json(key, document):
    body = json.dumps(document).encode()
    s3.put_object(Bucket=BUCKET, Key=key, Body=body, ContentType="application/json")
