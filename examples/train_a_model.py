"""Three lines that train (`assay[rl]`): `python examples/train_a_model.py TASKS.jsonl FOLDER`."""

import sys

from rl import Trainer, TrainingError

if __name__ == "__main__":
    try:
        trainer = Trainer(model="nano")
        trainer.train(sys.argv[1], epochs=1)
        print(trainer.save(sys.argv[2]))
    except TrainingError as error:
        sys.exit(f"{error}")
