"""Can nbdev 3 take this project over? `python tools/nbdev3.py [--env FOLDER] [--out FOLDER]`.

nbdev 3 reads pyproject.toml instead of settings.ini. In a clone of the last commit, with nbdev 3 in an
environment of its own (no torch), this migrates the project with nbdev's own command, exports, and builds a
wheel before and after. Says what the migration loses, adds what has to be added by hand, and says whether the
wheel is then the same. The working tree is not touched.

  --env   folder of the environment, kept for the next time; a temporary one by default
  --out   folder in which the mended pyproject.toml is left

Exits 1 if something is lost that is not known here: then the migration needs another look."""
import argparse
import ast
import os
import re
import sys
import tempfile
import zipfile
from pathlib import Path

from project import clone, extras, outside, run, settings

OLD = ("settings.ini", "setup.py") # what nbdev says can be deleted after the migration


def environment(folder: Path) -> Path:
    "Programs of an environment with nbdev 3."
    programs = folder / "bin"
    if not (programs / "nbdev-export").exists():
        run(sys.executable, "-m", "venv", folder)
        run(programs / "python", "-m", "pip", "install", "-q", "nbdev>=3", "build", env=outside())
    return programs


def wheel(programs: Path, project: Path, out: Path) -> dict[str, set[str]]:
    "What a wheel of the project promises and holds."
    run(programs / "python", "-m", "build", "--wheel", "-o", out, project, cwd=out.parent, env=outside())
    with zipfile.ZipFile(next(out.glob("*.whl"))) as z:
        text = {n.partition(".dist-info/")[2]: z.read(n).decode() for n in z.namelist() if ".dist-info/" in n}
        files = {n for n in z.namelist() if ".dist-info/" not in n}
    head, _, body = text["METADATA"].partition("\n\n")
    scripts = {re.sub(r"\s", "", line) for line in text["entry_points.txt"].splitlines() if "=" in line}
    fields: dict[str, set[str]] = {"files": files, "scripts": scripts, "Description": {body}}
    for line in head.splitlines():
        key, _, value = line.partition(": ")
        if key != "Metadata-Version": fields.setdefault(key, set()).add(value)
    return fields


def tables(text: str) -> dict[str, str]:
    "The tables of a TOML file, as text by name."
    parts = re.split(r"^(?=\[[^\[\]]+\][ \t]*$)", text, flags=re.M)
    return {p[1:p.index("]")]: p.rstrip() for p in parts if p.startswith("[")}


def by_hand(migrated: str, before: str, said: dict[str, str]) -> tuple[str, list[str]]:
    "The migrated pyproject.toml with what the migration drops, and what that was."
    done, text = [], migrated
    wanted = extras(said)
    tools = [r for r in wanted["dev"] if not re.match(r"(nbdev|execnb|fastcore|ghapi)\b", r)]
    wanted["dev"] = ["nbdev>=3", *tools]
    lines = "\n".join(f"{name} = {rs}" for name, rs in wanted.items())
    text = re.sub(r"(?<=\[project\.optional-dependencies\]\n).*\n", lambda _: lines + "\n", text)
    done.append("extras: all but dev are dropped; the pins of nbdev 2 stay in dev and must go")
    found = 'include = ["spectral_nbdev"]'
    if found in text:
        more = 'include = ["spectral_nbdev", "spectral_nbdev.*"]'
        text = text.replace(found, more)
        done.append(f"sub-packages: {found} leaves them out of the wheel; {more} keeps them")
    text = text.replace("classifiers = [", 'classifiers = ["Typing :: Typed", ')
    done.append("classifiers: Typing :: Typed is dropped")
    kept = {n: t for n, t in tables(before).items() if n not in tables(migrated) and n != "build-system"}
    text = text.rstrip() + "\n\n" + "\n\n".join(kept.values()) + "\n"
    done.append(f"pyproject.toml is overwritten, not extended; gone: {', '.join(kept)}")
    done.append("links of README: setup.py makes them absolute for an index's page; pyproject.toml cannot")
    return text, done


def unlike(a: dict[str, set[str]], b: dict[str, set[str]]) -> dict[str, tuple[list[str], list[str]]]:
    "What only one of two wheels has, by field."
    found = {k: (sorted(a.get(k, set()) - b.get(k, set())), sorted(b.get(k, set()) - a.get(k, set())))
             for k in {*a, *b}}
    return {k: v for k, v in sorted(found.items()) if any(v)}


def code(text: str) -> str:
    "A module's program without its docstring."
    tree = ast.parse(text)
    if ast.get_docstring(tree) is not None: del tree.body[0]
    return ast.dump(tree)


def exported(project: Path, before: dict[str, str]) -> dict[str, list[str]]:
    "Modules after an export: those that are the same, in all bytes, in all but the docstring, or not."
    same, docstring, different, now = [], [], [], modules(project)
    for name in sorted({*before, *now} - {"_modidx.py"}):
        a, b = before.get(name), now.get(name)
        if a == b: same.append(name)
        elif a and b and code(a) == code(b): docstring.append(name)
        else: different.append(name)
    return {"the same bytes": same, "the same but for the docstring": docstring, "different": different}


def modules(project: Path) -> dict[str, str]:
    "Texts of the exported modules."
    folder = project / "spectral_nbdev"
    return {str(p.relative_to(folder)): p.read_text() for p in folder.rglob("*.py")}


def renamed(project: Path, programs: Path) -> list[str]:
    "Commands of nbdev that our files call and nbdev 3 has no more under that name."
    text = "".join((project / name).read_text() for name in (".ci/run", "CONTRIBUTING.md", "nbs/index.ipynb"))
    found = re.findall(r"\bnbdev_(?:export|clean|test|docs|prepare)\b", text)
    return sorted({c for c in found if not (programs / c).exists()})


def main() -> None:
    "Migrate, compare, mend, compare."
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--env", type=Path, help="folder of the environment with nbdev 3")
    p.add_argument("--out", type=Path, help="folder for the mended pyproject.toml")
    args = p.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        programs = environment((args.env or folder / "env").absolute())
        env = outside() | {"PATH": f"{programs}{os.pathsep}{os.environ['PATH']}"}
        ask = "import nbdev; print(nbdev.__version__)"
        version = run(programs / "python", "-c", ask, cwd=folder, env=env).strip()
        project = clone(folder / "clone")
        toml, said, before = project / "pyproject.toml", settings(project), modules(project)
        was, old_toml = wheel(programs, project, folder / "before"), toml.read_text()
        run("git", "clean", "-qfdx", cwd=project)

        print(run(programs / "nbdev-migrate-config", cwd=project, env=env).strip())
        for name in OLD: (project / name).unlink()
        print(f"\nAs nbdev {version} migrates it, the wheel would differ:")
        show(unlike(was, wheel(programs, project, folder / "migrated")))
        run("git", "clean", "-qfdx", cwd=project)

        mended, done = by_hand(toml.read_text(), old_toml, said)
        toml.write_text(mended)
        print("\nBy hand:\n" + "\n".join(f"- {d}" for d in done))
        left = unlike(was, wheel(programs, project, folder / "mended"))
        print("\nThen it still differs:")
        show(left)
        run("git", "clean", "-qfdx", cwd=project)

        run(programs / "nbdev-export", cwd=project, env=env)
        kinds = exported(project, before)
        print("\nModules that nbdev 3 exports: " + ", ".join(f"{len(v)} {k}" for k, v in kinds.items()))
        print(f"Commands with other names: {', '.join(renamed(project, programs))} (now with hyphens)")
        if args.out:
            args.out.mkdir(parents=True, exist_ok=True)
            (args.out / "pyproject.toml").write_text(mended)
    unknown = {k: left[k] for k in ("files", "scripts", "Name", "Version", "Requires-Python") if k in left}
    lost = [r for r in left.get("Requires-Dist", ([], []))[0] if 'extra == "dev"' not in r]
    lost += left.get("Provides-Extra", ([], []))[0]
    good = not kinds["different"] and not unknown and not lost
    print("\n" + ("nbdev 3 can migrate the project, with the extras and the above kept by hand" if good else
                  f"the migration needs another look: {kinds['different']} {unknown} {lost}"))
    sys.exit(0 if good else 1)


def show(differences: dict[str, tuple[list[str], list[str]]]) -> None:
    "Print what only one side has."
    for field, (lost, new) in differences.items():
        for sign, values in (("lost", lost), ("new", new)):
            if not values: continue
            several = f"{len(values)}, such as " if len(values) > 4 else ""
            shown = "; ".join(v[:80].replace("\n", " ") for v in values[:4])
            print(f"- {field}, {sign}: {several}{shown}")


if __name__ == "__main__": main()
