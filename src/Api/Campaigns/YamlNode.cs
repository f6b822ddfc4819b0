using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace PortraitGen.Api.Campaigns;

/// <summary>Reads YAML 1.2 (core schema) as JSON. Aliases are refused, and with them documents that grow when read; so are tags, repeated keys and deep nesting.</summary>
public static partial class YamlNode
{
    private const int MaxDepth = 32;

    /// <exception cref="FormatException">Says the line, the cause, and what to write instead.</exception>
    public static JsonNode? Parse(string text)
    {
        try
        {
            var parser = new Parser(new StringReader(text));
            parser.Consume<StreamStart>();
            if (parser.Accept<StreamEnd>(out _)) return null;
            parser.Consume<DocumentStart>();
            var root = Read(parser, 0);
            parser.Consume<DocumentEnd>();
            return parser.Accept<StreamEnd>(out _) ? root : throw Fault(parser.Current!, "a second document begins; send one");
        }
        catch (YamlException e)
        {
            throw new FormatException($"Line {e.Start.Line}, column {e.Start.Column}: this is no YAML ({e.Message.ReplaceLineEndings(" ")}).");
        }
    }

    private static JsonNode? Read(Parser parser, int depth)
    {
        var current = parser.Current ?? throw new FormatException("The document ends early.");
        if (depth > MaxDepth) throw Fault(current, $"it nests deeper than {MaxDepth}");
        if (current is AnchorAlias alias) throw Fault(current, $"aliases (*{alias.Value}) are not read; write the value out");
        if (current is NodeEvent { Tag.IsEmpty: false } tagged) throw Fault(current, $"tags ({tagged.Tag}) are not read");
        if (parser.TryConsume<Scalar>(out var scalar)) return Value(scalar);
        if (parser.TryConsume<SequenceStart>(out _))
        {
            var list = new JsonArray();
            while (!parser.TryConsume<SequenceEnd>(out _)) list.Add(Read(parser, depth + 1));
            return list;
        }

        parser.Consume<MappingStart>();
        var map = new JsonObject();
        while (!parser.TryConsume<MappingEnd>(out _))
        {
            if (parser.Current is not Scalar) throw Fault(parser.Current!, "a key must be a plain word");
            var key = parser.Consume<Scalar>();
            if (map.ContainsKey(key.Value)) throw Fault(key, $"the key '{key.Value}' stands there twice");
            map[key.Value] = Read(parser, depth + 1);
        }

        return map;
    }

    private static JsonValue? Value(Scalar scalar)
    {
        if (scalar.Style is not ScalarStyle.Plain) return JsonValue.Create(scalar.Value);
        string text = scalar.Value;
        return text switch
        {
            "" or "~" or "null" or "Null" or "NULL" => null,
            "true" or "True" or "TRUE" => JsonValue.Create(true),
            "false" or "False" or "FALSE" => JsonValue.Create(false),
            _ when Integer().IsMatch(text) && long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long whole) => JsonValue.Create(whole),
            _ when Float().IsMatch(text) && double.Parse(text, CultureInfo.InvariantCulture) is var number && double.IsFinite(number) => JsonValue.Create(number),
            _ => JsonValue.Create(text),
        };
    }

    private static FormatException Fault(ParsingEvent at, string cause) => new($"Line {at.Start.Line}, column {at.Start.Column}: {cause}.");

    [GeneratedRegex(@"^[-+]?[0-9]+$")]
    private static partial Regex Integer();

    [GeneratedRegex(@"^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$")]
    private static partial Regex Float();
}
