"""Statistics of CIFAR-10's training images through EfficientNet-Lite0, packed into spectral_nbdev/reference/:
`SPECTRAL_DATA=… python tools/reference.py`."""
from spectral_nbdev.data import load_data
from spectral_nbdev.extractors import (cached_features, load_extractor, pack_statistics, shipped_file,
                                       write_cached)
from spectral_nbdev.metrics import feature_statistics

train, net = load_data("cifar10").train, load_extractor("efficientnet-lite0")
path = shipped_file(train, net)
write_cached(path, pack_statistics(feature_statistics(cached_features(train, net).pooled)))
print(path.name, f"{path.stat().st_size / 1e6:.1f} MB")
