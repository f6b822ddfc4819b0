namespace PortraitGen.Gpu.Runtime;

/// <summary>Holds a worker's name on this machine while the process lives: two workers of one name would each take the other for its own earlier start that died.</summary>
public sealed class WorkerName : IDisposable
{
    private const int Most = 256;
    private readonly FileStream _held;

    private WorkerName(string name, FileStream held) => (Name, _held) = (name, held);

    public string Name { get; }

    /// <summary>Takes <paramref name="given"/>, or when nothing is given the machine's name, with the first free number behind it when it is taken.</summary>
    /// <param name="folder">Where the locks lie. The system gives a lock back when its process ends, however it ends; so a restart has the same name.</param>
    /// <param name="given">The name that was set, or null.</param>
    /// <returns>Null when another worker of this machine has the given name.</returns>
    public static WorkerName? Take(string folder, string? given)
    {
        Directory.CreateDirectory(folder);
        if (given is not null) return TryTake(folder, given);
        for (int i = 1; i <= Most; i++)
            if (TryTake(folder, i == 1 ? Environment.MachineName : $"{Environment.MachineName}-{i}") is { } taken) return taken;
        return null;
    }

    public void Dispose() => _held.Dispose();

    private static WorkerName? TryTake(string folder, string name)
    {
        try
        {
            string file = Path.Combine(folder, Uri.EscapeDataString(name) + ".lock");
            return new(name, new FileStream(file, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None));
        }
        catch (IOException)
        {
            return null;
        }
    }
}
