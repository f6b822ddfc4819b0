using System.Text;
using Microsoft.EntityFrameworkCore;

namespace PortraitGen.Jobs.Data;

/// <summary>Columns are named as people write SQL: <c>campaign_id</c>, never <c>"CampaignId"</c>.</summary>
internal static class SnakeCase
{
    public static void Apply(ModelBuilder model)
    {
        foreach (var property in model.Model.GetEntityTypes().SelectMany(entity => entity.GetProperties()))
            property.SetColumnName(Of(property.Name));
    }

    public static string Of(string name)
    {
        var text = new StringBuilder(name.Length + 4);
        foreach (char c in name)
        {
            if (char.IsUpper(c) && text.Length > 0) text.Append('_');
            text.Append(char.ToLowerInvariant(c));
        }

        return text.ToString();
    }
}
