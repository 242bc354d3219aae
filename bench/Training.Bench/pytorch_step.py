"""One training step of a two-layer attention-only transformer in plain PyTorch, timed.

Arguments: d_model heads n_ctx vocab batch seconds. Prints {"median", "least", "steps"} in milliseconds.
One thread, float32, AdamW of the library, scaled_dot_product_attention where the version has it.
"""
import json, math, sys, time
import torch
import torch.nn.functional as F

torch.set_num_threads(1)
d, H, T, V, B = map(int, sys.argv[1:6])
budget = float(sys.argv[6])
e = d // H
torch.manual_seed(0)


def normal(*shape, std):
    return torch.nn.Parameter(torch.randn(*shape) * std)


W_E, W_U = normal(V, d, std=0.5), normal(d, V, std=d ** -0.5)
layers = [[normal(d, d, std=d ** -0.5) for _ in range(4)] for _ in range(2)]
position = torch.arange(T)[:, None] / 10000 ** (torch.arange(0, d, 2)[None] / d)
P = torch.stack([position.sin(), position.cos()], -1).reshape(T, d)[: T - 1]
mask = torch.full((T - 1, T - 1), float("-inf")).triu(1)
fused = hasattr(F, "scaled_dot_product_attention")


def heads(x):
    return x.view(B, T - 1, H, e).transpose(1, 2)


def loss(tokens):
    x = F.embedding(tokens[:, :-1], W_E)
    for W_Q, W_K, W_V, W_O in layers:
        q, k, v = heads((x + P) @ W_Q), heads((x + P) @ W_K), heads(x @ W_V)
        if fused:
            mixed = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        else:
            mixed = torch.softmax(q @ k.transpose(-1, -2) / math.sqrt(e) + mask, -1) @ v
        x = x + mixed.transpose(1, 2).reshape(B, T - 1, d) @ W_O
    return F.cross_entropy((x @ W_U).view(-1, V), tokens[:, 1:].reshape(-1))


optimizer = torch.optim.AdamW([W_E, W_U, *sum(layers, [])], lr=1e-3, betas=(0.9, 0.99), weight_decay=0.0)


def step():
    period = torch.randint(T // 4, T // 2 + 1, (1,)).item()
    tokens = torch.randint(1, V, (B, period)).repeat(1, T // period + 1)[:, :T]
    optimizer.zero_grad()
    loss(tokens).backward()
    optimizer.step()


for _ in range(3):
    step()
times, start = [], time.perf_counter()
while len(times) < 5 or time.perf_counter() - start < budget:
    one = time.perf_counter()
    step()
    times.append((time.perf_counter() - one) * 1000)
times.sort()
print(json.dumps({"median": times[len(times) // 2], "least": times[0], "steps": len(times)}))
