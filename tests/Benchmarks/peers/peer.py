"""The same steps in Debian's PyTorch. Usage: peer.py FOLDER THREADS, where FOLDER holds weights.safetensors and constants.py.

Reads one command a line: "run STEP" answers seconds of wall and CPU; "output STEP" and "adapters" answer the name of a file of fp32 numbers.
"""
import ctypes
import json
import os
import struct
import sys
import time
import types
from typing import List

import torch
from torch import Tensor

folder, threads = sys.argv[1], int(sys.argv[2])
torch.set_num_threads(threads)


def read(path):
    with open(path, "rb") as file:
        header = json.loads(file.read(struct.unpack("<Q", file.read(8))[0]))
        data = bytearray(file.read())
    header.pop("__metadata__", None)
    kinds = {"F32": torch.float32, "I64": torch.int64, "U8": torch.uint8}
    return {name: torch.frombuffer(data, dtype=kinds[e["dtype"]], offset=e["data_offsets"][0], count=max(1, int(torch.Size(e["shape"]).numel()))).reshape(e["shape"]).clone()
            for name, e in header.items()}


def attention(q, k, v):
    """torch 1.13 has no fused attention: softmax(q k^T / sqrt(d)) v, with the scale on q, as it is the smaller."""
    return torch.softmax((q * q.size(-1) ** -0.5) @ k.transpose(-2, -1), -1) @ v


class Aten(types.ModuleType):
    """What TorchScript finds under the name torch."""
    linear = staticmethod(torch._C._nn.linear)
    gelu = staticmethod(torch._C._nn.gelu)
    silu = staticmethod(torch._C._nn.silu)
    upsample_nearest2d = staticmethod(lambda x, size: torch._C._nn.upsample_nearest2d(x, size, None))
    scaled_dot_product_attention = staticmethod(attention)
    grad = staticmethod(lambda outputs, inputs: torch.autograd.grad(outputs, inputs))

    def __getattr__(self, name):
        return getattr(torch, name)


graph = {"torch": Aten("aten"), "Tensor": Tensor, "List": List}
for source in (os.path.join(folder, "constants.py"), os.path.join(os.path.dirname(os.path.abspath(__file__)), "graph.py")):
    with open(source) as file:
        exec(compile(file.read(), source, "exec"), graph)
call = types.SimpleNamespace(**{name: value for name, value in graph.items() if callable(value)})

given = read(os.path.join(folder, "weights.safetensors"))
listed = lambda prefix: [given[name] for name in sorted(n for n in given if n.startswith(prefix + "."))]
w, vae, lora = listed("w"), listed("vae"), [t.requires_grad_() for t in listed("lora")]
whole = [t.clone() for t in w]
trained = [t.requires_grad_() for i, t in enumerate(whole) if i != 2]  # 2: position codes
# foreach: the fastest AdamW that torch 1.13 has.
settings = dict(lr=call.learning_rate(), weight_decay=call.weight_decay(), eps=1e-8, foreach=True)
adapters, everything = torch.optim.AdamW(lora, **settings), torch.optim.AdamW(trained, **settings)
exemplar = [given["exemplar_" + name] for name in ("x", "sigma", "target", "context", "pooled")]


@torch.no_grad()
def forward():
    return call.forward(w, lora, given["batch_x"], given["batch_sigma"], given["each_context"], given["each_pooled"])


@torch.no_grad()
def sample():
    return call.images(w, lora, vae, given["eight_start"], given["eight_context"], given["eight_pooled"])


def train_gradients():
    return call.train_gradients(whole, trained, *[given["batch_" + name] for name in ("x", "sigma", "target")], given["each_context"], given["each_pooled"])


def slice_gradients(roll):
    x, v, z, old = given["x"], given["v_old"], given["z"], given["exemplar_old"]
    if roll:
        with torch.no_grad():
            x, v, z, _ = call.rollout(w, lora, given["start"], given["noise"], given["context"], given["pooled"], call.group_size())
            old = call.matching_loss(w, lora, *exemplar)
    return call.slice_gradients(w, lora, x, v, z, given["each_context"], given["each_pooled"], given["advantage"], *exemplar, old, given["exemplar_advantage"])


def update(optimizer, weights, gradients):
    for weight, gradient in zip(weights, gradients):
        weight.grad = gradient
    torch.nn.utils.clip_grad_norm_(weights, call.max_norm())
    optimizer.step()
    for weight in weights:
        weight.grad = None


outputs = {
    "Forward": lambda: [forward()],
    "Sample": lambda: [sample()],
    "Train": train_gradients,
    "Optimise": lambda: slice_gradients(False),
    "Grpo": lambda: slice_gradients(True),
}
runs = {
    "Forward": forward,
    "Sample": sample,
    "Train": lambda: update(everything, trained, train_gradients()),
    "Optimise": lambda: update(adapters, lora, slice_gradients(False)),
    "Grpo": lambda: update(adapters, lora, slice_gradients(True)),
}


def facts():
    blas = ctypes.CDLL("libopenblas.so.0")
    blas.openblas_get_config.restype = ctypes.c_char_p
    blas.openblas_get_num_threads.restype = ctypes.c_int
    with open("/proc/self/maps") as maps:
        loaded = sorted({line.split()[-1] for line in maps if "blas" in line})
    return {"torch": torch.__version__, "python": sys.version.split()[0], "threads": torch.get_num_threads(), "blas": blas.openblas_get_config().decode(),
            "blasThreads": blas.openblas_get_num_threads(), "blasFiles": loaded, "coreType": os.environ.get("OPENBLAS_CORETYPE")}


def write(tensors):
    path = os.path.join(folder, "numbers.bin")
    with open(path, "wb") as file:
        for t in tensors:
            file.write(t.detach().float().contiguous().numpy().tobytes())
    return path


print(json.dumps(facts()), flush=True)
for line in sys.stdin:
    verb, *rest = line.split()
    if verb == "run":
        wall, cpu = time.perf_counter(), time.process_time()
        runs[rest[0]]()
        print(json.dumps({"wall": time.perf_counter() - wall, "cpu": time.process_time() - cpu}), flush=True)
    elif verb == "output":
        print(json.dumps({"file": write(outputs[rest[0]]())}), flush=True)
    elif verb == "adapters":
        print(json.dumps({"file": write(lora)}), flush=True)
