"""A category of one topic and a task (`assay[datagen]`): `python examples/a_category.py [SEED]`."""

import sys
from dataclasses import dataclass
from random import Random

from datagen import Brief, Category, Topic, lit, need, num
from rewardsvc import Check, Target


@dataclass(frozen=True, slots=True)
class Site:
    image: str
    port: int


def sample(rng: Random) -> Site:
    return Site(rng.choice(("nginx:1.27.3", "caddy:2.10.0")), rng.choice((80, 443)))


def brief(site: Site) -> Brief:
    base = Check(on=Target.AST, expr="final.base", expect=site.image)
    port = Check(on=Target.AST, expr="final.expose", expect=[str(site.port)])
    goal, listen = f"a static site on {lit(site.image)}", f"Listen on {num(site.port)}"
    return Brief(need(goal, goal, pins=[base]), (need(listen, pins=[port]),))


def answer(site: Site) -> str:
    return f"FROM {site.image}\nCOPY site/ /srv/\nEXPOSE {site.port}\n"


TOPIC = Topic(name="site", format="dockerfile", sample=sample, brief=brief, answer=answer)
CATEGORY = Category("sites", "static sites in an image", (TOPIC,))

if __name__ == "__main__":
    rng = Random(*sys.argv[1:])
    posed = TOPIC.pose(CATEGORY.name, TOPIC.sample(rng), rng)
    print(posed.task.instruction, posed.reference, *posed.task.checks, sep="\n")
