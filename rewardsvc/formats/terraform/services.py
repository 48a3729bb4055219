"""What AWS refuses at apply: of functions, containers, tables, schedules, databases and tags."""

import re
from collections.abc import Iterator

from rewardsvc.formats.terraform.planned import PlannedResource, Problem, number_of

_RETIRED = frozenset(
    {"dotnetcore1.0", "dotnetcore2.0", "dotnetcore2.1", "dotnetcore3.1", "go1.x", "java8"}
    | {"nodejs", "nodejs4.3", "nodejs4.3-edge", "nodejs6.10", "nodejs8.10", "nodejs10.x"}
    | {"nodejs12.x", "nodejs14.x", "provided", "python2.7", "python3.6", "python3.7"}
    | {"ruby2.5", "ruby2.7"}
)
"""AWS Lambda Developer Guide, "Lambda runtimes": deprecated, functions cannot be created."""

_RESERVED_VARIABLES = frozenset(
    {"_HANDLER", "_X_AMZN_TRACE_ID", "AWS_ACCESS_KEY", "AWS_ACCESS_KEY_ID", "AWS_DEFAULT_REGION"}
    | {"AWS_EXECUTION_ENV", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "AWS_LAMBDA_FUNCTION_NAME"}
    | {"AWS_LAMBDA_FUNCTION_VERSION", "AWS_LAMBDA_INITIALIZATION_TYPE", "AWS_LAMBDA_RUNTIME_API"}
    | {"AWS_LAMBDA_LOG_GROUP_NAME", "AWS_LAMBDA_LOG_STREAM_NAME", "AWS_REGION"}
    | {"AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "LAMBDA_RUNTIME_DIR", "LAMBDA_TASK_ROOT"}
)
"""AWS Lambda Developer Guide, "Defined runtime environment variables": reserved."""

_REPOSITORY = re.compile(r"[a-z0-9]++(?:[._-]+[a-z0-9]+)*(?:/[a-z0-9]++(?:[._-]+[a-z0-9]+)*)*")
_RATE = re.compile(r"rate\((?P<count>\d{1,9}) (?P<unit>minute|hour|day)(?P<plural>s?)\)")
_IOPS = {"gp3": (3000, 500), "io1": (100, 50), "io2": (100, 1000)}
"""Amazon EBS User Guide, "Amazon EBS volume types": the least IOPS, and the most for each GiB."""

_PASSWORDS = {"mysql": 41, "mariadb": 41, "postgres": 128, "aurora": 41}
"""The most characters of a master password, by how the engine begins (Amazon RDS API Reference)."""

LEAST_PASSWORD = 8


def runtime(resource: PlannedResource) -> Iterator[Problem]:
    """A runtime that functions are still created with."""
    text = resource.text("runtime")
    if text in _RETIRED:
        yield "runtime", f"{text} is retired: no function is created with it"


def variables(resource: PlannedResource) -> Iterator[Problem]:
    """Variables that Lambda does not set itself."""
    for block in resource.blocks("environment"):
        given = block.get("variables")
        for name in sorted(_RESERVED_VARIABLES & given.keys()) if isinstance(given, dict) else ():
            yield "environment", f"Lambda sets {name} itself"


def task_network(resource: PlannedResource) -> Iterator[Problem]:
    """A task on Fargate has an interface of its own."""
    compatible = str(resource.values.get("requires_compatibilities"))
    mode = resource.text("network_mode")
    if "FARGATE" in compatible and mode is not None and mode != "awsvpc":
        yield "network_mode", f"Fargate knows network_mode awsvpc alone, not {mode}"


def table_name(resource: PlannedResource) -> Iterator[Problem]:
    """A table's name."""
    name = resource.text("name")
    if name is not None and not re.fullmatch(r"[A-Za-z0-9_.-]{3,255}", name):
        yield "name", f"{name!r}: a table's name has 3 to 255 letters, digits, _ . and -"


def repository_name(resource: PlannedResource) -> Iterator[Problem]:
    """The name of a repository of images."""
    name = resource.text("name")
    if name is not None and not (2 <= len(name) <= 256 and _REPOSITORY.fullmatch(name)):
        yield "name", f"{name!r}: a repository's name has small letters, digits, . _ - and /"


def tag_keys(resource: PlannedResource) -> Iterator[Problem]:
    """Tags that are not AWS's own."""
    tags = resource.values.get("tags")
    for key in tags if isinstance(tags, dict) else ():
        if key.lower().startswith("aws:"):
            yield "tags", f"{key!r}: what begins with aws: is reserved"


def all_protocols(resource: PlannedResource) -> Iterator[Problem]:
    """A rule for all protocols has no ports."""
    for block in ("ingress", "egress"):
        for rule in resource.blocks(block):
            # One of the two may be known after the apply alone.
            port = number_of(rule.get("to_port")) or number_of(rule.get("from_port"))
            if str(rule.get("protocol")).lower() in {"-1", "all"} and port:
                yield block, f"protocol -1 is all ports: from_port and to_port are 0, not {port:g}"


def volume_speed(resource: PlannedResource) -> Iterator[Problem]:
    """IOPS that a volume of its type and size has."""
    values = resource.values
    found = [("iops", values.get("type"), values.get("size"), values.get("iops"))]
    for block in ("root_block_device", "ebs_block_device"):
        found += [
            (block, each.get("volume_type"), each.get("volume_size"), each.get("iops"))
            for each in resource.blocks(block)
        ]
    for argument, kind, gibibytes, value in found:
        size, speed = number_of(gibibytes), number_of(value)
        if not isinstance(kind, str) or kind not in _IOPS or not speed:
            continue
        least, each = _IOPS[kind]
        most = max(least, each * size) if size else speed
        if not least <= speed <= most:
            yield argument, f"{speed:g} IOPS: a volume of type {kind} has {least} to {most:g} here"


def schedule(resource: PlannedResource) -> Iterator[Problem]:
    """When a rule runs: ``rate(5 minutes)``, ``cron(0 3 * * ? *)``."""
    text = resource.text("schedule_expression")
    if not text:
        return
    rate = _RATE.fullmatch(text)
    fields = text[5:-1].split() if text.startswith("cron(") and text.endswith(")") else []
    if rate is not None:
        count = int(rate["count"])
        if count < 1 or (count == 1) == bool(rate["plural"]):
            yield "schedule_expression", f"{text!r}: rate(1 minute), and rate(5 minutes)"
    elif len(fields) != 6 or (fields[2] == "?") == (fields[4] == "?"):
        words = "six fields, and ? for the day of the month or of the week"
        yield "schedule_expression", f"{text!r} is no schedule, as cron(0 3 * * ? *) is: {words}"


def master_password(resource: PlannedResource) -> Iterator[Problem]:
    """A master password's characters and how many."""
    argument = "password" if resource.type == "aws_db_instance" else "master_password"
    text, engine = resource.text(argument), resource.text("engine") or ""
    if text is None:
        return
    most = next((most for name, most in _PASSWORDS.items() if engine.startswith(name)), 10**6)
    if set(text) & set('/"@ ') or not text.isprintable():
        yield argument, 'a master password has no / " @ and no blanks'
    elif not LEAST_PASSWORD <= len(text) <= most:
        few = len(text) < LEAST_PASSWORD
        told = f"{LEAST_PASSWORD} characters at least" if few else f"{most} characters at most"
        yield argument, f"a master password has {told}"
