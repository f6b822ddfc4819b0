using System.Net;
using Microsoft.EntityFrameworkCore;
using Microsoft.Playwright;
using PortraitGen.Conformance.Tests.Data;
using PortraitGen.Domain.Campaigns;
using static Microsoft.Playwright.Assertions;

namespace PortraitGen.Browser.Tests;

/// <summary>On SQLite every answer is there at once, on PostgreSQL none is: pages are held to both.</summary>
public sealed class DashboardOnSqliteTests(Chromium chromium) : DashboardSuite(chromium)
{
    private protected override Task<DashboardHost> StartAsync() => DashboardHost.StartAsync(null, Cancel);
}

public sealed class DashboardOnPostgresTests(Chromium chromium) : DashboardSuite(chromium)
{
    private protected override async Task<DashboardHost> StartAsync() => await DashboardHost.StartAsync(await PostgresServer.FreshDatabaseAsync(), Cancel);
}

/// <summary>What people do on the pages, in a real browser.</summary>
public abstract class DashboardSuite(Chromium chromium) : IClassFixture<Chromium>, IAsyncLifetime
{
    private DashboardHost _host = null!;
    private SeededRows _rows = null!;

    private protected static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _host = await StartAsync();
        _rows = new(_host, TimeProvider.System.GetUtcNow());
    }

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        await _host.DisposeAsync();
    }

    private protected abstract Task<DashboardHost> StartAsync();

    [Fact]
    public async Task Job_history_filters_pages_and_shows_why_a_job_failed()
    {
        await _rows.AddAsync(Cancel);
        await using var watched = await chromium.OpenAsync(1280, 900);
        var page = watched.Page;
        await page.GotoAsync($"{_host.Address}/jobs");
        var rows = page.Locator("table.jobs tbody tr");
        await Expect(rows).ToHaveCountAsync(50);
        await Expect(page.GetByText(SeededRows.NanReason)).ToBeVisibleAsync();
        await ShootAsync(page, "jobs-1280-light");

        var first = await rows.First.GetAttributeAsync("id");
        await page.GetByRole(AriaRole.Link, new() { Name = "Older »" }).ClickAsync();
        await Expect(page.GetByRole(AriaRole.Link, new() { Name = "« Newest" })).ToBeVisibleAsync();
        await Expect(page.Locator($"[id='{first}']")).ToHaveCountAsync(0);

        await page.GotoAsync($"{_host.Address}/jobs");
        await page.GetByLabel("State").SelectOptionAsync("failed");
        await page.GetByRole(AriaRole.Button, new() { Name = "Filter" }).ClickAsync();
        await Expect(rows).ToHaveCountAsync(1);
        await Expect(rows.First).ToContainTextAsync("nan");

        await page.GetByRole(AriaRole.Link, new() { Name = "Clear" }).ClickAsync();
        await page.GetByLabel("Kind").SelectOptionAsync("curate");
        await page.GetByLabel("Text").FillAsync("AUTUMN faces, batch 1");
        await page.GetByLabel("Text").PressAsync("Enter");
        await Expect(rows).ToHaveCountAsync(3); // batches 1, 10 and 13
        await page.GetByLabel("Text").FillAsync("100%_of nothing");
        await page.GetByLabel("Text").PressAsync("Enter");
        await Expect(page.GetByText("Nothing matches")).ToBeVisibleAsync();

        await page.GotoAsync($"{_host.Address}/campaigns");
        await Expect(page.Locator("table.campaigns tbody tr")).ToHaveCountAsync(17);
        await Expect(page.GetByText(SeededRows.HostileName, new() { Exact = true })).ToBeVisibleAsync();
        await ShootAsync(page, "campaigns-1280-light");
        await page.GetByRole(AriaRole.Link, new() { Name = "Studio light, weight 1" }).ClickAsync();
        await Expect(page.Locator("h1")).ToContainTextAsync("Studio light, weight 1");
        Assert.Empty(watched.Faults);
    }

    [Fact]
    public async Task One_slider_moves_samples_and_curves_by_keyboard_and_the_page_follows_the_rows()
    {
        await _rows.AddAsync(Cancel);
        await using var watched = await chromium.OpenAsync(1280, 900);
        var page = watched.Page;
        await page.GotoAsync(CampaignAddress);
        var slider = page.GetByRole(AriaRole.Slider, new() { Name = "Epoch" });
        var image = page.Locator("#sample-sample-1 .now img");
        var reading = page.Locator("#chart-reward---mean .legend b").First;
        await Expect(page.Locator("figure.chart")).ToHaveCountAsync(4);
        await Expect(slider).ToHaveValueAsync("12");
        await Expect(page.Locator("#shards")).ToContainTextAsync("⚠ last heard 1 min ago");
        await _rows.BeatAsync(0.42, "group 2 of 4", Cancel);
        await ShootAsync(page, "campaign-1280-light");

        // The keyboard moves images, readings and the markers of all charts together, and the address with them.
        var (lastImage, lastReading, lastMarker) = (await SourceAsync(image), await reading.TextContentAsync(), await MarkerAsync(page));
        await slider.FocusAsync();
        for (int i = 0; i < 4; i++) await page.Keyboard.PressAsync("ArrowLeft");
        await Expect(slider).ToHaveValueAsync("8");
        await Expect(page.Locator("#epoch-text")).ToHaveTextAsync("epoch 8 of 12");
        await Expect(image).Not.ToHaveAttributeAsync("src", lastImage);
        await Expect(reading).Not.ToHaveTextAsync(lastReading!);
        Assert.NotEqual(lastMarker, await MarkerAsync(page));
        Assert.Contains("epoch=8", page.Url, StringComparison.Ordinal);
        Assert.True(await image.EvaluateAsync<bool>("async i => { await i.decode(); return i.naturalWidth === 128; }"));
        string eighth = await SourceAsync(image);

        // Outside of fields, arrows and space work on the whole page.
        await slider.BlurAsync();
        await page.Keyboard.PressAsync("ArrowRight");
        await Expect(slider).ToHaveValueAsync("9");
        await page.Keyboard.PressAsync("ArrowLeft");
        await page.Keyboard.PressAsync(" ");
        await Expect(slider).ToHaveValueAsync("12", new() { Timeout = 8000 });
        await Expect(page.GetByRole(AriaRole.Button, new() { Name = "Play all epochs" })).ToHaveAttributeAsync("aria-pressed", "false");

        // Beside the base; a reload shows the same.
        await page.GetByLabel("beside base").CheckAsync();
        await slider.FocusAsync();
        for (int i = 0; i < 4; i++) await page.Keyboard.PressAsync("ArrowLeft");
        await page.ReloadAsync();
        await Expect(slider).ToHaveValueAsync("8");
        Assert.Equal(eighth, await SourceAsync(image));
        await Expect(page.Locator("#sample-sample-1 .base img")).ToBeVisibleAsync();
        Assert.NotEqual(eighth, await SourceAsync(page.Locator("#sample-sample-1 .base img")));
        await page.Locator("#learning").ScrollIntoViewIfNeededAsync();
        await page.Locator("#chart-reward---mean svg[role=img]").HoverAsync();
        await Expect(page.Locator("#chart-reward---mean .readout")).ToContainTextAsync("ai-portrait");
        await ShootAsync(page, "campaign-compare-1280-light");

        // A heartbeat comes to the page by itself, a new epoch too; who looks at epoch 8 stays there, who looks at the end follows.
        await _rows.BeatAsync(0.77, "group 4 of 4", Cancel);
        await Expect(page.Locator("#shards")).ToContainTextAsync("77 %");
        await _rows.AddEpochAsync(13, Cancel);
        await Expect(slider).ToHaveAttributeAsync("max", "13");
        await Expect(slider).ToHaveValueAsync("8");
        await slider.PressAsync("End");
        await Expect(page.Locator("#epoch-text")).ToHaveTextAsync("epoch 13 of 13");
        await _rows.AddEpochAsync(14, Cancel);
        await Expect(page.Locator("#epoch-text")).ToHaveTextAsync("epoch 14 of 14");
        await Expect(page.Locator("#chart-policy---kl")).ToHaveAttributeAsync("data-high", "14");

        // What is open stays open while the page takes over changes.
        await page.Locator("#spec summary").ClickAsync();
        await _rows.BeatAsync(0.91, "group 4 of 4", Cancel);
        await Expect(page.Locator("#shards")).ToContainTextAsync("91 %");
        await Expect(page.Locator("#spec pre")).ToBeVisibleAsync();

        await page.Locator("#job-list").GetByRole(AriaRole.Link, new() { Name = "label" }).ClickAsync();
        await Expect(page.Locator("#shards h3")).ToContainTextAsync("label");
        Assert.Empty(watched.Faults);

        // A page that is cut off says so, and keeps what it knew.
        await _host.StopAsync(Cancel);
        await Expect(page.Locator("#link")).ToContainTextAsync("No answer from the server");
        await Expect(page.Locator("h1")).ToContainTextAsync("Studio light, weight 1");
    }

    [Fact]
    public async Task Cancelling_asks_first_and_then_cancels_the_campaign()
    {
        await _rows.AddAsync(Cancel);
        await using var watched = await chromium.OpenAsync(1280, 900);
        var page = watched.Page;
        await page.GotoAsync(CampaignAddress);
        await page.GetByText("Cancel campaign").ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Yes, cancel it" }).ClickAsync();
        await Expect(page.Locator("h1")).ToContainTextAsync("cancel");
        await Expect(page.Locator("#cancelled")).ToContainTextAsync("Cancelled on the dashboard.");
        await _host.WriteAsync(async db => Assert.NotEqual(CampaignState.Running, (await db.Campaigns.SingleAsync(c => c.Id == _rows.Training, Cancel)).State), Cancel);
        Assert.Empty(watched.Faults);
    }

    [Fact]
    public async Task Pages_read_well_in_the_dark_and_on_800_pixels_and_never_scroll_sideways()
    {
        await _rows.AddAsync(Cancel);
        foreach (var (width, height, scheme, name) in new[] { (1280, 900, ColorScheme.Dark, "1280-dark"), (800, 1000, ColorScheme.Light, "800-light"), (800, 1000, ColorScheme.Dark, "800-dark") })
        {
            await using var watched = await chromium.OpenAsync(width, height, scheme);
            foreach (var (path, shot) in new[] { ("/jobs", "jobs"), ("/campaigns", "campaigns"), ($"/campaigns/{_rows.Training}", "campaign"), ($"/campaigns/{_rows.Failed}", "campaign-failed") })
            {
                await _rows.BeatAsync(0.42, "group 2 of 4", Cancel);
                await watched.Page.GotoAsync(_host.Address + path);
                Assert.Equal(width, await watched.Page.EvaluateAsync<int>("() => Math.max(document.documentElement.scrollWidth, innerWidth)"));
                await ShootAsync(watched.Page, $"{shot}-{name}");
            }

            Assert.Empty(watched.Faults);
        }
    }

    [Fact]
    public async Task Without_script_the_form_still_chooses_an_epoch()
    {
        await _rows.AddAsync(Cancel);
        await using var watched = await chromium.OpenAsync(1280, 900, script: false);
        await watched.Page.GotoAsync($"{CampaignAddress}?epoch=5&compare=1");
        await Expect(watched.Page.Locator("#epoch-text")).ToHaveTextAsync("epoch 5 of 12");
        await Expect(watched.Page.Locator("#sample-sample-1 .base img")).ToBeVisibleAsync();
    }

    [Fact]
    public async Task An_unknown_campaign_is_a_404_that_says_so_and_empty_pages_say_what_to_do_next()
    {
        await using var watched = await chromium.OpenAsync(1280, 700);
        foreach (string id in new[] { "01900000-0000-7000-8000-000000000000", "no-id", "%3Cscript%3E" })
        {
            var answer = await watched.Page.GotoAsync($"{_host.Address}/campaigns/{id}");
            Assert.Equal((int)HttpStatusCode.NotFound, answer!.Status);
            await Expect(watched.Page.Locator("h1")).ToHaveTextAsync("No such campaign");
        }

        watched.Faults.Clear(); // the browser notes each 404
        await watched.Page.GotoAsync($"{_host.Address}/");
        await Expect(watched.Page.GetByText("portraitgen campaign submit")).ToBeVisibleAsync();
        await ShootAsync(watched.Page, "campaigns-empty-1280-light");
        await watched.Page.GotoAsync($"{_host.Address}/jobs");
        await Expect(watched.Page.GetByText("portraitgen batch upload")).ToBeVisibleAsync();
        Assert.Empty(watched.Faults);
    }

    private string CampaignAddress => $"{_host.Address}/campaigns/{_rows.Training}";

    private static async Task<string> SourceAsync(ILocator image) => await image.GetAttributeAsync("src") ?? "";

    private static async Task<string> MarkerAsync(IPage page) =>
        string.Join(' ', await page.Locator("figure.chart .marker").EvaluateAllAsync<string[]>("lines => lines.map(l => l.getAttribute('x1'))"));

    private static async Task ShootAsync(IPage page, string name) =>
        await page.ScreenshotAsync(new() { Path = Path.Combine(Repository.Root, "artifacts", "screenshots", $"{name}.png"), FullPage = true });
}
