"""What cards say of the steps that led to rows. Pure."""

from datagen.outputs.curated import CurationStep

BY_VALUES = "no specification is on two sides, topics are"


def step_in_words(step: CurationStep) -> str:
    """A step in a sentence."""
    match step.name:
        case "dedupe":
            by = ", ".join(map(str, step.settings["by"]))
            return (
                f"Repeated rows: {step.rows - step.kept} of {step.rows} were dropped (by {by};"
                f" word {step.settings['ngram']}-grams, Jaccard index"
                f" {step.settings['threshold']})."
            )
        case "decontaminate":
            found = sum(step.found.values())
            files = ", ".join(f"`{each}`" for each in step.settings["against"])
            what = "were dropped" if step.settings["drop"] else "were found and left in"
            return f"Leaked rows: {found} of {step.rows} stand in {files} and {what}."
        case "split":
            by = step.settings["by"]
            words = BY_VALUES if by == "values" else f"what shares a {by} is on one side"
            return f"Sides, by {by}: {words}."
        case _:
            return f"{step.name}: {step.kept} of {step.rows} rows stayed."
