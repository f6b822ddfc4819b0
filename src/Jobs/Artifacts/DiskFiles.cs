using System.ComponentModel;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

[assembly: InternalsVisibleTo("Conformance.Tests")]

namespace PortraitGen.Jobs.Artifacts;

/// <summary>Whole files or none: what appears under a name is complete and on disk, whatever dies in between.</summary>
/// <remarks>Names become durable with the file system's next journal commit, in the order in which they were made.</remarks>
internal sealed class DiskFiles(string root, TimeProvider clock, Func<string, FileStream>? create = null)
{
    private readonly Func<string, FileStream> _create = create ?? CreateFile;

    private const int FileExists = 17; // EEXIST, the same on Linux and macOS
    private static readonly TimeSpan StaleAfter = TimeSpan.FromHours(1);

    private string Temporary => Path.Combine(root, "tmp");

    public string PathOf(string key) => Path.Combine(root, key.Replace('/', Path.DirectorySeparatorChar));

    /// <summary>Makes the folder, and removes what writers that died more than an hour ago left behind.</summary>
    public void Prepare()
    {
        try
        {
            Directory.CreateDirectory(Temporary);
            foreach (string file in Directory.EnumerateFiles(Temporary))
                if (clock.GetUtcNow() - File.GetLastWriteTimeUtc(file) > StaleAfter) File.Delete(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ArtifactStoreException($"The artifact folder {root} cannot be used: {e.Message} Choose a folder that this user may write to.", e);
        }
    }

    /// <summary>Writes a file, in place of an older one if there is one.</summary>
    public Task ReplaceAsync(string path, ReadOnlyMemory<byte> content, CancellationToken cancel) =>
        WriteAsync(path, content, (from, to) => { File.Move(from, to, overwrite: true); return true; }, cancel);

    /// <summary>Writes a file if there is none. False when there is one, even when another process made it at the same moment.</summary>
    public Task<bool> CreateAsync(string path, ReadOnlyMemory<byte> content, CancellationToken cancel) =>
        WriteAsync(path, content, MoveIfFree, cancel);

    /// <summary>The file's bytes, or null when there is no such file.</summary>
    public static async Task<byte[]?> ReadAsync(string path, CancellationToken cancel)
    {
        try
        {
            return await File.ReadAllBytesAsync(path, cancel);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }

    private async Task<bool> WriteAsync(string path, ReadOnlyMemory<byte> content, Func<string, string, bool> publish, CancellationToken cancel)
    {
        string temporary = Path.Combine(Temporary, Guid.CreateVersion7(clock.GetUtcNow()).ToString("N"));
        try
        {
            await using (var stream = _create(temporary))
            {
                await stream.WriteAsync(content, cancel);
                stream.Flush(flushToDisk: true);
            }

            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            return publish(temporary, path);
        }
        catch (IOException e) when (DiskFull.Is(e))
        {
            throw new ArtifactStoreException($"The disk of the artifact folder {root} is full: {content.Length:N0} bytes could not be written. Free space there, or move the folder to a larger disk.", e);
        }
        catch (UnauthorizedAccessException e)
        {
            throw new ArtifactStoreException($"The artifact folder {root} refuses to be written to: {e.Message} Give this user the right to write there.", e);
        }
        finally
        {
            File.Delete(temporary);
        }
    }

    private static FileStream CreateFile(string path) =>
        new(path, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, BufferSize = 0, Options = FileOptions.Asynchronous });

    /// <summary>A hard link, as File.Move looks first and renames afterwards on Unix, so that two processes can both win.</summary>
    private bool MoveIfFree(string from, string to)
    {
        if (OperatingSystem.IsWindows())
        {
            try
            {
                File.Move(from, to, overwrite: false);
                return true;
            }
            catch (IOException) when (File.Exists(to))
            {
                return false;
            }
        }

        if (Link(from, to) == 0) return true;
        int error = Marshal.GetLastPInvokeError();
        return error == FileExists
            ? false
            : throw new ArtifactStoreException(
                $"The file system of the artifact folder {root} made no hard link ({new Win32Exception(error).Message}). Choose a folder on a file system that has them, such as ext4, xfs, btrfs, apfs or nfs.");
    }

    [DllImport("libc", EntryPoint = "link", SetLastError = true, BestFitMapping = false)]
    private static extern int Link([MarshalAs(UnmanagedType.LPUTF8Str)] string existing, [MarshalAs(UnmanagedType.LPUTF8Str)] string created);
}
