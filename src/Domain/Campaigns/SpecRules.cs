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
            else if (Sound("sampler.noise", "sampler.shift", "sampler.kernel") && sampler.Kernel is not KernelKind.Ode) CheckNoise();
        }

        if (Sound("group.perEpoch", "profile.groupsPerShard", "optimizer.stepsPerEpoch"))
        {
            int slices = (spec.Group.PerEpoch + spec.Profile.GroupsPerShard - 1) / spec.Profile.GroupsPerShard;
            if (slices < spec.Optimizer.StepsPerEpoch)
                Add("optimizer.stepsPerEpoch", $"{spec.Optimizer.StepsPerEpoch} optimiser steps need as many slices, but {spec.Group.PerEpoch} groups make {slices} of {spec.Profile.GroupsPerShard}.", $"a whole number from 1 to {slices}");
        }

        if (Sound("objective", "sampler.kernel") && spec.Objective is Objective.Grpo && sampler.Kernel is KernelKind.Ode)
            Add("sampler.kernel", "The kernel 'ode' has no noise, hence no likelihood to train by.", "one of flow-sde, cps, dance-sde");
        if (Sound("exemplars.minSigma", "exemplars.maxSigma") && exemplars.MinSigma >= exemplars.MaxSigma)
            Add("exemplars.minSigma", $"{exemplars.MinSigma} is not below maxSigma, {exemplars.MaxSigma}.", $"a number from 0.01 to below {exemplars.MaxSigma}");
        if (Sound("objective", "exemplars.method") && spec.Objective is Objective.Sft && exemplars.Method is ExemplarMethod.Off)
            Add("exemplars.method", "The objective 'sft' learns from exemplars alone.", "one of fresh, belm");
        if (Sound("exemplars.method", "exemplars.advantage") && exemplars.Method is ExemplarMethod.Off != exemplars.Advantage is AdvantageMode.Off)
            Add("exemplars.advantage", exemplars.Method is ExemplarMethod.Off
                ? "Without exemplars (method 'off') there is no advantage of theirs." : "Exemplars without an advantage teach nothing; to leave them out, set method to 'off' too.",
                exemplars.Method is ExemplarMethod.Off ? "off" : "one of fixed, split, union, baseline-only");
        if (Sound("rewards.omni", "rewards.aiPortrait", "objective") && spec.Objective is Objective.Grpo && spec.Rewards is { Omni: 0, AiPortrait: 0 })
            Add("rewards", "Both rewards have the weight 0, so that there is nothing to climb.", "at least one of omni, aiPortrait above 0");

        void CheckNoise()
        {
            double[] grid = SigmaGrid.Uniform(sampler.Steps, sampler.Shift);
            for (int i = 0; i < sampler.MaxWindowStart + sampler.Window; i++)
            {
                var step = KernelStep.For(sampler.Kernel, sampler.Noise, grid[i], grid[i + 1], grid[1]);
                if (step.Std > 0 && step.Cx > 0 && double.IsFinite(step.Cv)) continue;
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
