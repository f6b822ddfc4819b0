using System.Text.Json.Nodes;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging.Abstractions;
using PortraitGen.Domain.Artifacts;
using PortraitGen.Domain.Campaigns;
using PortraitGen.Jobs.Artifacts;
using PortraitGen.Jobs.Campaigns;
using PortraitGen.Jobs.Data;
using PortraitGen.Jobs.Hosting;
using PortraitGen.Jobs.Tests.Toys;

namespace PortraitGen.Jobs.Tests.Artifacts;

/// <summary>Which policies of an ended campaign stay, by rows and manifests alone, and what a verification then says.</summary>
public sealed class RetentionTests : IDisposable
{
    private readonly ScratchFolder _folder = new();
    private readonly FolderArtifactStore _store;

    public RetentionTests() => _store = new(_folder.Fresh());

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private async Task<ContentHash> PutAsync(JsonNode node) => (await _store.PutAsync(CanonicalJson.ToBytes(node), MediaTypes.Json, Cancel)).Hash;

    [Fact]
    public async Task The_last_policy_and_every_fifth_stay_and_the_others_are_verified_as_expired()
    {
        await using var db = await OpenAsync();
        var ended = TimeProvider.System.GetUtcNow();
        var file = await _store.PutAsync("weights"u8.ToArray(), MediaTypes.Safetensors, Cancel);
        var model = await PutAsync(new JsonObject { ["files"] = new JsonObject { ["a.safetensors"] = file.ToJson() } });
        var campaign = new Campaign(new(Guid.CreateVersion7(ended)), CampaignKinds.Training, "c", "t", $$"""{"base":"{{model}}"}""", null, 0, ended);
        campaign.Start(ended);
        var job = new Job(new(Guid.CreateVersion7(ended)), campaign.Id, 0, JobKinds.Export, "export", "{}");
        db.AddRange(campaign, job);

        var (policies, moments) = (new List<ArtifactRef>(), new List<ArtifactRef>());
        ContentHash? parent = null;
        for (int epoch = 1; epoch <= 7; epoch++)
        {
            policies.Add(await _store.PutAsync(new byte[] { 7, (byte)epoch }, MediaTypes.Safetensors, Cancel));
            moments.Add(await _store.PutAsync(new byte[] { 8, (byte)epoch }, MediaTypes.Safetensors, Cancel));
            parent = await PutAsync(new JsonObject { ["version"] = epoch, ["parent"] = parent?.Hex, ["policy"] = policies[^1].ToJson(), ["moments"] = moments[^1].ToJson(), ["base"] = model.Hex });
            db.Artifacts.Add(new(campaign.Id, job.Id, $"epoch-{epoch:D3}/checkpoint.json", new(parent.Value, 1, MediaTypes.Json), ended));
        }

        db.Artifacts.Add(new(campaign.Id, job.Id, "final/checkpoint.json", new(parent!.Value, 1, MediaTypes.Json), ended));
        campaign.Succeed(ended);
        await db.SaveChangesAsync(Cancel);

        var gone = await new CollectArtifacts(db, _store, new Ahead(TimeSpan.FromDays(20)), NullLogger<CollectArtifacts>.Instance).RunAsync(new(), dry: false, Cancel);
        Assert.Equal(new[] { 0, 1, 2, 3, 5 }.SelectMany(i => new[] { policies[i], moments[i] }).Select(part => ArtifactNames.KeyOf(part.Hash)).Order(), gone.Select(g => g.Key).Order());

        var links = await new VerifyCheckpoint(ChainSource.Of(_store)).RunAsync(parent.Value, Cancel);
        Assert.All(links, l => Assert.Null(l.Fault));
        Assert.Equal([6, 4, 3, 2, 1], links.Where(l => l is { What: "policy", Expired: not null }).Select(l => l.Version));
        Assert.Equal([6, 4, 3, 2, 1], links.Where(l => l is { What: "moments", Expired: not null }).Select(l => l.Version));
        Assert.Equal(7, links.Count(l => l.What == "manifest"));
        Assert.Contains(links, l => l is { What: "base/a.safetensors", Expired: null });

        var none = await new CollectArtifacts(db, _store, new Ahead(TimeSpan.FromDays(20)), NullLogger<CollectArtifacts>.Instance).RunAsync(new() { KeepEvery = 0 }, dry: true, Cancel);
        Assert.Equal(new[] { policies[4], moments[4] }.Select(part => ArtifactNames.KeyOf(part.Hash)).Order(), none.Where(c => c.Action is CollectAction.Discard).Select(c => c.Key).Order()); // the rest lies in the trash since the first run
    }

    [Theory, InlineData("x"), InlineData("-1"), InlineData("1.5"), InlineData("99999")]
    public void A_setting_that_is_no_number_is_named(string text)
    {
        var refused = Assert.Throws<SettingException>(() => RetentionOptions.From(name => name == "PORTRAITGEN_KEEP_DAYS" ? text : null));
        Assert.Contains($"PORTRAITGEN_KEEP_DAYS is '{text}'", refused.Message, StringComparison.Ordinal);
        Assert.Equal(TimeSpan.FromDays(3), RetentionOptions.From(name => name == "PORTRAITGEN_KEEP_DAYS" ? " 3 " : null).Finished);
        Assert.Equal(0, RetentionOptions.From(name => name == "PORTRAITGEN_KEEP_EVERY" ? "0" : null).KeepEvery);
    }

    private async Task<JobsDb> OpenAsync()
    {
        string folder = _folder.Fresh();
        Directory.CreateDirectory(folder);
        var options = new DbContextOptionsBuilder<JobsDb>();
        Database.UseSqlite(options, Path.Combine(folder, "rows.db"));
        var db = new JobsDb(options.Options);
        await db.Database.MigrateAsync(Cancel);
        return db;
    }

    public void Dispose() => _folder.Dispose();

    private sealed class Ahead(TimeSpan by) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + by;
    }
}
