"""Run every `run:` of the workflow on this machine, job by job, for each entry of the matrix.

Each job gets a fresh clone of HEAD, as a runner does. What only a runner has (its image, the
actions that are `uses:`d, other systems) is named and left out. Exit status: 0 all that ran went
well, 1 a step failed, 2 the workflow or the command line is wrong.
"""

import argparse
import itertools
from pathlib import Path
import platform
import shutil
import subprocess
import sys

from expression import ExpressionError, Expressions
from job import SYSTEM, Job, WorkflowError, only
import yaml

ROOT = Path(__file__).resolve().parent.parent.parent
JOB_KEYS = {"name", "needs", "runs-on", "timeout-minutes", "outputs", "strategy", "steps", "env"}
WORKFLOW_KEYS = {"name", True, "on", "permissions", "jobs", "env"}  # to YAML, `on` is true
IMAGES = {"ubuntu": "Linux", "macos": "macOS"}


def named(value):
    """Name a value of the matrix: some are objects with a name."""
    return value["name"] if isinstance(value, dict) else str(value)


def choices(job, expressions):
    """Give each choice of a job's matrix."""
    strategy = job.get("strategy", {})
    only({"fail-fast", "matrix"}, strategy, "strategy")
    matrix = strategy.get("matrix", {})
    only(set(matrix) - {"include", "exclude"}, matrix, "matrix")
    values = [expressions.filled(value) for value in matrix.values()]
    for chosen in itertools.product(*values):
        yield dict(zip(matrix, chosen))


def needs_of(job):
    """Name the jobs that a job needs."""
    needs = job.get("needs", [])
    return [needs] if isinstance(needs, str) else needs


def in_order(jobs, wanted):
    """Name the wanted jobs, and those that they need before them."""
    order = []

    def add(name):
        if name not in jobs:
            raise WorkflowError(f"there is no job {name}; there are {', '.join(jobs)}")
        for needed in needs_of(jobs[name]):
            add(needed)
        if name not in order:
            order.append(name)

    for name in wanted or jobs:
        add(name)
    return order


class Workflow:
    """A workflow on its way."""

    def __init__(self, text, arguments):
        """Read it; `arguments` say what of it is wanted."""
        try:
            self.workflow = yaml.safe_load(text)
        except yaml.YAMLError as error:
            raise WorkflowError(f"it is no YAML: {error}") from error
        only(WORKFLOW_KEYS, self.workflow, "the workflow")
        self.arguments = arguments
        self.needs = {}
        self.untried = {}
        self.failed = []
        self.peers = set()

    def play(self):
        """Play the jobs in order."""
        jobs = self.workflow["jobs"]
        for name in in_order(jobs, self.arguments.job):
            job = jobs[name]
            only(JOB_KEYS, job, f"job {name}")
            lost = [need for need in needs_of(job) if need not in self.needs]
            if lost:
                print(f"\n{name}\n  not run   it needs {lost[0]}, which failed")
                continue
            for chosen in choices(job, Expressions({"needs": self.needs})):
                self.choice(name, job, chosen)
        missing = set(self.arguments.peer) - self.peers
        if missing and not self.failed:
            raise WorkflowError(f"the matrix has no {', '.join(sorted(missing))}")

    def choice(self, name, job, chosen):
        """Play a job with one choice of its matrix."""
        contexts = {"needs": self.needs, "matrix": chosen}
        expressions = Expressions(contexts)
        image = expressions.filled(job["runs-on"])
        title = f"{name}: {expressions.filled(job.get('name', name))}"
        peers = {named(value) for key, value in chosen.items() if key == "peer"}
        self.peers |= peers
        if self.arguments.peer and peers and not peers & set(self.arguments.peer):
            return
        # What others need runs on the system that it names.
        if chosen and not any(image.startswith(system) for system in self.arguments.os or [""]):
            return
        if IMAGES.get(image.split("-")[0]) != SYSTEM:
            self.untried.setdefault(image, []).append(title)
            return
        played = Job(
            ROOT / "target/workflow", ROOT, title, contexts, job.get("timeout-minutes", 360)
        )
        played.play(job["steps"], {**self.workflow.get("env", {}), **job.get("env", {})})
        if played.failed:
            self.failed.append(title)
            return
        outputs = Expressions(played.contexts)
        self.needs[name] = {
            "outputs": {k: outputs.filled(v) for k, v in job.get("outputs", {}).items()}
        }


def names(text):
    """Split a list of names."""
    return text.split(",")


def main():
    """Read the command line, play, and say what became of it."""
    parser = argparse.ArgumentParser(
        prog="scripts/workflow",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--job", type=names, default=[], help="only these jobs, and what they need")
    parser.add_argument("--peer", type=names, default=[], help="only these peers of the matrix")
    parser.add_argument("--os", type=names, default=[], help="only these systems, e.g. ubuntu")
    parser.add_argument("file", nargs="?", default=ROOT / ".github/workflows/ci.yml", type=Path)
    arguments = parser.parse_args()
    changed = subprocess.run(
        ["git", "status", "--porcelain"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    if changed.stdout:
        print("note: the clones are of HEAD; what isn't committed is not in them")
    if SYSTEM == "Linux":
        system = platform.freedesktop_os_release()["PRETTY_NAME"]
        print(f"note: this machine, {system}, stands for the image ubuntu-latest")
    if shutil.which("sudo") is None:
        print("note: there is no sudo here; what the steps put behind it is run without")
    workflow = Workflow(arguments.file.read_text(), arguments)
    workflow.play()
    print()
    for image, titles in workflow.untried.items():
        print(f"untried, {image} can't be had on {SYSTEM}: {', '.join(titles)}")
    for failed in workflow.failed:
        print(f"FAILED: {failed}")
    return 1 if workflow.failed else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (WorkflowError, ExpressionError, OSError) as error:
        print(f"scripts/workflow: {error}", file=sys.stderr)
        sys.exit(2)
    except KeyboardInterrupt:
        sys.exit(130)
