using System.CommandLine;
using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Spectre.Console;

namespace PortraitGen.Api.Cli;

/// <summary>Prints answers: JSON for scripts, tables for people.</summary>
internal static class Show
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static int Answer(ParseResult parsed, JsonNode answer, Action<JsonNode> print)
    {
        if (parsed.GetValue(ClientOptions.Json)) Console.Out.WriteLine(answer.ToJsonString(Indented));
        else print(answer);
        return ExitCodes.Ok;
    }

    /// <summary>A table of <paramref name="rows"/>; a column is a heading and the path of its value, e.g. <c>campaign.state</c>.</summary>
    public static void Table(IEnumerable<JsonNode?> rows, string empty, params (string Heading, string Path)[] columns)
    {
        var list = rows.ToList();
        if (list.Count == 0)
        {
            Console.Out.WriteLine(empty);
            return;
        }

        if (Console.IsOutputRedirected)
        {
            Console.Out.WriteLine(string.Join('\t', columns.Select(c => c.Heading))); // into a pipe: tabs, nothing cut
            foreach (var row in list) Console.Out.WriteLine(string.Join('\t', columns.Select(c => Value(row, c.Path))));
            return;
        }

        var table = new Table().Border(TableBorder.Simple);
        foreach (var (heading, path) in columns) table.AddColumn(new TableColumn(heading) { NoWrap = path.EndsWith("id", StringComparison.OrdinalIgnoreCase) });
        foreach (var row in list) table.AddRow(columns.Select(c => new Text(Value(row, c.Path))));
        AnsiConsole.Write(table);
    }

    /// <summary>Names and values, one pair a line.</summary>
    public static void Pairs(JsonNode row, params (string Heading, string Path)[] pairs)
    {
        int width = pairs.Max(p => p.Heading.Length);
        foreach (var (heading, path) in pairs)
            if (Value(row, path) is { Length: > 0 } value) Console.Out.WriteLine($"{heading.PadRight(width)}  {value}");
    }

    public static string Value(JsonNode? row, string path)
    {
        foreach (string key in path.Split('.')) row = row is JsonObject o ? o[key] : null;
        if (row is not JsonValue value) return row?.ToJsonString() ?? "";
        if (value.GetValueKind() is not JsonValueKind.String) return value.ToJsonString();
        string text = value.GetValue<string>();
        return path.EndsWith("At", StringComparison.Ordinal) && DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, out var time) ? time.ToString("yyyy-MM-dd HH:mm:ss'Z'") : text;
    }
}
