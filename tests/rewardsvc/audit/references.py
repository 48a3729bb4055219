"""References of several formats, and the mutants that are made of them."""

from rewardsvc.audit.mutation.generate import mutants_of
from rewardsvc.audit.mutation.mutant import Mutant
from rewardsvc.formats import FORMATS
from rewardsvc.types import Task

MANIFEST = """\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  replicas: 3
  selector:
    matchLabels: {app: web}
  template:
    metadata:
      labels: {app: web}
    spec:
      containers:
        - name: main
          image: ghcr.io/acme/web:1.2
          ports: [{containerPort: 8080}]
          securityContext:
            runAsNonRoot: true
---
apiVersion: v1
kind: Service
metadata:
  name: web
spec:
  selector: {app: web}
  ports: [{port: 80, protocol: TCP}]
"""
WORKFLOW = """\
name: ci
on: {push: {branches: [main]}}
permissions:
  contents: read
jobs:
  build:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v6
      - run: make build
  test:
    needs: build
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v6
      - run: pytest --maxfail=3
"""
COMPOSE = """\
services:
  web:
    image: nginx:1.27
    ports: ["8080:80"]
    depends_on: [db]
  db:
    image: postgres:16
    volumes: [data:/var/lib/postgresql/data]
volumes:
  data:
"""
STACK = """\
Parameters:
  Days:
    Type: Number
    Default: 30
Conditions:
  Kept: !Not [!Equals [!Ref Days, 0]]
Resources:
  Logs:
    Type: AWS::S3::Bucket
    Properties:
      BucketName: !Sub "logs-${Days}"
      LifecycleConfiguration:
        Rules:
          - Status: Enabled
            ExpirationInDays: !If [Kept, !Ref Days, !Ref "AWS::NoValue"]
  Reader:
    Type: AWS::IAM::ManagedPolicy
    Properties:
      PolicyDocument:
        Version: "2012-10-17"
        Statement:
          - Effect: Allow
            Action: s3:GetObject
            Resource: !GetAtt Logs.Arn
"""
PLAYBOOK = """\
- name: Web servers
  hosts: web
  become: true
  tasks:
    - name: Install nginx
      ansible.builtin.apt:
        name: nginx
        state: present
    - name: Remove apache
      apt: name=apache2 state=absent
    - name: Write the configuration
      ansible.builtin.template:
        src: nginx.conf.j2
        dest: /etc/nginx/nginx.conf
        mode: "0640"
      notify: Restart nginx
    - name: Start it
      ansible.builtin.service:
        name: nginx
        state: started
        enabled: true
    - name: Wait
      ansible.builtin.wait_for:
        port: 8080
        timeout: 30
  handlers:
    - name: Restart nginx
      ansible.builtin.service:
        name: nginx
        state: restarted
"""
DOCKERFILE = """\
FROM golang:1.22 AS build
COPY . .
RUN go build -o /app ./cmd
FROM debian:12
COPY --from=build /app /app
USER app
EXPOSE 8080
"""
TERRAFORM = """\
provider "aws" {
  region = "eu-west-1"
}

resource "aws_vpc" "this" {
  cidr_block           = "10.0.0.0/16"
  enable_dns_hostnames = true
}

resource "aws_security_group" "web" {
  vpc_id = aws_vpc.this.id

  ingress {
    from_port   = 443
    to_port     = 443
    protocol    = "tcp"
    cidr_blocks = ["10.1.0.0/16"]
  }
}

resource "aws_iam_policy" "read" {
  policy = jsonencode({
    Statement = [{
      Effect   = "Allow"
      Action   = ["s3:GetObject", "s3:ListBucket"]
      Resource = "arn:aws:s3:::logs/*"
    }]
  })
}
"""
SCRIPT = """\
#!/bin/bash
set -eu
mkdir -p /srv/data
for name in a b; do
  cp "/srv/in/$name.txt" /srv/data/
done
chmod 640 /srv/data/a.txt
"""
CHART = """\
{{- if .Values.enabled }}
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ .Release.Name }}
spec:
  replicas: {{ .Values.replicas }}
  template:
    metadata:
      labels:
        {{- include "web.labels" . | nindent 8 }}
    spec:
      serviceAccountName: runner
      automountServiceAccountToken: false
      containers:
        - name: proxy
          image: "envoy:{{ .Values.tag }}" # theirs
          args: [serve]
        - name: web
          image: ghcr.io/acme/web:1.2
          imagePullPolicy: Always
          ports:
            - containerPort: 8080
              protocol: TCP
---
apiVersion: v1
kind: ServiceAccount
metadata: {annotations: {}}
name: runner
range: 10.0.0.0/8
{{- end }}
"""
KUSTOMIZATION = """\
namespace: production
resources:
  - ../../base
  - settings.yaml
images:
  - name: ghcr.io/acme/shop
    newTag: 1.4.2
replicas:
  - name: shop
    count: 4
patches:
  - path: memory.yaml
    target: {kind: Deployment, name: shop}
generatorOptions:
  disableNameSuffixHash: true
"""
LABELS = {
    "kustomize": "yaml path=overlays/production/kustomization.yaml",
    "helm": "yaml path=templates/web.yaml",
    "kubernetes": "yaml",
    "github-actions": "yaml",
    "compose": "yaml",
    "ansible": "yaml",
    "cloudformation": "yaml",
    "dockerfile": "dockerfile",
    "terraform": "hcl",
    "bash": "bash",
}
TEXTS = {
    "kustomize": KUSTOMIZATION,
    "helm": CHART,
    "kubernetes": MANIFEST,
    "github-actions": WORKFLOW,
    "compose": COMPOSE,
    "ansible": PLAYBOOK,
    "cloudformation": STACK,
    "dockerfile": DOCKERFILE,
    "terraform": TERRAFORM,
    "bash": SCRIPT,
}
READY = [format for format in TEXTS if format in FORMATS]


def fenced(format: str, text: str | None = None) -> str:
    return f"```{LABELS[format]}\n{text or TEXTS[format]}```\n"


def mutants(format: str, text: str | None = None) -> tuple[Mutant, ...]:
    return mutants_of(Task(format=format), fenced(format, text)).distinct
