"""What a model is asked, for trainers that leave that to whoever brings the tasks."""

from rewardsvc.types import Task


def prompt_of(task: Task) -> str:
    """The instruction, what is given with it, and how the answer is to be delivered."""
    form = f"Answer with the file in a fenced code block ({task.format})."
    if len(task.files) > 1:
        files = ", ".join(task.files)
        form = f"Answer with a fenced code block for each file, its path beside the label: {files}."
    return "\n\n".join(filter(None, (task.instruction, task.input, form)))
