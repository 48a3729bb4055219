"""The command ``datagen`` as it is installed; ``python -m datagen`` is the same."""

from rewardsvc.extras import told


def main() -> None:
    """Run it, or say what to install."""
    with told("datagen", "datagen"):
        from datagen.cli import main as command

        command(prog_name="datagen")


if __name__ == "__main__":
    main()
