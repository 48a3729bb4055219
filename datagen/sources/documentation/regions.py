"""Where what is asked for is offered: regions of services, as their endpoints have them. Pure."""

import re
from collections.abc import Iterable, Mapping, Sequence

from datagen.sources.documentation.pages import TypePage
from datagen.sources.documentation.values import WrittenResource, leaves
from datagen.vocabulary import REGIONS

_NOT_IN: Mapping[str, str] = {
    "appflow": "eu-north-1",
    "appintegrations": "us-east-2 eu-west-1 eu-north-1 ap-south-1",
    "apprunner": "eu-north-1 ca-central-1",
    "appstream": "eu-north-1",
    "auditmanager": "eu-north-1",
    "cleanrooms": "ap-south-1 ca-central-1",
    "codeartifact": "ca-central-1",
    "codeguruprofiler": "ap-south-1 ca-central-1",
    "codegurureviewer": "ap-south-1 ca-central-1",
    "comprehend": "eu-north-1",
    "connect": "us-east-2 eu-west-1 eu-north-1 ap-south-1",
    "customerprofiles": "us-east-2 eu-west-1 eu-north-1 ap-south-1",
    "dataexchange": "eu-north-1 ap-south-1 ca-central-1",
    "docdb": "eu-north-1",
    "grafana": "eu-north-1 ap-south-1 ca-central-1",
    "kendra": "eu-central-1 eu-north-1",
    "lex": "us-east-2 eu-north-1 ap-south-1 ca-central-1",
    "pinpoint": "eu-north-1",
    "rekognition": "eu-north-1",
    "timestreamwrite": "eu-west-2 eu-north-1 ap-southeast-1 ca-central-1",
    "timestreamquery": "eu-west-2 eu-north-1 ap-southeast-1 ca-central-1",
    "workspaces": "eu-north-1",
    "workspacesweb": "us-east-2 eu-north-1",
}
"""By the documentation's name of the service."""
_ONLY_IN: Mapping[str, str] = {
    "bcmdata": "us-east-1",
    "cloudsearch": "us-east-1 us-west-2 eu-west-1 eu-central-1 ap-southeast-1 ap-southeast-2"
    " ap-northeast-1",
    "chime": "us-east-1",
    "chimesdkmediapipelines": "us-east-1 us-west-2 eu-central-1 ap-southeast-1",
    "chimesdkvoice": "us-east-1 us-west-2",
    "codecatalyst": "us-west-2 eu-west-1",
    "costoptimizationhub": "us-east-1",
    "cur": "us-east-1",
    "datapipeline": "us-east-1 us-west-2 eu-west-1 ap-southeast-2 ap-northeast-1",
    "devicefarm": "us-west-2",
    "ecrpublic": "us-east-1",
    "ivs": "us-east-1 us-west-2 eu-west-1 eu-central-1 ap-south-1 ap-northeast-1",
    "ivschat": "us-east-1 us-west-2 eu-west-1 eu-central-1 ap-south-1 ap-northeast-1",
    "globalaccelerator": "us-west-2",
    "mediastore": "us-east-1 us-west-2 eu-west-1 eu-west-2 eu-central-1 eu-north-1 ap-southeast-2"
    " ap-northeast-1",
    "networkmanager": "us-west-2",
    "route53domains": "us-east-1",
    "route53recoverycontrol": "us-west-2",
    "route53recoveryreadiness": "us-west-2",
    "shield": "us-east-1",
    "simpledb": "us-east-1 us-west-2 eu-west-1 ap-southeast-1 ap-southeast-2 ap-northeast-1",
    "finspace": "us-east-1 us-east-2 us-west-2 eu-west-1 ca-central-1",
}
_TYPES_ONLY_IN: Mapping[str, str] = {
    "aws_lightsail_domain": "us-east-1", "aws_lightsail_domain_entry": "us-east-1",
    "aws_lightsail_distribution": "us-east-1", "aws_route53_query_log": "us-east-1",
    "aws_route53_hosted_zone_dnssec": "us-east-1", "aws_route53_key_signing_key": "us-east-1",
}  # fmt: skip
"""Types that a service has in fewer regions than itself."""
_PLACES: Mapping[str, str] = {
    r"^EqDC|^EqDA": "us-east-1", r"^CLOUDFRONT$": "us-east-1", r"^EqSe": "us-west-2",
    r"^use1-az\d$": "us-east-1", r"-wl1$": "us-east-1",
}  # fmt: skip
"""Values that belong to a region: a Direct Connect location, the scope of a distribution's web
ACL."""


def offered(resources: Iterable[WrittenResource], pages: Mapping[str, TypePage]) -> Sequence[str]:
    """The regions in which all of the resources can be made; empty where there is none."""
    found = list(REGIONS)
    for each in resources:
        service = pages[each.type].service
        only = _TYPES_ONLY_IN.get(each.type) or _ONLY_IN.get(service, "")
        if only:
            found = [region for region in found if region in only.split()]
        found = [region for region in found if region not in _NOT_IN.get(service, "").split()]
        for _, leaf in leaves(each.body):
            for wanted, region in _PLACES.items():
                if isinstance(leaf, str) and re.search(wanted, leaf):
                    found = [place for place in found if place == region]
    return found
