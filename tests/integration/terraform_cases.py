"""Configurations as people and models write them, good and broken, for comparing the engines.

``CASES`` maps a name to a file's text, or to several files by path.
"""

import json
from collections.abc import Mapping

Files = str | Mapping[str, str]

BUCKET = 'resource "aws_s3_bucket" "a" {\n  bucket = "engines-test-a"\n}\n'

_SERVICES: Mapping[str, str] = {
    "random names and passwords": """terraform {
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 5.0"
    }
    random = {
      source  = "hashicorp/random"
      version = "~> 3.5"
    }
  }
}

resource "random_id" "suffix" {
  byte_length = 4
}

resource "random_password" "database" {
  length  = 24
  special = false
}

resource "aws_s3_bucket" "assets" {
  bucket = "assets-${random_id.suffix.hex}"
}

resource "aws_db_instance" "main" {
  identifier          = "main"
  engine              = "postgres"
  instance_class      = "db.t3.micro"
  allocated_storage   = 20
  username            = "app"
  password            = random_password.database.result
  skip_final_snapshot = true
}
""",
    "a web stack": """provider "aws" {
  region = "eu-west-1"
}

locals {
  zones = ["eu-west-1a", "eu-west-1b"]
  tags = {
    project = "shop"
  }
}

resource "aws_vpc" "main" {
  cidr_block           = "10.20.0.0/16"
  enable_dns_hostnames = true
  tags                 = merge(local.tags, { Name = "shop" })
}

resource "aws_subnet" "public" {
  count = length(local.zones)

  vpc_id                  = aws_vpc.main.id
  cidr_block              = cidrsubnet(aws_vpc.main.cidr_block, 8, count.index)
  availability_zone       = local.zones[count.index]
  map_public_ip_on_launch = true
}

resource "aws_internet_gateway" "main" {
  vpc_id = aws_vpc.main.id
}

resource "aws_route_table" "public" {
  vpc_id = aws_vpc.main.id

  route {
    cidr_block = "0.0.0.0/0"
    gateway_id = aws_internet_gateway.main.id
  }
}

resource "aws_route_table_association" "public" {
  count = length(aws_subnet.public)

  subnet_id      = aws_subnet.public[count.index].id
  route_table_id = aws_route_table.public.id
}

resource "aws_security_group" "web" {
  name_prefix = "web-"
  vpc_id      = aws_vpc.main.id

  dynamic "ingress" {
    for_each = { http = 80, https = 443 }

    content {
      description = ingress.key
      from_port   = ingress.value
      to_port     = ingress.value
      protocol    = "tcp"
      cidr_blocks = ["0.0.0.0/0"]
    }
  }

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_lb" "web" {
  name               = "shop"
  load_balancer_type = "application"
  security_groups    = [aws_security_group.web.id]
  subnets            = aws_subnet.public[*].id
}

resource "aws_lb_target_group" "web" {
  name     = "shop"
  port     = 80
  protocol = "HTTP"
  vpc_id   = aws_vpc.main.id
}

resource "aws_lb_listener" "web" {
  load_balancer_arn = aws_lb.web.arn
  port              = 80

  default_action {
    type             = "forward"
    target_group_arn = aws_lb_target_group.web.arn
  }
}

output "address" {
  value = "http://${aws_lb.web.dns_name}"
}
""",
    "a lambda behind an api": """resource "aws_iam_role" "lambda" {
  name = "hello"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { Service = "lambda.amazonaws.com" }
    }]
  })
}

resource "aws_lambda_function" "hello" {
  function_name = "hello"
  role          = aws_iam_role.lambda.arn
  package_type  = "Image"
  image_uri     = "123456789012.dkr.ecr.us-east-1.amazonaws.com/hello:1"
  timeout       = 30

  environment {
    variables = {
      STAGE = "test"
    }
  }
}

resource "aws_apigatewayv2_api" "hello" {
  name          = "hello"
  protocol_type = "HTTP"
}

resource "aws_apigatewayv2_integration" "hello" {
  api_id                 = aws_apigatewayv2_api.hello.id
  integration_type       = "AWS_PROXY"
  integration_uri        = aws_lambda_function.hello.invoke_arn
  payload_format_version = "2.0"
}

resource "aws_apigatewayv2_route" "hello" {
  api_id    = aws_apigatewayv2_api.hello.id
  route_key = "GET /hello"
  target    = "integrations/${aws_apigatewayv2_integration.hello.id}"
}

resource "aws_cloudwatch_log_group" "hello" {
  name              = "/aws/lambda/${aws_lambda_function.hello.function_name}"
  retention_in_days = 14
}
""",
    "a training cluster": """variable "stage" {
  type    = string
  default = "dev"
}

resource "aws_sagemaker_notebook_instance" "lab" {
  name          = "lab-${var.stage}"
  role_arn      = "arn:aws:iam::123456789012:role/sagemaker"
  instance_type = "ml.t3.medium"
}

resource "aws_ecr_repository" "train" {
  name                 = "train-${var.stage}"
  image_tag_mutability = "IMMUTABLE"

  image_scanning_configuration {
    scan_on_push = true
  }
}

resource "aws_batch_compute_environment" "gpu" {
  compute_environment_name = "gpu-${var.stage}"
  service_role             = "arn:aws:iam::123456789012:role/batch"
  type                     = "MANAGED"

  compute_resources {
    instance_role      = "arn:aws:iam::123456789012:instance-profile/ecs"
    instance_type      = ["g5.xlarge"]
    max_vcpus          = 16
    security_group_ids = ["sg-12345678"]
    subnets            = ["subnet-12345678"]
    type               = "SPOT"
  }
}

resource "aws_batch_job_queue" "train" {
  name     = "train-${var.stage}"
  state    = "ENABLED"
  priority = 1

  compute_environment_order {
    order               = 1
    compute_environment = aws_batch_compute_environment.gpu.arn
  }
}
""",
    "a database with its secret": """resource "aws_kms_key" "db" {
  description         = "database"
  enable_key_rotation = true
}

resource "aws_db_instance" "main" {
  identifier                  = "orders"
  engine                      = "postgres"
  engine_version              = "16.3"
  instance_class              = "db.t4g.micro"
  allocated_storage           = 20
  storage_encrypted           = true
  kms_key_id                  = aws_kms_key.db.arn
  username                    = "orders"
  manage_master_user_password = true
  skip_final_snapshot         = true
}

output "endpoint" {
  value     = aws_db_instance.main.endpoint
  sensitive = true
}
""",
    "events to a queue with its policy": """resource "aws_sqs_queue" "dead" {
  name = "orders-dead"
}

resource "aws_sqs_queue" "orders" {
  name = "orders"
  redrive_policy = jsonencode({
    deadLetterTargetArn = aws_sqs_queue.dead.arn
    maxReceiveCount     = 5
  })
}

data "aws_iam_policy_document" "orders" {
  statement {
    actions   = ["sqs:SendMessage"]
    resources = [aws_sqs_queue.orders.arn]

    principals {
      type        = "Service"
      identifiers = ["events.amazonaws.com"]
    }
  }
}

resource "aws_sqs_queue_policy" "orders" {
  queue_url = aws_sqs_queue.orders.id
  policy    = data.aws_iam_policy_document.orders.json
}

resource "aws_cloudwatch_event_rule" "nightly" {
  name                = "nightly"
  schedule_expression = "cron(0 3 * * ? *)"
}

resource "aws_cloudwatch_event_target" "orders" {
  rule = aws_cloudwatch_event_rule.nightly.name
  arn  = aws_sqs_queue.orders.arn
}
""",
    "a table, a stream and an alarm": """resource "aws_dynamodb_table" "items" {
  name         = "items"
  billing_mode = "PAY_PER_REQUEST"
  hash_key     = "id"
  range_key    = "at"

  attribute {
    name = "id"
    type = "S"
  }

  attribute {
    name = "at"
    type = "N"
  }

  point_in_time_recovery {
    enabled = true
  }
}

resource "aws_kinesis_stream" "items" {
  name             = "items"
  shard_count      = 1
  retention_period = 48
}

resource "aws_cloudwatch_metric_alarm" "throttled" {
  alarm_name          = "throttled"
  comparison_operator = "GreaterThanThreshold"
  evaluation_periods  = 2
  metric_name         = "ThrottledRequests"
  namespace           = "AWS/DynamoDB"
  period              = 60
  statistic           = "Sum"
  threshold           = 10
  dimensions = {
    TableName = aws_dynamodb_table.items.name
  }
}
""",
    "a private bucket, as asked for": """resource "aws_s3_bucket" "data" {
  bucket_prefix = "data-"
}

resource "aws_s3_bucket_versioning" "data" {
  bucket = aws_s3_bucket.data.id

  versioning_configuration {
    status = "Enabled"
  }
}

resource "aws_s3_bucket_server_side_encryption_configuration" "data" {
  bucket = aws_s3_bucket.data.id

  rule {
    apply_server_side_encryption_by_default {
      sse_algorithm = "aws:kms"
    }
  }
}

resource "aws_s3_bucket_public_access_block" "data" {
  bucket                  = aws_s3_bucket.data.id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_lifecycle_configuration" "data" {
  bucket = aws_s3_bucket.data.id

  rule {
    id     = "old"
    status = "Enabled"

    filter {
      prefix = "raw/"
    }

    expiration {
      days = 90
    }
  }
}
""",
    "a kubernetes cluster": """resource "aws_eks_cluster" "main" {
  name     = "main"
  role_arn = "arn:aws:iam::123456789012:role/eks"
  version  = "1.31"

  vpc_config {
    subnet_ids = ["subnet-11111111", "subnet-22222222"]
  }
}

resource "aws_eks_node_group" "gpu" {
  cluster_name    = aws_eks_cluster.main.name
  node_group_name = "gpu"
  node_role_arn   = "arn:aws:iam::123456789012:role/node"
  subnet_ids      = ["subnet-11111111"]
  instance_types  = ["g5.2xlarge"]

  scaling_config {
    desired_size = 1
    max_size     = 4
    min_size     = 0
  }

  taint {
    key    = "nvidia.com/gpu"
    value  = "present"
    effect = "NO_SCHEDULE"
  }
}
""",
    "what an old module still writes": """resource "aws_s3_bucket" "old" {
  bucket = "engines-old"
  acl    = "private"

  versioning {
    enabled = true
  }
}

resource "aws_instance" "old" {
  ami           = "ami-12345678"
  instance_type = "t2.micro"
  tags          = { "Name" : "old" }
}
""",
}

_LANGUAGE: Mapping[str, Files] = {
    "count from a variable": (
        'variable "n" {\n  default = 3\n}\n\nresource "aws_sqs_queue" "a" {\n  count = var.n\n'
        '  name  = "q-${count.index}"\n}\n'
    ),
    "a count of nothing from a variable": (
        'variable "n" {\n  default = 0\n}\n\nresource "aws_sqs_queue" "a" {\n  count = var.n\n'
        '  name  = "q-${count.index}"\n}\n'
    ),
    "for_each over a map": """locals {
  queues = {
    train = 60
    test  = 30
  }
}
resource "aws_sqs_queue" "a" {
  for_each                   = local.queues
  name                       = each.key
  visibility_timeout_seconds = each.value
}
""",
    "functions": """locals {
  names  = [for name in ["b", "a"] : upper(name)]
  policy = yamldecode("a: [1, 2]")
  short  = substr(sha256(join(",", sort(local.names))), 0, 8)
  ports  = toset([for n in range(3) : tostring(8000 + n)])
  env    = try(local.policy.missing, "none")
  one    = one([for name in local.names : name if name == "A"])
  text   = templatestring("$${name}", { name = "x" })
}

resource "aws_ssm_parameter" "a" {
  for_each = local.ports
  name     = "/engines/${each.key}/${local.short}"
  type     = "String"
  value    = format("%s-%03d %s %s", local.env, length(local.names), local.one, timestamp())
}
""",
    "a function of the provider": """locals {
  parsed = provider::aws::arn_parse("arn:aws:iam::444455556666:role/example")
}

terraform {
  required_providers {
    aws = {
      source = "hashicorp/aws"
    }
  }
}

resource "aws_sns_topic" "a" {
  name = "account-${local.parsed.account_id}"
}
""",
    "heredocs": """resource "aws_instance" "a" {
  ami           = "ami-12345678"
  instance_type = "t3.micro"
  user_data     = <<-EOT
    #!/bin/bash
    echo "it's ${upper("here")}" > /etc/motd
    cat <<'INNER'
    }
    INNER
  EOT
}

resource "aws_iam_policy" "a" {
  name   = "heredoc"
  policy = <<POLICY
{
  "Version": "2012-10-17",
  "Statement": [{"Effect": "Allow", "Action": "s3:Get*", "Resource": "*"}]
}
POLICY
}
""",
    "its own template file": {
        "main.tf": """resource "aws_ssm_document" "a" {
  name            = "greet"
  document_type   = "Command"
  document_format = "YAML"
  content = templatefile("${path.module}/greet.yaml.tpl", {
    names = ["a", "b"]
  })
}
""",
        "greet.yaml.tpl": """schemaVersion: "2.2"
description: greet
mainSteps:
  - action: aws:runShellScript
    name: greet
    inputs:
      runCommand:
%{ for name in names ~}
        - echo ${name}
%{ endfor ~}
""",
    },
    "a template that does not fit": {
        "main.tf": 'resource "aws_sns_topic" "a" {\n  name = templatefile("a.tpl", {})\n}\n',
        "a.tpl": "${missing}",
    },
    "moved, removed and a check": """moved {
  from = aws_sqs_queue.old
  to   = aws_sqs_queue.new
}

removed {
  from = aws_sqs_queue.gone

  lifecycle {
    destroy = false
  }
}

resource "aws_sqs_queue" "new" {
  name = "new"
}

check "named" {
  assert {
    condition     = aws_sqs_queue.new.name == "other"
    error_message = "It is not named so."
  }
}
""",
    "an import of what is not there": """import {
  to = aws_s3_bucket.a
  id = "engines-test-nowhere"
}

"""
    + BUCKET,
    "an ephemeral value and a write-only argument": """variable "password" {
  type      = string
  ephemeral = true
  default   = "secret"
}

resource "aws_secretsmanager_secret" "a" {
  name = "engines"
}

resource "aws_secretsmanager_secret_version" "a" {
  secret_id                = aws_secretsmanager_secret.a.id
  secret_string_wo         = var.password
  secret_string_wo_version = 1
}
""",
    "an ephemeral value where it may not be": """variable "password" {
  type      = string
  ephemeral = true
  default   = "secret"
}

resource "aws_ssm_parameter" "a" {
  name  = "p"
  type  = "SecureString"
  value = var.password
}
""",
    "terraform_data beside a resource": """resource "terraform_data" "version" {
  input = "1.2.3"
}

resource "aws_sns_topic" "a" {
  name = "releases"

  lifecycle {
    replace_triggered_by = [terraform_data.version]
  }
}
""",
    "sensitive values": """variable "token" {
  type      = string
  sensitive = true
  default   = "t"
}

resource "aws_ssm_parameter" "a" {
  name  = "token"
  type  = "SecureString"
  value = var.token
}

output "token" {
  value     = aws_ssm_parameter.a.value
  sensitive = true
}
""",
    "a sensitive output that does not say so": """variable "token" {
  type      = string
  sensitive = true
  default   = "t"
}

output "token" {
  value = var.token
}

"""
    + BUCKET,
    "conditions that hold": """variable "size" {
  type    = number
  default = 3

  validation {
    condition     = var.size > 0 && var.size < 10
    error_message = "Between 1 and 9."
  }
}

resource "aws_kinesis_stream" "a" {
  name        = "a"
  shard_count = var.size

  lifecycle {
    precondition {
      condition     = var.size % 2 == 1
      error_message = "An odd number."
    }

    postcondition {
      condition     = self.shard_count == var.size
      error_message = "It has another size."
    }
  }
}
""",
    "a precondition that fails": """resource "aws_kinesis_stream" "a" {
  name        = "a"
  shard_count = 2

  lifecycle {
    precondition {
      condition     = length(["x"]) == 2
      error_message = "Two are needed."
    }
  }
}
""",
    "a postcondition that fails": """data "aws_region" "here" {
  lifecycle {
    postcondition {
      condition     = self.name == "mars-north-1"
      error_message = "Only on Mars."
    }
  }
}

"""
    + BUCKET,
    "a validation that fails": """variable "size" {
  type    = number
  default = 30

  validation {
    condition     = var.size < 10
    error_message = "At most 9."
  }
}

resource "aws_kinesis_stream" "a" {
  name        = "a"
  shard_count = var.size
}
""",
    "unicode": """# naïve 東京
variable "größe" {
  default = "ünïcødé ✓"
}

resource "aws_ssm_parameter" "a" {
  name        = "/a"
  type        = "String"
  value       = var.größe
  description = "日本語"
}
""",
    "a byte order mark and carriage returns": "\ufeff" + BUCKET.replace("\n", "\r\n"),
    "json syntax": {
        "main.tf.json": json.dumps(
            {
                "terraform": {
                    "required_version": "~> 1.9.8",
                    "required_providers": {"aws": {"source": "hashicorp/aws", "version": "~> 4.0"}},
                    "backend": {"s3": {"bucket": "b", "key": "k", "region": "us-east-1"}},
                },
                "provider": {
                    "aws": [
                        {"region": "eu-west-1", "profile": "me"},
                        {"alias": "west", "region": "us-west-2", "access_key": "x"},
                    ]
                },
                "data": {"aws_region": {"west": {"provider": "aws.west"}}},
                "resource": {
                    "aws_s3_bucket": {"a": {"bucket": "x-${data.aws_region.west.name}"}},
                    "aws_sqs_queue": {"a": {"count": 2, "name": "q-${count.index}"}},
                },
            },
            indent=2,
        )
    },
    "a mistake in json syntax": {
        "main.tf": BUCKET,
        "more.tf.json": '{"resource": {"aws_sqs_queue": {"a": {"nme": "x"}}}}\n',
    },
    "json that is none": {
        "main.tf": BUCKET,
        "more.tf.json": '{"resource": {"aws_sqs_queue": {"a": {"name": "x"}}\n',
    },
}

_PROVIDERS: Mapping[str, Files] = {
    "data sources": """data "aws_caller_identity" "me" {}
data "aws_region" "here" {}
data "aws_availability_zones" "all" {
  state = "available"
}
data "aws_iam_policy_document" "trust" {
  statement {
    actions = ["sts:AssumeRole"]
    principals {
      type        = "AWS"
      identifiers = [data.aws_caller_identity.me.account_id]
    }
  }
}
resource "aws_iam_role" "a" {
  name               = "a-${data.aws_region.here.name}"
  assume_role_policy = data.aws_iam_policy_document.trust.json
}
resource "aws_subnet" "a" {
  vpc_id            = "vpc-12345678"
  cidr_block        = "10.0.0.0/24"
  availability_zone = data.aws_availability_zones.all.names[0]
}
""",
    "an image that is looked up": """data "aws_ami" "amazon" {
  most_recent = true
  owners      = ["amazon"]

  filter {
    name   = "name"
    values = ["amzn2-ami-hvm-*-x86_64-gp2"]
  }
}

resource "aws_instance" "a" {
  ami           = data.aws_ami.amazon.id
  instance_type = "t3.micro"
}
""",
    "data source of what is not there": (
        'data "aws_s3_bucket" "a" {\n  bucket = "engines-test-nowhere"\n}\n' + BUCKET
    ),
    "aliases with two regions": """provider "aws" {
  region = "eu-west-1"
}
provider "aws" {
  alias  = "west"
  region = "us-west-2"
}
data "aws_region" "here" {}
data "aws_region" "west" {
  provider = aws.west
}
resource "aws_s3_bucket" "here" {
  bucket = "x-${data.aws_region.here.name}"
}
resource "aws_s3_bucket" "west" {
  provider = aws.west
  bucket   = "x-${data.aws_region.west.name}"
}
""",
    "an alias beside the implied default": """provider "aws" {
  alias  = "west"
  region = "us-west-2"
}
data "aws_region" "here" {}
data "aws_region" "west" {
  provider = aws.west
}
resource "aws_s3_bucket" "a" {
  bucket = "x-${data.aws_region.here.name}-${data.aws_region.west.name}"
}
""",
    "an alias that is passed to a module": {
        "main.tf": """provider "aws" {
  region = "eu-west-1"
}

provider "aws" {
  alias  = "west"
  region = "us-west-2"
}

provider "aws" {
  alias  = "tokyo"
  region = "ap-northeast-1"
}

module "west" {
  source = "./modules/copy"

  providers = {
    aws         = aws.west
    aws.replica = aws.tokyo
  }
}

module "here" {
  source = "./modules/copy"

  providers = {
    aws         = aws
    aws.replica = aws.west
  }
}
""",
        "modules/copy/main.tf": """terraform {
  required_providers {
    aws = {
      source                = "hashicorp/aws"
      version               = ">= 4.0"
      configuration_aliases = [aws.replica]
    }
  }
}

data "aws_region" "here" {}

data "aws_region" "replica" {
  provider = aws.replica
}

resource "aws_s3_bucket" "a" {
  bucket = "from-${data.aws_region.here.name}-to-${data.aws_region.replica.name}"
}
""",
    },
    "an alias that is not there": (
        'resource "aws_s3_bucket" "a" {\n  provider = aws.west\n  bucket   = "a"\n}\n'
    ),
    "the same provider twice": (
        'provider "aws" {\n  region = "eu-west-1"\n}\n\nprovider "aws" {\n  region = "us-east-1"\n'
        "}\n\n" + BUCKET
    ),
    "a module that misses its alias": {
        "main.tf": 'module "copy" {\n  source = "./copy"\n}\n',
        "copy/main.tf": """terraform {
  required_providers {
    aws = {
      source                = "hashicorp/aws"
      configuration_aliases = [aws.replica]
    }
  }
}

resource "aws_s3_bucket" "a" {
  provider = aws.replica
  bucket   = "a"
}
""",
    },
    "a region that is none": 'provider "aws" {\n  region = "europe-west-9"\n}\n\n' + BUCKET,
    "a region from a variable": (
        'variable "region" {\n  default = "ap-south-1"\n}\n\nprovider "aws" {\n'
        '  region = var.region\n}\n\ndata "aws_region" "here" {}\n\n'
        'resource "aws_sns_topic" "a" {\n  name = data.aws_region.here.name\n}\n'
    ),
    "an unknown argument of the provider": (
        'provider "aws" {\n  regoin = "eu-west-1"\n}\n\n' + BUCKET
    ),
    "endpoints of a local emulator": """provider "aws" {
  region                      = "us-east-1"
  access_key                  = "test"
  secret_key                  = "test"
  skip_credentials_validation = true
  skip_requesting_account_id  = true
  s3_use_path_style           = true

  endpoints {
    s3       = "http://localhost:4566"
    dynamodb = "http://localhost:4566"
  }
}

"""
    + BUCKET,
    "its author's account": """provider "aws" {
  region                   = "eu-central-1"
  profile                  = "prod"
  shared_credentials_files = ["~/.aws/work"]
  assume_role {
    role_arn = "arn:aws:iam::210987654321:role/deploy"
  }
  default_tags {
    tags = {
      team = "ml"
    }
  }
}
"""
    + BUCKET,
    "tags that are ignored": """provider "aws" {
  region = "eu-west-1"

  default_tags {
    tags = {
      team = "ml"
    }
  }

  ignore_tags {
    key_prefixes = ["kubernetes.io/"]
  }
}

resource "aws_vpc" "a" {
  cidr_block = "10.0.0.0/16"
  tags = {
    team = "other"
  }
}

output "tags" {
  value = aws_vpc.a.tags_all
}
""",
    "another version and a backend": """terraform {
  required_version = "~> 1.9.8"
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 4.0"
    }
  }
  backend "s3" {
    bucket = "state"
    key    = "a"
    region = "us-east-1"
  }
}
"""
    + BUCKET,
    "a cloud block": (
        'terraform {\n  cloud {\n    organization = "o"\n    workspaces {\n      name = "w"\n'
        "    }\n  }\n}\n" + BUCKET
    ),
    "an experiment": "terraform {\n  experiments = [something_new]\n}\n\n" + BUCKET,
    "a version constraint that is none": (
        'terraform {\n  required_providers {\n    aws = {\n      source  = "hashicorp/aws"\n'
        '      version = "five"\n    }\n  }\n}\n\n' + BUCKET
    ),
    "a provider that nobody knows": (
        'terraform {\n  required_providers {\n    cloudy = {\n      source = "cumulus/cloudy"\n'
        '    }\n  }\n}\n\nresource "cloudy_server" "a" {}\n'
    ),
}

_MODULES: Mapping[str, Files] = {
    "local module": {
        "main.tf": 'module "store" {\n  source = "./modules/store"\n  name   = "engines-m"\n}\n',
        "modules/store/main.tf": (
            'variable "name" {\n  type = string\n}\n\n'
            'resource "aws_s3_bucket" "a" {\n  bucket = var.name\n}\n'
        ),
    },
    "nested modules for each": {
        "main.tf": """module "team" {
  source   = "./modules/team"
  for_each = toset(["red", "blue"])
  name     = each.key
}

output "queues" {
  value = { for name, team in module.team : name => team.queue }
}
""",
        "modules/team/main.tf": """terraform {
  required_version = "~> 1.5.0"
}

variable "name" {
  type = string
}

module "queue" {
  source = "../queue"
  name   = "${var.name}-jobs"
}

output "queue" {
  value = module.queue.arn
}
""",
        "modules/queue/main.tf": """variable "name" {
  type = string
}

resource "aws_sqs_queue" "this" {
  name = var.name
}

output "arn" {
  value = aws_sqs_queue.this.arn
}
""",
    },
    "a module without its argument": {
        "main.tf": 'module "store" {\n  source = "./store"\n}\n',
        "store/main.tf": (
            'variable "name" {\n  type = string\n}\n\n'
            'resource "aws_s3_bucket" "a" {\n  bucket = var.name\n}\n'
        ),
    },
    "a mistake in a module": {
        "main.tf": 'module "store" {\n  source = "./store"\n}\n',
        "store/main.tf": 'resource "aws_s3_bucket" "a" {\n  colour = "red"\n}\n',
    },
    "a module that is not there": 'module "store" {\n  source = "./store"\n}\n\n' + BUCKET,
    "a module by a path that is none": 'module "a" {\n  source = "modules/a"\n}\n\n' + BUCKET,
    "remote module beside a resource": (
        'module "vpc" {\n  source  = "acme-networks/vpc/aws"\n  version = "5.0.0"\n}\n\n' + BUCKET
    ),
    "remote modules of several kinds": """module "git" {
  source = "git::https://example.com/vpc.git?ref=v1.2.0"
}

module "github" {
  source = "github.com/hashicorp/example"
}

module "archive" {
  source = "s3::https://s3-eu-west-1.amazonaws.com/examplecorp/vpc.zip"
}

"""
    + BUCKET,
    "a remote module in a local one": {
        "main.tf": 'module "net" {\n  source = "./net"\n}\n\n' + BUCKET,
        "net/main.tf": (
            'module "vpc" {\n  source  = "acme-networks/vpc/aws"\n  version = "5.0.0"\n}\n'
        ),
    },
    "all in a sub-folder": {
        "infra/main.tf": 'resource "aws_sns_topic" "a" {\n  name = var.name\n}\n',
        "infra/variables.tf": 'variable "name" {\n  default = "a"\n}\n',
    },
    "a mistake in a sub-folder": {
        "live/prod/main.tf": 'module "q" {\n  source = "../../modules/q"\n}\n',
        "modules/q/main.tf": 'resource "aws_sqs_queue" "q" {\n  nme = "x"\n}\n',
    },
    "a module of a sub-folder, with a file beside it": {
        "live/main.tf": 'module "q" {\n  source = "../modules/q"\n}\n',
        "modules/q/main.tf": (
            'resource "aws_sqs_queue" "q" {\n  name = file("${path.module}/../../name.txt")\n}\n'
        ),
        "name.txt": "q",
    },
    "the state of another configuration": """data "terraform_remote_state" "network" {
  backend = "s3"
  config = {
    bucket = "states"
    key    = "network"
    region = "us-east-1"
  }
}

resource "aws_subnet" "a" {
  vpc_id     = data.terraform_remote_state.network.outputs.vpc_id
  cidr_block = "10.0.0.0/24"
}
""",
    "a state in another cloud": (
        'data "terraform_remote_state" "n" {\n  backend = "gcs"\n  config = {\n'
        '    bucket = "b"\n  }\n}\n\n' + BUCKET
    ),
}

_BROKEN: Mapping[str, Files] = {
    "undeclared reference": 'resource "aws_s3_bucket" "a" {\n  bucket = var.missing\n}\n',
    "wrong type": (
        'resource "aws_sqs_queue" "a" {\n  name          = "q"\n  delay_seconds = "soon"\n}\n'
    ),
    "value out of range": (
        'resource "aws_sqs_queue" "a" {\n  name          = "q"\n  delay_seconds = 9000\n}\n'
    ),
    "duplicate resource": BUCKET + "\n" + BUCKET,
    "unclosed block": 'resource "aws_s3_bucket" "a" {\n  bucket = "a"\n',
    "an unclosed string": 'resource "aws_s3_bucket" "a" {\n  bucket = "a\n}\n',
    "two languages in one": "Resources:\n  Bucket:\n    Type: AWS::S3::Bucket\n",
    "a cycle": """resource "aws_security_group" "a" {
  name            = "a"
  description     = aws_security_group.b.id
}

resource "aws_security_group" "b" {
  name        = "b"
  description = aws_security_group.a.id
}
""",
    "a resource that refers to itself": (
        'resource "aws_sns_topic" "a" {\n  name = aws_sns_topic.a.arn\n}\n'
    ),
    "a misspelt type": 'resource "aws_s3_buckets" "a" {\n  bucket = "a"\n}\n',
    "a type that is invented": 'resource "aws_magic_model_server" "a" {\n  size = 1\n}\n',
    "a data source's type as a resource": 'resource "aws_caller_identity" "me" {}\n\n' + BUCKET,
    "an unknown data source type": 'data "aws_bucket_of_water" "a" {}\n\n' + BUCKET,
    "a missing required argument": 'resource "aws_iam_role" "a" {\n  name = "a"\n}\n',
    "a missing required block": (
        'resource "aws_eks_cluster" "a" {\n  name     = "a"\n  role_arn = "arn:aws:iam::1:role/a"\n'
        "}\n"
    ),
    "a block where there is none": BUCKET.replace("\n}", "\n\n  logging_to {\n    x = 1\n  }\n}"),
    "arguments that exclude each other": (
        'resource "aws_iam_role" "a" {\n  name               = "a"\n  name_prefix        = "b"\n'
        '  assume_role_policy = "{}"\n}\n'
    ),
    "a policy that is no json": (
        'resource "aws_iam_policy" "a" {\n  name   = "a"\n  policy = "Allow all"\n}\n'
    ),
    "an arn that is none": (
        'resource "aws_lambda_function" "a" {\n  function_name = "a"\n  role          = "nobody"\n'
        '  image_uri     = "x"\n  package_type  = "Image"\n}\n'
    ),
    "a value outside of its list": (
        'resource "aws_s3_bucket_versioning" "a" {\n  bucket = "a"\n\n'
        '  versioning_configuration {\n    status = "On"\n  }\n}\n'
    ),
    "an attribute that a resource does not have": (
        BUCKET + '\noutput "a" {\n  value = aws_s3_bucket.a.colour\n}\n'
    ),
    "a function that is not there": (
        'resource "aws_sns_topic" "a" {\n  name = lowercase("A")\n}\n'
    ),
    "a function with a wrong argument": (
        'resource "aws_sns_topic" "a" {\n  name = join("-", "a")\n}\n'
    ),
    "an index out of range": (
        'resource "aws_sns_topic" "a" {\n  name = element([], 0)\n}\n\n'
        'resource "aws_sns_topic" "b" {\n  name = ["x"][3]\n}\n'
    ),
    "a count that is not known": """resource "aws_sqs_queue" "a" {
  name = "a"
}

resource "aws_sqs_queue" "b" {
  count = length(aws_sqs_queue.a.arn)
  name  = "b-${count.index}"
}
""",
    "count and for_each": (
        'resource "aws_sqs_queue" "a" {\n  count    = 1\n  for_each = toset(["a"])\n}\n'
    ),
    "a variable without a value": (
        'variable "name" {\n  type = string\n}\n\n'
        'resource "aws_s3_bucket" "a" {\n  bucket = var.name\n}\n'
    ),
    "a variable's value of the wrong type": (
        'variable "names" {\n  type    = list(string)\n  default = "a"\n}\n\n'
        'resource "aws_s3_bucket" "a" {\n  bucket = var.names[0]\n}\n'
    ),
    "several mistakes": (
        'resource "aws_sqs_queue" "a" {\n  nme = "a"\n}\n\nresource "aws_sns_topic" "b" {\n'
        "  name = var.missing\n  size = 3\n}\n\n" + BUCKET
    ),
    "old interpolation and a literal type": (
        'variable "name" {\n  type    = "string"\n  default = "a"\n}\n\n'
        'resource "aws_s3_bucket" "a" {\n  bucket = "${var.name}"\n}\n'
    ),
    "a function's file that is not there": """resource "aws_lambda_function" "a" {
  function_name = "a"
  role          = "arn:aws:iam::123456789012:role/r"
  handler       = "a.b"
  runtime       = "python3.12"
  filename      = "dist/a.zip"
}
""",
    "a password that is too short": """resource "random_password" "a" {
  length    = 4
  min_upper = 5
}

resource "aws_ssm_parameter" "a" {
  name  = "/a"
  type  = "SecureString"
  value = random_password.a.result
}
""",
    "a hash of a file that is not there": """resource "aws_lambda_function" "a" {
  function_name    = "a"
  role             = "arn:aws:iam::123456789012:role/r"
  handler          = "a.b"
  runtime          = "python3.12"
  filename         = "dist/a.zip"
  source_code_hash = filebase64sha256("dist/a.zip")
}
""",
}

CASES: Mapping[str, Files] = {**_SERVICES, **_LANGUAGE, **_PROVIDERS, **_MODULES, **_BROKEN}


_NET = """provider "aws" {
  region = "eu-west-1"
}

resource "aws_vpc" "main" {
  cidr_block = "10.0.0.0/16"
}

resource "aws_subnet" "app" {
  for_each = { a = "10.0.1.0/24", b = "10.0.2.0/24" }

  vpc_id     = aws_vpc.main.id
  cidr_block = each.value
}

resource "aws_sqs_queue" "jobs" {
  name                       = "jobs"
  visibility_timeout_seconds = 30
}

resource "aws_sqs_queue_policy" "jobs" {
  queue_url = aws_sqs_queue.jobs.id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sqs:SendMessage"
      Resource  = aws_sqs_queue.jobs.arn
      Principal = { Service = "events.amazonaws.com" }
    }]
  })
}
"""


def _edited(old: str, new: str) -> str:
    assert old in _NET
    return _NET.replace(old, new)


EDITS: Mapping[str, tuple[str, str, Mapping[str, str]]] = {
    "nothing": (_NET, _NET, {}),
    "a value": (_NET, _edited("= 30", "= 60"), {"aws_sqs_queue.jobs": "update"}),
    "a tag": (
        _NET,
        _edited('"10.0.0.0/16"\n', '"10.0.0.0/16"\n  tags       = { Team = "core" }\n'),
        {"aws_vpc.main": "update"},
    ),
    "one more": (
        _NET,
        _edited('/24" }', '/24", c = "10.0.3.0/24" }'),
        {'aws_subnet.app["c"]': "create"},
    ),
    "one less": (
        _NET,
        _edited(', b = "10.0.2.0/24"', ""),
        {'aws_subnet.app["b"]': "delete"},
    ),
    "what is made anew, and what hangs on it": (
        _NET,
        _edited('"jobs"\n  vis', '"tasks"\n  vis'),
        {"aws_sqs_queue.jobs": "replace", "aws_sqs_queue_policy.jobs": "replace"},
    ),
    "another name in the configuration alone": (
        _NET,
        _edited('"aws_vpc" "main"', '"aws_vpc" "core"').replace("aws_vpc.main", "aws_vpc.core")
        + """
moved {
  from = aws_vpc.main
  to   = aws_vpc.core
}
""",
        {},
    ),
    "all but one": (_NET, BUCKET, {
        "aws_s3_bucket.a": "create",
        **dict.fromkeys((
            "aws_vpc.main", 'aws_subnet.app["a"]', 'aws_subnet.app["b"]',
            "aws_sqs_queue.jobs", "aws_sqs_queue_policy.jobs",
        ), "delete"),
    }),
}  # fmt: skip
"""What stood before, what is answered, and what the plan does to which resource."""
