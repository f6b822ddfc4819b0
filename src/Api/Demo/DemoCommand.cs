using System.CommandLine;
using PortraitGen.Api.Cli;
using PortraitGen.Api.Demo.Compare;

namespace PortraitGen.Api.Demo;

internal static class DemoCommand
{
    public static Command Create()
    {
        var portraits = new Option<string?>("--portraits") { Description = "A folder of photos (JPEG, PNG, WebP) that become the real portraits. Default: portraits drawn by this program.", HelpName = "DIR" };
        var epochs = new Option<int>("--epochs") { Description = "GRPO epochs.", DefaultValueFactory = _ => DemoOptions.DefaultEpochs };
        var seed = new Option<long>("--seed") { Description = "Names every random draw.", DefaultValueFactory = _ => 1 };
        var output = new Option<string>("--out") { Description = "Where everything goes. The same folder again resumes.", HelpName = "DIR", DefaultValueFactory = _ => "out/demo" };
        var json = new Option<bool>("--json") { Description = "Print report.json instead of the live view and the summary." };
        var keep = new Option<bool>("--keep") { Description = "Keep the dashboard up at the end, until Ctrl-C." };
        var compare = new Option<bool>("--compare") { Description = "Train SFT and GRPO without, with BELM and with fresh exemplars, at equal compute and with several seeds, and compare them. --epochs are those of the fresh arm." };
        var seeds = new Option<int>("--seeds") { Description = "With --compare: how many seeds, from --seed on.", DefaultValueFactory = _ => 3 };
        seeds.From(1, 100);
        epochs.From(1, 100000);
        seed.From(0, 9007199254740991);
        var demo = new Command("demo", "Run the whole pipeline here, in one process: portraits in, a better policy out. Ctrl-C stops; running it again resumes.")
            { portraits, epochs, seed, output, json, keep, compare, seeds };
        demo.Validators.Add(r =>
        {
            if (r.GetResult(seeds) is { Implicit: false } && !r.GetValue(compare)) r.AddError("--seeds belongs to --compare: a single demo has one --seed.");
        });
        demo.SetAction((parsed, cancel) =>
        {
            var options = new DemoOptions(parsed.GetValue(portraits), parsed.GetValue(epochs), parsed.GetValue(seed), parsed.GetValue(output)!, parsed.GetValue(json), parsed.GetValue(keep));
            if (options.Portraits is { } folder && !Directory.Exists(folder))
                throw new CommandException(ExitCodes.BadInput, $"There is no folder '{folder}': --portraits wants one that holds photos.");
            return LocalServer.ResumableAsync(() => parsed.GetValue(compare)
                ? new CompareRun(options, parsed.GetValue(seeds), TimeProvider.System).RunAsync(cancel)
                : new DemoRun(options, TimeProvider.System).RunAsync(cancel), cancel);
        });
        return demo;
    }
}
