"""Runs a program that never outlives the test that started it.

usage: guard.py <grace in seconds> <program> [arguments …]

The standard input is the lifeline: only the test has its other end. What comes in is handed to the program. When it
ends, because the test closed it or is gone, however it died, the program's input ends too, and after the grace the
program and all that descends from it are killed. The guard adopts what they leave behind (PR_SET_CHILD_SUBREAPER), so
that a daemon of theirs, in a session of its own, is found too. When the program ends by itself its remains are killed
as well. The working directory is a folder of its own, which goes when it ends. The program's exit status becomes the
guard's.
"""
import ctypes
import os
import shutil
import signal
import sys
import tempfile
import threading

SET_PARENT_DEATH_SIGNAL, SET_CHILD_SUBREAPER = 1, 36
grace, command = float(sys.argv[1]), sys.argv[2:]
prctl = ctypes.CDLL(None).prctl


def children():
    """The processes whose parent is this one."""
    for entry in os.listdir("/proc"):
        if not entry.isdigit():
            continue
        try:
            with open(f"/proc/{entry}/stat", "rb") as file:
                # The name, in parentheses, may hold anything.
                parent = int(file.read().rpartition(b")")[2].split()[1])
        except (FileNotFoundError, ProcessLookupError):
            continue
        if parent == os.getpid():
            yield int(entry)


def kill(process):
    try:
        os.kill(process, signal.SIGKILL)
    except ProcessLookupError:
        pass


def hand_on(lifeline, program, is_over):
    while data := os.read(0, 65536):
        try:
            while data:
                data = data[os.write(lifeline, data):]
        except BrokenPipeError:
            pass
    os.close(lifeline)
    if not is_over.wait(grace):
        kill(program)


folder = tempfile.mkdtemp(prefix="turnstone-")
prctl(SET_CHILD_SUBREAPER, 1)
reading, writing = os.pipe()
program = os.fork()
if program == 0:
    # A guard that is itself killed takes the program along.
    prctl(SET_PARENT_DEATH_SIGNAL, signal.SIGKILL)
    os.chdir(folder)
    os.dup2(reading, 0)
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    try:
        os.execvp(command[0], command)
    except OSError as error:
        print(f"{command[0]}: {error.strerror}", flush=True)
        os._exit(127)
# The reader of the output hears its end from the program and its children.
os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
os.close(reading)
is_over = threading.Event()
status = 0
threading.Thread(target=hand_on, args=[writing, program, is_over], daemon=True).start()
while True:
    try:
        ended, how = os.waitpid(-1, 0)
    except ChildProcessError:
        break
    if ended == program:
        status = os.waitstatus_to_exitcode(how)
        is_over.set()
    if is_over.is_set():
        for child in children():
            kill(child)
shutil.rmtree(folder, ignore_errors=True)
sys.exit(status if status >= 0 else 128 - status)
