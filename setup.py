"""Everything about the package is said once, in settings.ini; this file only passes it on."""
import re
from configparser import ConfigParser
from pathlib import Path

from setuptools import find_namespace_packages, setup

here = Path(__file__).parent
parser = ConfigParser(delimiters=["="], interpolation=None)
parser.read(here / "settings.ini", encoding="utf-8")
cfg = parser["DEFAULT"]

statuses = {"1": "1 - Planning", "2": "2 - Pre-Alpha", "3": "3 - Alpha", "4": "4 - Beta"}

# Every `<name>_requirements` line of settings.ini becomes the extra `<name>`; `all` is the union of those
# for users.
extras = {k.removesuffix("_requirements"): v.split() for k, v in cfg.items() if k.endswith("_requirements")}
extras["all"] = sorted({r for name, rs in extras.items() if name not in ("dev", "docs") for r in rs})

# The Python versions that the tests run on, from the oldest to the newest that is promised.
oldest, newest = (int(cfg[k].partition(".")[2]) for k in ("min_python", "max_python"))
pythons = [f"3.{minor}" for minor in range(oldest, newest + 1)]

# Links and pictures of README that lead into the repository need its address where README is read elsewhere.
readme = (here / "README.md").read_text(encoding="utf-8")
readme = re.sub(r"^<!--.*?-->\s*", "", readme)
for kind, start in {"raw": r"(!\[[^\]]*\]\()", "blob": r"((?<!!)\[[^\]]*\]\()"}.items():
    readme = re.sub(rf"{start}(?![a-z]+:|#)", rf"\1{cfg['git_url']}/{kind}/{cfg['branch']}/", readme)

setup(
    name=cfg["lib_name"],
    version=cfg["version"],
    description=cfg["description"],
    long_description=readme,
    long_description_content_type="text/markdown",
    keywords=cfg["keywords"],
    author=cfg["author"],
    author_email=cfg["author_email"],
    url=cfg["git_url"],
    project_urls={"Documentation": cfg["doc_host"] + cfg["doc_baseurl"]},
    license="Apache-2.0",
    license_files=["LICENSE"],
    classifiers=[
        f"Development Status :: {statuses[cfg['status']]}",
        f"Intended Audience :: {cfg['audience']}",
        f"Natural Language :: {cfg['language']}",
        "Programming Language :: Python :: 3",
        *(f"Programming Language :: Python :: {p}" for p in pythons),
        "Typing :: Typed",
    ],
    # Folders that hold data only (`reference`, `pretrained`) have no __init__.py, and must be named too.
    packages=find_namespace_packages(include=[cfg["lib_path"], f"{cfg['lib_path']}.*"],
                                     exclude=["*.__pycache__"]),
    include_package_data=True,
    python_requires=f">={cfg['min_python']}",
    install_requires=cfg["requirements"].split(),
    extras_require=extras,
    entry_points={
        "console_scripts": [s.strip() for s in cfg["console_scripts"].splitlines() if s.strip()],
        "nbdev": [f"{cfg['lib_path']}={cfg['lib_path']}._modidx:d"],
    },
    zip_safe=False,
)
