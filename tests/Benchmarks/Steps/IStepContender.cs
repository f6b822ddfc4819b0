using PortraitGen.Benchmarks.Measuring;

namespace PortraitGen.Benchmarks.Steps;

/// <summary>The pieces of training that are compared, from the smallest to the whole.</summary>
public enum StepKind
{
    /// <summary>One evaluation of the transformer, without gradients.</summary>
    Forward,

    /// <summary>Flow matching: forward, backward to every weight of the transformer, AdamW.</summary>
    Train,

    /// <summary>Eight images from noise: every step of the sampler, and the decoder.</summary>
    Sample,

    /// <summary>One GRPO optimiser step: the gradient of one slice on the LoRA adapters (window and exemplars), norm, AdamW.</summary>
    Optimise,

    /// <summary>One full GRPO step: the slice's rollout and exemplar losses, then the optimiser step.</summary>
    Grpo,
}

/// <summary>One way to compute the steps: same weights, same inputs, same threads.</summary>
internal interface IStepContender : IDisposable
{
    string Name { get; }

    /// <summary>Does the step once.</summary>
    Cost Run(StepKind kind);

    /// <summary>What the step computes before any weight moves: velocity, pixels, or the gradient, as one row of numbers.</summary>
    float[] Output(StepKind kind);

    /// <summary>The adapters' numbers as they are now.</summary>
    float[] Adapters();
}
