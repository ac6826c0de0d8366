#!/usr/bin/env python3
"""Makes the numbers that letra's simple recurrent networks and its gated recurrent units are held to, in double
precision: PyTorch's, and for gru-before, which PyTorch lacks, those of the paper's equations.

    /usr/bin/python3 tests/reference/rnn_reference.py       (Debian's python3-torch; 2 seconds)

writes four files beside itself, which are committed, and which tests/support/torch_reference.h reads:

    rnn_small.txt           torch.nn.RNN with tanh
    rnn-relu_small.txt      torch.nn.RNN with rectified units
    gru_small.txt           torch.nn.GRU
    gru-before_small.txt    Cho et al. 2014, equations 5 to 8, step by step

Each has 2 layers of 37 units, which letra cuts into two slices, neither of which is whole vectors. What is in them,
and how, is said in lstm_reference.py; here there are no trainings, and samples only.
"""

import pathlib

import torch
from lstm_reference import Writer, fill, make_units, write_window


class GruBefore(torch.nn.Module):
    """A layer whose reset gate comes before the recurrent product. Gates are in the order r z n, as torch.nn.GRU has
    them, and z is the share of the state before, as in the paper."""

    def __init__(self, width, hidden):
        super().__init__()
        self.weight_ih = torch.nn.Parameter(torch.empty(3 * hidden, width))
        self.weight_hh = torch.nn.Parameter(torch.empty(3 * hidden, hidden))
        self.bias_ih = torch.nn.Parameter(torch.empty(3 * hidden))
        self.bias_hh = torch.nn.Parameter(torch.empty(3 * hidden))

    def forward(self, inputs, h):
        w_r, w_z, w_n = self.weight_hh.chunk(3)
        b_r, b_z, b_n = self.bias_hh.chunk(3)
        outputs = []
        for x in inputs:
            x_r, x_z, x_n = (x @ self.weight_ih.T + self.bias_ih).chunk(3, dim=1)
            r = torch.sigmoid(x_r + h @ w_r.T + b_r)
            z = torch.sigmoid(x_z + h @ w_z.T + b_z)
            n = torch.tanh(x_n + (r * h) @ w_n.T + b_n)
            h = z * h + (1.0 - z) * n
            outputs.append(h)
        return torch.stack(outputs), h


TORCH = {
    "rnn": lambda *sizes: torch.nn.RNN(*sizes, nonlinearity="tanh"),
    "rnn-relu": lambda *sizes: torch.nn.RNN(*sizes, nonlinearity="relu"),
    "gru": torch.nn.GRU,
}


class Network(torch.nn.Module):
    """What letra's network is, with the parameters' names that it has there. A state is (h), layers × B × H."""

    def __init__(self, setting):
        super().__init__()
        self.setting = setting
        vocab, embed, hidden, layers = (setting[name] for name in ("vocab", "embed", "hidden", "layers"))
        cell = setting["cell"]
        self.encoder = torch.nn.Embedding(vocab, embed)
        if cell in TORCH:
            self.rnn = TORCH[cell](embed, hidden, layers)
        else:
            widths = [embed] + [hidden] * (layers - 1)
            self.layers = torch.nn.ModuleList(
                torch.nn.ModuleDict({cell: GruBefore(width, hidden)}) for width in widths
            )
        self.decoder = torch.nn.Linear(hidden, vocab)
        fill(self, setting)

    def zero_state(self):
        shape = (self.setting["layers"], self.setting["batch"], self.setting["hidden"])
        return (torch.zeros(shape, dtype=torch.float64),)

    def forward(self, ids, state, _masks=None):
        outputs = self.encoder(ids)
        if self.setting["cell"] in TORCH:
            outputs, after = self.rnn(outputs, state[0])
        else:
            after = []
            for layer, before in zip(self.layers, state[0]):
                outputs, h = layer[self.setting["cell"]](outputs, before)
                after.append(h)
            after = torch.stack(after)
        return self.decoder(outputs), (after,)


def write_reference(cell, **setting):
    writer = Writer(pathlib.Path(__file__).with_name(f"{cell}_small.txt"), "rnn_reference.py")
    for key, value in setting.items():
        writer.numbers(key, [value])
    units = make_units(writer, setting)
    write_window(writer, setting, units, Network(setting | {"cell": cell}))
    writer.close()


def main():
    torch.set_num_threads(1)
    shape = {"layers": 2, "hidden": 37, "embed": 6, "vocab": 11, "steps": 7, "batch": 3, "windows": 2}
    for number, cell in enumerate(("rnn", "rnn-relu", "gru", "gru-before")):
        write_reference(cell, **shape, dropout=0, seed=10 + number, scale=0.25, stride=13)


if __name__ == "__main__":
    main()
