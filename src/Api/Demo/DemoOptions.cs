using PortraitGen.Api.Hosting;
using PortraitGen.Domain.Artifacts;
using PortraitGen.Domain.Campaigns;

namespace PortraitGen.Api.Demo;

/// <summary>What the demo was asked for.</summary>
/// <param name="Portraits">A folder of photos that become the real portraits; null draws some.</param>
/// <param name="Out">Where everything goes.</param>
public sealed record DemoOptions(string? Portraits, int Epochs, long Seed, string Out, bool Json, bool Keep)
{
    public const int DefaultEpochs = 8;

    /// <summary>Drawn portraits when no folder is given; two fifths of them are held out.</summary>
    public const int Drawn = 320;

    public const double HeldOut = 0.4;

    /// <summary>Folders of base models, searched in this order.</summary>
    public IReadOnlyList<string> Models { get; init; } = ServeSettings.ModelRoots();

    /// <summary>The campaign that the demo submits, but for dataset, seed and epochs: settings found for about four minutes on two cores.</summary>
    public CampaignSpec Settings { get; init; } = new() { Name = "demo", Base = "portrait-tiny" };

    public CampaignSpec Spec(ContentHash dataset) => Settings with { Dataset = dataset.Hex, Seed = Seed, Epochs = Epochs };
}
