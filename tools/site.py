"""The documentation site, with pages made from the code, and what is wrong with it.

    python tools/site.py pages     # pages that are made: reference, help of the commands, changelog, works
    python tools/site.py build     # the same, then the site into _docs/ by nbdev and smalldocs; then check
    python tools/site.py check     # links, alternative texts, titles and names of the site in _docs/

`nbdev_docs` makes the same site with Quarto, after `python tools/site.py pages`.
Needs `pip install -e '.[dev,docs]'` on Python 3.11 or later.
Exit status 1, and one line for each fault, if something is wrong.
"""
import html
import inspect
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import cached_property
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

from project import root, run, settings

NBS, PROC, SITE = root / "nbs", root / "_proc", root / "_docs"
MADE = NBS / "reference" # folder of pages that are made; ignored by git
MODULES = MADE / "modules"
NUMBER = r"\d+[a-zA-Z0-9]*_" # what nbdev takes off the name of a notebook
LINK = re.compile(r"\]\((?!\w+:)([^)#\s]*/)?([^)#/\s]+)\.ipynb")


def page_name(stem: str) -> str:
    "Name of the page of a notebook."
    return re.sub(f"^{NUMBER}", "", stem)


# ---------------------------------------------------------------- pages that are made

def make_pages() -> list[Path]:
    "Write the reference: modules, commands, changelog, contributing, references."
    shutil.rmtree(MADE, ignore_errors=True)
    MADE.mkdir()
    pages = [*module_pages(), commands_page(), *documents(), names_page()]
    print(f"{len(pages)} pages in {MADE.relative_to(root)}")
    return pages


def module_pages() -> list[Path]:
    "A page for each module: signatures, parameters, methods, fields."
    from smalldocs import api
    said = settings()
    source = f"{said['git_url']}/blob/{said['branch']}"
    for _, value in public_objects(): # fastcore's own kind of class method is not known to smalldocs
        for name, method in list(vars(value).items()) if inspect.isclass(value) else []:
            if type(method).__name__ == "_clsmethod": setattr(value, name, classmethod(method.f))
    s = api.Settings(NBS, ["spectral_nbdev"], f"{MADE.name}/{MODULES.name}", root, source)
    pages = api.build(s)
    (NBS / "_symbols.json").unlink(missing_ok=True)
    pages = [p for p in pages if p.stem != "all"]
    (MODULES / "all.qmd").unlink(missing_ok=True)
    texts = {p: public_only(p.read_text(encoding="utf-8")) for p in pages}
    for order, page in enumerate(sorted(pages, key=lambda p: module_of(texts[p]))):
        write(page, dressed(texts[page], order))
    (MODULES / ".smalldocs-api").unlink(missing_ok=True)
    return pages


def module_of(page: str) -> str:
    "Name of the module of a page of the reference that smalldocs wrote: its title."
    return re.search(r'^title: "(.+)"$', page, re.M)[1] # type: ignore[index]


def dressed(page: str, order: int) -> str:
    "A page of the reference with a short title, a place in the order, chapter, fields and properties."
    name = module_of(page)
    module = sys.modules[name]
    page = page.replace(f'title: "{name}"', f'title: "{name.partition(".")[2]}"\norder: {order}', 1)
    found = re.search(r"File to edit: \S*nbs/(\S+\.ipynb)", Path(inspect.getfile(module)).read_text("utf-8"))
    said = f"`{name}`"
    if found: said += f", defined in the chapter [{chapter_title(found[1])}](../../{found[1]})"
    front, first, *parts = re.split(r"(?m)^---\n|^(?=#{2,3} )", page)[1:]
    for k, part in enumerate(parts):
        if heading := re.match(r"## class (\w+)", part): parts[k] += members(getattr(module, heading[1]))
    text = re.sub(r"(?m)^### \w+\.(\w+) (?=\{#)", r"### \1 ", "".join(parts)) # a method, below its class
    return f"---\n{front}---\n{first.rstrip()}\n\n{said}.\n\n{text}"


def chapter_title(notebook: str) -> str:
    "The title of a notebook."
    cells = json.loads((NBS / notebook).read_text(encoding="utf-8"))["cells"]
    return "".join(cells[0]["source"]).partition("\n")[0].lstrip("# ")


def members(value: type) -> str:
    "Fields of a named tuple and properties of a class, as tables."
    from smalldocs import api
    module, comments = sys.modules[value.__module__], api.class_comments(value)
    def entry(name: str, kind: Any, text: str) -> list[str]:
        shown = "" if kind is inspect.Parameter.empty else api.type_text(kind, module)
        return [f"""[`{name}`]{{id="{value.__name__}.{name}"}}""", shown, text]
    fields = [entry(k, value.__annotations__.get(k, ""), comments.get(k, "")) for k in fields_of(value)]
    properties = [(k, getter(p)) for k, p in vars(value).items() if getter(p) and not k.startswith("_")]
    rows = [entry(k, inspect.signature(f).return_annotation, inspect.getdoc(f) or "") for k, f in properties]
    tables = [api.table(fields, ["Field", "Type", "Description"]),
              api.table(rows, ["Property", "Type", "Description"])]
    return "".join(f"{table}\n\n" for table in tables if table)


def fields_of(value: type) -> tuple[str, ...]:
    "Names of the fields of a named tuple; none for another class."
    return getattr(value, "_fields", ()) if issubclass(value, tuple) else ()


def getter(value: Any) -> Callable | None:
    "The function behind a property."
    return getattr(value, "fget", None) or (value.func if isinstance(value, cached_property) else None)


def public_only(page: str) -> str:
    "A page of the reference without what begins with an underscore, or was not written here."
    parts = re.split(r"(?m)^(?=#{2,3} )", page)
    def private(part: str) -> bool:
        name = re.match(r"#+ (?:class )?(\S+)", part)
        return bool(name and any(x.startswith("_") and x != "__init__" for x in name[1].split(".")))
    return "".join(p for p in parts if not private(p))


def commands_page() -> Path:
    "What each command says to --help."
    names = [line.split("=")[0].strip() for line in settings()["console_scripts"].splitlines() if "=" in line]
    text = ["---", "title: Commands", "description: What each command says to `--help`.", "---", ""]
    for name in names:
        said = run(Path(sys.executable).with_name(name), "--help")
        text += [f"## {name}", "", '```{.text .help code-overflow="scroll"}', said.strip(), "```", ""]
    return write(MADE / "commands.qmd", "\n".join(text))


def documents() -> list[Path]:
    "Changelog, contributing guide and list of works, where they are there."
    pages = []
    for name in ("CHANGELOG", "CONTRIBUTING"):
        if not (path := root / f"{name}.md").exists(): continue
        title, _, body = path.read_text(encoding="utf-8").partition("\n")
        front = f"---\ntitle: {title.lstrip('# ')}\n---\n"
        pages.append(write(MADE / f"{name.lower()}.qmd", front + repository_links(body)))
    if (root / "tools" / "references.py").exists():
        works = run(sys.executable, root / "tools" / "references.py")
        pages.append(write(MADE / "works.qmd", "---\ntitle: References\n---\n\n" + works))
    return pages


def repository_links(text: str) -> str:
    "Links to files of the repository point to where it is kept; those to notebooks to their pages."
    said = settings()
    text = re.sub(r"\]\(nbs/([^)]+\.ipynb)", r"](../\1", text)
    return re.sub(r"\]\((?!\w+:|#|\.\./)([^)]+)\)", rf"]({said['git_url']}/blob/{said['branch']}/\1)", text)


def names_page() -> Path:
    "An index of all public names."
    rows = sorted(((x.__name__, m) for m, x in public_objects()), key=lambda r: (r[0].lower(), r[1]))
    letters: dict[str, list[str]] = {}
    for name, module in rows:
        page = module.rpartition(".")[2]
        if not (MODULES / f"{page}.qmd").exists(): page = module
        letters.setdefault(name[0].upper(), []).append(
            f"[`{name}`](modules/{page}.qmd#{name}){{title=\"{module}\"}}")
    body = "\n".join(f"## {k}\n\n{' · '.join(v)}\n" for k, v in letters.items())
    front = "---\ntitle: All names\ndescription: Every public class and function, by letter.\n---\n\n"
    return write(MADE / "index.qmd", front + body)


def public_objects() -> Iterator[tuple[str, Any]]:
    "Each public class and function of the package, with the module it is written in."
    from smalldocs import api
    for module in api.package_modules("spectral_nbdev"):
        if module.__name__ == "spectral_nbdev.all": continue
        for name, value in vars(module).items():
            ours = getattr(value, "__module__", None) == module.__name__
            if ours and (inspect.isfunction(value) or inspect.isclass(value)) and not name.startswith("_"):
                if value.__name__ == name: yield module.__name__, value


def public_members(value: Any) -> list[str]:
    "Names of the methods, properties and fields that a class defines; none for a function."
    if not inspect.isclass(value): return []
    named = [k for k, m in vars(value).items() if not k.startswith("_")
             and (inspect.isfunction(m) or isinstance(m, classmethod | staticmethod) or getter(m)
                  or type(m).__name__ == "_clsmethod") and _ours(m)]
    return [f"{value.__name__}.{k}" for k in (*named, *fields_of(value))]


def _ours(method: Any) -> bool:
    "Whether a method was written here."
    f = getter(method) or getattr(method, "__func__", getattr(method, "f", method))
    own = "." in getattr(f, "__qualname__", "") # a function that a class borrows has an entry of its own
    return own and str(getattr(f, "__module__", "")).startswith("spectral_nbdev")


def write(path: Path, text: str) -> Path:
    "Write a page."
    path.write_text(text.rstrip() + "\n", encoding="utf-8")
    return path


# ---------------------------------------------------------------- the site

def build() -> None:
    "The site into _docs/."
    from nbdev.quarto import refresh_quarto_yml
    from nbdev.serve import proc_nbs
    make_pages()
    refresh_quarto_yml()
    proc = Path(proc_nbs(n_workers=0, force=True))
    rename(proc)
    shutil.rmtree(proc / "_docs", ignore_errors=True)
    done = subprocess.run([sys.executable, "-m", "smalldocs.cli", "render", str(proc)], capture_output=True,
                          text=True)
    said = (done.stdout + done.stderr).splitlines()
    if done.returncode: sys.exit("\n".join(said))
    shutil.rmtree(SITE, ignore_errors=True)
    shutil.move(proc / "_docs", SITE)
    name_results(SITE / "search.json")
    print(*[line for line in said if "broken link" in line], sep="\n") # found again by `check`, as links


def name_results(index: Path) -> None:
    "What the search finds in the reference is called by its name; its class and module stand below."
    entries = json.loads(index.read_text(encoding="utf-8"))
    for e in entries:
        if not e["href"].startswith(f"{MADE.name}/{MODULES.name}/") or not e["section"]: continue
        whole = e["href"].partition("#")[2]
        e["title"], e["section"] = whole.rpartition(".")[2], f"{whole} · spectral_nbdev.{e['title']}"
    index.write_text(json.dumps(entries, ensure_ascii=False), encoding="utf-8")


def rename(proc: Path) -> None:
    "Notebooks get the names that their pages have under Quarto, in their links too."
    found = {p: p.with_name(page_name(p.stem) + ".ipynb") for p in proc.rglob("*.ipynb")}
    if len({*found.values()}) < len(found): sys.exit("two notebooks have pages of the same name")
    for old, new in found.items():
        text = old.read_text(encoding="utf-8")
        nb = json.loads(text)
        for cell in nb["cells"]:
            if cell["cell_type"] == "markdown": cell["source"] = renamed_links("".join(cell["source"]))
            for shown in (o["data"] for o in cell.get("outputs", ()) if "data" in o):
                text = "".join(shown.get("text/markdown", ""))
                if text: shown["text/markdown"] = renamed_links(text)
        old.unlink()
        new.write_text(json.dumps(nb), encoding="utf-8")
    for page in proc.rglob("*.qmd"): write(page, renamed_links(page.read_text(encoding="utf-8")))
    for name in ("_quarto.yml", "nbdev.yml", "sidebar.yml"):
        text = (NBS / name).read_text(encoding="utf-8")
        text = re.sub(rf"((?:- |href: )(?:\w+/)?){NUMBER}", r"\1", text)
        (proc / name).write_text(text, encoding="utf-8")


def renamed_links(text: str) -> str:
    "Links to notebooks become links to the names of their pages."
    return LINK.sub(lambda m: f"]({m[1] or ''}{page_name(m[2])}.ipynb", text)


# ---------------------------------------------------------------- what is wrong with it

class Page(HTMLParser):
    "Pictures, headings and title of a page."
    def __init__(self, path: Path):
        super().__init__()
        self.bare: list[str] = [] # pictures without an alternative text
        self.title, self.inside, self.pictures = "", False, 0
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list) -> None:
        given = dict(attrs)
        self.inside = tag == "title"
        if tag == "img":
            self.pictures += 1
            if not (given.get("alt") or "").strip() and given.get("role") != "presentation":
                self.bare.append((given.get("src") or "")[:60])

    def handle_data(self, data: str) -> None:
        if self.inside: self.title += data

    def handle_endtag(self, tag: str) -> None:
        self.inside = False


def check() -> None:
    "Print what is wrong with the site in _docs/, and exit with 1 if something is."
    if not SITE.is_dir(): sys.exit("no site in _docs/; run: python tools/site.py build")
    pages = {p: Page(p) for p in sorted(SITE.rglob("*.html"))}
    faults = [f"{p.relative_to(SITE)}: a picture without alternative text: {x}" for p, page in pages.items()
              for x in page.bare]
    faults += [f"{p.relative_to(SITE)}: no title" for p, page in pages.items() if not page.title.strip()]
    faults += [*missing_names(pages), *config_faults(), *broken_links()]
    print(*faults, sep="\n")
    pictures = sum(page.pictures for page in pages.values())
    print(f"{len(pages)} pages, {pictures} pictures, {len(faults)} faults")
    if faults: sys.exit(1)


def missing_names(pages: dict[Path, Page]) -> list[str]:
    "Public names without an entry in the reference, or without words."
    text = {p.stem: p.read_text(encoding="utf-8") for p in pages if p.parent.name == MODULES.name}
    faults, n = [], 0
    for module, value in public_objects():
        page = text.get(module.rpartition(".")[2], "") + text.get(module, "")
        names = [value.__name__, *public_members(value)]
        n += len(names)
        faults += [f"{module}.{x}: not in the reference" for x in names
                   if f'id="{html.escape(x)}"' not in page]
        if not inspect.getdoc(value): faults.append(f"{module}.{value.__name__}: no docstring")
    print(f"{n} public names in the reference")
    return faults


def config_faults() -> list[str]:
    "What would stop Quarto from finishing."
    text = (NBS / "_quarto.yml").read_text(encoding="utf-8")
    if "commonmark" in text and "keep-md: true" not in text:
        return ["nbs/_quarto.yml: commonmark needs keep-md: true under html, or Quarto loses index.html.md"]
    return []


def broken_links() -> list[str]:
    "What lychee finds among the links inside the site."
    program = shutil.which("lychee", path=str(Path(sys.executable).parent)) or shutil.which("lychee")
    if program is None: return ["links were not checked: pip install -e '.[docs]'"]
    options = ["--offline", "--include-fragments", "--no-progress", "--format", "json", "--root-dir", SITE]
    done = subprocess.run([program, *options, SITE / "**" / "*.html"], capture_output=True, text=True)
    said = json.loads(done.stdout)
    print(f"{said['total']} links")
    return [f"{Path(page).relative_to(SITE)}: {x['url']}: {x['status']['text']}"
            for page, errors in said["error_map"].items() for x in errors]


actions = dict(pages=[make_pages], build=[build, check], check=[check])
if __name__ == "__main__":
    if len(sys.argv) != 2 or sys.argv[1] not in actions: sys.exit(__doc__)
    for action in actions[sys.argv[1]]: action()
