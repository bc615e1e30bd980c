"""What aperture's jobs may touch."""

from aws_cdk import Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3

BUCKET = "cultivarium-fungal-imaging"
OBJECTS = f"arn:aws:s3:::{BUCKET}"


class AnalysisStack(Stack):
    def __init__(self, scope, construct_id, **kwargs):
        super().__init__(scope, construct_id, **kwargs)
        bucket = s3.Bucket.from_bucket_name(self, "Images", BUCKET)
        role = iam.Role(
            self, "Jobs", assumed_by=iam.ServicePrincipal("ecs-tasks.amazonaws.com")
        )
        role.add_to_policy(
            iam.PolicyStatement(
                actions=["s3:GetObject"],
                resources=[
                    f"{OBJECTS}/jobs/*/manifest.json",
                    f"{OBJECTS}/plates/*/raw/*.tiff",
                ],
            )
        )
        role.add_to_policy(
            iam.PolicyStatement(
                actions=["s3:PutObject"],
                resources=[
                    f"{OBJECTS}/jobs/*/out.json",
                    f"{OBJECTS}/plates/*/masks/*.png",
                ],
            )
        )
        bucket.grant_read(role, "calibration/current.json")
        bucket.grant_delete(role, "jobs/*/scratch/*")
