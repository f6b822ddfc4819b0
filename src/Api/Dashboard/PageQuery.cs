using Microsoft.AspNetCore.WebUtilities;

namespace PortraitGen.Api.Dashboard;

/// <summary>The address of the page in hand, from which the addresses of its neighbours are made.</summary>
public sealed class PageQuery(HttpContext http)
{
    /// <summary>This address with <paramref name="key"/> set, or taken out for null.</summary>
    public string With(string key, string? value) => With([(key, value)]);

    public string With(IReadOnlyList<(string Key, string? Value)> changes)
    {
        var query = http.Request.Query.Where(p => changes.All(c => c.Key != p.Key)).ToDictionary(p => p.Key, p => (string?)p.Value.ToString());
        foreach (var (key, value) in changes) if (value is not null) query[key] = value;
        return QueryHelpers.AddQueryString(http.Request.Path.ToUriComponent(), query.Where(p => !string.IsNullOrEmpty(p.Value)));
    }

    /// <summary>A value as a member of <typeparamref name="T"/>, or null when it is none.</summary>
    public static T? Member<T>(string? value) where T : struct, Enum =>
        Enum.TryParse(value, ignoreCase: true, out T member) && Enum.IsDefined(member) && !char.IsAsciiDigit(value![0]) ? member : null;

    public static Guid? Id(string? value) => Guid.TryParseExact(value, "D", out var id) ? id : null;

    public static string? Text(string? value) => string.IsNullOrWhiteSpace(value) ? null : value.Trim()[..Math.Min(200, value.Trim().Length)];
}
