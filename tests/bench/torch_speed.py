# A peer of the benchmark: torch.nn.LSTM as a user would write it. Prints two numbers, characters a second of training
# (embedding H, LSTM, linear; Adam, norm clip 5) and of sampling (one stream, temperature 0.8).
#
#     torch_speed.py LAYERS HIDDEN T B STEPS CHARACTERS
import sys
import time

import torch
from torch import nn

V = 65


def build(layers, hidden):
    torch.manual_seed(1)
    return nn.Embedding(V, hidden), nn.LSTM(hidden, hidden, layers), nn.Linear(hidden, V)


def train(layers, hidden, T, B, steps):
    embedding, rnn, decoder = build(layers, hidden)
    parameters = [p for m in (embedding, rnn, decoder) for p in m.parameters()]
    optimizer = torch.optim.Adam(parameters, lr=2e-3)
    text = torch.randint(V, (T * (steps + 3) + 1, B))
    state = None
    for step in range(steps + 3):
        if step == 3:  # the first ones warm up
            begin = time.perf_counter()
        x, y = text[step * T:(step + 1) * T], text[step * T + 1:(step + 1) * T + 1]
        h, state = rnn(embedding(x), state)
        state = tuple(s.detach() for s in state)
        loss = nn.functional.cross_entropy(decoder(h).reshape(-1, V), y.reshape(-1))
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(parameters, 5.0)
        optimizer.step()
    return steps * T * B / (time.perf_counter() - begin)


@torch.no_grad()
def sample(layers, hidden, characters):
    embedding, rnn, decoder = build(layers, hidden)
    x, state = torch.tensor([[0]]), None
    for count in (20, characters):  # the first round warms up
        begin = time.perf_counter()
        for _ in range(count):
            h, state = rnn(embedding(x), state)
            x = torch.multinomial(torch.softmax(decoder(h[0]) / 0.8, -1), 1)
    return characters / (time.perf_counter() - begin)


layers, hidden, T, B, steps, characters = map(int, sys.argv[1:])
print(int(train(layers, hidden, T, B, steps)), int(sample(layers, hidden, characters)))
