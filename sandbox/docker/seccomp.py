"""The system calls that programs in containers may make: a list of what is allowed, by purpose.

Everything else fails with EPERM. The list follows systemd's groups of system calls
(systemd.exec(5), ``SystemCallFilter=``) and leaves out, beyond what Docker's own default leaves
out for a container without capabilities (https://docs.docker.com/engine/security/seccomp/):

- looking into other processes and limiting them: ptrace, process_vm_*, process_madvise, kcmp,
  prlimit64 of any but the process itself;
- namespaces and mounts: unshare, setns, mount and its successors, pivot_root, chroot, and clone
  with a flag for a new namespace: the way into the kernel's rarely tested parts;
- kernel facilities with a history of privilege escalation that no tool of ours needs: bpf,
  perf_event_open, userfaultfd, io_uring_*, keyctl and its like, memfd_secret, fanotify, quotactl,
  name_to_handle_at, System V semaphores, shared memory and messages, POSIX queues, modify_ldt;
- sockets other than unix, inet, inet6 and netlink: a network namespace does not hold AF_VSOCK,
  which reaches the host of a virtual machine;
- 32-bit and x32 system calls, whose numbers such a list would have to repeat.

Tried and left: Docker's profile with a few names taken out, which must be taken over anew with
every version, and a list of what is denied, which every new kernel outgrows.
"""

import json

_EPERM, _ENOSYS = 1, 38

_CLONE_NEW = 0x7E020000
"""CLONE_NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID and NEWNET (linux/sched.h)."""

_FAMILIES = {"unix": 1, "inet": 2, "inet6": 10, "netlink": 16}

_PERSONALITIES = (0x0, 0x0008, 0x20000, 0x20008, 0xFFFFFFFF)
"""PER_LINUX, PER_LINUX32 and both with UNAME26, and the question which one it is."""

_OLD_WAY = "clone3 pidfd_open pidfd_send_signal pidfd_getfd"
"""Calls that do not exist here, so that libraries use the older ones, whose arguments a filter can
read."""

ALLOWED: dict[str, str] = {
    "programs": """
        execve execveat exit exit_group fork vfork wait4 waitid set_tid_address arch_prctl prctl
        rseq set_robust_list get_robust_list restart_syscall getpid getppid gettid getpgid getpgrp
        setpgid getsid setsid getuid geteuid getgid getegid getresuid getresgid getgroups setuid
        setgid setreuid setregid setresuid setresgid setfsuid setfsgid setgroups capget capset
        getrlimit setrlimit getrusage times getpriority setpriority ioprio_get
        ioprio_set sched_yield sched_getaffinity sched_setaffinity sched_getattr sched_getparam
        sched_getscheduler sched_get_priority_max sched_get_priority_min sched_rr_get_interval
        sched_setattr sched_setparam sched_setscheduler getcpu uname sysinfo umask seccomp
        landlock_create_ruleset landlock_add_rule landlock_restrict_self""",
    "signals": """
        tkill tgkill rt_sigaction rt_sigpending rt_sigprocmask rt_sigqueueinfo rt_sigreturn
        rt_sigsuspend rt_sigtimedwait rt_tgsigqueueinfo sigaltstack signalfd signalfd4 pause""",
    "memory": """
        brk mmap munmap mprotect mremap madvise mincore mlock mlock2 mlockall munlock munlockall
        msync membarrier memfd_create pkey_alloc pkey_free pkey_mprotect""",
    "waiting": """
        futex futex_waitv futex_wake futex_wait futex_requeue poll ppoll select pselect6
        epoll_create epoll_create1 epoll_ctl epoll_wait epoll_pwait epoll_pwait2 eventfd eventfd2
        inotify_init inotify_init1 inotify_add_watch inotify_rm_watch io_setup io_destroy
        io_submit io_cancel io_getevents io_pgetevents""",
    "time": """
        time gettimeofday clock_gettime clock_getres clock_nanosleep nanosleep alarm getitimer
        setitimer timer_create timer_delete timer_getoverrun timer_gettime timer_settime
        timerfd_create timerfd_gettime timerfd_settime""",
    "files": """
        open openat openat2 creat close close_range read write readv writev pread64 pwrite64
        preadv pwritev preadv2 pwritev2 lseek dup dup2 dup3 fcntl flock ioctl pipe pipe2 splice
        tee vmsplice sendfile copy_file_range readahead fadvise64 fallocate truncate ftruncate
        fsync fdatasync sync syncfs sync_file_range stat fstat lstat newfstatat statx statfs
        fstatfs access faccessat faccessat2 getdents getdents64 getcwd chdir fchdir mkdir mkdirat
        rmdir link linkat symlink symlinkat readlink readlinkat unlink unlinkat rename renameat
        renameat2 mknod mknodat chmod fchmod fchmodat fchmodat2 chown fchown lchown fchownat utime
        utimes utimensat futimesat getxattr lgetxattr fgetxattr listxattr llistxattr flistxattr
        setxattr lsetxattr fsetxattr removexattr lremovexattr fremovexattr cachestat""",
    "sockets": """
        socketpair bind listen accept accept4 connect shutdown getsockname getpeername getsockopt
        setsockopt sendto recvfrom sendmsg recvmsg sendmmsg recvmmsg""",
    "random": "getrandom",
}
"""What may be called with any arguments."""


def profile() -> str:
    """The profile as the engine takes it: JSON in the format of the OCI runtime's ``seccomp``."""
    rules: list[dict[str, object]] = [
        {"names": text.split(), "action": "SCMP_ACT_ALLOW"} for text in ALLOWED.values()
    ]
    # Whoever asks whether process 1 lives is told yes (the call "fails" with the error 0, that is,
    # succeeds). Terraform watches the process of an attached provider in this way, and gives up
    # where it may not send signals to it; in the container process 1 is nobody's but the engine's.
    rules += [
        _where("kill", (0, "SCMP_CMP_NE", 1)),
        _where("kill", (0, "SCMP_CMP_EQ", 1), (1, "SCMP_CMP_NE", 0)),
        _where("kill", (0, "SCMP_CMP_EQ", 1), (1, "SCMP_CMP_EQ", 0)) | _fails_with(0),
    ]
    rules.append(_where("prlimit64", (0, "SCMP_CMP_EQ", 0)))
    # With SCMP_CMP_MASKED_EQ `value` is the mask and `valueTwo` what must be left: none of them.
    rules.append(_where("clone", (0, "SCMP_CMP_MASKED_EQ", _CLONE_NEW)))
    rules.append({"names": _OLD_WAY.split()} | _fails_with(_ENOSYS))
    rules += [_where("socket", (0, "SCMP_CMP_EQ", family)) for family in _FAMILIES.values()]
    rules += [_where("personality", (0, "SCMP_CMP_EQ", value)) for value in _PERSONALITIES]
    return json.dumps(
        {
            "defaultAction": "SCMP_ACT_ERRNO",
            "defaultErrnoRet": _EPERM,
            "archMap": [
                {"architecture": "SCMP_ARCH_X86_64", "subArchitectures": []},
                {"architecture": "SCMP_ARCH_AARCH64", "subArchitectures": []},
            ],
            "syscalls": rules,
        }
    )


def _where(name: str, *conditions: tuple[int, str, int]) -> dict[str, object]:
    arguments = [
        {"index": index, "value": value, "valueTwo": 0, "op": operator}
        for index, operator, value in conditions
    ]
    return {"names": [name], "action": "SCMP_ACT_ALLOW", "args": arguments}


def _fails_with(number: int) -> dict[str, object]:
    return {"action": "SCMP_ACT_ERRNO", "errnoRet": number}
