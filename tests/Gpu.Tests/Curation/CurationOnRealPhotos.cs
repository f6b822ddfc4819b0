namespace PortraitGen.Gpu.Tests.Curation;

/// <summary>The same claims on a folder of real photos, named by PORTRAITGEN_PHOTOS.</summary>
public sealed class CurationOnRealPhotos
{
    [Fact]
    public async Task A_folder_of_real_photos_becomes_a_dataset_version()
    {
        if (Environment.GetEnvironmentVariable("PORTRAITGEN_PHOTOS") is not { Length: > 0 } folder)
        {
            Assert.Skip("PORTRAITGEN_PHOTOS names no folder of real photos; the twin on drawn pictures runs.");
            return;
        }
        await CurationRun.AssertHoldsAsync(folder, 64, TestContext.Current.CancellationToken);
    }
}
