using Microsoft.Playwright;

namespace PortraitGen.Browser.Tests;

/// <summary>Debian's Chromium, driven for real. One per test class.</summary>
public sealed class Chromium : IAsyncLifetime
{
    private const string Program = "/usr/bin/chromium";

    private static readonly string[] Arguments =
        ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"];

    private IPlaywright? _playwright;
    private IBrowser? _browser;

    public async ValueTask InitializeAsync()
    {
        if (!File.Exists(Program)) Assert.Fail($"{Program} is missing: install it with 'apt-get install -y chromium', then run this test again.");
        _playwright = await Playwright.CreateAsync();
        _browser = await _playwright.Chromium.LaunchAsync(new() { ExecutablePath = Program, Args = Arguments });
    }

    /// <summary>A page of its own profile that notes everything that goes wrong in it.</summary>
    public async Task<WatchedPage> OpenAsync(int width, int height, ColorScheme scheme = ColorScheme.Light, bool script = true)
    {
        var context = await _browser!.NewContextAsync(new()
        {
            ViewportSize = new() { Width = width, Height = height },
            ColorScheme = scheme,
            JavaScriptEnabled = script,
            ReducedMotion = ReducedMotion.Reduce,
        });
        context.SetDefaultTimeout(10_000);
        return new(context, await context.NewPageAsync());
    }

    public async ValueTask DisposeAsync()
    {
        if (_browser is not null) await _browser.CloseAsync();
        _playwright?.Dispose();
    }
}

/// <summary>A page whose script errors, policy violations and requests to elsewhere are collected.</summary>
public sealed class WatchedPage : IAsyncDisposable
{
    private readonly IBrowserContext _context;

    public WatchedPage(IBrowserContext context, IPage page)
    {
        (_context, Page) = (context, page);
        page.PageError += (_, error) => Faults.Add(error);
        page.Console += (_, message) => { if (message.Type == "error") Faults.Add($"{message.Text} {message.Location}"); };
        page.Request += (_, request) => { if (!request.Url.StartsWith("http://127.0.0.1:", StringComparison.Ordinal) && !request.Url.StartsWith("data:", StringComparison.Ordinal)) Faults.Add($"asked elsewhere: {request.Url}"); };
        page.Dialog += (_, dialog) => { Faults.Add($"dialog: {dialog.Message}"); _ = dialog.DismissAsync(); };
    }

    public IPage Page { get; }
    public List<string> Faults { get; } = [];

    public ValueTask DisposeAsync() => _context.DisposeAsync();
}
