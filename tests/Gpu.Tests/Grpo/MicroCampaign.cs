using System.Text.Json.Nodes;
using PortraitGen.Domain.Artifacts;
using PortraitGen.Domain.Campaigns;
using PortraitGen.Domain.Curation;
using PortraitGen.Gpu.Bench;
using PortraitGen.Gpu.Grpo;
using PortraitGen.Gpu.Imaging;
using PortraitGen.Gpu.Imaging.Drawn;
using PortraitGen.Gpu.Inversion;
using PortraitGen.Gpu.Models;
using PortraitGen.Gpu.Models.Sd3;
using PortraitGen.Gpu.Rewards;
using PortraitGen.Gpu.Runtime;
using PortraitGen.Gpu.Sampling;
using PortraitGen.Gpu.Tests.Curation;
using PortraitGen.Jobs.Bench;
using PortraitGen.Jobs.Campaigns;
using PortraitGen.Jobs.Grpo;
using PortraitGen.Jobs.Inversion;
using PortraitGen.Jobs.Rewards;

namespace PortraitGen.Gpu.Tests.Grpo;

/// <summary>A whole campaign on the tiniest model (random weights, 16 px) and drawn portraits, without rows or bus.</summary>
internal sealed class MicroCampaign : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("portraitgen-micro-").FullName;
    private readonly ModelPool _models;

    private MicroCampaign()
    {
        _models = new(new ModelStore(Path.Combine(_folder, "fetched")));
        Handlers =
        [
            new EmbedHandler(_models), new InvertHandler(_models), new LabelHandler(_models), new TrainRewardHandler(), new RolloutHandler(_models),
            new ScoreHandler(), new GradientHandler(_models), new UpdateHandler(_models), new BenchmarkHandler(_models),
        ];
    }

    public MemoryStore Store { get; } = new();

    public IReadOnlyList<IShardHandler> Handlers { get; }

    public CampaignSpec Spec { get; private set; } = new();

    /// <param name="train">Portraits for training; three more are held out.</param>
    /// <param name="cancel">Passed to the store.</param>
    /// <param name="base">Makes the base model of 16x16 pixels; the tiny SD3 model by default.</param>
    public static async Task<MicroCampaign> CreateAsync(int train, CancellationToken cancel, Func<ITextToImagePipeline>? @base = null)
    {
        var made = new MicroCampaign();
        string source = Path.Combine(made._folder, "source");
        using (var pipeline = @base?.Invoke() ?? TinyModels.Pipeline(11)) DiffusersFolderWriter.Save(source, pipeline);
        var model = await ModelFolders.PublishAsync(source, made.Store, cancel);
        var entries = new List<DatasetEntry>();
        for (ulong seed = 0; seed < (ulong)train + 3; seed++)
        {
            var drawn = DrawnPortrait.Render(seed, Look.Captured, 32);
            var png = await made.Store.PutAsync(new RgbImage(32, 32, drawn.Rgb).ToPng(), MediaTypes.Png, cancel);
            entries.Add(new(png, png, ContentHash.Of(drawn.Rgb), png.Hash, DatasetEntry.HashOfName($"{seed}"), DrawnPortrait.Caption(seed),
                CurationRun.Rights, seed < (ulong)train ? DatasetSplits.Train : DatasetSplits.HeldOut));
        }

        var dataset = await made.Store.PutAsync(DatasetManifest.Of(32, entries).ToBytes(), MediaTypes.Json, cancel);
        made.Spec = new()
        {
            Name = "micro",
            Base = model.Hash.Hex,
            Dataset = dataset.Hash.Hex,
            Seed = 5,
            Epochs = 2,
            Sampler = new() { Steps = 4, Window = 2, MaxWindowStart = 1 },
            Group = new() { Size = 2, PerEpoch = 4 },
            Exemplars = new() { Levels = 2 },
            Rewards = new() { TrainingSteps = 4, StepsPerShard = 2, RefreshEvery = 1, RefreshSteps = 1 },
            Optimizer = new() { StepsPerEpoch = 2, KlWeight = 0.1 },
            Lora = new() { Rank = 2, Alpha = 4 },
            Benchmark = new() { Images = 4, Steps = 2, Previews = 1 },
            Profile = new() { GroupsPerShard = 2, ImagesPerShard = 4 },
        };
        return made;
    }

    public EngineLoop Loop(IReadOnlyList<IShardHandler>? handlers = null) => new(Store, [new InvertPlanner(Store), new LabelPlanner(), new TrainRewardPlanner(), new BenchmarkPlanner(), new EpochPlanner(), new ExportPlanner(Store)], handlers ?? Handlers);

    /// <summary>The final checkpoint's hash.</summary>
    public async Task<string> HashAsync(CampaignSpec spec, Func<int, IEnumerable<int>>? order, CancellationToken cancel) =>
        (await Loop().RunAsync(new TrainingPlan(), DomainJson.ToNode(spec), order, cancel))[JobKinds.Export]["checkpoint"]!.GetValue<string>();

    /// <summary>One shard by itself.</summary>
    public ShardResult Run<T>(string kind, T input, CancellationToken cancel) where T : class
    {
        var json = (JsonObject)JsonNode.Parse(CanonicalJson.ToBytes(DomainJson.ToNode(input)))!;
        return ShardResult.Parse(Handlers.Single(h => h.Kind == kind).Run(new ShardRun(json, Store, (_, _) => { }, cancel), cancel).ToBytes());
    }

    /// <summary>The transformer that this thread's shards use.</summary>
    public Sd3Transformer Transformer(CampaignSpec spec) => (Sd3Transformer)Pipeline(spec).Transformer;

    /// <summary>The model that this thread's shards use.</summary>
    public ITextToImagePipeline Pipeline(CampaignSpec spec)
    {
        var run = new ShardRun([], Store, (_, _) => { }, CancellationToken.None);
        return _models.Mine.Policy(ContentHash.Parse(spec.Base), spec.Lora, null, average: false, 0, spec.Profile, run).Pipeline;
    }

    public byte[] Read(ContentHash hash) => Store.GetAsync(hash, CancellationToken.None).GetAwaiter().GetResult();

    public ArtifactRef Write(byte[] bytes) => Store.PutAsync(bytes, MediaTypes.Binary, CancellationToken.None).GetAwaiter().GetResult();

    public void Dispose()
    {
        _models.Dispose();
        Directory.Delete(_folder, recursive: true);
    }
}
