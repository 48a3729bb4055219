"""The command ``rl`` as it is installed; ``python -m rl`` is the same."""

from rewardsvc.extras import told


def main() -> None:
    """Run it, or say what to install."""
    with told("rl", "rl"):
        from rl.cli import main as command

        command(prog_name="rl")


if __name__ == "__main__":
    main()
