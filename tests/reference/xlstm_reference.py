#!/usr/bin/env python3
"""Makes the numbers that letra's xLSTM cells are held to: the paper's equations, step by step, in double precision.

    /usr/bin/python3 tests/reference/xlstm_reference.py     (Debian's python3-torch; 10 seconds)

writes four files beside itself, which are committed, and which tests/support/torch_reference.h reads:

    mlstm_small.txt     2 layers of 12 units in 2 heads, T = 70, which letra cuts into two chunks
    mlstm_heads.txt     1 layer of 35 units in 5 heads, which are no multiples of the blocks' 4
    slstm_small.txt     2 layers of 12 units in 2 heads
    slstm_heads.txt     1 layer of 35 units in 5 heads

What is in them, and how, is said in lstm_reference.py; here there are no trainings. The cells are written in the
recurrent form alone (Beck et al. 2024, equations 8 to 17 and 19 to 27), out of PyTorch's elementary operations, which
also give the gradients: letra's chunks and its way back through them are another way to the same numbers. What letra
carries of a stream is stabilised, and the way to a number of the state before a window goes through its stabiliser,
too.

Parameters are named and ordered as letra's, and made as there: those that start at a constant are that constant plus
random numbers.
"""

import math
import pathlib

import torch
from lstm_reference import Generator, Writer, make_units, nats_of, window_of

TAPS = 4  # of the convolution
BLOCK = 4  # of the projections to q, k and v
CONSTANTS = {
    "norm_weight": 1.0,
    "mlp_norm_weight": 1.0,
    "head_norm_weight": 1.0,
    "skip": 1.0,
    "forget_bias": 2.0,
}


def normalize(x):
    """Layer normalisation without weight and bias (Ba et al. 2016)."""
    centred = x - x.mean(-1, keepdim=True)
    return centred / torch.sqrt((centred**2).mean(-1, keepdim=True) + 1e-5)


def swish(x):
    return x * torch.sigmoid(x)


def multiply_blocks(weight, x):
    """A block-diagonal matrix times x: row i of `weight` is row i's part within its block."""
    width = x.shape[-1]
    matrix = torch.zeros(width, width, dtype=x.dtype)
    for row in range(width):
        first = row // BLOCK * BLOCK
        count = min(BLOCK, width - first)
        matrix[row, first : first + count] = weight[row, :count]
    return x @ matrix.T


class Mlstm:
    """A layer: the block of figure 11 around the cell."""

    def __init__(self, hidden, heads):
        self.hidden, self.heads = hidden, heads
        self.inner = 2 * hidden
        self.width = self.inner // heads
        inner = self.inner
        self.shapes = {
            "norm_weight": (hidden,),
            "norm_bias": (hidden,),
            "up_weight": (2 * inner, hidden),
            "conv_weight": (inner, TAPS),
            "conv_bias": (inner,),
            "q_weight": (inner, BLOCK),
            "k_weight": (inner, BLOCK),
            "v_weight": (inner, BLOCK),
            "gate_weight": (2 * heads, 3 * inner),
            "input_bias": (heads,),
            "forget_bias": (heads,),
            "head_norm_weight": (inner,),
            "skip": (inner,),
            "down_weight": (hidden, inner),
        }

    def zero_state(self, batch):
        """C (a row for each element of the key), n, m and the convolution's last inputs, the oldest first."""
        return [
            torch.zeros(batch, self.heads, self.width, self.width, dtype=torch.float64),
            torch.zeros(batch, self.heads, self.width, dtype=torch.float64),
            torch.zeros(batch, self.heads, dtype=torch.float64),
            torch.zeros(batch, TAPS - 1, self.inner, dtype=torch.float64),
        ]

    def memory(self, q, k, v, input_gate, forget_gate, state):
        """Equations 19 to 27 with the stabiliser; B × N × width each, gates B × N."""
        c, n, m = state
        log_forget = torch.nn.functional.logsigmoid(forget_gate)
        m_now = torch.maximum(log_forget + m, input_gate)
        i = torch.exp(input_gate - m_now)
        f = torch.exp(log_forget + m - m_now)
        c = f[..., None, None] * c + i[..., None, None] * k[..., :, None] * v[..., None, :]
        n = f[..., None] * n + i[..., None] * k
        read = (q[..., :, None] * c).sum(-2)
        normalizer = torch.maximum((q * n).sum(-1).abs(), torch.exp(-m_now))
        return read / normalizer[..., None], [c, n, m_now]

    def step(self, p, x, state):
        """One step of B streams."""
        batch = x.shape[0]
        up = (normalize(x) * p["norm_weight"] + p["norm_bias"]) @ p["up_weight"].T
        u, g = up[:, : self.inner], up[:, self.inner :]
        taps = torch.cat([state[3], u[:, None, :]], dim=1)
        convolved = swish((taps * p["conv_weight"].T).sum(1) + p["conv_bias"])
        q = multiply_blocks(p["q_weight"], convolved)
        k = multiply_blocks(p["k_weight"], convolved) / math.sqrt(self.width)
        v = multiply_blocks(p["v_weight"], u)
        gates = torch.cat([q, k, v], dim=-1) @ p["gate_weight"].T
        input_gate = gates[:, : self.heads] + p["input_bias"]
        forget_gate = gates[:, self.heads :] + p["forget_bias"]
        q, k, v = (part.reshape(batch, self.heads, self.width) for part in (q, k, v))
        h, memory = self.memory(q, k, v, input_gate, forget_gate, state[:3])
        h = normalize(h).reshape(batch, self.inner) * p["head_norm_weight"]
        out = x + ((h + p["skip"] * convolved) * swish(g)) @ p["down_weight"].T
        return out, memory + [taps[:, 1:]]


class Slstm:
    """A layer: the block of figure 10, without its convolution, around the cell."""

    def __init__(self, hidden, heads):
        self.hidden, self.heads = hidden, heads
        self.width = hidden // heads
        self.inner = (4 * hidden // 3 + 15) // 16 * 16
        self.shapes = {
            "weight_ih": (4 * hidden, hidden),
            "weight_hh": (4 * hidden, self.width),
            "bias": (4 * hidden,),
            "up_weight": (2 * self.inner, hidden),
            "down_weight": (hidden, self.inner),
            "norm_weight": (hidden,),
            "norm_bias": (hidden,),
            "head_norm_weight": (hidden,),
            "mlp_norm_weight": (hidden,),
            "mlp_norm_bias": (hidden,),
        }

    def zero_state(self, batch):
        """h, c, n and m."""
        return [torch.zeros(batch, self.hidden, dtype=torch.float64) for _ in range(4)]

    def recurrent(self, weight, h):
        """R h': each gate's units read h' of their own head."""
        batch = h.shape[0]
        blocks = weight.reshape(4, self.heads, self.width, self.width)
        parts = torch.einsum("gnij,bnj->bgni", blocks, h.reshape(batch, self.heads, self.width))
        return parts.reshape(batch, 4 * self.hidden)

    def step(self, p, x, state):
        """Equations 8 to 17 for one step of B streams; gates in the order i f z o."""
        h, c, n, m = state
        normal = normalize(x) * p["norm_weight"] + p["norm_bias"]
        gates = normal @ p["weight_ih"].T + self.recurrent(p["weight_hh"], h) + p["bias"]
        log_i, forget_gate, z, o = gates.chunk(4, dim=-1)
        log_f = torch.nn.functional.logsigmoid(forget_gate)
        m_now = torch.maximum(log_f + m, log_i)
        i = torch.exp(log_i - m_now)
        f = torch.exp(log_f + m - m_now)
        c = f * c + i * torch.tanh(z)
        n = f * n + i
        h = torch.sigmoid(o) * c / n
        heads = normalize(h.reshape(-1, self.heads, self.width)).reshape(h.shape)
        middle = x + heads * p["head_norm_weight"]
        normal = normalize(middle) * p["mlp_norm_weight"] + p["mlp_norm_bias"]
        a, b = (normal @ p["up_weight"].T).chunk(2, dim=-1)
        gated = torch.nn.functional.gelu(a, approximate="tanh") * b
        return middle + gated @ p["down_weight"].T, [h, c, n, m_now]


CELLS = {"mlstm": Mlstm, "slstm": Slstm}


class Network:
    """Embedding, layers and decoder, with letra's parameters. A state is a list of arrays for each layer."""

    def __init__(self, setting):
        vocab, hidden = setting["vocab"], setting["hidden"]
        self.cell = setting["cell"]
        self.layers = [CELLS[self.cell](hidden, setting["heads"]) for _ in range(setting["layers"])]
        shapes = {"encoder.weight": (vocab, hidden)}
        for number, layer in enumerate(self.layers):
            for name, shape in layer.shapes.items():
                shapes[f"layers.{number}.{self.cell}.{name}"] = shape
        shapes |= {"decoder.weight": (vocab, hidden), "decoder.bias": (vocab,)}
        generator = Generator(setting["seed"])
        self.parameters = {}
        for name, shape in shapes.items():
            scale = 1.0 if name == "encoder.weight" else setting["scale"]
            values = CONSTANTS.get(name.split(".")[-1], 0.0) + scale * generator.numbers(math.prod(shape))
            self.parameters[name] = values.reshape(shape).requires_grad_()

    def zero_state(self, batch):
        return [layer.zero_state(batch) for layer in self.layers]

    def forward(self, ids, state):
        """Logits of T × B units."""
        inputs = self.parameters["encoder.weight"][ids]
        after = []
        for number, layer in enumerate(self.layers):
            prefix = f"layers.{number}.{self.cell}."
            own = {name: self.parameters[prefix + name] for name in layer.shapes}
            outputs, now = [], state[number]
            for x in inputs:
                out, now = layer.step(own, x, now)
                outputs.append(out)
            inputs = torch.stack(outputs)
            after.append(now)
        return inputs @ self.parameters["decoder.weight"].T + self.parameters["decoder.bias"], after


def flat(state):
    """As letra stores it: layer after layer, state after state, each B rows."""
    return torch.cat([part.flatten() for layer in state for part in layer])


def write_window(writer, setting, units):
    """The second window: outputs and gradients."""
    network = Network(setting)
    with torch.no_grad():
        ids, _ = window_of(setting, units, 0)
        _, state = network.forward(ids, network.zero_state(setting["batch"]))
    before = [[part.clone().requires_grad_() for part in layer] for layer in state]
    ids, targets = window_of(setting, units, 1)
    logits, after = network.forward(ids, before)
    nats = nats_of(logits, targets)
    nats.mean().backward()
    writer.numbers("loss", [nats.mean().item()])
    stride = setting["stride"]
    writer.array("nats", nats, stride)
    writer.array("logits", logits[-1], stride)
    writer.array("state", flat(after), stride)
    writer.array("state_gradient", flat([[part.grad for part in layer] for layer in before]), stride)
    for name, parameter in network.parameters.items():
        writer.array(f"gradient.{name}", parameter.grad, stride)


def write_reference(name, **setting):
    """The file's name begins with the cell's."""
    writer = Writer(pathlib.Path(__file__).with_name(name), "xlstm_reference.py")
    setting |= {"windows": 2, "embed": setting["hidden"], "dropout": 0}
    for key, value in setting.items():
        writer.numbers(key, [value])
    units = make_units(writer, setting)
    setting["cell"] = name.split("_")[0]
    write_window(writer, setting, units)
    writer.close()


def main():
    torch.set_num_threads(1)
    write_reference(
        "mlstm_small.txt", layers=2, hidden=12, heads=2, vocab=9, steps=70, batch=2, seed=5, scale=0.5, stride=3
    )
    write_reference(
        "mlstm_heads.txt", layers=1, hidden=35, heads=5, vocab=11, steps=9, batch=3, seed=6, scale=0.25, stride=7
    )
    write_reference(
        "slstm_small.txt", layers=2, hidden=12, heads=2, vocab=9, steps=20, batch=2, seed=7, scale=0.5, stride=3
    )
    write_reference(
        "slstm_heads.txt", layers=1, hidden=35, heads=5, vocab=11, steps=9, batch=3, seed=8, scale=0.25, stride=7
    )


if __name__ == "__main__":
    main()
