"""Configurations that more than one test reads."""

import json

IN_JSON = json.dumps(
    {
        "terraform": {
            "required_version": "~> 1.9.8",
            "required_providers": {"aws": {"source": "hashicorp/aws", "version": "~> 4.0"}},
            "backend": {"s3": {"bucket": "b"}},
        },
        "provider": {
            "aws": [
                {"region": "eu-west-1", "profile": "me", "assume_role": {"role_arn": "arn"}},
                {"alias": "west", "region": "us-west-2"},
            ]
        },
        "data": {"google_x": {"a": {"provider": "google-beta.eu"}}},
        "check": {"up": {"data": {"http_x": {"a": {}}}}},
        "module": {"m": {"source": "./m"}, "vpc": [{"source": "git::https://x/vpc.git"}]},
    },
    indent=2,
)
