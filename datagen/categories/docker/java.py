"""A Java service: built by Maven in a first stage, run on a JRE in a second."""

from dataclasses import dataclass
from random import Random

from datagen.brief import Brief, lit, need, num
from datagen.needs import base_image, exposes, user, working_directory
from datagen.pins import ast, instruction, word_in
from datagen.topic import Topic
from datagen.vocabulary import PORTS, service


@dataclass(frozen=True, slots=True)
class JavaService:
    """A runnable jar on a base without a compiler."""

    maven: str
    java: str
    jar: str
    stage: str
    workdir: str
    heap: int
    port: int
    user: str


def _sample(rng: Random) -> JavaService:
    return JavaService(
        maven=rng.choice(("3.8", "3.9", "3.9.9")),
        java=rng.choice(("17", "21")),
        jar=service(rng),
        stage=rng.choice(("build", "builder", "package", "maven")),
        workdir=rng.choice(("/app", "/srv", "/opt/app", "/opt/service")),
        heap=rng.choice((50, 60, 65, 70, 75, 80)),
        port=rng.choice(PORTS),
        user=rng.choice(("10001", "1000", "65532", "65534")),
    )


def _brief(s: JavaService) -> Brief:
    build, jar = f"maven:{s.maven}-eclipse-temurin-{s.java}", f"target/{s.jar}.jar"
    option = f"-XX:MaxRAMPercentage={s.heap}"
    command = ["java", option, "-jar", f"{s.jar}.jar"]
    return Brief(
        need(
            f"multi-stage Dockerfile of the Java service {lit(s.jar)}",
            f"a multi-stage Dockerfile for the Java service {lit(s.jar)}",
            f"a Dockerfile that packages the Java service {lit(s.jar)} with Maven and runs its jar"
            " in a second stage",
            pins=[ast("length(stages)", 2)],
        ),
        (
            need(
                f"first stage {lit(s.stage)} on {lit(build)}, working in /src",
                f"Build it in a stage called {lit(s.stage)} on {lit(build)}, in /src",
                f"The first stage is called {lit(s.stage)}, starts from {lit(build)} and works in"
                " /src",
                pins=[
                    ast("stages[0].base", build),
                    ast("stages[0].name", s.stage),
                    ast("stages[0].instructions[?instruction=='WORKDIR'].value", ["/src"]),
                ],
            ),
            need(
                "pom.xml first and mvn dependency:go-offline, then src, then mvn package without"
                " tests (-DskipTests), each in batch mode (-B)",
                "Copy pom.xml and run mvn -B dependency:go-offline before src is copied to ./src"
                " and mvn -B package -DskipTests runs",
                pins=[
                    ast(
                        "length(stages[0].instructions[?instruction=='COPY'"
                        " && (value=='pom.xml .' || value=='pom.xml ./')]) > `0`"
                    ),
                    ast(
                        "length(stages[0].instructions[?instruction=='COPY'"
                        " && (value=='src ./src' || value=='src src' || value=='src/ ./src/'"
                        " || value=='src src/' || value=='src ./src/')]) > `0`"
                    ),
                    *(
                        instruction("RUN", word_in("value", words))
                        for words in ("mvn -B dependency:go-offline", "mvn -B package -DskipTests")
                    ),
                ],
            ),
            base_image(f"eclipse-temurin:{s.java}-jre"),
            working_directory(s.workdir),
            need(
                f"copy {lit(f'/src/{jar}')} from the first stage into the working directory",
                f"Take {lit(f'/src/{jar}')} over from the build into the working directory, by its"
                " name",
                pins=[
                    instruction(
                        "COPY",
                        f"flags.from[0]=='{s.stage}' && contains(value, ' /src/{jar} ')"
                        f" && (ends_with(value, ' .') || ends_with(value, ' ./')"
                        f" || ends_with(value, '{s.jar}.jar')"
                        f" || ends_with(value, ' {s.workdir}/'))",
                    )
                ],
            ),
            user(s.user),
            exposes(s.port),
            need(
                f"entry point in exec form: java with at most {num(s.heap)}% of the memory as heap"
                f" ({lit(option)}) and -jar {lit(f'{s.jar}.jar')}",
                f"It starts (exec form, entry point) java {lit(option)} -jar {lit(f'{s.jar}.jar')}",
                pins=[ast("final.entrypoint", command)],
            ),
        ),
    )


def _answer(s: JavaService) -> str:
    return f"""\
FROM maven:{s.maven}-eclipse-temurin-{s.java} AS {s.stage}
WORKDIR /src
COPY pom.xml .
RUN mvn -B dependency:go-offline
COPY src ./src
RUN mvn -B package -DskipTests

FROM eclipse-temurin:{s.java}-jre
WORKDIR {s.workdir}
COPY --from={s.stage} /src/target/{s.jar}.jar ./
USER {s.user}
EXPOSE {s.port}
ENTRYPOINT ["java", "-XX:MaxRAMPercentage={s.heap}", "-jar", "{s.jar}.jar"]
"""


TOPIC = Topic(
    name="java-multi-stage",
    format="dockerfile",
    sample=_sample,
    brief=_brief,
    answer=_answer,
    bench_only=True,
)
