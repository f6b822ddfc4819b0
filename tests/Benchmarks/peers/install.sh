#!/usr/bin/env bash
# Installs the Python peer (Debian 12: torch 1.13.1) with OpenBLAS in place of the reference BLAS, and checks that it is the one in use.
set -euo pipefail
apt-get install -y --no-install-recommends python3-torch python3-numpy libopenblas0-pthread
/usr/bin/python3 - <<'EOF'
import torch
torch.randn(8, 8) @ torch.randn(8, 8)
files = {line.split()[-1] for line in open("/proc/self/maps") if "blas" in line}
print("torch", torch.__version__, *sorted(files), sep="\n  ")
if not any("openblas-pthread/libblas" in f for f in files):
    raise SystemExit("torch runs on another BLAS: update-alternatives --set libblas.so.3-$(uname -m)-linux-gnu /usr/lib/$(uname -m)-linux-gnu/openblas-pthread/libblas.so.3")
EOF
