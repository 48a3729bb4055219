"""Amazon SageMaker in Terraform: a model behind an endpoint, and a notebook instance."""

from dataclasses import dataclass
from random import Random

from datagen.brief import Brief, Need, lit, need, num
from datagen.needs import in_region
from datagen.pins import planned, planned_true, refers, trusts
from datagen.topic import Topic
from datagen.vocabulary import ORGANISATIONS, REGIONS, model, named


def _trusts_sagemaker(role: str, user: str, argument: str) -> Need:
    return need(
        f"IAM role {lit(role)} that SageMaker may assume",
        f"Its IAM role is {lit(role)} and sagemaker.amazonaws.com may assume it",
        f"Create the IAM role {lit(role)}, which trusts sagemaker.amazonaws.com",
        pins=[
            planned("aws_iam_role", "name", role),
            planned_true("aws_iam_role", trusts("sagemaker.amazonaws.com")),
            refers(user, argument, "aws_iam_role"),
        ],
    )


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A container image with model data from a bucket, on some instances."""

    region: str
    name: str
    role: str
    bucket: str
    image: str
    instance: str
    count: int


def _sample_endpoint(rng: Random) -> Endpoint:
    region, name = rng.choice(REGIONS), model(rng)
    account = rng.randint(10**11, 10**12 - 1)
    return Endpoint(
        region=region,
        name=name,
        role=f"{name}-{rng.choice(('sagemaker', 'role', 'execution', 'inference'))}",
        bucket=f"{rng.choice(ORGANISATIONS)}-{rng.choice(('models', 'artifacts', 'ml'))}"
        f"-{rng.randint(1, 99)}",
        image=f"{account}.dkr.ecr.{region}.amazonaws.com/{name}:{rng.randint(1, 9)}"
        f".{rng.randint(0, 9)}",
        instance=rng.choice(
            (
                "ml.t2.medium",
                "ml.m5.large",
                "ml.m5.xlarge",
                "ml.c5.xlarge",
                "ml.c5.2xlarge",
                "ml.g4dn.xlarge",
                "ml.g5.xlarge",
                "ml.g5.2xlarge",
            )
        ),
        count=rng.randint(2, 6),
    )


def _endpoint_brief(s: Endpoint) -> Brief:
    name, bucket, instance = lit(s.name), lit(s.bucket), lit(s.instance)
    variant = "aws_sagemaker_endpoint_configuration", "production_variants[0]"
    return Brief(
        need(
            f"SageMaker endpoint {name} with its endpoint configuration and model of that name",
            f"a Terraform configuration for a SageMaker endpoint {name} (the model and the"
            f" endpoint configuration have the same name)",
            f"Terraform code that deploys a model to a SageMaker endpoint; model, endpoint"
            f" configuration and endpoint are all named {name}",
            pins=[
                planned("aws_sagemaker_model", "name", s.name),
                planned("aws_sagemaker_endpoint_configuration", "name", s.name),
                planned("aws_sagemaker_endpoint", "name", s.name),
                planned(variant[0], f"{variant[1]}.model_name", s.name),
                planned("aws_sagemaker_endpoint", "endpoint_config_name", s.name),
            ],
        ),
        (
            in_region(s.region),
            _trusts_sagemaker(s.role, "aws_sagemaker_model", "execution_role_arn"),
            need(
                f"S3 bucket {bucket} with the model data in model.tar.gz",
                f"Create the S3 bucket {bucket}; the model data is model.tar.gz in it",
                f"The model data is model.tar.gz in the S3 bucket {bucket}, which is created too",
                pins=[
                    planned("aws_s3_bucket", "bucket", s.bucket),
                    refers(
                        "aws_sagemaker_model",
                        "primary_container[].model_data_url",
                        "aws_s3_bucket",
                    ),
                ],
            ),
            need(
                f"container image {lit(s.image)}",
                f"The model's primary container runs {lit(s.image)}",
                f"Use {lit(s.image)} as the image of the primary container",
                pins=[planned("aws_sagemaker_model", "primary_container[0].image", s.image)],
            ),
            need(
                f"{num(s.count)} x {instance}",
                f"Serve it from {num(s.count)} instances of type {instance}",
                f"The production variant starts with {num(s.count)} {instance} instances",
                pins=[
                    planned(variant[0], f"{variant[1]}.instance_type", s.instance),
                    planned(variant[0], f"{variant[1]}.initial_instance_count", s.count),
                ],
            ),
        ),
    )


def _endpoint_answer(s: Endpoint) -> str:
    return f"""\
provider "aws" {{
  region = "{s.region}"
}}

resource "aws_s3_bucket" "models" {{
  bucket = "{s.bucket}"
}}

resource "aws_iam_role" "sagemaker" {{
  name = "{s.role}"

  assume_role_policy = jsonencode({{
    Version = "2012-10-17"
    Statement = [{{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = {{ Service = "sagemaker.amazonaws.com" }}
    }}]
  }})
}}

resource "aws_sagemaker_model" "this" {{
  name               = "{s.name}"
  execution_role_arn = aws_iam_role.sagemaker.arn

  primary_container {{
    image          = "{s.image}"
    model_data_url = "s3://${{aws_s3_bucket.models.bucket}}/model.tar.gz"
  }}
}}

resource "aws_sagemaker_endpoint_configuration" "this" {{
  name = "{s.name}"

  production_variants {{
    variant_name           = "AllTraffic"
    model_name             = aws_sagemaker_model.this.name
    instance_type          = "{s.instance}"
    initial_instance_count = {s.count}
  }}
}}

resource "aws_sagemaker_endpoint" "this" {{
  name                 = "{s.name}"
  endpoint_config_name = aws_sagemaker_endpoint_configuration.this.name
}}
"""


ENDPOINT = Topic(
    name="sagemaker-endpoint",
    format="terraform",
    sample=_sample_endpoint,
    brief=_endpoint_brief,
    answer=_endpoint_answer,
)


@dataclass(frozen=True, slots=True)
class Notebook:
    """A notebook instance, its volume, and whether its users are root."""

    region: str
    name: str
    role: str
    instance: str
    volume: int
    root: bool


def _sample_notebook(rng: Random) -> Notebook:
    name = named(rng, "notebook", "lab", "research", "exploration", "sandbox")
    return Notebook(
        region=rng.choice(REGIONS),
        name=name,
        role=f"{name}-{rng.choice(('role', 'sagemaker', 'execution'))}",
        instance=rng.choice(
            ("ml.t3.medium", "ml.t3.large", "ml.m5.xlarge", "ml.c5.xlarge", "ml.g4dn.xlarge")
        ),
        volume=rng.choice((10, 20, 30, 50, 64, 100, 128, 200, 250)),
        root=rng.random() < 0.5,
    )


def _notebook_brief(s: Notebook) -> Brief:
    kind, name = "aws_sagemaker_notebook_instance", lit(s.name)
    root = "Enabled" if s.root else "Disabled"
    return Brief(
        need(
            f"SageMaker notebook instance {name}",
            f"a Terraform configuration for a SageMaker notebook instance named {name}",
            f"Terraform code that creates the SageMaker notebook instance {name}",
            pins=[planned(kind, "name", s.name)],
        ),
        (
            in_region(s.region),
            _trusts_sagemaker(s.role, "aws_sagemaker_notebook_instance", "role_arn"),
            need(
                f"instance type {lit(s.instance)}",
                f"The instance type is {lit(s.instance)}",
                f"It runs on {lit(s.instance)}",
                pins=[planned(kind, "instance_type", s.instance)],
            ),
            need(
                f"a volume of {num(s.volume)} GB",
                f"Give it a volume of {num(s.volume)} GB",
                f"The volume size is {num(s.volume)} GB",
                pins=[planned(kind, "volume_size", s.volume)],
            ),
            need(
                f"root access {root.lower()}",
                f"Root access is {root.lower()}",
                f"Root access for its users must be {root.lower()}",
                pins=[planned(kind, "root_access", root)],
            ),
        ),
    )


def _notebook_answer(s: Notebook) -> str:
    root = "Enabled" if s.root else "Disabled"
    return f"""\
provider "aws" {{
  region = "{s.region}"
}}

resource "aws_iam_role" "notebook" {{
  name = "{s.role}"

  assume_role_policy = jsonencode({{
    Version = "2012-10-17"
    Statement = [{{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = {{ Service = "sagemaker.amazonaws.com" }}
    }}]
  }})
}}

resource "aws_sagemaker_notebook_instance" "this" {{
  name          = "{s.name}"
  role_arn      = aws_iam_role.notebook.arn
  instance_type = "{s.instance}"
  volume_size   = {s.volume}
  root_access   = "{root}"
}}
"""


NOTEBOOK = Topic(
    name="sagemaker-notebook",
    format="terraform",
    sample=_sample_notebook,
    brief=_notebook_brief,
    answer=_notebook_answer,
)
