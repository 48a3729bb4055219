"""Does a known piece of work whenever it is asked: ``probe_process.py SOCKET SECONDS``.

Run in a box. Each connection is closed after SECONDS of this process's own CPU time; how long that
took tells how much of a core there is.
"""

import os
import socket
import sys
import time


def main(path: str, seconds: float) -> None:
    """Serve until killed; the first line says that it does."""
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(path)
    os.chmod(path, 0o777)  # noqa: PTH101 - the server has another identity
    listener.listen()
    print("ready", flush=True)
    while True:
        connection, _ = listener.accept()
        with connection:
            until = time.process_time() + seconds
            while time.process_time() < until:
                pass


if __name__ == "__main__":
    main(sys.argv[1], float(sys.argv[2]))
