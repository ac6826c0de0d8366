#!/usr/bin/env python3
"""Makes the numbers that letra's network and its training are held to: PyTorch's, in double precision.

    /usr/bin/python3 tests/reference/lstm_reference.py      (Debian's python3-torch; 5 seconds)

writes five files beside itself, which are committed, and which tests/support/torch_reference.h reads:

    lstm_small.txt      2 layers of 20 units; every gradient
    lstm_slices.txt     2 layers of 70 units, which letra cuts into slices; samples
    lstm_dropout.txt    3 layers of 150 units, T = 20, B = 9, with dropout; samples
    lstm_zoneout.txt    2 layers of 70 units, with dropout and zoneout; samples
    lstm_methods.txt    the network of lstm_small.txt, trained with each optimiser; no second window

Each is a torch.nn.Embedding, LSTM and Linear; with zoneout, the LSTM is written out step by step. In a file are

- `units`: what B streams read, row after row; window w reads the rows w·T to w·T + T - 1 and predicts the
  next ones;
- of the second window, before which the state that the first left is detached: the logits of its last row,
  the losses of its units (`nats`) and their mean, all gradients of the mean, those of the state before it
  too, and the state after it (layers × (h, c) × B × H);
- not with dropout: ten steps of training each over ten windows with the state carried on, with an optimiser,
  its numbers, weight decay, and with the gradient clipped to a norm that it is sometimes beyond and sometimes
  not, or element by element, or both: the losses, the gradient's norms before clipping, the parameters at the
  end. `curve` and `warm` have AdamW; `curve` has a constant learning rate, `warm` one that rises over them, to
  be reached after fifty, as letra's trainer does it. What lstm_methods.txt has is in METHODS below. The numbers
  are not the usual ones, and epsilon is large enough to be seen.

The format is `name count` and `count` numbers, again and again, after a line with # for people. An array
has two entries: `name`, every stride-th element of it (`curve_stride` at the end of a training), and
`name.sums`, its norm and its inner products with PROJECTIONS random directions: a mistake in any element
changes them.

The parameters are not in the files: both sides make them with the generator below (`Generator`), as numbers
that a float holds exactly. The dropout masks are letra's own (src/math/kernels.h: a hash of key and
position), made once more here; the first window has none, and of zoneout what is expected. The tests say how
near the numbers must come.
"""

import pathlib

import torch

PROJECTIONS = 4
WORD = (1 << 64) - 1


class Generator:
    """Knuth's linear congruential generator (MMIX); numbers in -1 .. 1, of 24 bits."""

    def __init__(self, seed):
        self.state = seed

    def bits(self):
        self.state = (self.state * 6364136223846793005 + 1442695040888963407) & WORD
        return self.state >> 40

    def number(self):
        return self.bits() / 2.0**23 - 1.0

    def numbers(self, count):
        return torch.tensor([self.number() for _ in range(count)], dtype=torch.float64)


# --- Dropout, as letra makes it ----------------------------------------------------------------------------


def random_at(key, counter):
    """src/base/random.c"""

    def mix(x):
        x = ((x ^ (x >> 30)) * 0xBF58476D1CE4E5B9) & WORD
        x = ((x ^ (x >> 27)) * 0x94D049BB133111EB) & WORD
        return x ^ (x >> 31)

    golden_ratio = 0x9E3779B97F4A7C15
    return mix((mix((key + golden_ratio) & WORD) + counter * golden_ratio) & WORD)


def mask_hash(key, index):
    """src/math/kernels_isa.c"""
    word = 0xFFFFFFFF
    x = index ^ (key & word)
    for rounds in range(2):
        x = ((x ^ (x >> 16)) * 0x7FEB352D) & word
        x = ((x ^ (x >> 15)) * 0x846CA68B) & word
        x = x ^ (x >> 16)
        if rounds == 0:
            x = (x + (key >> 32)) & word
    return x


def drawn(setting, key, probability):
    """T × B × H numbers: 0 with the probability, otherwise 1."""
    shape = (setting["steps"], setting["batch"], setting["hidden"])
    threshold = int(probability * 2**32)
    hashed = random_at(key, 0)
    kept = [mask_hash(hashed, k) >= threshold for k in range(shape[0] * shape[1] * shape[2])]
    return torch.tensor(kept, dtype=torch.float64).reshape(shape)


def dropout_mask(setting, layer):
    """T × B × H factors: 0 or 1 / (1 - p)."""
    probability = setting["dropout"]
    return drawn(setting, random_at(setting["dropout_key"], layer), probability) / (1.0 - probability)


FIRST_ZONEOUT = 129  # src/model/pass.c: MASK_ZONEOUT


def zoneout_masks(setting, layer):
    """For h and c: T × B × H numbers, 1 where a unit stays as it was."""
    key = random_at(setting["dropout_key"], FIRST_ZONEOUT + layer) | 1
    return [1.0 - drawn(setting, random_at(key, state), setting["zoneout"]) for state in range(2)]


# --- The network -------------------------------------------------------------------------------------------


def fill(network, setting):
    """Gives a network its first parameters."""
    network.double()
    generator = Generator(setting["seed"])
    for name, parameter in network.named_parameters():
        scale = 1.0 if name == "encoder.weight" else setting["scale"]
        values = scale * generator.numbers(parameter.numel())
        parameter.data = values.reshape(parameter.shape)


class Network(torch.nn.Module):
    """What letra's network is, in PyTorch. A state is (h, c), each layers × B × H."""

    def __init__(self, setting):
        super().__init__()
        self.setting = setting
        vocab, embed, hidden = setting["vocab"], setting["embed"], setting["hidden"]
        self.encoder = torch.nn.Embedding(vocab, embed)
        self.rnn = torch.nn.LSTM(embed, hidden, setting["layers"])
        self.decoder = torch.nn.Linear(hidden, vocab)
        fill(self, setting)

    def zero_state(self):
        shape = (self.setting["layers"], self.setting["batch"], self.setting["hidden"])
        return tuple(torch.zeros(shape, dtype=torch.float64) for _ in range(2))

    def forward(self, ids, state, masks=None):
        inputs = self.encoder(ids)
        if "zoneout" in self.setting:
            outputs, state = self.step_by_step(inputs, state, masks)
        elif masks is None:
            outputs, state = self.rnn(inputs, state)
        else:
            outputs, state = self.layer_by_layer(inputs, state, masks)
        return self.decoder(outputs), state

    def layer_by_layer(self, inputs, state, masks):
        """The same LSTM, with masks of our own after every layer."""
        after = []
        for layer, mask in enumerate(masks):
            single = torch.nn.LSTM(inputs.shape[-1], self.rnn.hidden_size).double()
            for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh"):
                setattr(single, f"{name}_l0", getattr(self.rnn, f"{name}_l{layer}"))
            before = tuple(part[layer : layer + 1] for part in state)
            inputs, layer_after = single(inputs, before)
            inputs = inputs * mask
            after.append(layer_after)
        return inputs, tuple(torch.cat(parts) for parts in zip(*after))

    def step_by_step(self, inputs, state, masks):
        """The same LSTM with zoneout (Krueger et al. 2017, section 3.3)."""
        after = []
        for layer in range(self.setting["layers"]):
            weights = [getattr(self.rnn, f"{name}_l{layer}") for name in ("weight_ih", "weight_hh")]
            biases = [getattr(self.rnn, f"{name}_l{layer}") for name in ("bias_ih", "bias_hh")]
            stays = [self.setting["zoneout"] * torch.ones_like(inputs[..., :1])] * 2
            if masks is not None:
                stays = zoneout_masks(self.setting, layer)
            h, c = state[0][layer], state[1][layer]
            outputs = []
            for t, x in enumerate(inputs):
                gates = x @ weights[0].T + h @ weights[1].T + biases[0] + biases[1]
                i, f, g, o = gates.chunk(4, dim=1)
                made_c = f.sigmoid() * c + i.sigmoid() * g.tanh()
                made_h = o.sigmoid() * made_c.tanh()
                h = stays[0][t] * h + (1.0 - stays[0][t]) * made_h
                c = stays[1][t] * c + (1.0 - stays[1][t]) * made_c
                outputs.append(h)
            inputs = torch.stack(outputs)
            if masks is not None:
                inputs = inputs * masks[layer]
            after.append((h, c))
        return inputs, tuple(torch.stack(parts) for parts in zip(*after))


def window_of(setting, units, number):
    """The units that window `number` reads, and those it predicts: T × B each."""
    first = number * setting["steps"]
    end = first + setting["steps"]
    return units[first:end], units[first + 1 : end + 1]


def nats_of(logits, targets):
    losses = torch.nn.functional.cross_entropy(
        logits.flatten(0, 1), targets.flatten(), reduction="none"
    )
    return losses.reshape(targets.shape)


# --- What is measured --------------------------------------------------------------------------------------


class Writer:
    """A file of the format above."""

    def __init__(self, path, script="lstm_reference.py"):
        self.path = path
        self.lines = [f"# PyTorch {torch.__version__}; made by {script}, which says what is what"]

    def numbers(self, name, values):
        self.lines.append(f"{name} {len(values)}")
        words = [format(value, ".17g") for value in values]
        self.lines += [" ".join(words[k : k + 4]) for k in range(0, len(words), 4)]

    def array(self, name, tensor, stride):
        values = tensor.detach().flatten()
        self.numbers(name, values[::stride].tolist())
        sums = [values.norm().item()]
        for projection in range(PROJECTIONS):
            sums.append(values.dot(Generator(100 + projection).numbers(len(values))).item())
        self.numbers(f"{name}.sums", sums)

    def close(self):
        self.path.write_text("\n".join(self.lines) + "\n")


def make_units(writer, setting):
    """What the streams read, one row after another, which is noted."""
    rows = setting["windows"] * setting["steps"] + 1
    generator = Generator(setting["seed"] + 1)
    units = [generator.bits() * setting["vocab"] >> 24 for _ in range(rows * setting["batch"])]
    writer.numbers("units", units)
    return torch.tensor(units).reshape(rows, setting["batch"])


def state_array(state):
    """As letra stores it: layers × (h, c, or what there is) × B × H."""
    return torch.stack(state, dim=1)


def write_window(writer, setting, units, network):
    """The second window: outputs and gradients. A state is a tuple."""
    masks = None
    if setting["dropout"] > 0:
        masks = [dropout_mask(setting, layer) for layer in range(setting["layers"])]
    with torch.no_grad():
        ids, _ = window_of(setting, units, 0)
        _, state = network(ids, network.zero_state())
    before = tuple(part.clone().requires_grad_() for part in state)
    ids, targets = window_of(setting, units, 1)
    logits, after = network(ids, before, masks)
    nats = nats_of(logits, targets)
    nats.mean().backward()
    writer.numbers("loss", [nats.mean().item()])
    stride = setting["stride"]
    writer.array("nats", nats, stride)
    writer.array("logits", logits[-1], stride)
    writer.array("state", state_array(after), stride)
    writer.array("state_gradient", state_array([part.grad for part in before]), stride)
    for name, parameter in network.named_parameters():
        writer.array(f"gradient.{name}", parameter.grad, stride)


def make_optimizer(parameters, method):
    """PyTorch's optimiser of a method."""
    name, decay = method["optimizer"], method["weight_decay"]
    common = {"lr": method["rate"], "weight_decay": decay}
    if name in ("adamw", "adam"):
        kind = torch.optim.AdamW if name == "adamw" else torch.optim.Adam
        return kind(parameters, betas=(method["beta1"], method["beta2"]), eps=method["epsilon"], **common)
    if name == "rmsprop":
        return torch.optim.RMSprop(parameters, alpha=method["rho"], eps=method["epsilon"], **common)
    if name == "adagrad":
        return torch.optim.Adagrad(parameters, eps=method["epsilon"], **common)
    return torch.optim.SGD(
        parameters, momentum=method["momentum"], nesterov=bool(method["nesterov"]), **common
    )


def write_curve(writer, setting, units, prefix, method, factor=lambda step: 1.0):
    """Ten steps of training; `factor` gives the learning rate's factor of a step (from 1)."""
    network = Network(setting)
    optimizer = make_optimizer(network.parameters(), method)
    state = network.zero_state()
    losses, norms = [], []
    for step in range(1, setting["windows"] + 1):
        ids, targets = window_of(setting, units, step - 1)
        optimizer.zero_grad()
        logits, state = network(ids, state)
        state = tuple(part.detach() for part in state)
        loss = nats_of(logits, targets).mean()
        loss.backward()
        norm = torch.nn.utils.clip_grad_norm_(network.parameters(), method["clip"] or float("inf"))
        if method["clip_value"] > 0:
            torch.nn.utils.clip_grad_value_(network.parameters(), method["clip_value"])
        optimizer.param_groups[0]["lr"] = method["rate"] * factor(step)
        optimizer.step()
        losses.append(loss.item())
        norms.append(norm.item())
    for key, value in method.items():
        if key != "optimizer":
            writer.numbers(f"{prefix}.{key}", [value])
    writer.numbers(f"{prefix}.losses", losses)
    writer.numbers(f"{prefix}.norms", norms)
    for name, parameter in network.named_parameters():
        writer.array(f"{prefix}.{name}", parameter, setting["curve_stride"])


COMMON = {"weight_decay": 0.03, "clip": 0.25, "clip_value": 0}
ADAMW = {"optimizer": "adamw", "rate": 0.01, "beta1": 0.5, "beta2": 0.99, "epsilon": 1e-8, **COMMON}
ADAM = {"rate": 0.01, "beta1": 0.8, "beta2": 0.95, "epsilon": 1e-3, **COMMON}
SGD = {"optimizer": "sgd", "rate": 0.5, "momentum": 0, "nesterov": 0, **COMMON}

METHODS = {
    "adamw": {"optimizer": "adamw", **ADAM},
    "adam": {"optimizer": "adam", **ADAM},
    "rmsprop": {"optimizer": "rmsprop", "rate": 0.01, "rho": 0.9, "epsilon": 1e-3, **COMMON},
    "adagrad": {"optimizer": "adagrad", "rate": 0.05, "epsilon": 1e-3, **COMMON},
    "sgd": SGD,
    "momentum": {**SGD, "momentum": 0.8},
    "nesterov": {**SGD, "momentum": 0.8, "nesterov": 1},
    "value": {**SGD, "clip": 0, "clip_value": 0.01},
    "both": {**SGD, "clip_value": 0.02},
}


def write_reference(name, curves, window=True, **setting):
    writer = Writer(pathlib.Path(__file__).with_name(name))
    for key, value in setting.items():
        writer.numbers(key, [value])
    units = make_units(writer, setting)
    if window:
        write_window(writer, setting, units, Network(setting))
    for prefix, (method, factor) in curves.items():
        write_curve(writer, setting, units, prefix, method, factor)
    writer.close()


def constant(_):
    return 1.0


def warm_up(step):
    return min(step / 50.0, 1.0)


def main():
    torch.set_num_threads(1)
    curves = {"curve": (ADAMW, constant), "warm": (ADAMW, warm_up)}
    shape = {"layers": 2, "embed": 6, "vocab": 11, "steps": 7, "batch": 3, "windows": 10, "dropout": 0}
    small = {"hidden": 20, "seed": 1, "scale": 0.25, **shape}
    write_reference("lstm_small.txt", curves, stride=1, curve_stride=29, **small)
    write_reference(
        "lstm_slices.txt", curves, hidden=70, seed=2, scale=0.125, stride=97, curve_stride=211, **shape
    )
    methods = {name: (method, constant) for name, method in METHODS.items()}
    write_reference("lstm_methods.txt", methods, window=False, curve_stride=97, **small)
    write_reference(
        "lstm_zoneout.txt",
        {},
        **{**shape, "windows": 2, "dropout": 0.1, "dropout_key": 678, "zoneout": 0.3},
        **{"hidden": 70, "seed": 4, "scale": 0.125, "stride": 97},
    )
    shape = {"layers": 3, "hidden": 150, "embed": 24, "vocab": 70, "steps": 20, "batch": 9, "windows": 2}
    write_reference(
        "lstm_dropout.txt", {}, seed=3, scale=0.125, stride=499, dropout=0.2, dropout_key=12345, **shape
    )


if __name__ == "__main__":
    main()
