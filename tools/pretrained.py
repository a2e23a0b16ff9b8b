"""Put the model of a run of the experiment `pretrained` into the package:
`python tools/pretrained.py runs/pretrained`."""
import shutil
import sys
from pathlib import Path

from spectral_nbdev.experiments.pretrained import NAME
from spectral_nbdev.generator import SpectralGenerator
from spectral_nbdev.io import read_json
from spectral_nbdev.tensors import read_texts

run, root = Path(sys.argv[1]), Path(__file__).resolve().parent.parent
made, home = run / NAME, root / "spectral_nbdev" / "pretrained" / NAME
recorded = read_json(root / "results" / "pretrained.json")["metrics"]["half"]["checksum"]
if read_texts(made / "model.safetensors")["checksum"] != recorded:
    sys.exit(f"{made} is not the model that results/pretrained.json describes")
SpectralGenerator.from_pretrained(made, "cpu") # complete, undamaged, of this version
shutil.rmtree(home, ignore_errors=True)
shutil.copytree(made, home)
print(home.relative_to(root), f"{sum(f.stat().st_size for f in home.iterdir()) / 1e6:.2f} MB")
