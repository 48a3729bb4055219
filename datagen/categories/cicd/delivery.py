"""GitHub Actions that deliver: an image to GHCR, and a release."""

from dataclasses import dataclass
from random import Random

from datagen.brief import Brief, Need, lit, need, num
from datagen.needs import checks_out, on_push, one_job, workflow
from datagen.pins import documents, raw, runs
from datagen.topic import Topic
from datagen.vocabulary import BRANCHES, ORGANISATIONS, service

_STEPS = "values([0].jobs)[].steps[]"


def _timeout(minutes: int) -> Need:
    return need(
        f"job timeout {num(minutes)} minutes",
        f"Time out after {num(minutes)} minutes",
        f"The job's timeout is {num(minutes)} minutes",
        pins=[documents('values([0].jobs)[]."timeout-minutes"', [minutes])],
    )


def _uses(action: str, path: str) -> str:
    """Expression: a value of the first step that uses an action."""
    return f"{_STEPS} | [?starts_with(uses || '', '{action}@')] | [0].{path}"


@dataclass(frozen=True, slots=True)
class Publish:
    """An image that is built on pushes and pushed to GitHub's registry."""

    name: str
    branch: str
    image: str
    context: str
    platform: str
    timeout: int


def _sample_publish(rng: Random) -> Publish:
    name = service(rng)
    return Publish(
        name=rng.choice(("publish", "image", "docker", "build-and-push", "container")),
        branch=rng.choice(BRANCHES),
        image=f"ghcr.io/{rng.choice(ORGANISATIONS)}/{name}",
        context=rng.choice((".", "docker", "app", "services/api", "src")),
        platform=rng.choice(("linux/amd64", "linux/arm64", "linux/amd64,linux/arm64")),
        timeout=rng.choice((10, 15, 20, 30, 45, 60)),
    )


def _publish_brief(s: Publish) -> Brief:
    build, login = "docker/build-push-action", "docker/login-action"
    tag = f"{s.image}:latest"
    return Brief(
        workflow(s.name, "builds an image and pushes it to ghcr.io"),
        (
            on_push(s.branch),
            need(
                f"tag {lit(tag)}",
                f"The tag is {lit(tag)}",
                f"Push it as {lit(tag)}",
                pins=[
                    documents(
                        f"{_uses(build, 'with.tags')} | @ == {raw(tag)}"
                        f" || contains(@, {raw(f'{tag}{chr(10)}')})"
                    ),
                    documents(_uses(build, "with.push")),
                ],
            ),
            need(
                f"build context {lit(s.context)}, platforms {lit(s.platform)}",
                f"Build the context {lit(s.context)} for {lit(s.platform)}",
                f"The build context is {lit(s.context)}, the platforms value {lit(s.platform)}",
                pins=[
                    documents(_uses(build, "with.context"), s.context),
                    documents(_uses(build, "with.platforms"), s.platform),
                ],
            ),
            need(
                "log in to ghcr.io with GITHUB_TOKEN and docker/login-action",
                "Log in to ghcr.io by docker/login-action with the GITHUB_TOKEN",
                "docker/login-action signs in to ghcr.io with secrets.GITHUB_TOKEN",
                pins=[
                    documents(_uses(login, "with.registry"), "ghcr.io"),
                    documents(
                        f"contains({_uses(login, 'with.password')}, 'GITHUB_TOKEN')"
                        f" || contains({_uses(login, 'with.password')}, 'github.token')"
                    ),
                ],
            ),
            need(
                "permission packages: write, checkout and docker/setup-buildx-action before",
                "The token needs packages: write; check the code out and set up Buildx"
                " (docker/setup-buildx-action)",
                "PolicyGrant the permission packages: write; the first steps are a checkout and"
                " docker/setup-buildx-action",
                pins=[
                    checks_out(),
                    documents(_uses("docker/setup-buildx-action", "uses != null")),
                    documents(
                        "[0].permissions.packages == 'write'"
                        " || contains(values([0].jobs)[].permissions.packages, 'write')"
                    ),
                ],
            ),
            _timeout(s.timeout),
            one_job("publish"),
        ),
    )


def _publish_answer(s: Publish) -> str:
    return f"""\
name: {s.name}
on:
  push:
    branches: [{s.branch}]
permissions:
  contents: read
  packages: write
jobs:
  publish:
    runs-on: ubuntu-latest
    timeout-minutes: {s.timeout}
    steps:
      - uses: actions/checkout@v6
      - uses: docker/setup-buildx-action@v4
      - uses: docker/login-action@v4
        with:
          registry: ghcr.io
          username: ${{{{ github.actor }}}}
          password: ${{{{ secrets.GITHUB_TOKEN }}}}
      - uses: docker/build-push-action@v7
        with:
          context: {s.context}
          platforms: {s.platform}
          push: true
          tags: {s.image}:latest
"""


PUBLISH = Topic(
    name="docker-publish",
    format="github-actions",
    sample=_sample_publish,
    brief=_publish_brief,
    answer=_publish_answer,
)


@dataclass(frozen=True, slots=True)
class BinaryRelease:
    """A GitHub release with built files, made when a tag is pushed."""

    name: str
    pattern: str
    build: str
    files: str
    draft: bool
    runner: str
    timeout: int


def _sample_release(rng: Random) -> BinaryRelease:
    build, files = rng.choice(
        (
            ("make dist", "dist/*"),
            ("make release", "build/*.tar.gz"),
            ("npm run build", "dist/*.zip"),
            ("cargo build --release", "target/release/app"),
            ("./gradlew assemble", "build/libs/*.jar"),
            ("go build -o bin/ ./...", "bin/*"),
        )
    )
    return BinaryRelease(
        name=rng.choice(("release", "releases", "publish-release", "ship", "tagged-release")),
        pattern=rng.choice(("v*", "v*.*.*", "release-*", "v[0-9]+.*", "cli-v*", "*.*.*")),
        build=build,
        files=files,
        draft=rng.random() < 0.5,
        runner=rng.choice(("ubuntu-latest", "ubuntu-24.04", "ubuntu-22.04")),
        timeout=rng.choice((10, 15, 20, 30, 45, 60, 90)),
    )


def _release_brief(s: BinaryRelease) -> Brief:
    action = "softprops/action-gh-release"
    draft = "a draft" if s.draft else "no draft (draft: false)"
    return Brief(
        workflow(s.name, "makes a GitHub release"),
        (
            need(
                f"on tags {lit(s.pattern)}",
                f"It is triggered by pushing tags that match {lit(s.pattern)}",
                f"Run it for pushed tags {lit(s.pattern)} only",
                pins=[
                    documents("[0].on.push.tags", [s.pattern]),
                    documents("keys([0].on)", ["push"]),
                ],
            ),
            need(
                f"build with {lit(s.build)} after a checkout",
                f"Check the code out and build with {lit(s.build)}",
                f"After the checkout, the build command is {lit(s.build)}",
                pins=[checks_out(), runs(f"{_STEPS}.run", s.build)],
            ),
            need(
                f"{action} attaches {lit(s.files)}",
                f"Attach {lit(s.files)} by {action}",
                f"The step {action} uploads the files {lit(s.files)}",
                pins=[documents(_uses(action, "with.files"), s.files)],
            ),
            need(
                f"release is {draft}",
                f"The release is {draft}",
                f"Make the release {draft}",
                pins=[documents(_uses(action, "with.draft"), s.draft)],
            ),
            need(
                f"permission contents: write, runner {lit(s.runner)}",
                f"It needs the permission contents: write and runs on {lit(s.runner)}",
                f"PolicyGrant contents: write and use the runner {lit(s.runner)}",
                pins=[
                    documents(
                        "[0].permissions.contents == 'write'"
                        " || contains(values([0].jobs)[].permissions.contents, 'write')"
                    ),
                    documents('values([0].jobs)[]."runs-on"', [s.runner]),
                ],
            ),
            _timeout(s.timeout),
            one_job("release"),
        ),
    )


def _release_answer(s: BinaryRelease) -> str:
    return f"""\
name: {s.name}
on:
  push:
    tags: ["{s.pattern}"]
permissions:
  contents: write
jobs:
  release:
    runs-on: {s.runner}
    timeout-minutes: {s.timeout}
    steps:
      - uses: actions/checkout@v6
      - run: {s.build}
      - uses: softprops/action-gh-release@v3
        with:
          files: "{s.files}"
          draft: {str(s.draft).lower()}
"""


RELEASE = Topic(
    name="release",
    format="github-actions",
    sample=_sample_release,
    brief=_release_brief,
    answer=_release_answer,
)
