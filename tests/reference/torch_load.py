#!/usr/bin/env python3
"""Holds letra's model files to PyTorch: what is in them must mean there what it means here.

    torch_load.py model MODEL TEXT EVAL     a file that letra wrote
    torch_load.py dict DICT VOCAB TEXT EVAL a state dict that `fresh` wrote
    torch_load.py fresh DICT VOCAB TEXT [--cell lstm|gru|rnn|rnn-relu] [--embed E] [--bytes]
                        [--dtype F32|F16|BF16|F64] [--no-bias] [--tied]

`model` and `dict` load the tensors into torch.nn.Embedding (or one-hot vectors), LSTM (GRU, RNN) and Linear, strictly,
let the network read TEXT in one pass from the zero state, and compare the mean loss with EVAL, what `letra
eval --json` printed about the same: it must agree within 1e-4 nats. `fresh` makes a network of random
numbers for the characters of TEXT, in an order that is not sorted, and writes it as people save theirs from
PyTorch: under names of its own.

Files are read and written with nothing but the format's own rules: 8 bytes with the length of a JSON
header, the header, the tensors' bytes. Everything runs on one thread, so that nothing depends on the
machine.
"""

import argparse
import json
import random
import struct
import sys
import unicodedata

import torch

TOLERANCE = 1e-4
DTYPES = {
    "F64": torch.float64,
    "F32": torch.float32,
    "F16": torch.float16,
    "BF16": torch.bfloat16,
    "U64": torch.int64,
}


def read_safetensors(path):
    """The tensors and the metadata of a file, by hand."""
    with open(path, "rb") as file:
        content = file.read()
    (length,) = struct.unpack("<Q", content[:8])
    header = json.loads(content[8 : 8 + length])
    data = content[8 + length :]
    metadata = header.pop("__metadata__", {})
    tensors = {}
    for name, row in header.items():
        begin, end = row["data_offsets"]
        values = torch.frombuffer(bytearray(data[begin:end]), dtype=DTYPES[row["dtype"]])
        tensors[name] = values.reshape(row["shape"])
    return tensors, metadata


def write_safetensors(path, tensors, dtype):
    """Writes tensors as one type."""
    header, data = {"__metadata__": {"format": "pt"}}, b""
    for name, tensor in tensors.items():
        values = tensor.detach().to(DTYPES[dtype]).contiguous()
        if dtype == "BF16":
            values = values.view(torch.int16)  # the same bits, as a type that numpy has
        content = values.numpy().tobytes()
        offsets = [len(data), len(data) + len(content)]
        header[name] = {"dtype": dtype, "shape": list(values.shape), "data_offsets": offsets}
        data += content
    text = json.dumps(header).encode()
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + data)


def simple(nonlinearity):
    return lambda *sizes, **options: torch.nn.RNN(*sizes, nonlinearity=nonlinearity, **options)


CELLS = {
    "lstm": torch.nn.LSTM,
    "gru": torch.nn.GRU,
    "rnn": simple("tanh"),
    "rnn-relu": simple("relu"),
}


class Network(torch.nn.Module):
    """What letra's network is, in PyTorch."""

    def __init__(self, cell, size, embed, hidden, layers, bias=True):
        super().__init__()
        self.encoder = torch.nn.Embedding(size, embed) if embed > 0 else None
        width = embed if embed > 0 else size
        self.rnn = CELLS[cell](width, hidden, layers, bias=bias)
        self.decoder = torch.nn.Linear(hidden, size, bias=bias)
        self.size = size

    def forward(self, ids):
        if self.encoder is None:
            inputs = torch.nn.functional.one_hot(ids, self.size).to(self.decoder.weight.dtype)
        else:
            inputs = self.encoder(ids)
        outputs, _ = self.rnn(inputs.unsqueeze(1))
        return self.decoder(outputs.squeeze(1))


def symbols_of(path, as_bytes):
    """The units of a text as letra reads it: bytes as they are, or the characters of its NFC."""
    with open(path, "rb") as file:
        content = file.read()
    return list(content) if as_bytes else list(unicodedata.normalize("NFC", content.decode()))


def mean_nats(network, ids):
    """One pass from the zero state; every unit after the first is predicted once."""
    network = network.double()
    with torch.no_grad():
        logits = network(ids[:-1])
        return torch.nn.functional.cross_entropy(logits, ids[1:]).item()


def compare(network, vocabulary, text, evaluation):
    symbols = symbols_of(text, isinstance(vocabulary[0], int))
    place = {symbol: index for index, symbol in enumerate(vocabulary)}
    ids = torch.tensor([place[symbol] for symbol in symbols])
    expected = mean_nats(network, ids)
    with open(evaluation, encoding="utf-8") as file:
        found = json.load(file)
    nats, chars = found["nats_per_char"], found["chars"]
    print(f"PyTorch {expected:.7f} letra {nats:.7f} nats, {len(ids) - 1} and {chars} predicted")
    return abs(expected - nats) <= TOLERANCE and len(ids) - 1 == chars


def check_model(arguments):
    tensors, metadata = read_safetensors(arguments.model)
    config = json.loads(metadata["config"])
    vocabulary = json.loads(metadata["vocab"])
    assert metadata["format"] == "letra" and config["cell"] in CELLS, metadata
    assert len(vocabulary) == config["vocab"], "the vocabulary does not fit"
    network = Network(config["cell"], config["vocab"], config["embed"], config["hidden"], config["layers"])
    # A checkpoint has more than the parameters.
    ours = ("encoder.", "rnn.", "decoder.")
    parameters = {name: tensor for name, tensor in tensors.items() if name.startswith(ours)}
    network.load_state_dict(parameters, strict=True)
    return compare(network, vocabulary, arguments.text, arguments.evaluation)


def check_dict(arguments):
    tensors, _ = read_safetensors(arguments.dict)
    with open(arguments.vocab, encoding="utf-8") as file:
        vocabulary = json.load(file)
    if isinstance(vocabulary, dict):
        vocabulary = sorted(vocabulary, key=vocabulary.get)
    ours = {"embedding": "encoder", "lstm": "rnn", "fc": "decoder"}
    parameters = {}
    for name, tensor in tensors.items():
        _, module, rest = name.split(".")
        parameters[f"{ours[module]}.{rest}"] = tensor.float()
    if "decoder.weight" not in parameters:
        parameters["decoder.weight"] = parameters["encoder.weight"]
    hidden = parameters["rnn.weight_hh_l0"].shape[1]
    embed = parameters["encoder.weight"].shape[1] if "encoder.weight" in parameters else 0
    layers = sum(".weight_hh_l" in name for name in parameters)
    network = Network(arguments.cell, len(vocabulary), embed, hidden, layers, bias="decoder.bias" in parameters)
    network.load_state_dict(parameters, strict=True)
    return compare(network, vocabulary, arguments.text, arguments.evaluation)


def make_fresh(arguments):
    torch.manual_seed(7)
    vocabulary = sorted(set(symbols_of(arguments.text, arguments.bytes)))
    random.Random(7).shuffle(vocabulary)
    hidden = arguments.embed if arguments.tied else 12
    network = Network(arguments.cell, len(vocabulary), arguments.embed, hidden, 2, bias=not arguments.no_bias)
    scale = 1 if arguments.cell == "rnn-relu" else 2  # so that what was read matters
    theirs = {"encoder": "embedding", "rnn": "lstm", "decoder": "fc"}
    tensors = {}
    for name, tensor in network.state_dict().items():
        module, rest = name.split(".", 1)
        if not (arguments.tied and name == "decoder.weight"):
            tensors[f"model.{theirs[module]}.{rest}"] = tensor * scale
    write_safetensors(arguments.dict, tensors, arguments.dtype)
    if not arguments.bytes and arguments.embed > 0:
        vocabulary = {symbol: index for index, symbol in enumerate(vocabulary)}
    with open(arguments.vocab, "w", encoding="utf-8") as file:
        json.dump(vocabulary, file)
    return True


def main():
    torch.set_num_threads(1)
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = parser.add_subparsers(dest="command", required=True)
    command = commands.add_parser("model")
    command.set_defaults(run=check_model)
    for name in ("model", "text", "evaluation"):
        command.add_argument(name)
    command = commands.add_parser("dict")
    command.set_defaults(run=check_dict)
    for name in ("dict", "vocab", "text", "evaluation"):
        command.add_argument(name)
    command.add_argument("--cell", default="lstm", choices=CELLS)
    command = commands.add_parser("fresh")
    command.set_defaults(run=make_fresh)
    for name in ("dict", "vocab", "text"):
        command.add_argument(name)
    command.add_argument("--cell", default="lstm", choices=CELLS)
    command.add_argument("--embed", type=int, default=6)
    command.add_argument("--dtype", default="F32", choices=["F64", "F32", "F16", "BF16"])
    command.add_argument("--bytes", action="store_true")
    command.add_argument("--no-bias", action="store_true")
    command.add_argument("--tied", action="store_true")
    arguments = parser.parse_args()
    return 0 if arguments.run(arguments) else 1


if __name__ == "__main__":
    sys.exit(main())
