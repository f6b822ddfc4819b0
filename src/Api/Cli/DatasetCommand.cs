using System.CommandLine;

namespace PortraitGen.Api.Cli;

internal static class DatasetCommand
{
    public static Command Create() => ClientOptions.Group("dataset", "Dataset versions: curated portraits that campaigns train on.", List(), ShowOne());

    private static Command List()
    {
        var name = new Option<string>("--name") { Description = "Only versions of this name." };
        return new Command("list", "List dataset versions, newest first.") { name }.Verb(async (parsed, client, cancel) =>
        {
            string? wanted = parsed.GetValue(name);
            var answer = await client.GetAsync("api/datasets?limit=1000" + (wanted is null ? "" : $"&name={Uri.EscapeDataString(wanted)}"), cancel);
            return Show.Answer(parsed, answer, a => Show.Table(a["items"]!.AsArray(), "There is no dataset yet: upload photos with 'portraitgen batch upload DIR --freeze NAME'.",
                ("Name", "name"), ("Portraits", "portraits"), ("Held out", "details.heldOut"), ("Hash", "hash"), ("Created", "createdAt")));
        });
    }

    private static Command ShowOne()
    {
        var which = new Argument<string>("NAME|HASH") { Description = "A name means its newest version." };
        return new Command("show", "Show a dataset version.") { which }.Verb(async (parsed, client, cancel) =>
        {
            var answer = await client.GetAsync($"api/datasets/{Uri.EscapeDataString(parsed.GetRequiredValue(which))}", cancel);
            return Show.Answer(parsed, answer, a => Show.Pairs(a, ("Name", "name"), ("Hash", "hash"), ("Portraits", "portraits"), ("Held out", "details.heldOut"),
                ("Rejected", "details.rejected"), ("Curated by", "campaignId"), ("Created", "createdAt")));
        });
    }
}
