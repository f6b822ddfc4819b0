# The tiny SD3 transformer, the decoder and one GRPO step, in the subset of Python that TorchScript compiles from text.
# libtorch compiles this file as it stands (torch.jit.compile); peer.py runs the same text eagerly, with attention by hand.
# Shapes: B images, C channels, h x w latent, T image tokens, L text tokens, D width, H heads, d = D / H.
# Weights come as lists: see StepInputs.cs for the order. An empty list of adapters means none.


def linear(x: Tensor, w: List[Tensor], i: int, lora: List[Tensor], j: int, scale: float) -> Tensor:
    y = torch.linear(x, w[i], w[i + 1])
    if len(lora) > 0:
        y = y + torch.linear(torch.linear(x, lora[j]), lora[j + 1]) * scale
    return y


def modulate(x: Tensor, scale: Tensor, shift: Tensor) -> Tensor:
    return torch.layer_norm(x, [x.size(-1)], None, None, 1e-6) * (1 + scale) + shift


def feed_forward(x: Tensor, w: List[Tensor], i: int, k: int, lora: List[Tensor], j: int, scale: float) -> Tensor:
    return linear(torch.gelu(linear(x, w, i, lora, j, scale), approximate="tanh"), w, k, lora, j + 2, scale)


def heads_of(x: Tensor, heads: int) -> Tensor:
    return x.view([x.size(0), x.size(1), heads, x.size(2) // heads]).transpose(1, 2)  # (B, H, T, d)


def conditioning(w: List[Tensor], timestep: Tensor, pooled: Tensor) -> Tensor:
    exponent = torch.arange(0.0, 128.0, 1.0) * (-9.210340371976184 / 128.0)
    angle = timestep.unsqueeze(1) * exponent.exp().unsqueeze(0)  # (B, 128)
    waves = torch.cat([angle.cos(), angle.sin()], -1)  # (B, 256)
    time = torch.linear(torch.silu(torch.linear(waves, w[3], w[4])), w[5], w[6])  # (B, D)
    text = torch.linear(torch.silu(torch.linear(pooled, w[7], w[8])), w[9], w[10])  # (B, D)
    return time + text


def mmdit(w: List[Tensor], lora: List[Tensor], scale: float, heads: int, x: Tensor, timestep: Tensor, context: Tensor, pooled: Tensor) -> Tensor:
    batch = x.size(0)
    channels = x.size(1)
    rows = x.size(2) // 2
    columns = x.size(3) // 2
    most = 1
    while most * most < w[2].size(1):
        most = most + 1
    places = w[2].view([1, most, most, w[2].size(2)])
    places = places.narrow(1, (most - rows) // 2, rows).narrow(2, (most - columns) // 2, columns)
    h = torch.conv2d(x, w[0], w[1], [2, 2]).flatten(2).transpose(1, 2) + places.reshape([1, rows * columns, w[2].size(2)])  # (B, T, D)
    tokens = h.size(1)
    c = conditioning(w, timestep, pooled)
    text = torch.linear(context, w[11], w[12])  # (B, L, D)
    last = (len(w) - 17 - 22) // 28
    for block in range(last + 1):
        i = 17 + 28 * block
        j = 24 * block
        m = torch.linear(torch.silu(c), w[i], w[i + 1]).unsqueeze(1).chunk(6, -1)
        n = torch.linear(torch.silu(c), w[i + 2], w[i + 3]).unsqueeze(1).chunk(6 if block < last else 2, -1)
        a = modulate(h, m[1], m[0])
        b = modulate(text, n[1], n[0]) if block < last else modulate(text, n[0], n[1])
        q = torch.cat([heads_of(linear(a, w, i + 4, lora, j, scale), heads), heads_of(linear(b, w, i + 10, lora, j + 6, scale), heads)], 2)  # (B, H, T+L, d)
        k = torch.cat([heads_of(linear(a, w, i + 6, lora, j + 2, scale), heads), heads_of(linear(b, w, i + 12, lora, j + 8, scale), heads)], 2)
        v = torch.cat([heads_of(linear(a, w, i + 8, lora, j + 4, scale), heads), heads_of(linear(b, w, i + 14, lora, j + 10, scale), heads)], 2)
        mixed = torch.scaled_dot_product_attention(q, k, v).transpose(1, 2).flatten(2)  # (B, T+L, D)
        h = h + m[2] * linear(mixed.narrow(1, 0, tokens), w, i + 16, lora, j + 12, scale)
        h = h + m[5] * feed_forward(modulate(h, m[4], m[3]), w, i + 18, i + 20, lora, j + 14, scale)
        if block < last:
            text = text + n[2] * linear(mixed.narrow(1, tokens, text.size(1)), w, i + 22, lora, j + 18, scale)
            text = text + n[5] * feed_forward(modulate(text, n[4], n[3]), w, i + 24, i + 26, lora, j + 20, scale)
    e = torch.linear(torch.silu(c), w[13], w[14]).unsqueeze(1).chunk(2, -1)
    y = torch.linear(modulate(h, e[0], e[1]), w[15], w[16])  # (B, T, p*p*C)
    return y.view([batch, rows, columns, 2, 2, channels]).permute([0, 5, 1, 3, 2, 4]).reshape([batch, channels, rows * 2, columns * 2])


def velocity(w: List[Tensor], lora: List[Tensor], scale: float, heads: int, x: Tensor, sigma: float, context: Tensor, pooled: Tensor) -> Tensor:
    return mmdit(w, lora, scale, heads, x, torch.full([x.size(0)], sigma) * 1000.0, context, pooled)


def residual(x: Tensor, w: List[Tensor], i: int, shortcut: bool, groups: int) -> Tensor:
    y = torch.conv2d(torch.silu(torch.group_norm(x, groups, w[i], w[i + 1], 1e-6)), w[i + 2], w[i + 3], [1, 1], [1, 1])
    y = torch.conv2d(torch.silu(torch.group_norm(y, groups, w[i + 4], w[i + 5], 1e-6)), w[i + 6], w[i + 7], [1, 1], [1, 1])
    return y + torch.conv2d(x, w[i + 8], w[i + 9]) if shortcut else y + x


def decode(w: List[Tensor], groups: int, latent: Tensor) -> Tensor:
    x = residual(torch.conv2d(latent, w[0], w[1], [1, 1], [1, 1]), w, 2, False, groups)
    t = torch.group_norm(x, groups, w[10], w[11], 1e-6).flatten(2).transpose(1, 2).unsqueeze(1)  # (B, 1, hw, C)
    a = torch.scaled_dot_product_attention(torch.linear(t, w[12], w[13]), torch.linear(t, w[14], w[15]), torch.linear(t, w[16], w[17]))
    x = x + torch.linear(a, w[18], w[19]).squeeze(1).transpose(1, 2).reshape([x.size(0), x.size(1), x.size(2), x.size(3)])
    x = residual(x, w, 20, False, groups)
    x = residual(residual(x, w, 28, False, groups), w, 36, False, groups)
    x = torch.conv2d(torch.upsample_nearest2d(x, [x.size(2) * 2, x.size(3) * 2]), w[44], w[45], [1, 1], [1, 1])
    x = residual(residual(x, w, 46, True, groups), w, 56, False, groups)
    x = torch.conv2d(torch.upsample_nearest2d(x, [x.size(2) * 2, x.size(3) * 2]), w[64], w[65], [1, 1], [1, 1])
    x = residual(residual(x, w, 66, True, groups), w, 76, False, groups)
    x = torch.conv2d(torch.silu(torch.group_norm(x, groups, w[84], w[85], 1e-6)), w[86], w[87], [1, 1], [1, 1])
    return ((x.clamp(-1.0, 1.0) + 1) * 127.5).round()  # (B, 3, 4h, 4w)


def euler(w: List[Tensor], lora: List[Tensor], scale: float, heads: int, x: Tensor, context: Tensor, pooled: Tensor, first: int, end: int) -> Tensor:
    for i in range(first, end):
        x = x - velocity(w, lora, scale, heads, x, sigmas()[i], context, pooled) * (sigmas()[i] - sigmas()[i + 1])
    return x


def images(w: List[Tensor], lora: List[Tensor], vae: List[Tensor], start: Tensor, context: Tensor, pooled: Tensor) -> Tensor:
    x = euler(w, lora, lora_scale(), head_count(), start, context, pooled, 0, len(sigmas()) - 1)
    return decode(vae, vae_groups(), x / vae_scale() + vae_shift())


def forward(w: List[Tensor], lora: List[Tensor], x: Tensor, sigma: Tensor, context: Tensor, pooled: Tensor) -> Tensor:
    return mmdit(w, lora, lora_scale(), head_count(), x, sigma * 1000.0, context, pooled)


def matching_loss(w: List[Tensor], lora: List[Tensor], x: Tensor, sigma: Tensor, target: Tensor, context: Tensor, pooled: Tensor) -> Tensor:
    return (target - forward(w, lora, x, sigma, context, pooled)).square().flatten(1).mean([1])  # (B)


def surrogate(log_ratio: Tensor, advantage: Tensor, clip: float) -> Tensor:
    ratio = log_ratio.clamp(-20.0, 20.0).exp()
    return -torch.minimum(ratio * advantage, ratio.clamp(1.0 - clip, 1.0 + clip) * advantage).sum()


def policy_loss(w: List[Tensor], lora: List[Tensor], at: int, x: Tensor, v_old: Tensor, z: Tensor, context: Tensor, pooled: Tensor, advantage: Tensor) -> Tensor:
    i = window_start() + at
    v = velocity(w, lora, lora_scale(), head_count(), x, sigmas()[i], context, pooled)
    d = (v - v_old) * (kernel_cv()[at] / kernel_std()[at])
    log_ratio = (z * d - d.square() / 2.0).flatten(1).mean([1])
    return surrogate(log_ratio, advantage, policy_clip()) / (x.size(0) * len(kernel_cv()))


def exemplar_loss(w: List[Tensor], lora: List[Tensor], x: Tensor, sigma: Tensor, target: Tensor, context: Tensor, pooled: Tensor, old: Tensor, advantage: Tensor) -> Tensor:
    loss = matching_loss(w, lora, x, sigma, target, context, pooled)
    return surrogate((loss - old) * -0.5, advantage, exemplar_clip()) / x.size(0)


def rollout(w: List[Tensor], lora: List[Tensor], start: Tensor, noise: Tensor, context: Tensor, pooled: Tensor, size: int) -> List[Tensor]:
    each_context = context.repeat_interleave(size, 0)
    each_pooled = pooled.repeat_interleave(size, 0)
    x = euler(w, lora, lora_scale(), head_count(), start, context, pooled, 0, window_start()).repeat_interleave(size, 0)  # (N, C, h, w)
    xs: List[Tensor] = []
    vs: List[Tensor] = []
    zs: List[Tensor] = []
    for at in range(len(kernel_cv())):
        v = velocity(w, lora, lora_scale(), head_count(), x, sigmas()[window_start() + at], each_context, each_pooled)
        mean = x * kernel_cx()[at] + v * kernel_cv()[at]
        after = mean + noise[at] * kernel_std()[at]
        xs.append(x)
        vs.append(v)
        zs.append((after - mean) / kernel_std()[at])
        x = after
    x = euler(w, lora, lora_scale(), head_count(), x, each_context, each_pooled, window_start() + len(kernel_cv()), len(sigmas()) - 1)
    return [torch.stack(xs), torch.stack(vs), torch.stack(zs), x]


def adamw(weights: List[Tensor], gradients: List[Tensor], ms: List[Tensor], vs: List[Tensor], step: int, rate: float, decay: float, most: float) -> float:
    total = 0.0
    for g in gradients:
        total = total + float(g.square().sum(dtype=7).item())  # 7 is float64
    norm = total ** 0.5
    scale = most / (norm + 1e-6)
    correction1 = 1.0 - 0.9 ** step
    correction2 = 1.0 - 0.999 ** step
    for i in range(len(weights)):
        g = gradients[i]
        if norm > most:
            g.mul_(scale)
        weights[i].mul_(1.0 - rate * decay)
        ms[i].mul_(0.9).add_(g, alpha=0.1)
        vs[i].mul_(0.999).addcmul_(g, g, value=0.001)
        weights[i].addcdiv_(ms[i], vs[i].sqrt().div_(correction2 ** 0.5).add_(1e-8), value=-rate / correction1)
    return norm


def add_gradients(total: List[Tensor], loss: Tensor, of: List[Tensor]) -> List[Tensor]:
    found = torch.grad([loss], of)
    first = len(total) == 0
    for i in range(len(of)):
        g = found[i]
        if g is not None:
            if first:
                total.append(g)
            else:
                total[i].add_(g)
    return total


def train_gradients(w: List[Tensor], trained: List[Tensor], x: Tensor, sigma: Tensor, target: Tensor, context: Tensor, pooled: Tensor) -> List[Tensor]:
    none: List[Tensor] = []
    total: List[Tensor] = []
    return add_gradients(total, matching_loss(w, none, x, sigma, target, context, pooled).mean(), trained)


def slice_gradients(w: List[Tensor], lora: List[Tensor], x: Tensor, v_old: Tensor, z: Tensor, context: Tensor, pooled: Tensor, advantage: Tensor,
                    exemplar_x: Tensor, exemplar_sigma: Tensor, exemplar_target: Tensor, exemplar_context: Tensor, exemplar_pooled: Tensor,
                    exemplar_old: Tensor, exemplar_advantage: Tensor) -> List[Tensor]:
    total: List[Tensor] = []
    for at in range(len(kernel_cv())):
        total = add_gradients(total, policy_loss(w, lora, at, x[at], v_old[at], z[at], context, pooled, advantage), lora)
    loss = exemplar_loss(w, lora, exemplar_x, exemplar_sigma, exemplar_target, exemplar_context, exemplar_pooled, exemplar_old, exemplar_advantage)
    return add_gradients(total, loss, lora)
