"""A category of one topic and a task (`assay[datagen]`): `python examples/a_category.py [SEED]`."""

import sys
from dataclasses import dataclass
from random import Random

from datagen import Brief, Category, Topic, lit, need, num
from rewardsvc import Check, Target


@dataclass(frozen=True, slots=True)
class ServedFolder:
    image: str
    folder: str
    port: int
    user: int


def sample(rng: Random) -> ServedFolder:
    image, folder = rng.choice(("nginx:1.27.3", "caddy:2.10.0")), rng.choice(("site", "public"))
    return ServedFolder(image, folder, rng.randrange(8000, 9000), rng.randrange(1000, 2000))


def brief(site: ServedFolder) -> Brief:
    def pin(expr: str, expect: str | list[str]) -> Check:
        return Check(on=Target.AST, expr=expr, expect=expect)

    goal = f"an image that serves a static site with {lit(site.image)}"
    files = f"copy the folder {lit(f'{site.folder}/')} to {lit('/srv/')}"
    copied = "instructions[?instruction=='COPY'] | [0].value"
    return Brief(
        need(goal, goal, pins=[pin("final.base", site.image)]),
        (
            need(files, pins=[pin(copied, f"{site.folder}/ /srv/")]),
            need(f"listen on port {num(site.port)}", pins=[pin("final.expose", [str(site.port)])]),
            need(f"run as user {num(site.user)}", pins=[pin("final.user", str(site.user))]),
        ),
    )


def answer(site: ServedFolder) -> str:
    return f"FROM {site.image}\nCOPY {site.folder}/ /srv/\nEXPOSE {site.port}\nUSER {site.user}\n"


TOPIC = Topic(name="site", format="dockerfile", sample=sample, brief=brief, answer=answer)
CATEGORY = Category("sites", "static sites in an image", (TOPIC,))

if __name__ == "__main__":
    rng = Random(*sys.argv[1:])
    posed = TOPIC.pose(CATEGORY.name, TOPIC.sample(rng), rng)
    print(posed.task.instruction, posed.reference, *posed.task.checks, sep="\n")
