"""Builds what a Python answer defines, in a box.

The supervisor of scripts with an AWS of its own beside it (``stub``), if the order wants one: what
is asked of that is recorded by us, where the answer's code, which runs in another process, cannot
reach it.
"""

import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))  # isolated mode leaves it out

import stub
import supervisor

sys.path.pop(0)  # the answer can write there, and the library imports some things late


def main() -> None:
    """Obey the one order; the answer is the supervisor's, with the ``requests``."""
    order = json.load(sys.stdin.buffer)
    for module in (stub, supervisor):
        Path(str(module.__file__)).unlink()
    supervisor.guard()
    folder = supervisor.lay_out(order)
    env = dict(order["env"])
    endpoint = stub.Endpoint() if order["endpoint"] else None
    if endpoint is not None:
        env["AWS_ENDPOINT_URL"] = endpoint.url
    answer = supervisor.run(order["argv"], env, order["folder"], order["stdin"])
    answer["requests"] = list(endpoint.requests) if endpoint is not None else []
    made = supervisor.Collected(folder, order["result_bytes"])
    answer["result"] = made.files.get(order["result"])
    supervisor.tell(answer)


if __name__ == "__main__":
    main()
