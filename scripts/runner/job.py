"""One job of a workflow, played as a runner does: a fresh clone, and its steps in order."""

import contextlib
import os
from pathlib import Path
import platform
import re
import shutil
import signal
import subprocess
import time

from expression import Expressions

STEP_KEYS = {"name", "id", "if", "uses", "with", "run", "env", "working-directory"}
SYSTEM = {"Linux": "Linux", "Darwin": "macOS"}.get(platform.system(), platform.system())
# What stands here for a toolchain that an action sets up on a runner.
STAND_INS = {
    "actions/setup-go": ["go", "version"],
    "actions/setup-java": ["java", "--version"],
    "actions/setup-node": ["node", "--version"],
    "actions/setup-python": ["python3", "--version"],
}
# So many lines of a failed step's output are shown; its log has all.
SHOWN = 40


class WorkflowError(Exception):
    """A workflow that can't be run, since it is wrong or has what isn't known here."""


def only(known, what, where):
    """Refuse keys that would be silently left out."""
    unknown = set(what) - known
    if unknown:
        raise WorkflowError(
            f"{where}: {', '.join(sorted(unknown))} is not known to scripts/workflow"
        )


class Job:
    """A job with one choice of its matrix."""

    def __init__(self, work, source, title, contexts, minutes):
        """Clone `source` into the folder `work`, where all clones share a target folder."""
        self.title = title
        self.contexts = {**contexts, "runner": {"os": SYSTEM}, "steps": {}}
        self.deadline = time.monotonic() + 60 * minutes
        self.failed = False
        self.counts = {"ok": 0, "FAILED": 0, "left out": 0, "not run": 0}
        self.logs = work / "log" / "".join(c if c.isalnum() else "-" for c in title)
        shutil.rmtree(self.logs, ignore_errors=True)
        self.logs.mkdir(parents=True)
        self.checkout = work / "checkout"
        shutil.rmtree(self.checkout, ignore_errors=True)
        clone = ["git", "clone", "--quiet", "--no-hardlinks", str(source), str(self.checkout)]
        subprocess.run(clone, check=True)
        seed(source / "target/debug", work / "target/debug")
        (self.checkout / "target").symlink_to(work / "target")
        self.bin = work / "bin"
        self.sudo()

    def sudo(self):
        """Stand in for sudo, for root on a machine without it: on a runner it is there."""
        self.bin.mkdir(exist_ok=True)
        shim = self.bin / "sudo"
        shim.unlink(missing_ok=True)
        if shutil.which("sudo") is None and os.geteuid() == 0:
            shim.write_text('#!/bin/sh\nexec "$@"\n')
            shim.chmod(0o755)

    def play(self, steps, environment):
        """Play the steps and say of each what became of it."""
        print(f"\n{self.title}", flush=True)
        for number, step in enumerate(steps, 1):
            only(STEP_KEYS, step, f"step {number}")
            expressions = Expressions(self.contexts, self.failed)
            said = step.get("name") or step.get("uses") or " ".join(step["run"].split())
            said = expressions.filled(said)
            condition = step.get("if", "success()")
            if not expressions.holds(condition):
                self.tell("not run", f"{said} (if: {condition})")
            elif "uses" in step:
                given = {
                    k: expressions.filled(v)
                    for k, v in step.get("with", {}).items()
                    if not k.startswith(("key", "restore"))
                }
                self.tell("left out", f"uses {said}: {self.stand_in(step['uses'], given)}")
            else:
                self.run(number, said, step, expressions, environment)

    def tell(self, became, said, seconds=None):
        """Say what became of a step, and count it."""
        self.counts[became] += 1
        took = f"  {seconds:.0f} s" if seconds is not None else ""
        print(f"  {became:<9} {said}{took}", flush=True)

    def stand_in(self, action, given):
        """Say what stands here for an action, none of which can be had."""
        name = action.split("@")[0]
        if name == "actions/checkout":
            return "the clone stands for it"
        if name == "actions/cache":
            return "what was built here stands for it"
        if name == "actions/upload-artifact":
            there = (self.checkout / given["path"]).exists()
            return f"{given['path']} is {'there' if there else 'NOT there, and nothing to upload'}"
        wanted = " ".join(str(v) for k, v in given.items() if k.endswith("-version"))
        command = STAND_INS.get(name)
        if command is None or shutil.which(command[0]) is None:
            return f"wanted {wanted or given}, and nothing stands for it here"
        said = subprocess.run(command, capture_output=True, text=True, check=False)
        return f"wanted {wanted}, this machine has {(said.stdout or said.stderr).splitlines()[0]}"

    def run(self, number, said, step, expressions, environment):
        """Run the line as it stands: by `bash -e`, in the clone, with what a runner sets."""
        script = self.logs / f"{number:02}.sh"
        script.write_text(str(expressions.filled(step["run"])))
        log = self.logs / f"{number:02}.log"
        output = self.logs / f"{number:02}.output"
        output.touch()
        env = {
            **os.environ,
            "CI": "true",
            "GITHUB_ACTIONS": "true",
            "GITHUB_WORKSPACE": str(self.checkout),
            "GITHUB_OUTPUT": str(output),
            "GITHUB_STEP_SUMMARY": str(self.logs / "summary.md"),
            "RUNNER_OS": SYSTEM,
            "RUNNER_TEMP": str(self.logs),
            "PATH": f"{self.bin}{os.pathsep}{os.environ['PATH']}",
        }
        for more in (environment, step.get("env", {})):
            env.update({name: str(expressions.filled(value)) for name, value in more.items()})
        folder = self.checkout / expressions.filled(step.get("working-directory", "."))
        started = time.monotonic()
        status = self.wait(["bash", "-e", str(script)], env, folder, log)
        seconds = time.monotonic() - started
        if status != 0:
            self.failed = True
            self.tell("FAILED", f"{said}: exit status {status}", seconds)
            for line in log.read_text(errors="replace").splitlines()[-SHOWN:]:
                print(f"      {line}")
            print(f"      (all of it: {os.path.relpath(log)})", flush=True)
            return
        self.tell("ok", said, seconds)
        if "id" in step:
            self.contexts["steps"][step["id"]] = {"outputs": read_outputs(output)}

    def wait(self, command, env, folder, log):
        """Run a command to its end or to the job's, and end what it leaves behind."""
        with Path(log).open("wb") as out:
            child = subprocess.Popen(
                command,
                env=env,
                cwd=folder,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
            try:
                return child.wait(max(0, self.deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                out.write(b"the job's timeout-minutes are over\n")
                return "of a step that was ended"
            finally:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(child.pid, signal.SIGKILL)
                child.wait()


def seed(built, target):
    """Begin a target folder with the dependencies that are built already.

    It isn't the same folder: to cargo, a clone and its origin are one package, and what one of them
    builds would be taken for fresh in the other.
    """
    if target.exists() or not built.exists():
        return

    def ours(folder, names):
        tests = {name for name in names if Path(folder).name == "deps" and "." not in name}
        return tests | {name for name in names if re.match(r"(lib)?zmq[-_]interop", name)}

    for part in (".fingerprint", "build", "deps"):
        shutil.copytree(built / part, target / part, ignore=ours)


def read_outputs(file):
    """Read what a step wrote into $GITHUB_OUTPUT."""
    outputs = {}
    for line in Path(file).read_text().splitlines():
        name, equals, value = line.partition("=")
        if not equals or "<<" in name:
            raise WorkflowError(f"$GITHUB_OUTPUT: '{line}' is no NAME=VALUE")
        outputs[name] = value
    return outputs
