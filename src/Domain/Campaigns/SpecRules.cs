using PortraitGen.Domain.Grpo;
using PortraitGen.Domain.Maths;

namespace PortraitGen.Domain.Campaigns;

/// <summary>The rules of a specification that span several values.</summary>
internal static class SpecRules
{
    /// <summary>Adds what is wrong. A rule is passed over when one of its values was refused already.</summary>
    public static void Check(CampaignSpec spec, List<SpecError> errors)
    {
        var refused = errors.Select(e => e.Path).ToHashSet(StringComparer.Ordinal);
        var (sampler, exemplars) = (spec.Sampler, spec.Exemplars);

        if (Sound("sampler.steps", "sampler.window", "sampler.maxWindowStart"))
        {
            int latest = sampler.Steps - 1 - sampler.Window;
            if (latest < 0) Add("sampler.window", $"A window of {sampler.Window} does not fit into {sampler.Steps} steps, the last of which has no noise.", $"a whole number from 1 to {sampler.Steps - 1}");
            else if (sampler.MaxWindowStart > latest)
                Add("sampler.maxWindowStart", $"A window of {sampler.Window} from step {sampler.MaxWindowStart} reaches the last of {sampler.Steps} steps, which has no noise.", $"a whole number from 0 to {latest}");
            else if (Sound("sampler.noise", "sampler.shift", "sampler.schedule", "sampler.kernel") && sampler is { Kernel: not KernelKind.Ode, Schedule: ScheduleKind.Shift }) CheckNoise();
        }

        if (Sound("group.perEpoch", "profile.groupsPerShard", "optimizer.stepsPerEpoch"))
        {
            int slices = (spec.Group.PerEpoch + spec.Profile.GroupsPerShard - 1) / spec.Profile.GroupsPerShard;
            if (slices < spec.Optimizer.StepsPerEpoch)
                Add("optimizer.stepsPerEpoch", $"{spec.Optimizer.StepsPerEpoch} optimiser steps need as many slices, but {spec.Group.PerEpoch} groups make {slices} of {spec.Profile.GroupsPerShard}.", $"a whole number from 1 to {slices}");
        }

        if (Sound("profile.vaeTile") && spec.Profile.VaeTile is > 0 and < 4)
            Add("profile.vaeTile", $"Tiles of {spec.Profile.VaeTile} latent positions are all seam.", "0, or a whole number from 4 to 1024");
        Objectives();
        Sampling();
        Exemplars();
        if (Sound("rewards.omni", "rewards.aiPortrait", "objective") && spec.Samples && spec.Rewards is { Omni: 0, AiPortrait: 0 })
            Add("rewards", "Both rewards have the weight 0, so that there is nothing to climb.", "at least one of omni, aiPortrait above 0");

        void Objectives()
        {
            var (objective, optimizer) = (spec.Objective, spec.Optimizer);
            bool onKernel = objective is Objective.Grpo;
            if (Sound("objective", "sampler.kernel") && onKernel && sampler.Kernel is KernelKind.Ode)
                Add("sampler.kernel", "The kernel 'ode' has no noise, hence no likelihood to train by.", "one of flow-sde, cps, dance-sde");
            if (Sound("objective", "optimizer.ratio") && !onKernel && optimizer.Ratio is not RatioKind.Gaussian)
                Add("optimizer.ratio", "Only the objective 'grpo' has a ratio of kernels.", "gaussian");
            if (Sound("objective", "optimizer.stepWeight") && !onKernel && optimizer.StepWeight is not StepWeight.Even)
                Add("optimizer.stepWeight", "Only the objective 'grpo' has steps of a kernel.", "even");
            if (Sound("objective", "optimizer.trustRegion") && !onKernel && optimizer.TrustRegion is not TrustRegion.Clip)
                Add("optimizer.trustRegion", "Only the objective 'grpo' has steps whose divergence can be limited.", "clip");
            if (Sound("optimizer.ratio", "sampler.kernel") && optimizer.Ratio is RatioKind.CpsCode && sampler.Kernel is not KernelKind.Cps)
                Add("optimizer.ratio", "'cps-code' is a log-probability of the kernel 'cps' alone.", "one of gaussian, ratio-norm");
            if (Sound("optimizer.ratio", "optimizer.trustRegion") && optimizer.Ratio is not RatioKind.Gaussian && optimizer.TrustRegion is TrustRegion.Dppo)
                Add("optimizer.trustRegion", "'dppo' masks by the true divergence and wants the true ratio, 'gaussian'.", "clip");
            if (Sound("objective", "optimizer.klKind", "optimizer.klWeight") && objective is Objective.Nft or Objective.Awm && optimizer is { KlWeight: > 0, KlKind: not KlKind.Velocity })
                Add("optimizer.klKind", "Without a kernel's steps the distance to the base is one of velocities.", "velocity");
            if (Sound("sampler.kernel", "optimizer.klKind") && optimizer.KlKind is KlKind.FlowGrpo && sampler.Kernel is not KernelKind.FlowSde)
                Add("optimizer.klKind", "Flow-GRPO's scaling of the KL is one of its own kernel, 'flow-sde'.", "one of kernel, velocity");
            if (Sound("matching.minSigma", "matching.maxSigma") && spec.Matching.MinSigma >= spec.Matching.MaxSigma)
                Add("matching.minSigma", $"{spec.Matching.MinSigma} is not below maxSigma, {spec.Matching.MaxSigma}.", $"a number from 0.01 to below {spec.Matching.MaxSigma}");
        }

        void Sampling()
        {
            if (Sound("sampler.kernel", "sampler.sharedStart") && sampler is { Kernel: KernelKind.Ode, SharedStart: true } && spec.Objective is Objective.Nft or Objective.Awm)
                Add("sampler.sharedStart", "Without noise on the way, all images of a group with one start are the same image.", "false");
            if (Sound("sampler.schedule", "sampler.shift") && sampler.Schedule is ScheduleKind.Model && sampler.Shift != 1)
                Add("sampler.shift", "With schedule 'model' the shift is the base model's own.", "1, or schedule: shift");
            if (Sound("sampler.guidance", "sampler.negativePrompt") && sampler is { Guidance: 1, NegativePrompt.Length: > 0 })
                Add("sampler.negativePrompt", "Without guidance (1) nothing leads away from a negative prompt.", "empty, or a guidance above 1");
        }

        void Exemplars()
        {
            if (Sound("exemplars.minSigma", "exemplars.maxSigma") && exemplars.MinSigma >= exemplars.MaxSigma)
                Add("exemplars.minSigma", $"{exemplars.MinSigma} is not below maxSigma, {exemplars.MaxSigma}.", $"a number from 0.01 to below {exemplars.MaxSigma}");
            if (Sound("objective", "exemplars.method") && spec.Objective is Objective.Sft && exemplars.Method is not ExemplarMethod.Fresh)
                Add("exemplars.method", "The objective 'sft' is flow matching on the exemplars.", "fresh");
            else if (Sound("objective", "exemplars.method") && spec.Objective is not Objective.Grpo && exemplars.OnKernel)
                Add("exemplars.method", "Only the objective 'grpo' scores exemplars with a kernel.", "one of fresh, off");
            if (Sound("exemplars.method", "exemplars.advantage") && exemplars.Method is ExemplarMethod.Off != exemplars.Advantage is AdvantageMode.Off)
                Add("exemplars.advantage", exemplars.Method is ExemplarMethod.Off
                    ? "Without exemplars (method 'off') there is no advantage of theirs." : "Exemplars without an advantage teach nothing; to leave them out, set method to 'off' too.",
                    exemplars.Method is ExemplarMethod.Off ? "off" : "one of fixed, split, union, baseline-only");
            if (Sound("exemplars.method", "exemplars.inverter") && exemplars.Inverter is Inverter.Base && !exemplars.Inverts)
                Add("exemplars.inverter", "The method inverts nothing.", "policy, or one of the methods belm, euler, fixed-point, fireflow");
            if (Sound("exemplars.annealTo", "exemplars.annealEpochs") && exemplars is { AnnealTo: > 0, AnnealEpochs: 0 })
                Add("exemplars.annealEpochs", "A weight to anneal to needs a number of epochs to get there.", "a whole number from 1 to 100000");
            if (Sound("exemplars.annealEpochs", "exemplars.advantage", "objective") && exemplars.AnnealEpochs > 0 && spec.Samples && exemplars.Advantage is not (AdvantageMode.Fixed or AdvantageMode.Split))
                Add("exemplars.annealEpochs", "Only the advantages 'fixed' and 'split' have a weight to anneal.", "0");
            if (Sound("exemplars.maxGradientShare", "objective") && exemplars.MaxGradientShare > 0 && !spec.Samples)
                Add("exemplars.maxGradientShare", "The objective 'sft' has no other gradient to take a share of.", "0");
        }

        void CheckNoise()
        {
            double[] grid = SigmaGrid.Uniform(sampler.Steps, sampler.Shift);
            for (int i = 0; i < sampler.MaxWindowStart + sampler.Window; i++)
            {
                var step = KernelStep.For(sampler.Kernel, sampler.Noise, grid[i], grid[i + 1], grid[1]);
                if (step.IsSound) continue;
                Add("sampler.noise", $"{sampler.Noise} is too much for step {i} of this grid: the latent's own factor would be {step.Cx:0.###}.", "less noise, more steps, or a smaller shift");
                return;
            }
        }

        bool Sound(params ReadOnlySpan<string> paths)
        {
            foreach (string path in paths)
                if (refused.Contains(path) || refused.Contains(path.Split('.')[0])) return false;
            return true;
        }

        void Add(string path, string message, string allowed) => errors.Add(new(path, message, allowed));
    }
}
