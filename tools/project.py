"""What the tools share: where the project is, what its settings say, and how programs are run."""
import os
import re
import subprocess
import sys
from configparser import ConfigParser
from pathlib import Path

root = Path(__file__).resolve().parent.parent


def settings(folder: Path = root) -> dict[str, str]:
    "What settings.ini says."
    parser = ConfigParser(delimiters=["="], interpolation=None)
    parser.read(folder / "settings.ini", encoding="utf-8")
    return dict(parser["DEFAULT"])


def extras(said: dict[str, str]) -> dict[str, list[str]]:
    "Requirements by extra, as settings.ini says them; `all` is their union without `dev` and `docs`."
    found = {k.removesuffix("_requirements"): v.split() for k, v in said.items()
             if k.endswith("_requirements")}
    ours = ("dev", "docs") # for who works on the project
    return found | {"all": sorted({r for name, rs in found.items() if name not in ours for r in rs})}


def pythons(said: dict[str, str]) -> list[str]:
    "Python versions that are promised, from min_python to max_python."
    first, last = (int(said[k].partition(".")[2]) for k in ("min_python", "max_python"))
    return [f"3.{minor}" for minor in range(first, last + 1)]


def bare(requirement: str) -> str:
    "The name that a requirement is for, in the form in which names are compared."
    return re.sub(r"[-_.]+", "-", re.split(r"[\[<>=!~; ]", requirement, maxsplit=1)[0]).lower()


def outside(*hidden: str) -> dict[str, str]:
    "The environment of this process without paths to this repository, and without some more variables."
    return {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "VIRTUAL_ENV", *hidden)}


def run(*command: str | Path, **options) -> str:
    "Run a program that must succeed; its output."
    done = subprocess.run([str(c) for c in command], capture_output=True, text=True, **options)
    if done.returncode: sys.exit(f"{' '.join(map(str, command))}\n{done.stdout[-2000:]}{done.stderr[-4000:]}")
    return done.stdout


def clone(folder: Path) -> Path:
    "A clone of the last commit in a folder."
    run("git", "clone", "-q", root, folder)
    return folder
