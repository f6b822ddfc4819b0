using System.Text.Encodings.Web;
using System.Text.Json;

namespace PortraitGen.Gpu.Models;

/// <summary>How the JSON files of a model folder are written: indented, readable, equal bytes for equal values.</summary>
internal static class ConfigFormat
{
    public static JsonSerializerOptions Indented { get; } = new() { WriteIndented = true, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
}
