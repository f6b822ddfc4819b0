using System.CommandLine;
using PortraitGen.Api.Cli;

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
        epochs.Validators.Add(r => Check(r, "--epochs", 1, 100000));
        seed.Validators.Add(r => Check(r, "--seed", 0, 9007199254740991));
        var demo = new Command("demo", "Run the whole pipeline here, in one process: portraits in, a better policy out. Ctrl-C stops; running it again resumes.")
            { portraits, epochs, seed, output, json, keep };
        demo.SetAction((parsed, cancel) =>
        {
            var options = new DemoOptions(parsed.GetValue(portraits), parsed.GetValue(epochs), parsed.GetValue(seed), parsed.GetValue(output)!, parsed.GetValue(json), parsed.GetValue(keep));
            if (options.Portraits is { } folder && !Directory.Exists(folder))
                throw new CommandException(ExitCodes.BadInput, $"There is no folder '{folder}': --portraits wants one that holds photos.");
            return new DemoRun(options, TimeProvider.System).RunAsync(cancel);
        });
        return demo;
    }

    private static void Check(System.CommandLine.Parsing.OptionResult result, string name, long least, long most)
    {
        if (result.Tokens.Count > 0 && !(long.TryParse(result.Tokens[0].Value, out long n) && n >= least && n <= most))
            result.AddError($"{name} is a whole number from {least} to {most}, not '{result.Tokens[0].Value}'.");
    }
}
