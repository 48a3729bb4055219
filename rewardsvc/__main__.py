"""The command ``rewardsvc`` as it is installed; ``python -m rewardsvc`` is the same."""

from rewardsvc.extras import told


def main() -> None:
    """Run it, or say what to install."""
    with told("rewardsvc", "server"):
        from rewardsvc.cli import main as command

        command(prog_name="rewardsvc")


if __name__ == "__main__":
    main()
