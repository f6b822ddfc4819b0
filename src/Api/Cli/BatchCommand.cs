using System.CommandLine;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using PortraitGen.Api.Hosting;

namespace PortraitGen.Api.Cli;

internal static class BatchCommand
{
    public static Command Create() => ClientOptions.Group("batch", "Batches of photos, to be frozen as dataset versions.", Upload(), Freeze(), List(), ShowOne());

    private static Command Upload()
    {
        var folder = new Argument<DirectoryInfo>("DIR") { Description = "A folder of photos; .txt files of the same stem are their captions." };
        var name = new Option<string>("--name") { Description = "The batch's name. Default: the folder's." };
        var licence = new Option<string>("--licence") { Description = "Under which licence the photos are used, e.g. CC0-1.0.", Required = true };
        var consent = new Option<string>("--consent") { Description = "How the people in the photos agreed.", Required = true };
        var source = new Option<string>("--source") { Description = "Where the photos come from.", Required = true };
        var freeze = new Option<string>("--freeze") { Description = "Freeze the batch at once, as a dataset of this name.", HelpName = "NAME" };
        return new Command("upload", "Upload a folder of photos.") { folder, name, licence, consent, source, freeze }.Verb(async (parsed, client, cancel) =>
        {
            var root = parsed.GetRequiredValue(folder);
            if (!root.Exists) throw new CommandException(ExitCodes.BadInput, $"There is no folder {root}: name one that holds photos (JPEG, PNG or WebP).");
            var fields = new Dictionary<string, string>
            {
                ["name"] = parsed.GetValue(name) ?? root.Name,
                ["licence"] = parsed.GetRequiredValue(licence),
                ["consent"] = parsed.GetRequiredValue(consent),
                ["source"] = parsed.GetRequiredValue(source),
            };
            using var form = Form(root, fields);
            var answer = await client.PostAsync("api/batches", form, cancel);
            if (parsed.GetValue(freeze) is { } dataset)
                answer["curation"] = await client.PostAsync($"api/batches/{answer["id"]}/freeze", JsonContent.Create(new JsonObject { ["name"] = dataset }), cancel);
            return Show.Answer(parsed, answer, Print);
        });
    }

    private static Command Freeze()
    {
        var id = new Argument<Guid>("ID") { Description = "The batch, as 'batch list' names it." };
        var name = new Option<string>("--name") { Description = "The dataset's name. Default: the batch's." };
        var size = new Option<int?>("--size") { Description = "Side of the training images, pixels: a multiple of 16 from 16 to 1024. Default: 64." };
        return new Command("freeze", "Freeze a batch as a dataset version.") { id, name, size }.Verb(async (parsed, client, cancel) =>
        {
            var wishes = new JsonObject { ["name"] = parsed.GetValue(name), ["size"] = parsed.GetValue(size) };
            var answer = await client.PostAsync($"api/batches/{parsed.GetRequiredValue(id)}/freeze", JsonContent.Create(wishes), cancel);
            return Show.Answer(parsed, answer, a => Console.Out.WriteLine($"Curation {a["id"]} makes the dataset '{a["name"]}'. Follow it: portraitgen campaign watch {a["id"]}"));
        });
    }

    private static Command List() => new Command("list", "List batches, newest first.").Verb(async (parsed, client, cancel) =>
        Show.Answer(parsed, await client.GetAsync("api/batches?limit=1000", cancel), a => Show.Table(a["items"]!.AsArray(), "There is no batch yet.",
            ("Id", "id"), ("Name", "name"), ("Files", "photos"), ("Accepted", "accepted"), ("Rejected", "rejected"), ("Created", "createdAt"), ("Frozen", "sealedAt"))));

    private static Command ShowOne()
    {
        var id = new Argument<Guid>("ID") { Description = "The batch, as 'batch list' names it." };
        return new Command("show", "Show a batch with its files, and why some were left out.") { id }.Verb(async (parsed, client, cancel) =>
        {
            string path = $"api/batches/{parsed.GetRequiredValue(id)}?limit={Query.MostLimit}";
            var answer = await client.GetAsync(path, cancel);
            var photos = answer["photos"]!.AsArray();
            for (var next = answer["next"]; next is not null;)
            {
                var slice = await client.GetAsync($"{path}&after={Uri.EscapeDataString(next.GetValue<string>())}", cancel);
                foreach (var photo in slice["photos"]!.AsArray()) photos.Add(photo!.DeepClone());
                next = slice["next"];
            }

            answer["next"] = null;
            return Show.Answer(parsed, answer, a =>
            {
                Show.Pairs(a, ("Batch", "id"), ("Name", "name"), ("Created", "createdAt"), ("Frozen", "sealedAt"));
                Show.Table(photos, "It has no file.", ("File", "name"), ("State", "state"), ("Caption", "caption"), ("Why", "reason"));
            });
        });
    }

    /// <summary>Files are opened one after the other as they are sent. Hidden ones and links are passed over.</summary>
    private static MultipartFormDataContent Form(DirectoryInfo root, Dictionary<string, string> fields)
    {
        var form = new MultipartFormDataContent();
        foreach (var (key, value) in fields) form.Add(new StringContent(value), key);
        int files = 0;
        var options = new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.Hidden | FileAttributes.System | FileAttributes.ReparsePoint };
        foreach (var file in root.EnumerateFiles("*", options).OrderBy(f => f.FullName, StringComparer.Ordinal))
        {
            form.Add(new LazyFile(file.FullName), "files", Path.GetRelativePath(root.FullName, file.FullName).Replace('\\', '/'));
            files++;
        }

        return files > 0 ? form : throw new CommandException(ExitCodes.BadInput, $"{root} holds no file: name a folder that holds photos (JPEG, PNG or WebP).");
    }

    private static void Print(JsonNode answer)
    {
        Console.Out.WriteLine($"Batch {answer["id"]} '{answer["name"]}': {answer["photos"]} photos, {answer["captions"]} captions.");
        var skipped = answer["skipped"]!.AsArray();
        if (skipped.Count > 0) Console.Out.WriteLine($"Left out, {skipped.Count}:");
        foreach (var file in skipped) Console.Out.WriteLine($"  {file!["name"]}: {file["reason"]}");
        if (answer["curation"] is { } curation) Console.Out.WriteLine($"Curation {curation["id"]} makes the dataset '{curation["name"]}'. Follow it: portraitgen campaign watch {curation["id"]}");
        else Console.Out.WriteLine($"Freeze it: portraitgen batch freeze {answer["id"]}");
    }

    private sealed class LazyFile(string path) : HttpContent
    {
        protected override async Task SerializeToStreamAsync(Stream stream, System.Net.TransportContext? context)
        {
            await using var file = File.OpenRead(path);
            await file.CopyToAsync(stream);
        }

        protected override bool TryComputeLength(out long length)
        {
            length = new FileInfo(path).Length;
            return true;
        }
    }
}
