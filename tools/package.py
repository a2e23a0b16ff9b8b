"""Is the package what it should be? `python tools/package.py [--install] [--extras [EXTRA …]] [--keep F]`.

Builds sdist and wheel from a clone of the last commit (`python -m build`; needs the dev extra), compares what
is in them with RULES below and with the commit, file by file, and their metadata with settings.ini; then
unpacks the wheel and uses it with every package hidden that the core requirements do not bring. This takes
seconds, and CI does it.

  --install   also installs the wheel with pip into a new virtual environment, without extras and with its
              own torch (some gigabytes), and says how many seconds lie between the start of pip and the first
              sample of the shipped model
  --extras    also installs the wheel with each extra in turn (or those named), and uses what it is for. Each
              gets a new virtual environment; uv makes them, since it keeps one copy of torch for all
  --keep      folder in which the two archives are left

What is tried, with and without extras, stands in tools/probes.py. Exits 1 if anything is wrong."""
import argparse
import fnmatch
import json
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import time
import zipfile
from email.parser import Parser
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

from packaging.metadata import Metadata
from packaging.requirements import Requirement

from probes import MODEL, PROBES
from project import clone, extras, outside, pythons, root, run, settings

MEGABYTES = 6 # most that either archive may weigh


class Rule(NamedTuple):
    "Files of the repository that belong into an archive."
    pattern: str # of the path in the repository; * stands for any number of folders, too
    wheel: bool # whether they are in the wheel
    at_least: int = 1 # how many there must be


# Everything that the archives hold. Notebooks, records and tools stay in the repository.
RULES = (
    Rule("spectral_nbdev/*.py", True, 60), # the exported modules
    Rule("spectral_nbdev/py.typed", True), # type checkers read the hints
    Rule("spectral_nbdev/reference/*.safetensors", True), # packed statistics of CIFAR-10
    Rule(f"spectral_nbdev/pretrained/{MODEL}/*", True, 2), # the model: configuration and weights
    Rule("spectral_nbdev/pretrained/photos-8x8/*", True, 3), # the prior of windows, with its record
    Rule("spectral_nbdev/pretrained/preview/*", True, 1), # the dictionary and prior of previews
    Rule("spectral_nbdev/previews/*.js", True, 1), # their decoder for web pages
    Rule("LICENSE", True),
    Rule("README.md", False), # the wheel holds it as its long description
    Rule("CONTRIBUTING.md", False), Rule("CHANGELOG.md", False), Rule("CITATION.cff", False),
    Rule("MANIFEST.in", False), Rule("pyproject.toml", False), Rule("settings.ini", False),
    Rule("setup.py", False),
)
# Files that the builders write themselves.
WRITTEN = {
    "sdist": ("PKG-INFO", "setup.cfg", "*.egg-info/*"),
    "wheel": tuple(f"*.dist-info/{n}" for n in ("METADATA", "WHEEL", "RECORD", "entry_points.txt",
                                                "top_level.txt")),
}

# --- Content ---------------------------------------------------------------------------------------------


def build(folder: Path) -> tuple[Path, dict[str, Path]]:
    "A clone of the last commit, and the archives built from it: sdist, and from that the wheel."
    project = clone(folder / "clone")
    run(sys.executable, "-m", "build", "-o", folder / "dist", project, cwd=folder)
    found = [*(folder / "dist").iterdir()]
    return project, {"sdist" if f.name.endswith(".tar.gz") else "wheel": f for f in found}


def members(archive: Path) -> dict[str, bytes]:
    "Contents by path; the sdist's folder, and the wheel's for licences, are left out of the path."
    if archive.name.endswith(".tar.gz"):
        with tarfile.open(archive) as tar:
            files = [m for m in tar.getmembers() if m.isfile()]
            return {m.name.partition("/")[2]: tar.extractfile(m).read() for m in files}
    with zipfile.ZipFile(archive) as z:
        names = [n for n in z.namelist() if not n.endswith("/")]
        return {re.sub(r"^[^/]+\.dist-info/licenses/", "", n): z.read(n) for n in names}


def compare(kind: str, found: dict[str, bytes], project: Path) -> list[str]:
    "What is missing, changed or too much in an archive, a line each."
    tracked = run("git", "-C", project, "ls-files").split("\n")[:-1]
    wanted, wrong = set(), []
    for rule in RULES:
        chosen = fnmatch.filter(tracked, rule.pattern)
        if len(chosen) < rule.at_least:
            wrong.append(f"commit: {rule.pattern}: {len(chosen)} files, expected at least {rule.at_least}")
        if rule.wheel or kind == "sdist": wanted |= {*chosen}
    written = {n for n in found if any(fnmatch.fnmatch(n, p) for p in WRITTEN[kind])}
    wrong += [f"{kind}: {n} is missing" for n in sorted(wanted - {*found})]
    wrong += [f"{kind}: {n} does not belong there" for n in sorted({*found} - wanted - written)]
    return wrong + [f"{kind}: {n} differs from the commit" for n in sorted(wanted & {*found})
                    if found[n] != (project / n).read_bytes()]

# --- Metadata --------------------------------------------------------------------------------------------


def requirements(said: dict[str, str]) -> dict[str, set[str]]:
    "Requirements by extra, as settings.ini says them; those of the core by the empty name."
    lines = {"": said["requirements"].split()} | extras(said)
    return {name: {str(Requirement(r)) for r in line} for name, line in lines.items()}


def promised(metadata: Metadata) -> dict[str, set[str]]:
    "Requirements by extra, as the wheel says them."
    found: dict[str, set[str]] = {"": set()} | {e: set() for e in metadata.provides_extra or []}
    for r in metadata.requires_dist or []:
        extra = re.search(r'extra == "(\w+)"', str(r.marker or ""))
        r.marker = None
        found[extra[1] if extra else ""].add(str(r))
    return found


def check_metadata(found: dict[str, dict[str, bytes]], project: Path) -> list[str]:
    "Differences of the metadata from settings.ini, and what an index would refuse, a line each."
    inside = {n.partition("/")[2]: b for n, b in found["wheel"].items() if ".dist-info/" in n}
    text, said = inside["METADATA"], settings(project)
    start = project / "spectral_nbdev" / "__init__.py"
    try: m = Metadata.from_email(text, validate=True)
    except Exception as e: return [f"metadata: {e}: {[str(x) for x in getattr(e, 'exceptions', ())]}"]
    scripts = {s.strip() for s in said["console_scripts"].splitlines()}
    entries = inside["entry_points.txt"].decode().partition("[console_scripts]")[2].partition("[")[0]
    pairs = {
        "name": (m.name, said["lib_name"]), "version": (str(m.version), said["version"]),
        "summary": (m.summary, said["description"]),
        "python": (str(m.requires_python), f">={said['min_python']}"),
        "python classifiers": ([c for c in m.classifiers or [] if "Python :: 3." in c],
                               [f"Programming Language :: Python :: {p}" for p in pythons(said)]),
        "extras that tools/probes.py tries": ({*PROBES}, {*requirements(said)} - {"", "all", "dev", "docs"}),
        "scripts": ({re.sub(r"\s", "", e) for e in entries.split("\n") if e.strip()}, scripts),
        "sdist": (found["sdist"]["PKG-INFO"] == text, True),
        "__version__": (f'__version__ = "{m.version}"' in start.read_text(), True),
    }
    ours, theirs = requirements(said), promised(m)
    pairs |= {f"requirements of [{e}]": (theirs.get(e), ours.get(e)) for e in {*ours, *theirs}}
    wrong = [f"metadata: {k}: expected {b}, got {a}" for k, (a, b) in pairs.items() if a != b]
    body = Parser().parsestr(text.decode()).get_payload()
    inward = re.findall(r"\]\((?![a-z]+:|#)([^)]*)\)", re.sub(r"^```.*?^```", "", body, flags=re.M | re.S))
    return wrong + [f"metadata: the long description links to {x}, which leads nowhere on an index's page"
                    for x in inward]


def twine(archives: dict[str, Path]) -> str:
    "What twine says, if it is installed: whether the long description can be shown."
    if not find_spec("twine"): return "twine is not installed: metadata read by packaging alone"
    return run(sys.executable, "-m", "twine", "check", "--strict", *archives.values()).strip()

# --- Use -------------------------------------------------------------------------------------------------


def probe(python: str | Path, *arguments: str | Path) -> list[dict]:
    "What tools/probes.py finds with an interpreter."
    command = [str(a) for a in (python, root / "tools" / "probes.py", *arguments)]
    done = subprocess.run(command, capture_output=True, text=True, env=outside(), cwd=tempfile.gettempdir())
    found = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    if done.returncode and all(f["good"] for f in found):
        found.append(dict(extra="", what="probes", good=False, seconds=0., text=done.stderr[-2000:]))
    return found


def report(title: str, found: list[dict]) -> list[str]:
    "Print a table of what was tried; what failed."
    print(f"\n{title}\n\n| extra | tried | as it should be | s | says |\n|---|---|---|---:|---|")
    for f in found:
        says, good = f["text"].replace("\n", " ").replace("|", "¦"), "yes" if f["good"] else "NO"
        print(f"| {f['extra']} | {f['what']} | {good} | {f['seconds']:.1f} | {says} |")
    return [f"{title}: {f['extra']} {f['what']}: {f['text']}" for f in found if not f["good"]]


def environment(folder: Path, uv: bool) -> Path:
    "A new virtual environment; its interpreter."
    if uv: run("uv", "venv", "-q", "--python", sys.executable, folder)
    else: run(sys.executable, "-m", "venv", folder)
    return folder / "bin" / "python"


def fresh_install(wheel: Path, folder: Path) -> list[str]:
    "Install without extras into a new environment, and time it until the first sample."
    python = environment(folder / "fresh", uv=False)
    start = time.perf_counter()
    run(python, "-m", "pip", "install", "-q", wheel, env=outside())
    installed = time.perf_counter() - start
    draw = f"print(SpectralGenerator.from_pretrained({MODEL!r}).sample(1).shape)"
    code = f"from spectral_nbdev.all import *; {draw}"
    said = subprocess.run([python, "-c", code], capture_output=True, text=True, env=outside(), cwd=folder)
    seconds = time.perf_counter() - start
    what = said.stdout.strip() or said.stderr.strip().splitlines()[-1]
    print(f"\npip install {installed:.1f} s, to the first sample {seconds:.1f} s: {what}")
    wrong = report("A new environment without extras", probe(python))
    shutil.rmtree(folder / "fresh")
    return wrong


def with_extra(wheel: Path, folder: Path, extra: str) -> list[str]:
    "Install with an extra into a new environment, and use it."
    python = environment(folder / extra, uv=True)
    start = time.perf_counter()
    run("uv", "pip", "install", "-q", "--python", python, f"spectral_nbdev[{extra}] @ {wheel.as_uri()}",
        env=outside())
    title = f"A new environment with [{extra}], installed in {time.perf_counter() - start:.0f} s"
    wrong = report(title, probe(python, extra))
    shutil.rmtree(folder / extra)
    return wrong


def main() -> None:
    "Build, compare, use; and install if asked."
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--install", action="store_true", help="time a fresh install by pip, without extras")
    p.add_argument("--extras", nargs="*", choices=[*PROBES, "all"], help="install with each of these extras")
    p.add_argument("--keep", type=Path, help="folder in which sdist and wheel are left")
    args = p.parse_args()
    wanted = [*PROBES, "all"] if args.extras == [] else args.extras or []
    if wanted and not shutil.which("uv"): sys.exit("--extras: uv is not installed: pip install uv")
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        project, archives = build(folder)
        found, wrong = {k: members(a) for k, a in archives.items()}, []
        for kind, archive in sorted(archives.items()):
            size = archive.stat().st_size / 1e6
            print(f"{archive.name}: {len(found[kind])} files, {size:.2f} MB")
            wrong += compare(kind, found[kind], project)
            if size > MEGABYTES: wrong.append(f"{kind}: expected at most {MEGABYTES} MB, got {size:.1f}")
        wrong += check_metadata(found, project)
        print(twine(archives))
        zipfile.ZipFile(archives["wheel"]).extractall(folder / "unpacked")
        wrong += report("The wheel without what extras bring", probe(sys.executable, "--hide", "--at",
                                                                    folder / "unpacked"))
        if args.install: wrong += fresh_install(archives["wheel"], folder)
        for extra in wanted: wrong += with_extra(archives["wheel"], folder, extra)
        if args.keep: shutil.copytree(folder / "dist", args.keep, dirs_exist_ok=True)
    print("\n" + ("\n".join(dict.fromkeys(wrong)) or "the package is what it should be"))
    sys.exit(1 if wrong else 0)


if __name__ == "__main__": main()
