using static TorchSharp.torch;

namespace PortraitGen.Gpu.Models.Clip;

/// <summary>What a CLIP text encoder says of a batch.</summary>
/// <param name="LastHiddenState">After the last layer and the final norm: [B, L, D].</param>
/// <param name="Penultimate">Before the last layer, no norm, as SD3 uses it: [B, L, D].</param>
/// <param name="PenultimateNormed">The same after the final norm ("clip skip 2"): [B, L, D].</param>
/// <param name="Pooled">The last hidden state at the end-of-text token: [B, D].</param>
/// <param name="Projected">The pooled state through the text projection: [B, P]; null without one.</param>
public sealed record ClipTextOutput(Tensor LastHiddenState, Tensor Penultimate, Tensor PenultimateNormed, Tensor Pooled, Tensor? Projected);
