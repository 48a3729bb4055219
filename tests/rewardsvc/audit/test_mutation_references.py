"""Mutants of references and of what gives access: another one, two swapped, one more."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rewardsvc.audit.mutation.generate import mutants_of
from rewardsvc.audit.mutation.mutant import ALWAYS_COUNTED, Kind
from rewardsvc.audit.mutation.naming import same_but_for_names
from rewardsvc.extract import extract
from rewardsvc.formats import FORMATS
from rewardsvc.types import Task
from tests.rewardsvc.audit.references import fenced

SWAP, OTHER, MORE = Kind.SWAP_REFERENCES, Kind.OTHER_REFERENCE, Kind.ADD_ENTRY

QUEUES = """\
resource "aws_sqs_queue" "dlq" {
  name = "jobs-dlq"
}

resource "aws_sqs_queue" "main" {
  name = "jobs"

  redrive_policy = jsonencode({
    deadLetterTargetArn = aws_sqs_queue.dlq.arn
    maxReceiveCount     = 4
  })
}
"""
APART = """\
resource "aws_sqs_queue" "dlq" {
  name = "jobs-dlq"
}

resource "aws_sqs_queue" "main" {
  name = "jobs"
}

resource "aws_sqs_queue_redrive_policy" "main" {
  queue_url      = aws_sqs_queue.main.id
  redrive_policy = jsonencode({ deadLetterTargetArn = aws_sqs_queue.dlq.arn })
}
"""
ROLES = """\
resource "aws_iam_role" "cluster" {
  name               = "cluster"
  assume_role_policy = jsonencode({
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { Service = "eks.amazonaws.com" }
    }]
  })
}

resource "aws_iam_role" "nodes" {
  name               = "nodes"
  assume_role_policy = "{}"
}

resource "aws_eks_cluster" "this" {
  name     = "a"
  role_arn = aws_iam_role.cluster.arn
}

resource "aws_eks_node_group" "this" {
  cluster_name  = aws_eks_cluster.this.name
  node_role_arn = aws_iam_role.nodes.arn
}
"""
ALIKE = """\
resource "aws_s3_bucket" "a" {
  bucket_prefix = "logs"
}

resource "aws_s3_bucket" "b" {
  bucket_prefix = "logs"
}

resource "aws_s3_bucket_versioning" "a" {
  bucket = aws_s3_bucket.a.id
}

resource "aws_s3_bucket_versioning" "b" {
  bucket = aws_s3_bucket.b.id
}
"""
LISTED = """\
resource "aws_subnet" "a" {
  cidr_block = "10.0.0.0/24"
}

resource "aws_subnet" "b" {
  cidr_block = "10.0.1.0/24"
}

resource "aws_lb" "this" {
  subnets = [aws_subnet.a.id, aws_subnet.b.id]
}
"""
GROUP = """\
resource "aws_security_group" "web" {
  ingress {
    from_port   = 443
    to_port     = 443
    cidr_blocks = ["10.1.0.0/16"]
  }
}

data "aws_iam_policy_document" "read" {
  statement {
    actions   = ["s3:GetObject"]
    resources = ["arn:aws:s3:::logs/*"]
  }
}
"""
STACK = """\
Resources:
  Dead:
    Type: AWS::SQS::Queue
  Jobs:
    Type: AWS::SQS::Queue
    Properties:
      RedrivePolicy: {deadLetterTargetArn: !GetAtt Dead.Arn, maxReceiveCount: 3}
  Reader:
    Type: AWS::IAM::ManagedPolicy
    Properties:
      PolicyDocument:
        Statement:
          - {Effect: Allow, Action: s3:GetObject, Resource: "arn:aws:s3:::logs/*"}
Outputs:
  Url: {Value: !Ref Jobs}
"""
ROUTES = """\
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {selector: {app: web}, ports: [{name: http, port: 80}]}
---
apiVersion: v1
kind: Service
metadata: {name: worker}
spec: {selector: {app: worker}, ports: [{name: http, port: 81}]}
---
apiVersion: v1
kind: Pod
metadata: {name: web, labels: {app: web}}
---
apiVersion: v1
kind: Pod
metadata: {name: worker, labels: {app: worker}}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: read}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: read}
subjects: [{kind: ServiceAccount, name: agent, namespace: shop}]
"""
COMPOSE = """\
services:
  web: {image: "a:1", networks: [front], ports: ["80:80"]}
  db: {image: "b:1", networks: [back]}
networks: {front: {}, back: {}}
"""
WORKFLOW = """\
on: {push: {branches: [main]}}
jobs:
  lint: {runs-on: a, steps: [{run: a}]}
  test: {runs-on: a, steps: [{run: b}]}
  ship: {runs-on: a, needs: test, steps: [{run: c}]}
"""
PIPELINE = """\
stages: [test, ship]
unit: {stage: test, script: [a]}
deploy: {stage: ship, script: [b], needs: [unit], only: [main]}
"""
PLAYBOOK = """\
- hosts: web
  tasks:
    - ansible.builtin.template: {src: a.j2, dest: /etc/a}
      notify: Restart a
    - ansible.builtin.template: {src: b.j2, dest: /etc/b}
      notify: Restart b
    - ansible.builtin.user: {name: x, groups: [www]}
  handlers:
    - name: Restart a
      ansible.builtin.service: {name: a, state: restarted}
    - name: Restart b
      ansible.builtin.service: {name: b, state: restarted}
"""


def made(format: str, text: str) -> list[tuple[Kind, str, str]]:
    task = Task(format=format)
    label = {"terraform": "hcl"}.get(format, "yaml")
    reference = f"```{label}\n{text}```\n" if format != "helm" else fenced(format, text)
    assert extract(reference, task, FORMATS[format].verifier).artifact is not None
    mutants = mutants_of(task, reference).distinct
    return [(each.kind, each.before, each.after) for each in mutants]


@pytest.mark.parametrize(
    ("format", "text", "kind", "before", "after"),
    [
        ("terraform", QUEUES, SWAP, "queue.main → aws_sqs_queue.dlq", "queue.dlq → aws_sqs"),
        ("terraform", APART, SWAP, "aws_sqs_queue.main", "aws_sqs_queue.dlq"),
        ("terraform", APART, OTHER, "aws_sqs_queue.main", "aws_sqs_queue.dlq"),
        ("terraform", ROLES, SWAP, "aws_iam_role.cluster", "aws_iam_role.nodes"),
        ("terraform", ROLES, OTHER, "aws_iam_role.nodes", "aws_iam_role.cluster"),
        ("terraform", ROLES, MORE, '"eks.amazonaws.com"', '"batch.amazonaws.com"'),
        ("terraform", ROLES, MORE, "", '"sts:TagSession"'),
        ("terraform", GROUP, MORE, "", "from_port   = 444"),
        ("terraform", GROUP, MORE, '["10.1.0.0/16"]', "198.51.100.0/24"),
        ("terraform", GROUP, MORE, '["s3:GetObject"]', "s3:Delete*"),
        ("terraform", GROUP, MORE, "", "statement {"),
        ("cloudformation", STACK, SWAP, "Jobs.RedrivePolicy → Dead", "Dead → Jobs"),
        ("cloudformation", STACK, OTHER, "Jobs", "Dead"),
        ("cloudformation", STACK, MORE, "s3:GetObject", "s3:Delete*"),
        ("kubernetes", ROUTES, SWAP, "web", "worker"),
        ("kubernetes", ROUTES, OTHER, "worker", "web"),
        ("kubernetes", ROUTES, MORE, "name: agent", "name: agent-other"),
        ("kubernetes", ROUTES, MORE, "port: 80", "port: 81"),
        ("compose", COMPOSE, SWAP, "front", "back"),
        ("compose", COMPOSE, OTHER, "back", "front"),
        ("compose", COMPOSE, MORE, "80:80", "81:80"),
        ("github-actions", WORKFLOW, OTHER, "test", "lint"),
        ("github-actions", WORKFLOW, MORE, "main", "main-other"),
        ("gitlab-ci", PIPELINE, SWAP, "test", "ship"),
        ("gitlab-ci", PIPELINE, MORE, "main", "main-other"),
        ("ansible", PLAYBOOK, SWAP, "Restart a", "Restart b"),
        ("ansible", PLAYBOOK, MORE, "www", "sudo"),
    ],
)
def test_what_refers_and_what_gives_access_has_its_mutants(
    format: str, text: str, kind: Kind, before: str, after: str
) -> None:
    found = [each for each in made(format, text) if each[0] is kind]
    assert [each for each in found if before in each[1] and after in each[2]], found


def policy(entry: str) -> str:
    return "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: a}\n" + (
        f"spec: {{podSelector: {{}}, {entry}}}\n"
    )


def rules(text: str) -> str:
    named = "apiVersion: rbac.authorization.k8s.io/v1\nkind: Role\nmetadata: {name: a}\n"
    return f"{named}rules: [{{apiGroups: [apps], {text}}}]\n"


def template(property: str) -> str:
    return f"Resources:\n  A:\n    Type: AWS::X::Y\n    Properties: {{{property}}}\n"


def resource(type: str, body: str) -> str:
    return f'resource "{type}" "a" {{\n{body}\n}}\n'


def allowed(effect: str, action: str) -> str:
    statement = f'{{ Effect = "{effect}", Action = {action}, Resource = aws_x.y.arn }}'
    return resource("aws_iam_policy", f"  policy = jsonencode({{ Statement = [{statement}] }})")


def statement(effect: str, action: str) -> str:
    body = f'effect = "{effect}"\n    actions = {action}\n    resources = [aws_x.y.arn]'
    return f'data "aws_iam_policy_document" "a" {{\n  statement {{\n    {body}\n  }}\n}}\n'


EGRESS, GROUP_RULE = "aws_vpc_security_group_egress_rule", "aws_security_group_rule"
SUBSCRIPTION, ATTACHED = "aws_sns_topic_subscription", "aws_iam_role_policy_attachment"
ENDS = "from_port = {}\n  to_port = {}\n  cidr_blocks = [{}]"
GIVES_ALL = [
    ("kubernetes", policy("ingress: [{from: [{podSelector: {}}]}]"), 0),
    ("kubernetes", policy("ingress: [{from: [{podSelector: {matchLabels: {app: b}}}]}]"), 2),
    ("kubernetes", policy("egress: [{}]"), 0),
    ("kubernetes", policy("egress: [{to: [{ipBlock: {cidr: 0.0.0.0/0}}]}]"), 0),
    ("kubernetes", rules('resources: ["*"], verbs: ["*"]'), 1),
    ("kubernetes", rules('resources: [pods], verbs: ["*"]'), 3),
    ("cloudformation", template('AllowedOrigins: ["*"]'), 0),
    ("cloudformation", template("AllowedOrigins: [https://a.org]"), 1),
    ("cloudformation", template("Statement: [{Effect: Allow, Sid: A, Action: ['s3:*']}]"), 0),
    ("cloudformation", template("Statement: [{Effect: Allow, Sid: A, Action: 's3:*'}]"), 0),
    ("cloudformation", template("Statement: [{Effect: Deny, Sid: A, Action: ['s3:Get*']}]"), 0),
    ("cloudformation", template("Statement: [{Effect: Allow, Sid: A, Action: ['s3:Get*']}]"), 2),
    (
        "cloudformation",
        template("SecurityGroupEgress: [{IpProtocol: -1, FromPort: 0, CidrIp: 0.0.0.0/0}]"),
        0,
    ),
    ("gitlab-ci", "a: {script: [b], only: ['/.*/']}\n", 0),
    ("terraform", resource(EGRESS, '  ip_protocol = "-1"\n  cidr_ipv4 = "0.0.0.0/0"'), 0),
    ("terraform", resource(EGRESS, '  ip_protocol = "-1"\n  cidr_ipv4 = "10.0.0.0/8"'), 1),
    ("terraform", resource(SUBSCRIPTION, "  topic_arn = aws_x.y.arn\n  endpoint = aws_x.z.arn"), 0),
    ("terraform", resource(SUBSCRIPTION, '  topic_arn = aws_x.y.arn\n  endpoint = "a@b.org"'), 1),
    (
        "terraform",
        resource(ATTACHED, '  policy_arn = "arn:aws:iam::aws:policy/AdministratorAccess"'),
        0,
    ),
    ("terraform", resource(GROUP_RULE, "  " + ENDS.format(0, 65535, '"0.0.0.0/0"')), 0),
    ("terraform", resource(GROUP_RULE, "  " + ENDS.format(80, 80, '"0.0.0.0/0"')), 1),
    ("terraform", allowed("Allow", '"kms:*"'), 0),
    ("terraform", allowed("Allow", '["kms:*", "s3:Get*"]'), 0),
    ("terraform", allowed("Allow", '"kms:Sign"'), 2),
    ("terraform", allowed("Deny", '"s3:*"'), 0),
    ("terraform", allowed("Deny", '["s3:Get*"]'), 0),
    ("terraform", statement("Allow", '["s3:*"]'), 0),
    ("terraform", statement("Deny", '["s3:Get*"]'), 0),
    ("terraform", statement("Allow", '["s3:Get*"]'), 2),
]


@pytest.mark.parametrize(("format", "text", "count"), GIVES_ALL)
def test_one_more_beside_what_gives_everything_is_no_mutant(
    format: str, text: str, count: int
) -> None:
    found = [each for each in made(format, text) if each[0] is MORE]
    assert len(found) == count, found


@pytest.mark.parametrize("kind", [SWAP, OTHER, MORE])
def test_nobody_allows_them_by_not_mentioning_them(kind: Kind) -> None:
    assert kind in ALWAYS_COUNTED


@pytest.mark.parametrize(
    ("format", "text"),
    [
        ("terraform", LISTED),
        (
            "compose",
            "services:\n  web: {image: 'a:1', networks: [a, b]}\nnetworks: {a: {}, b: {}}\n",
        ),
        (
            "cloudformation",
            "Resources:\n  A: {Type: AWS::EC2::Subnet, Properties: {VpcId: x, CidrBlock: y}}\n"
            "  B: {Type: AWS::EC2::Subnet, Properties: {VpcId: x, CidrBlock: z}}\n"
            "  Lb:\n    Type: AWS::ElasticLoadBalancingV2::LoadBalancer\n"
            "    Properties: {Subnets: [!Ref A, !Ref B]}\n",
        ),
    ],
)
def test_the_order_of_a_set_and_an_item_twice_are_no_mutants(format: str, text: str) -> None:
    assert [each for each in made(format, text) if each[0] in (SWAP, OTHER)] == []


def test_parts_that_nothing_tells_apart_are_not_swapped() -> None:
    assert [each for each in made("terraform", ALIKE) if each[0] is SWAP] == []
    told_apart = ALIKE.replace('"logs"', '"other"', 1).replace(
        "bucket = aws_s3_bucket.b.id", 'bucket = aws_s3_bucket.b.id\n  mfa    = "1"'
    )
    assert [each for each in made("terraform", told_apart) if each[0] is SWAP] != []


NAMES = ("a", "b", "c", "d")
PARTS = st.dictionaries(
    st.sampled_from(NAMES),
    st.lists(st.sampled_from(("x", "y", *NAMES)), max_size=3).map(" ".join),
    min_size=1,
)


@given(PARTS, st.permutations(NAMES))
def test_names_exchanged_everywhere_leave_an_answer_the_same(
    parts: dict[str, str], order: list[str]
) -> None:
    renamed = dict(zip(NAMES, order, strict=True))
    other = {
        renamed[name]: " ".join(renamed.get(word, word) if word in parts else word for word in
                                text.split())
        for name, text in parts.items()
    }  # fmt: skip
    if all(word in parts or word not in NAMES for text in parts.values() for word in text.split()):
        assert same_but_for_names(parts, other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"a": "x b", "b": "y"}, {"a": "x", "b": "y a"}),
        ({"a": "x", "b": "y", "c": "a", "d": "a"}, {"a": "x", "b": "y", "c": "a", "d": "b"}),
        (
            {"a": "x", "b": "x", "c": "1 a", "d": "2 a"},
            {"a": "x", "b": "x", "c": "1 a", "d": "2 b"},
        ),
        ({"a": "x"}, {"a": "x", "b": "x"}),
    ],
)
def test_other_relations_are_another_answer(one: dict[str, str], other: dict[str, str]) -> None:
    assert same_but_for_names(one, one) and not same_but_for_names(one, other)
