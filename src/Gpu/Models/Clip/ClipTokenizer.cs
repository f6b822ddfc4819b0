using System.Text;
using TorchSharp;
using static TorchSharp.torch;

namespace PortraitGen.Gpu.Models.Clip;

/// <summary>CLIP's byte-pair tokenizer. Read-only once made, so it may be shared between threads.</summary>
public sealed class ClipTokenizer
{
    /// <summary>Merges of the published vocabulary that are in use; its file holds more.</summary>
    private const int PublishedMerges = 49152 - 256 - 2;
    private const string WordEnd = "</w>";
    private readonly IReadOnlyDictionary<string, int> _ids;
    private readonly Dictionary<int, string> _tokens;
    private readonly Dictionary<(string, string), int> _ranks = [];

    /// <param name="ids">Id of every token.</param>
    /// <param name="merges">Pairs to merge, most frequent first.</param>
    /// <param name="maxLength">Tokens per prompt, the two around it counted.</param>
    /// <param name="padToken">What short prompts are filled with.</param>
    /// <exception cref="ModelConfigException">Vocabulary and merges do not belong together.</exception>
    public ClipTokenizer(
        IReadOnlyDictionary<string, int> ids, IReadOnlyList<(string Left, string Right)> merges, int maxLength = 77, string padToken = ClipText.End)
    {
        if (maxLength < 2) throw new ModelConfigException($"tokenizer: model_max_length is {maxLength}; at least 2 are needed.");
        (_ids, Merges, MaxLength, PadToken) = (ids, merges, maxLength, padToken);
        _tokens = [];
        foreach (var (token, id) in ids)
            if (!_tokens.TryAdd(id, token)) throw new ModelConfigException($"tokenizer: id {id} stands for '{_tokens[id]}' and for '{token}'.");
        for (int rank = 0; rank < merges.Count; rank++)
        {
            var (left, right) = merges[rank];
            if (!ids.ContainsKey(left) || !ids.ContainsKey(right) || !ids.ContainsKey(left + right))
                throw new ModelConfigException($"tokenizer: merge '{left} {right}' needs tokens that the vocabulary lacks.");
            _ranks.TryAdd((left, right), rank);
        }

        foreach (byte b in ByteAlphabet.Order)
            if (!ids.ContainsKey(ByteAlphabet.Char(b).ToString()) || !ids.ContainsKey(ByteAlphabet.Char(b) + WordEnd))
                throw new ModelConfigException($"tokenizer: the vocabulary lacks byte {b}.");
        (BosId, EosId, PadId) = (IdOf(ClipText.Start), IdOf(ClipText.End), IdOf(padToken));
    }

    public int BosId { get; }

    public int EosId { get; }

    public int PadId { get; }

    public string PadToken { get; }

    /// <summary>Tokens per prompt, begin and end counted.</summary>
    public int MaxLength { get; }

    public int VocabSize => _ids.Count;

    /// <summary>Pairs to merge, most frequent first.</summary>
    public IReadOnlyList<(string Left, string Right)> Merges { get; }

    internal IReadOnlyDictionary<string, int> Ids => _ids;

    /// <summary>From the list of merges alone (bpe_simple_vocab_16e6.txt or merges.txt): the vocabulary follows from it.</summary>
    public static ClipTokenizer FromMerges(TextReader lines, int maxLength = 77, string padToken = ClipText.End) =>
        FromMerges([.. ClipTokenizerFolder.ReadMerges(lines).Take(PublishedMerges)], maxLength, padToken);

    internal static ClipTokenizer FromMerges(IReadOnlyList<(string Left, string Right)> merges, int maxLength, string padToken)
    {
        var ids = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (byte b in ByteAlphabet.Order) ids.Add(ByteAlphabet.Char(b).ToString(), ids.Count);
        foreach (byte b in ByteAlphabet.Order) ids.Add(ByteAlphabet.Char(b) + WordEnd, ids.Count);
        foreach (var (left, right) in merges) ids.TryAdd(left + right, ids.Count);
        ids.Add(ClipText.Start, ids.Count);
        ids.Add(ClipText.End, ids.Count);
        return new ClipTokenizer(ids, merges, maxLength, padToken);
    }

    /// <summary>From a diffusers tokenizer folder.</summary>
    /// <exception cref="ModelConfigException">A file is missing or wrong.</exception>
    public static ClipTokenizer FromFolder(string folder) => ClipTokenizerFolder.Read(folder);

    /// <summary>Writes vocab.json, merges.txt, tokenizer_config.json and special_tokens_map.json.</summary>
    public void Save(string folder) => ClipTokenizerFolder.Write(this, folder);

    /// <summary>The ids of a text, without begin and end, however many there are.</summary>
    public IReadOnlyList<int> Encode(string text)
    {
        var ids = new List<int>();
        foreach (string word in ClipText.Words(ClipText.Clean(text)))
        {
            if (word is ClipText.Start or ClipText.End) ids.Add(_ids[word]);
            else ids.AddRange(Split(word, null).Select(token => _ids[token]));
        }

        return ids;
    }

    /// <summary>The text of ids, with a blank after each word.</summary>
    public string Decode(IEnumerable<int> ids)
    {
        var bytes = new List<byte>();
        foreach (int id in ids)
            foreach (char c in _tokens[id])
                if (ByteAlphabet.TryByte(c, out byte b)) bytes.Add(b);
        return Encoding.UTF8.GetString([.. bytes]).Replace(WordEnd, " ", StringComparison.Ordinal);
    }

    /// <summary>Begin, the text (cut if need be), end, padding: exactly <see cref="MaxLength"/> ids.</summary>
    public long[] Pad(string text)
    {
        long[] row = new long[MaxLength];
        Array.Fill(row, PadId);
        int at = 0;
        row[at++] = BosId;
        foreach (int id in Encode(text).Take(MaxLength - 2)) row[at++] = id;
        row[at] = EosId;
        return row;
    }

    /// <summary>[B, <see cref="MaxLength"/>] int64.</summary>
    public Tensor Batch(IReadOnlyList<string> texts, Device? device = null) =>
        tensor(texts.SelectMany(Pad).ToArray(), [texts.Count, MaxLength], ScalarType.Int64, device);

    /// <summary>The tokens of one word; notes the ranks of the merges on the way.</summary>
    internal List<string> Split(string word, ISet<int>? used)
    {
        var parts = Encoding.UTF8.GetBytes(word).Select(b => ByteAlphabet.Char(b).ToString()).ToList();
        parts[^1] += WordEnd;
        while (parts.Count > 1)
        {
            int best = int.MaxValue;
            for (int i = 0; i + 1 < parts.Count; i++)
                if (_ranks.TryGetValue((parts[i], parts[i + 1]), out int rank) && rank < best) best = rank;
            if (best == int.MaxValue) break;
            used?.Add(best);
            var (left, right) = Merges[best];
            for (int i = 0; i + 1 < parts.Count; i++)
            {
                if (parts[i] != left || parts[i + 1] != right) continue;
                parts[i] += right;
                parts.RemoveAt(i + 1);
            }
        }

        return parts;
    }

    private int IdOf(string token) =>
        _ids.TryGetValue(token, out int id) ? id : throw new ModelConfigException($"tokenizer: the vocabulary lacks '{token}'.");
}
