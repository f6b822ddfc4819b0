using System.Diagnostics;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;
using PortraitGen.Domain.Artifacts;
using PortraitGen.Gpu.Imaging;
using PortraitGen.Gpu.Imaging.Drawn;

namespace PortraitGen.EndToEnd.Tests.Micro;

/// <summary>The smallest campaign that has every kind of shard, driven through HTTP as a person's script would: upload, freeze, submit, wait, download.</summary>
internal sealed class MicroCampaign(HttpClient http, int epochs = MicroCampaign.Epochs)
{
    /// <summary>How long one run may take; a busy machine of two cores is meant.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(300);

    public const int Epochs = 2;

    private const int Portraits = 16, Size = 32;
    private static readonly TimeSpan Glance = TimeSpan.FromMilliseconds(100);
    private static readonly Lazy<(string Name, byte[] Png, string Caption)[]> Photos = new(() => [.. Enumerable.Range(1, Portraits).Select(i =>
    {
        var drawn = DrawnPortrait.Render((ulong)i, Look.Captured, Size);
        return ($"person-{i:D2}", new RgbImage(drawn.Width, drawn.Height, drawn.Rgb).ToPng(), DrawnPortrait.Caption((ulong)i));
    })]);

    /// <summary>Epochs of two optimiser steps; the rewards' chain has two links; one group a shard.</summary>
    private const string Spec = """
        name: micro
        base: micro
        dataset: micro
        seed: 11
        epochs: EPOCHS
        sampler: { steps: 4, window: 2, maxWindowStart: 1 }
        group: { size: 3, perEpoch: 4 }
        rewards: { trainingSteps: 20, stepsPerShard: 10, refreshEvery: 2, refreshSteps: 4 }
        lora: { rank: 4, alpha: 8 }
        benchmark: { images: 8, steps: 4, previews: 1 }
        profile: { groupsPerShard: 1, imagesPerShard: 4 }
        """;

    /// <summary>From photos to the hash of the final checkpoint.</summary>
    public async Task<MicroResult> RunAsync(CancellationToken cancel) => await FinishAsync(await SubmitAsync(cancel), cancel);

    /// <summary>Uploads and freezes the photos, waits for the dataset, submits the training.</summary>
    public async Task<Guid> SubmitAsync(CancellationToken cancel)
    {
        using var form = new MultipartFormDataContent();
        foreach (var (key, value) in new[] { ("name", "micro"), ("licence", "drawn for tests"), ("consent", "nobody is in the pictures"), ("source", "drawn") })
            form.Add(new StringContent(value), key);
        foreach (var (name, png, caption) in Photos.Value)
        {
            form.Add(new ByteArrayContent(png), "files", name + ".png");
            form.Add(new StringContent(caption), "files", name + ".txt");
        }

        var batch = await SendAsync(HttpMethod.Post, "api/batches", form, cancel);
        var wishes = JsonContent.Create(new { size = Size, heldOut = 0.25, rules = new { minSide = Size, minSharpness = 0 } });
        var curation = await SendAsync(HttpMethod.Post, $"api/batches/{batch["id"]}/freeze", wishes, cancel);
        await EndAsync(curation["id"]!.GetValue<Guid>(), Patience, cancel);
        var yaml = new StringContent(Spec.Replace("EPOCHS", $"{epochs}", StringComparison.Ordinal), Encoding.UTF8, new MediaTypeHeaderValue("application/yaml"));
        return (await SendAsync(HttpMethod.Post, "api/campaigns", yaml, cancel))["id"]!.GetValue<Guid>();
    }

    /// <summary>Waits for the end and takes the final checkpoint's manifest, its bytes checked against its name.</summary>
    public Task<MicroResult> FinishAsync(Guid id, CancellationToken cancel) => FinishAsync(id, Patience, cancel);

    public async Task<MicroResult> FinishAsync(Guid id, TimeSpan patience, CancellationToken cancel)
    {
        var campaign = (await EndAsync(id, patience, cancel))["campaign"]!;
        var artifacts = (await SendAsync(HttpMethod.Get, $"api/campaigns/{id}/artifacts", null, cancel)).AsArray();
        string hash = artifacts.Single(a => a!["name"]!.GetValue<string>() == "final/checkpoint.json")!["hash"]!.GetValue<string>();
        var manifest = await http.GetByteArrayAsync($"api/artifacts/{hash}", cancel);
        Assert.Equal(hash, ContentHash.Of(manifest).Hex);
        var took = campaign["endedAt"]!.GetValue<DateTimeOffset>() - campaign["startedAt"]!.GetValue<DateTimeOffset>();
        return new(hash, JsonNode.Parse(manifest)!, took);
    }

    public async Task<JsonNode> SendAsync(HttpMethod method, string path, HttpContent? body, CancellationToken cancel)
    {
        using var request = new HttpRequestMessage(method, path) { Content = body };
        using var response = await http.SendAsync(request, cancel);
        string text = await response.Content.ReadAsStringAsync(cancel);
        return response.IsSuccessStatusCode ? JsonNode.Parse(text)! : throw new InvalidOperationException($"{method} {path} gave {(int)response.StatusCode}: {text}");
    }

    /// <summary>Waits for the campaign to be in a state.</summary>
    public async Task<JsonNode> UntilAsync(Guid id, string state, CancellationToken cancel)
    {
        for (var watch = Stopwatch.StartNew(); watch.Elapsed < Patience; await Task.Delay(Glance, cancel))
        {
            var campaign = await SendAsync(HttpMethod.Get, $"api/campaigns/{id}", null, cancel);
            if (campaign["campaign"]!["state"]!.GetValue<string>() == state) return campaign;
        }

        throw new TimeoutException($"The campaign was not {state} within {Patience.TotalSeconds} s.");
    }

    private async Task<JsonNode> EndAsync(Guid id, TimeSpan patience, CancellationToken cancel)
    {
        var watch = Stopwatch.StartNew();
        JsonNode? campaign = null;
        while (watch.Elapsed < patience)
        {
            try
            {
                campaign = await SendAsync(HttpMethod.Get, $"api/campaigns/{id}", null, cancel);
            }
            catch (Exception e) when (e is HttpRequestException or InvalidOperationException or TaskCanceledException && !cancel.IsCancellationRequested)
            {
                await Task.Delay(Glance, cancel); // the server, or its database, is away just now
                continue;
            }

            switch (campaign["campaign"]!["state"]!.GetValue<string>())
            {
                case "succeeded": return campaign;
                case "failed" or "cancelled": throw new InvalidOperationException(Describe(campaign));
            }

            await Task.Delay(Glance, cancel);
        }

        throw new TimeoutException($"No end within {patience.TotalSeconds} s. {(campaign is null ? "The server did not answer." : Describe(campaign))}");
    }

    private static string Describe(JsonNode campaign) =>
        $"The campaign is {campaign["campaign"]!["state"]}: {campaign["campaign"]!["failureReason"]}\n" + string.Concat(campaign["jobs"]!.AsArray().Select(j =>
            $"  {j!["name"]} {j["state"]}, stage {j["stageName"]}: {j["remaining"]} of {j["stageSize"]} remain {j["failureReason"]}\n"));
}

/// <param name="Hash">The final checkpoint's.</param>
/// <param name="Took">From the campaign's start to its end, curation not counted.</param>
internal sealed record MicroResult(string Hash, JsonNode Manifest, TimeSpan Took);
