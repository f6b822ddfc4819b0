using PortraitGen.Domain.Artifacts;
using PortraitGen.Domain.Campaigns;
using PortraitGen.Domain.Grpo;

namespace PortraitGen.Api.Demo;

/// <summary>What the demo was asked for.</summary>
/// <param name="Portraits">A folder of photos that become the real portraits; null draws some.</param>
/// <param name="Out">Where everything goes.</param>
public sealed record DemoOptions(string? Portraits, int Epochs, long Seed, string Out, bool Json, bool Keep)
{
    public const int DefaultEpochs = 20;

    /// <summary>Drawn portraits when no folder is given; two fifths of them are held out.</summary>
    public const int Drawn = 320;

    public const double HeldOut = 0.4;

    /// <summary>The campaign that the demo submits: settings found for about four minutes on two cores.</summary>
    public CampaignSpec Spec(ContentHash dataset) => new()
    {
        Name = "demo",
        Base = "portrait-tiny",
        Dataset = dataset.Hex,
        Seed = Seed,
        Epochs = Epochs,
    };
}
