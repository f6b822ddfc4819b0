namespace PortraitGen.Jobs.Hosting;

/// <summary>A setting that cannot be read: its name, what is wrong, and its form in one line. Trying again gives the same. Never with a secret.</summary>
public sealed class SettingException(string message) : FormatException(message);
