"""Statistics of CIFAR-10's training images through EfficientNet-Lite0, packed into spectral_nbdev/reference/: `SPECTRAL_DATA=… python tools/reference.py`."""
from pathlib import Path

from safetensors.torch import save_file
from spectral_nbdev.images import load_data
from spectral_nbdev.metrics import _checksum, _signature, cached_features, feature_statistics, fingerprint, load_extractor, pack_statistics

train, net = load_data("cifar10").train, load_extractor("efficientnet-lite0")
packed = pack_statistics(feature_statistics(cached_features(train, net).pooled))
path = Path(__file__).resolve().parent.parent / "spectral_nbdev" / "reference" / f"{fingerprint(train)}-{_signature(net)}.safetensors"
path.parent.mkdir(exist_ok=True)
save_file(packed, path, metadata=dict(sha256=_checksum(packed)))
print(path.name, f"{path.stat().st_size / 1e6:.1f} MB")
