"""CloudFormation, networks: a VPC with public subnets."""

from dataclasses import dataclass
from random import Random

from datagen.brief import Brief, lit, lits, need
from datagen.categories.cloudformation.templates import (
    HEAD,
    gives,
    pascal,
    property_is,
    refers_to,
    switched_on,
    typed,
)
from datagen.pins import documents
from datagen.topic import Topic
from datagen.vocabulary import DOMAINS
from rewardsvc.types import Check


@dataclass(frozen=True, slots=True)
class StackNetwork:
    """A VPC with two public subnets in two zones."""

    vpc: str
    gateway: str
    network: int
    first: str
    second: str
    bits: int


def _sample(rng: Random) -> StackNetwork:
    name = pascal(rng.choice(DOMAINS))
    first, second = rng.choice(
        (("PublicA", "PublicB"), ("PublicSubnet1", "PublicSubnet2"), ("EdgeA", "EdgeB"))
    )
    return StackNetwork(
        vpc=f"{name}Vpc",
        gateway=f"{name}{rng.choice(('Gateway', 'InternetGateway', 'Igw'))}",
        network=rng.randint(1, 250),
        first=first,
        second=second,
        bits=rng.choice((20, 22, 24)),
    )


def _cidrs(s: StackNetwork) -> tuple[str, str, str]:
    step = 2 ** (24 - s.bits)
    base = f"10.{s.network}"
    return f"{base}.0.0/16", f"{base}.0.0/{s.bits}", f"{base}.{step}.0/{s.bits}"


def _brief(s: StackNetwork) -> Brief:
    whole, first, second = _cidrs(s)
    vpc, gateway, subnets = lit(s.vpc), lit(s.gateway), (s.first, s.second)
    return Brief(
        need(
            f"CloudFormation template for the VPC {vpc} with the public subnets {lits(subnets)}",
            f"a CloudFormation template with a VPC, {vpc}, and the two public subnets"
            f" {lits(subnets)} (logical ids)",
            f"a template for CloudFormation that makes the VPC {vpc} and in it the public subnets"
            f" {lits(subnets)}; the names are logical ids",
            pins=[
                typed(s.vpc, "AWS::EC2::VPC"),
                *(typed(each, "AWS::EC2::Subnet") for each in subnets),
                *(refers_to(each, "VpcId", s.vpc) for each in subnets),
            ],
        ),
        (
            need(
                f"VPC range {lit(whole)}, DNS support and DNS host names on",
                f"The range of the VPC is {lit(whole)}; it has DNS support and DNS host names",
                f"The VPC has {lit(whole)}, with DNS support and DNS host names enabled",
                pins=[
                    property_is(s.vpc, "CidrBlock", whole),
                    switched_on(s.vpc, "EnableDnsSupport"),
                    switched_on(s.vpc, "EnableDnsHostnames"),
                ],
            ),
            need(
                f"{lit(s.first)} {lit(first)}, {lit(s.second)} {lit(second)}",
                f"{lit(s.first)} has {lit(first)}, {lit(s.second)} has {lit(second)}",
                f"The ranges are {lit(first)} for {lit(s.first)} and {lit(second)} for"
                f" {lit(s.second)}",
                pins=[
                    property_is(s.first, "CidrBlock", first),
                    property_is(s.second, "CidrBlock", second),
                ],
            ),
            need(
                "first and second zone of the region, one for each subnet",
                f"{lit(s.first)} is in the first zone of the region (Fn::GetAZs), {lit(s.second)}"
                " in the second",
                f"Take the zones from Fn::GetAZs: the first one for {lit(s.first)}, the second for"
                f" {lit(s.second)}",
                pins=[_zone(s.first, 0), _zone(s.second, 1)],
            ),
            need(
                "instances get public addresses",
                "Instances in both get public addresses (MapPublicIpOnLaunch)",
                pins=[switched_on(each, "MapPublicIpOnLaunch") for each in subnets],
            ),
            need(
                f"internet gateway {gateway}, attached, with a default route from both subnets",
                f"An internet gateway, {gateway}, is attached to the VPC, and the route table of"
                " both subnets has a default route to it",
                f"Both subnets have a route table whose default route leads to the attached"
                f" internet gateway {gateway}",
                pins=[
                    typed(s.gateway, "AWS::EC2::InternetGateway"),
                    _one("AWS::EC2::VPCGatewayAttachment", "VpcId", s.vpc),
                    _one("AWS::EC2::VPCGatewayAttachment", "InternetGatewayId", s.gateway),
                    _one("AWS::EC2::Route", "GatewayId", s.gateway),
                    documents(
                        "values([0].Resources)[?Type=='AWS::EC2::Route']"
                        ".Properties.DestinationCidrBlock",
                        ["0.0.0.0/0"],
                    ),
                    _one("AWS::EC2::RouteTable", "VpcId", s.vpc),
                    *(_associated(each) for each in subnets),
                ],
            ),
            need(
                "default route made after the attachment (DependsOn)",
                "The default route waits for the gateway's attachment (DependsOn)",
                "Have the default route depend on the attachment (DependsOn), which it fails"
                " without",
                pins=[
                    documents(
                        "length(values([0].Resources)[?Type=='AWS::EC2::Route' && DependsOn])"
                        " == `1`"
                    )
                ],
            ),
            gives("VpcId", s.vpc),
        ),
    )


def _one(kind: str, path: str, to: str) -> Check:
    """There is one resource of a type, and a property of it refers to something."""
    return documents(f"values([0].Resources)[?Type=='{kind}'].Properties.{path}.Ref", [to])


def _associated(subnet: str) -> Check:
    """One association gives a subnet a route table."""
    kind = "AWS::EC2::SubnetRouteTableAssociation"
    found = f"values([0].Resources)[?Type=='{kind}'].Properties"
    return documents(f"length({found} | [?SubnetId.Ref=='{subnet}' && RouteTableId.Ref]) == `1`")


def _zone(subnet: str, number: int) -> Check:
    """A subnet is in one of the region's zones, by its number."""
    select = f'[0].Resources.{subnet}.Properties.AvailabilityZone."Fn::Select"'
    return documents(f"{select} | to_string([0]) == '{number}' && [1].\"Fn::GetAZs\" != null")


def _answer(s: StackNetwork) -> str:
    whole, first, second = _cidrs(s)
    subnets = "".join(
        f"""\
  {name}:
    Type: AWS::EC2::Subnet
    Properties:
      VpcId: !Ref {s.vpc}
      CidrBlock: {cidr}
      AvailabilityZone: !Select [{zone}, !GetAZs ""]
      MapPublicIpOnLaunch: true
  {name}Routes:
    Type: AWS::EC2::SubnetRouteTableAssociation
    Properties:
      SubnetId: !Ref {name}
      RouteTableId: !Ref PublicRoutes
"""
        for zone, (name, cidr) in enumerate(((s.first, first), (s.second, second)))
    )
    return f"""\
{HEAD}\
Resources:
  {s.vpc}:
    Type: AWS::EC2::VPC
    Properties:
      CidrBlock: {whole}
      EnableDnsSupport: true
      EnableDnsHostnames: true
  {s.gateway}:
    Type: AWS::EC2::InternetGateway
  {s.gateway}Attachment:
    Type: AWS::EC2::VPCGatewayAttachment
    Properties:
      VpcId: !Ref {s.vpc}
      InternetGatewayId: !Ref {s.gateway}
  PublicRoutes:
    Type: AWS::EC2::RouteTable
    Properties:
      VpcId: !Ref {s.vpc}
  DefaultRoute:
    Type: AWS::EC2::Route
    DependsOn: {s.gateway}Attachment
    Properties:
      RouteTableId: !Ref PublicRoutes
      DestinationCidrBlock: 0.0.0.0/0
      GatewayId: !Ref {s.gateway}
{subnets}\
Outputs:
  VpcId:
    Value: !Ref {s.vpc}
"""


TOPIC = Topic(
    name="cfn-public-subnets",
    format="cloudformation",
    sample=_sample,
    brief=_brief,
    answer=_answer,
)
