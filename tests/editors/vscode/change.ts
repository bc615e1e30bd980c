/** The change of the story: the exporter writes an object that its contract does not have. */

/** The exporter's file in which it is made, and the line of it after which. */
export const FILE = "jobs/segment.py";
export const AFTER = "write_json(f\"{JOBS}/{job_id}/out.json\"";

/** The line that is typed, without its indentation. */
export const LINE = 's3.put_object(Bucket=BUCKET, Key=f"{JOBS}/{job_id}/preview.png", Body=mask)';
/** The part of it that the finding marks. */
export const KEY = 'f"{JOBS}/{job_id}/preview.png"';

/** What is found. */
export const CODE = "export-added";
export const PATTERN = "jobs/*/preview.png";
export const CONTRACT = "s3-permissions";
export const IMPORTER = "fungal-image-analysis";
