namespace PortraitGen.Gpu.Models.Clip;

/// <summary>A printable character for every byte, so that byte-pair merges can be written as text.</summary>
/// <remarks>Source: GPT-2. Printable Latin-1 bytes stand for themselves; the others follow from U+0100 on.</remarks>
internal static class ByteAlphabet
{
    /// <summary>The bytes in the order of their token ids.</summary>
    public static IReadOnlyList<byte> Order { get; }

    private static readonly char[] ToChar = new char[256];
    private static readonly Dictionary<char, byte> ToByte = [];

    static ByteAlphabet()
    {
        var order = new List<byte>();
        for (int b = '!'; b <= '~'; b++) order.Add((byte)b);
        for (int b = 0xA1; b <= 0xAC; b++) order.Add((byte)b);
        for (int b = 0xAE; b <= 0xFF; b++) order.Add((byte)b);
        foreach (byte b in order) ToChar[b] = (char)b;
        int next = 0x100;
        for (int b = 0; b < 256; b++)
        {
            if (ToChar[b] != 0) continue;
            ToChar[b] = (char)next++;
            order.Add((byte)b);
        }

        for (int b = 0; b < 256; b++) ToByte[ToChar[b]] = (byte)b;
        Order = order;
    }

    public static char Char(byte value) => ToChar[value];

    public static bool TryByte(char c, out byte value) => ToByte.TryGetValue(c, out value);
}
