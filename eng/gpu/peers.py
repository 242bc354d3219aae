"""The training step that Gpu.Check times, as users of PyTorch and JAX would batch it: many models as one program.

Arguments: torch or jax, and pack sizes between commas. A line per shape and pack: name, tab, model-steps per second.
Two attention-only layers of two heads, float32, AdamW; tokens are ready on the device, which favours the peers.
"""
import math, sys, time

SHAPES = {"micro": dict(d=32, T=16, B=4), "quickstart": dict(d=64, T=32, B=32)}
V, H, LAYERS, SECONDS = 32, 2, 2, 2.0
library, packs = sys.argv[1], [int(size) for size in sys.argv[2].split(",")]


def timed(step, wait):
    for _ in range(5):
        step()
    wait()
    steps, start = 0, time.perf_counter()
    while steps < 5 or time.perf_counter() - start < SECONDS:
        step()
        steps += 1
        if steps % 8 == 0:
            wait()
    wait()
    return steps / (time.perf_counter() - start)


def report(name, members, steps):
    print(f"{name}, pack of {members}\t{steps * members:,.0f} model-steps/s", flush=True)


def with_torch():
    import torch
    import torch.nn.functional as F
    from torch.func import grad, vmap

    device = "cuda" if torch.cuda.is_available() else "cpu"
    wait = torch.cuda.synchronize if device == "cuda" else (lambda: None)
    for name, shape in SHAPES.items():
        d, T, B = shape["d"], shape["T"], shape["B"]
        angle = torch.arange(T - 1)[:, None] / 10000 ** (torch.arange(0, d, 2)[None] / d)
        position = torch.stack([angle.sin(), angle.cos()], -1).reshape(T - 1, d).to(device)
        future = torch.full((T - 1, T - 1), float("-inf"), device=device).triu(1)

        def loss(weights, tokens):
            x = F.embedding(tokens[:, :-1], weights["E"])
            for layer in range(LAYERS):
                q, k, v = (((x + position) if part != "V" else x) @ weights[f"{part}{layer}"] for part in "QKV")
                q, k, v = (t.reshape(B, T - 1, H, d // H).transpose(1, 2) for t in (q, k, v))
                pattern = torch.softmax(q @ k.transpose(-1, -2) / math.sqrt(d // H) + future, -1)
                x = x + (pattern @ v).transpose(1, 2).reshape(B, T - 1, d) @ weights[f"O{layer}"]
            return F.cross_entropy((x @ weights["U"]).reshape(-1, V), tokens[:, 1:].reshape(-1))

        for members in packs:
            shapes = {"E": (V, d), "U": (d, V), **{f"{part}{layer}": (d, d) for layer in range(LAYERS) for part in "QKVO"}}
            weights = {key: (torch.randn(members, *size, device=device) * d ** -0.5).requires_grad_() for key, size in shapes.items()}
            tokens = torch.randint(1, V, (members, B, T // 2), device=device).repeat(1, 1, 2)
            optimizer = torch.optim.AdamW(list(weights.values()), lr=1e-3, weight_decay=0.0, fused=device == "cuda")
            gradients = vmap(grad(loss))

            def step():
                for key, gradient in gradients({k: w.detach() for k, w in weights.items()}, tokens).items():
                    weights[key].grad = gradient
                optimizer.step()

            report(name, members, timed(step, wait))


def with_jax():
    import jax
    import jax.numpy as jnp

    for name, shape in SHAPES.items():
        d, T, B = shape["d"], shape["T"], shape["B"]
        angle = jnp.arange(T - 1)[:, None] / 10000 ** (jnp.arange(0, d, 2)[None] / d)
        position = jnp.stack([jnp.sin(angle), jnp.cos(angle)], -1).reshape(T - 1, d)
        future = jnp.triu(jnp.full((T - 1, T - 1), -jnp.inf), 1)

        def loss(weights, tokens):
            x = weights["E"][tokens[:, :-1]]
            for layer in range(LAYERS):
                q, k, v = (((x + position) if part != "V" else x) @ weights[f"{part}{layer}"] for part in "QKV")
                q, k, v = (t.reshape(B, T - 1, H, d // H).transpose(0, 2, 1, 3) for t in (q, k, v))
                pattern = jax.nn.softmax(q @ k.transpose(0, 1, 3, 2) / math.sqrt(d // H) + future, -1)
                x = x + (pattern @ v).transpose(0, 2, 1, 3).reshape(B, T - 1, d) @ weights[f"O{layer}"]
            chosen = jnp.take_along_axis(jax.nn.log_softmax(x @ weights["U"]), tokens[:, 1:, None], -1)
            return -chosen.mean()

        def update(state, tokens):
            weights, first, second, count = state
            gradients = jax.grad(loss)(weights, tokens)
            count = count + 1
            first = jax.tree.map(lambda m, g: 0.9 * m + 0.1 * g, first, gradients)
            second = jax.tree.map(lambda s, g: 0.99 * s + 0.01 * g * g, second, gradients)
            move = lambda w, m, s: w - 1e-3 * (m / (1 - 0.9 ** count)) / (jnp.sqrt(s / (1 - 0.99 ** count)) + 1e-8)
            return jax.tree.map(move, weights, first, second), first, second, count

        for members in packs:
            keys = iter(jax.random.split(jax.random.key(0), 16))
            shapes = {"E": (V, d), "U": (d, V), **{f"{part}{layer}": (d, d) for layer in range(LAYERS) for part in "QKVO"}}
            weights = {key: jax.random.normal(next(keys), (members, *size)) * d ** -0.5 for key, size in shapes.items()}
            tokens = jnp.tile(jax.random.randint(next(keys), (members, B, T // 2), 1, V), (1, 1, 2))
            zeros = jax.tree.map(jnp.zeros_like, weights)
            state = [(weights, zeros, zeros, jnp.zeros(members))]
            together = jax.jit(jax.vmap(update))

            def step():
                state[0] = together(state[0], tokens)

            report(name, members, timed(step, lambda: jax.block_until_ready(state[0])))


{"torch": with_torch, "jax": with_jax}[library]()
