using System.Text.Json.Nodes;
using PortraitGen.Domain.Artifacts;
using PortraitGen.Domain.Campaigns;
using static TorchSharp.torch;

namespace PortraitGen.Gpu.Runtime;

/// <summary>Makes this process what a shard's execution profile says, or refuses the shard: equal bits need equal conditions.</summary>
public static class ProfileGuard
{
    /// <summary>Sets torch's threads; instruction set and libtorch must be this worker's already. A shard without a profile (curation) runs anywhere.</summary>
    /// <exception cref="ShardFailedException">This worker cannot be what the profile says.</exception>
    public static void Apply(JsonObject input)
    {
        if (input["profile"] is not JsonObject node) return;
        var profile = DomainJson.Read<ExecutionProfile>(node);
        Require("instructionSet", profile.InstructionSet, HostProfile.InstructionSet);
        Require("libtorch", profile.Libtorch, HostProfile.LibtorchVersion);
        if (get_num_threads() != profile.Threads) set_num_threads(profile.Threads);
    }

    private static void Require(string key, string wanted, string here)
    {
        if (wanted.Length > 0 && wanted != here)
            throw new ShardFailedException(FailureClasses.UserError, $"The profile asks for {key} '{wanted}', but this worker has '{here}'. Run this campaign on workers with '{wanted}', or submit it again with profile.{key} '{here}'.");
    }
}
