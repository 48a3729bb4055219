"""What nobody asks for anew: services that are shut down or closed, versions that are retired."""

import re

_TYPES = re.compile(
    r"^aws_(?:worklink|opsworks|qldb|macie_|robomaker|iotanalytics|lex_|inspector_|datapipeline"
    r"|evidently|cloudsearch|kinesis_analytics_|s3_bucket_object$)"
)
_VALUES = re.compile(
    r"^(?:dc1|ds1|ds2|m1|m2|m3|c1|c3|t1|r3|cache\.(?:t1|m1|m3|c1)|db\.(?:t1|m1|m2|m3|r3))\."
    r"|Linux (?:AMI )?20(?:0\d|1[0-7])\.|^FLINK-1_(?:6|8|11)$|^SQL-1_0$"
    r"|^nodejs(?:4|6|8|10|12|14|16)|^python(?:2|3\.[678]$)|^ruby2|^java8$|^dotnetcore|^go1\.x$"
    r"|TLSv1(?:\.1)?(?:_2016)?$|2016-08|aurora_mysql_5_6|^5\.6\.|^5\.7\.mysql_aurora"
    r"|^emr-[1-5]\.|^2\.[0-3]\.\d$"
)

_SUCCESSORS: tuple[tuple[str, str], ...] = (
    (r"^(cache|db)\.([mr])[34]\.(\w+)$", r"\1.\g<2>5.\3"),
    (r"^dax\.r[34]\.(\w+)$", r"dax.r5.\1"),
    (r"^[rm][34]\.(\w+)\.(search|elasticsearch)$", r"r5.\1.\2"),
    (r"^Elasticsearch_\d\.\d+$", "OpenSearch_2.11"),
    (r"^default\.memcached1\.[45]$", "default.memcached1.6"),
    (r"^default\.redis[2-6].*$", "default.redis7"),
    (r"^redis[2-6][.\w]*$", "redis7"),
    (r"^docdb[34]\.\d$", "docdb5.0"),
    (r"^aurora5\.[67]$", "aurora-mysql8.0"),
    (r"^memorydb_redis6$", "memorydb_redis7"),
    (r"^syn-1\.0$", "syn-nodejs-puppeteer-9.1"),
    (r"^(?:11\.9|13\.4)$", "16.4"),
    (r"^11\.00$", "15.00"),
    (r"^5\.0\.6$", "7.1"),
    (r"^emr-6\.\d+\.\d+(-latest)?$", r"emr-7.1.0\1"),
    (r"^TransferSecurityPolicy-20(?:18|20)-\d\d$", "TransferSecurityPolicy-2024-01"),
    (r"^ubuntu_(?:16|18|20)_04$", "ubuntu_22_04"),
    (r"^nano_[12]_0$", "nano_3_0"),
    (r"^EKS_RUNTIME_MONITORING$", "RUNTIME_MONITORING"),
    (r"^ml\.t2\.(\w+)$", r"ml.t3.\1"),
    (r"^aws/codebuild/amazonlinux2-x86_64-standard:[1-4]\.0$", "aws/codebuild/standard:7.0"),
    (r"^(?:dc1|dc2|ds1|ds2)\.\w+$", "ra3.large"),
    (r"^64bit Amazon Linux 20\d\d.*", "64bit Amazon Linux 2023 v4.3.0 running Python 3.11"),
    (r"^FLINK-1_\d+$", "FLINK-1_20"),
    (r"^SQL-1_0$", "FLINK-1_20"),
    (r"^nodejs(?:\d|1\d)\.(?:x|\d+)$", "nodejs20.x"),
    (r"^python(?:2\.\d|3\.\d)$", "python3.12"),
    (r"^java8$", "java21"),
    (r"^go1\.x$", "provided.al2023"),
    (r"^(cache|db)\.[tmcr][12]\.\w+$", r"\1.t3.medium"),
    (r"^t1\.micro$|^t2\.\w+$", "t3.micro"),
    (r"^m[1-4]\.\w+$", "m5.large"),
    (r"^c[1-4]\.\w+$", "c5.large"),
    (r"^ml\.[mt][1-4]\.\w+$", "ml.m5.large"),
    (r"^ami-[0-9a-f]{4,17}$", "ami-0c2b8ca1dad447f8a"),
    (r"^WINDOWS_2012$", "AMAZON_LINUX_2023"),
    (
        r"^anthropic\.claude-(?:v\d(?::\d)?|instant-v1)$",
        "anthropic.claude-3-5-sonnet-20241022-v2:0",
    ),
    (r"^emr-[1-5]\.\d+\.\d+$", "emr-7.1.0"),
)
"""What takes the place of something retired."""


def closed(type: str) -> bool:
    """Whether a type is of a service that takes nobody new."""
    return bool(_TYPES.match(type))


def retired(value: str) -> bool:
    """Whether a value names what is not to be had any more."""
    return bool(_VALUES.search(value))


def successor(value: str) -> str:
    """What one asks for today in place of a retired value; other values as they are."""
    for wanted, following in _SUCCESSORS:
        if re.fullmatch(wanted, value):
            return re.sub(wanted, following, value)
    return value
