namespace PortraitGen.Jobs.Artifacts;

/// <summary>Whether something failed because the disk, or this user's share of it, is full.</summary>
public static class DiskFull
{
    public static bool Is(Exception? e) => e is not null && (e is IOException && Is(e.HResult & 0xFFFF) || Is(e.InnerException));

    private static bool Is(int code) => OperatingSystem.IsWindows()
        ? code is 0x27 or 0x70 // ERROR_HANDLE_DISK_FULL, ERROR_DISK_FULL
        : code is 28 or 122 or 69; // ENOSPC; EDQUOT on Linux and on macOS
}
