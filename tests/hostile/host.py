"""What an attacker would like to have of the host, planted: the tests know each secret."""

import contextlib
import os
import secrets
import socket
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

SECRET_PATTERN = "planted-[0-9a-f]{32}"
"""An attack searches for the pattern: a script that held the secret would find itself."""


@dataclass
class Host:
    """Secrets in a process's environment and in files; sockets that count who came.

    ``env`` tells an attack where they are, as an attacker might have guessed.
    """

    secret: str
    victim: subprocess.Popen[bytes]
    folder: Path
    env: dict[str, str]
    visitors: list[str] = field(default_factory=list)


@contextlib.contextmanager
def planted(folder: Path) -> Iterator[Host]:
    """Everything in place for as long as the block runs."""
    secret = f"planted-{secrets.token_hex(16)}"
    folder.chmod(0o755)
    file = folder / "credentials"
    file.write_text(f"aws_secret_access_key = {secret}\n")
    file.chmod(0o644)  # only the sandbox keeps it from being read
    target = folder / "target"
    target.write_text("as it was")
    target.chmod(0o666)
    trap = folder / "trap"
    trap.mkdir()
    trap.chmod(0o777)
    environment = {**os.environ, "AWS_SECRET_ACCESS_KEY": secret}
    victim = subprocess.Popen(["sleep", "86400"], env=environment, cwd=folder)
    path, abstract = folder / "daemon.sock", f"\0assay-{secrets.token_hex(8)}"
    with contextlib.ExitStack() as stack:
        stack.callback(victim.wait)
        stack.callback(victim.kill)
        tcp = stack.enter_context(socket.create_server(("0.0.0.0", 0)))
        udp = stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
        udp.bind(("0.0.0.0", 0))
        unix = stack.enter_context(socket.socket(socket.AF_UNIX))
        unix.bind(str(path))
        unix.listen()
        path.chmod(0o777)
        hidden = stack.enter_context(socket.socket(socket.AF_UNIX))
        hidden.bind(abstract)
        hidden.listen()
        host = Host(
            secret,
            victim,
            folder,
            {
                "HOST_PID": str(victim.pid),
                "SERVER_PID": str(os.getpid()),
                "HOST_FILE": str(file),
                "HOST_TARGET": str(target),
                "HOST_SOCKET": str(path),
                "HOST_ABSTRACT": abstract[1:],
                "HOST_TCP": str(tcp.getsockname()[1]),
                "HOST_UDP": str(udp.getsockname()[1]),
                "HOST_ADDRESS": _own_address(),
            },
        )
        for listening in (tcp, unix, hidden):
            threading.Thread(target=_welcome, args=(listening, host), daemon=True).start()
        threading.Thread(target=_receive, args=(udp, host), daemon=True).start()
        yield host
        for each in (tcp, unix, hidden):
            each.shutdown(socket.SHUT_RDWR)  # wakes who accepts


def _welcome(listening: socket.socket, host: Host) -> None:
    # A thread, because it must answer while the event loop of the tests is busy.
    with contextlib.suppress(OSError):
        while True:
            connection, _ = listening.accept()
            host.visitors.append(str(listening.getsockname()))
            connection.sendall(host.secret.encode())
            connection.close()


def _receive(listening: socket.socket, host: Host) -> None:
    with contextlib.suppress(OSError):
        while True:
            data = listening.recv(2048)
            host.visitors.append(f"udp {data[:20]!r}")


def _own_address() -> str:
    """An address of this machine that is not the loopback's; that one where there is no other."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
        except OSError:
            return "127.0.0.1"
        return str(probe.getsockname()[0])
