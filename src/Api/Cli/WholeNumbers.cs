using System.CommandLine;

namespace PortraitGen.Api.Cli;

internal static class WholeNumbers
{
    /// <summary>Refuses what is no whole number from <paramref name="least"/> to <paramref name="most"/>, and says what is allowed.</summary>
    public static Option<T> From<T>(this Option<T> option, long least, long most)
    {
        option.Validators.Add(result =>
        {
            if (result.Tokens.Count > 0 && !(long.TryParse(result.Tokens[0].Value, out long n) && n >= least && n <= most))
                result.AddError($"{option.Name} is a whole number from {least} to {most}, not '{result.Tokens[0].Value}'.");
        });
        return option;
    }
}
