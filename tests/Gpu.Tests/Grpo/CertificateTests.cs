using System.Text.Json.Nodes;
using PortraitGen.Domain.Artifacts;
using PortraitGen.Domain.Campaigns;
using PortraitGen.Domain.Curation;
using PortraitGen.Domain.Grpo;
using PortraitGen.Gpu.Grpo;
using PortraitGen.Gpu.Models;
using PortraitGen.Gpu.Runtime;
using PortraitGen.Jobs.Artifacts;
using PortraitGen.Jobs.Campaigns;

namespace PortraitGen.Gpu.Tests.Grpo;

/// <summary>What the certificate of a real micro-campaign covers: everything, seen by damaging everything.</summary>
public sealed class CertificateTests : IClassFixture<CertifiedCampaign>
{
    private readonly CertifiedCampaign _made;

    public CertificateTests(CertifiedCampaign made) => _made = made;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private ChainSource Whole => ChainSource.Of(_made.Campaign.Store);

    private Task<IReadOnlyList<ChainLink>> VerifyAsync(ChainSource source) => new VerifyCheckpoint(source).RunAsync(_made.Checkpoint, Cancel);

    [Fact]
    public async Task The_chain_covers_every_object_that_the_checkpoint_depends_on()
    {
        var links = await VerifyAsync(Whole);
        Assert.All(links, l => Assert.Null(l.Fault));
        Assert.All(links, l => Assert.Null(l.Expired));
        string[] kinds = [.. links.Select(l => System.Text.RegularExpressions.Regex.Replace(l.What, @"\[\d+\]", "[]")).Distinct()];
        foreach (string kind in new[]
        {
            "manifest", "policy", "average", "moments", "base", "base/model_index.json", "spec", "dataset", "dataset.portrait[].image", "update.work", "update.result",
            "gradients[].onPolicy", "gradients[].exemplar", "rollout[].work", "rollout[].result", "rollout[].rollout", "score[].work", "score[].result",
            "gradient[].work", "gradient[].result", "invert[].portraits", "label[].labelled", "train-reward[].reward",
        })
            Assert.Contains(kind, kinds);
        // Two optimiser steps an epoch, two epochs: rollouts of both, and a refreshed reward of the first.
        Assert.Equal([1, 3], links.Where(l => l.What == "rollout[0].rollout").Select(l => l.Version).Order());
        Assert.Contains(links, l => l is { What: "train-reward[0].reward", Version: 3 });
    }

    /// <summary>One flipped byte in each object and each result index of the chain, one at a time: the named finding, and no other.</summary>
    [Fact]
    public async Task A_flipped_byte_anywhere_is_found_and_named()
    {
        var links = await VerifyAsync(Whole);
        foreach (var link in links)
        {
            var hash = ContentHash.Parse(link.Hash);
            bool result = link.What.EndsWith(".result", StringComparison.Ordinal);
            var tampered = result
                ? Whole with { Result = async (key, c) => key == hash ? Flip(await Whole.Result(key, c)) : await Whole.Result(key, c) }
                : Whole with { Object = async (key, c) => key == hash ? Flip(await Whole.Object(key, c)) : await Whole.Object(key, c) };
            var broken = (await VerifyAsync(tampered)).Where(l => l.Fault is not null).ToList();
            // A number flipped in the index of the last update leaves it well-formed: nothing states its hash, only a replay would tell.
            if (broken.Count == 0 && link is { What: "update.result" }) continue;
            var found = Assert.Single(broken);
            Assert.Equal(link.Hash, found.Hash);
            Assert.Equal(link.What, found.What);
            Assert.Contains("corrupt", found.Fault, StringComparison.Ordinal);
            if (link.What != "manifest") Assert.Equal(link.Version, found.Version);
        }
    }

    [Fact]
    public async Task What_expired_by_policy_is_told_from_what_is_missing()
    {
        var rollout = (await VerifyAsync(Whole)).First(l => l.What == "rollout[0].rollout");
        var gone = ContentHash.Parse(rollout.Hash);
        var lost = Whole with { Object = async (h, c) => h == gone ? null : await Whole.Object(h, c) };
        Assert.Equal("It is missing.", Assert.Single(await VerifyAsync(lost), l => l.Fault is not null).Fault);

        var expired = lost with { Expired = (h, _) => Task.FromResult(h == gone ? "expired on 2026-01-02: older than 14 days" : null) };
        var links = await VerifyAsync(expired);
        Assert.All(links, l => Assert.Null(l.Fault));
        Assert.Equal("expired on 2026-01-02: older than 14 days", Assert.Single(links, l => l.Expired is not null).Expired);
    }

    /// <summary>A chain of sound hashes that tells a false story: an update whose gradient nobody computed.</summary>
    [Fact]
    public async Task A_forged_gradient_has_no_origin()
    {
        var campaign = _made.Campaign;
        var last = CheckpointManifest.Read(campaign.Read(_made.Checkpoint));
        var document = WorkDocument.Parse(campaign.Read(last.Work!.Value));
        var input = DomainJson.Read<UpdateInput>(document.Input);
        // Each object is sound and in its place, but no work of the chain made the gradient.
        var foreign = campaign.Write([1, 2, 3]).Hash;
        var forged = DomainJson.ToNode(input with { Gradients = [new(foreign, input.Gradients[0].Exemplar)] });
        var key = campaign.Write(InputKey.Document(ShardKinds.Update, forged)).Hash;
        var manifest = campaign.Write((last with { Gradients = [new(foreign, input.Gradients[0].Exemplar)], Work = key }).ToBytes());
        var result = new ShardResult(new Dictionary<string, ArtifactRef> { ["manifest"] = manifest, ["policy"] = last.Policy }, []);
        await campaign.Store.TryPutNamedAsync(InputKey.ResultName(key), result.ToBytes(), Cancel);
        var links = await new VerifyCheckpoint(Whole).RunAsync(manifest.Hash, Cancel);
        Assert.Equal(("update.input.gradients[0].onPolicy", "Nothing that is recorded made it."), Assert.Single(links.Where(l => l.Fault is not null).Select(l => (l.What, l.Fault!))));
    }

    [Theory, InlineData(ReplayDepth.Update, 1), InlineData(ReplayDepth.Gradients, 2), InlineData(ReplayDepth.Rollouts, 2)]
    public async Task A_replay_makes_the_same_bits(ReplayDepth depth, int works)
    {
        var replayed = await _made.ReplayAsync(_made.Checkpoint, depth, Whole);
        Assert.All(replayed, r => Assert.True(r.Same, $"{r.Name}: {r.Recorded}, now {r.Made}"));
        Assert.Equal(works, replayed.Count);
    }

    [Fact]
    public async Task A_replay_of_an_epochs_first_step_rolls_out_and_scores_again()
    {
        var second = CheckpointManifest.Read(_made.Campaign.Read(_made.Checkpoint)).Parent!.Value;
        var replayed = await _made.ReplayAsync(second, ReplayDepth.Rollouts, Whole);
        Assert.All(replayed, r => Assert.True(r.Same, $"{r.Name}: {r.Recorded}, now {r.Made}"));
        foreach (string kind in new[] { "rollout[1]", "score[2]", "train-reward[0]", "gradient[0]", "update" }) Assert.Contains(replayed, r => r.Name == kind);
    }

    /// <summary>The recorded update says that its learning rate was another: every hash holds, the replay does not.</summary>
    [Fact]
    public async Task A_replay_finds_an_update_that_was_not_computed_from_its_inputs()
    {
        var campaign = _made.Campaign;
        var last = CheckpointManifest.Read(campaign.Read(_made.Checkpoint));
        var input = (JsonObject)WorkDocument.Parse(campaign.Read(last.Work!.Value)).Input.DeepClone();
        input["optimizer"]!["learningRate"] = 0.5;
        var key = campaign.Write(InputKey.Document(ShardKinds.Update, input)).Hash;
        var forged = campaign.Write((last with { Work = key }).ToBytes()).Hash;
        Assert.False(Assert.Single(await _made.ReplayAsync(forged, ReplayDepth.Update, Whole)).Same);
    }

    [Fact]
    public async Task A_replay_that_lacks_something_says_what()
    {
        var last = CheckpointManifest.Read(_made.Campaign.Read(_made.Checkpoint));
        var gone = last.Gradients[0].OnPolicy;
        var source = Whole with { Object = async (h, c) => h == gone ? null : await Whole.Object(h, c), Expired = (_, _) => Task.FromResult<string?>("expired on 2026-01-02: old") };
        var refused = await Assert.ThrowsAsync<ShardFailedException>(() => _made.ReplayAsync(_made.Checkpoint, ReplayDepth.Update, source));
        Assert.Contains(gone.Hex, refused.Message, StringComparison.Ordinal);
        Assert.Contains("expired on 2026-01-02", refused.Message, StringComparison.Ordinal);
    }

    /// <summary>The middle byte, its lowest bit.</summary>
    private static byte[]? Flip(byte[]? bytes)
    {
        if (bytes is null) return null;
        var copy = bytes.ToArray();
        copy[copy.Length / 2] ^= 1;
        return copy;
    }
}

/// <summary>One campaign for all of these tests: they only read it, or add beside it.</summary>
public sealed class CertifiedCampaign : IAsyncLifetime
{
    internal MicroCampaign Campaign { get; private set; } = null!;

    public ContentHash Checkpoint { get; private set; }

    public async ValueTask InitializeAsync()
    {
        Campaign = await MicroCampaign.CreateAsync(5, CancellationToken.None);
        Checkpoint = ContentHash.Parse(await Campaign.HashAsync(Campaign.Spec, null, CancellationToken.None));
    }

    public Task<IReadOnlyList<Replayed>> ReplayAsync(ContentHash checkpoint, ReplayDepth depth, ChainSource source) =>
        new ReplayCheckpoint(source, Campaign.Handlers).RunAsync(checkpoint, depth, _ => { }, CancellationToken.None);

    public ValueTask DisposeAsync()
    {
        Campaign.Dispose();
        return ValueTask.CompletedTask;
    }
}
