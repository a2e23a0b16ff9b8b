"""Do the tests pass on the oldest and the newest allowed versions? `python tools/versions.py oldest|newest`.

Clones the last commit, makes an environment of its own with the core dependencies of settings.ini at the
lowest (or highest) versions that it allows, the tools of the dev extra at the newest that go with them, and
runs the tests there, all notebooks or those named. Says which versions these were, which tools could not be
had beside them, and which notebooks failed. Exits 1 if one did. Needs uv: pip install uv

    python tools/versions.py oldest                       # all, ten minutes to half an hour
    python tools/versions.py oldest --python 3.10
    python tools/versions.py oldest nbs/02_data.ipynb --env /tmp/oldest
    python tools/versions.py oldest --env /tmp/oldest     # again, in the environment that is there

A bound that does not hold is to be mended in settings.ini, which is the only place that says it."""
import argparse
import os
import platform
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from project import bare, clone, outside, settings

# What a tool needs beside old versions, and does not say itself.
HELD = {"oldest": {"ipython<8.24": "matplotlib before 3.9 imports from IPython what later ones lack"},
        "newest": {}}
THREADS = dict(OMP_WAIT_POLICY="PASSIVE", GOMP_SPINCOUNT="0")


def said(key: str) -> list[str]:
    "Requirements in settings.ini."
    return settings()[key].split()


def resolve(requirements: list[str], interpreter: str, *options: str) -> dict[str, str] | str:
    "Versions that meet requirements, by name; or why there are none."
    command = ["uv", "pip", "compile", "-q", "--no-header", "--no-annotate", "--python", interpreter,
               *options, "-"]
    done = subprocess.run(command, input="\n".join(requirements), capture_output=True, text=True)
    if done.returncode: return done.stderr
    return dict(line.split("==") for line in done.stdout.split() if "==" in line)


def versions(which: str, interpreter: str) -> tuple[dict[str, str], dict[str, str]]:
    "Pinned versions of everything, and the tools that cannot be had beside the core, with the reason."
    core = said("requirements")
    direction = "lowest-direct" if which == "oldest" else "highest"
    found = resolve(core, interpreter, "--resolution", direction)
    if isinstance(found, str): sys.exit(f"requirements of settings.ini: {found}")
    pins = [f"{bare(r)}=={found[bare(r)]}" for r in core] if which == "oldest" else core
    pins += HELD[which]
    tools, left_out = said("dev_requirements"), {}
    together = resolve(pins + tools, interpreter)
    if isinstance(together, str): # some tool does not go with the core: which one?
        for tool in tools:
            alone = resolve([*pins, tool], interpreter)
            if isinstance(alone, str): left_out[tool] = " ".join(alone.split())[:200]
        together = resolve(pins + [t for t in tools if t not in left_out], interpreter)
    if isinstance(together, str): sys.exit(f"no versions of the tools beside the {which} core: {together}")
    return together, left_out


def install(python: Path, interpreter: str, pins: dict[str, str], project: Path) -> None:
    "Make the environment as it should be."
    if not python.exists():
        subprocess.run(["uv", "venv", "-q", "--python", interpreter, python.parent.parent], check=True)
    command = ["uv", "pip", "install", "-q", "--python", python]
    lines = "\n".join(f"{n}=={v}" for n, v in pins.items())
    subprocess.run([*command, "-r", "-"], input=lines, text=True, check=True)
    subprocess.run([*command, "--no-deps", "-e", project], check=True)


def tests(python: Path, project: Path, names: list[str], log: Path, jobs: int) -> list[str]:
    "Run the tests of notebooks, of all if none is named; the names of those that fail."
    environ = outside("SPECTRAL_DATA")
    environ |= THREADS | {"PATH": f"{python.parent}{os.pathsep}{environ['PATH']}"}
    signal.signal(signal.SIGINT, signal.default_int_handler) # tests of Ctrl-C need one that is not ignored
    chosen, failed = [["--path", n] for n in names] or [["--n_workers", str(jobs)]], []
    for options in chosen:
        command = [python.parent / "nbdev_test", "--do_print", *options]
        done = subprocess.run(command, cwd=project, env=environ, text=True, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT)
        with open(log, "a") as f: f.write(done.stdout)
        _, _, end = done.stdout.partition("Failed On The Following Notebooks:")
        named = re.findall(r"^\t(\S+\.ipynb)", end, re.M)
        if done.returncode and not named: sys.exit(f"nbdev_test did not finish; see {log}")
        failed += named
    return failed


def main() -> None:
    "Resolve, install, test, tell."
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("which", choices=["oldest", "newest"], help="versions of the core dependencies")
    p.add_argument("notebooks", nargs="*", help="paths of notebooks; all by default")
    p.add_argument("--python", default=platform.python_version(), help="of which Python; of this by default")
    p.add_argument("--env", type=Path, help="folder of the environment, kept; a temporary one by default")
    p.add_argument("--log", type=Path, help="what the tests print; in the temporary folder by default")
    p.add_argument("--jobs", type=int, default=os.cpu_count(), help="notebooks tested side by side")
    args = p.parse_args()
    if not shutil.which("uv"): sys.exit("uv is not installed: pip install uv")
    pins, left_out = versions(args.which, args.python)
    core = [bare(r) for r in said("requirements")]
    print(f"{args.which} on Python {args.python}: " + ", ".join(f"{n} {pins[n]}" for n in core))
    for tool, why in left_out.items(): print(f"left out: {tool}: {why}")
    for tool, why in HELD[args.which].items(): print(f"held: {tool}: {why}")
    log = (args.log or Path(tempfile.gettempdir(), f"versions-{args.which}.log")).absolute()
    log.write_text("")
    with tempfile.TemporaryDirectory() as temporary:
        project = clone(Path(temporary) / "clone")
        number = len(args.notebooks or [*(project / "nbs").rglob("*.ipynb")])
        python = (args.env or Path(temporary) / "env").absolute() / "bin" / "python"
        install(python, args.python, pins, project)
        start = time.perf_counter()
        failed = tests(python, project, args.notebooks, log, args.jobs)
        seconds = time.perf_counter() - start
    print(f"{number - len(failed)} of {number} notebooks pass, in {seconds:.0f} s; output in {log}")
    if failed: sys.exit("failed: " + " ".join(failed))


if __name__ == "__main__": main()
