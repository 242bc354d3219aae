using System.Text;
using Orchestrator.Contracts.Runs;

namespace Orchestrator.Kernels.Data;

/// <summary>Text files as token ids. Id 0 is BOS and never occurs here.</summary>
/// <param name="Files">Token ids of every file, in the order of the files.</param>
/// <param name="Spellings">What each id stands for, BOS included: <c>data.vocab</c> must be at least their number.</param>
public sealed record TextTokens(IReadOnlyList<int[]> Files, IReadOnlyList<string> Spellings)
{
    private const string Bos = "BOS";
    private const string OtherWord = "other";
    private static readonly string[] Bytes = [Bos, .. Enumerable.Range(0, 256).Select(value => value > 0x7f ? $"0x{value:x2}" : Visible(new Rune(value)))];

    /// <summary>Number of ids in all, BOS included.</summary>
    public int Vocab => Spellings.Count;

    /// <summary>
    /// Bytes are 1..256. Characters are numbered in order of their code points over all files. Of words (between white space) the
    /// most frequent <see cref="Tokenizer.Size"/> are numbered by falling count, then alphabetically; all others share the id after the last one.
    /// </summary>
    /// <param name="files">Names, for errors, and contents.</param>
    /// <param name="tokenizer">What a token is.</param>
    /// <exception cref="DataConfigurationException">A file is not UTF-8 where text is asked for, or a size is not positive.</exception>
    public static TextTokens Of(IReadOnlyList<(string Name, ReadOnlyMemory<byte> Content)> files, Tokenizer tokenizer)
    {
        ArgumentNullException.ThrowIfNull(files);
        ArgumentNullException.ThrowIfNull(tokenizer);
        return tokenizer.Kind switch
        {
            TokenizerKind.Bytes => new TextTokens([.. files.Select(file => Array.ConvertAll(file.Content.ToArray(), value => value + 1))], Bytes),
            TokenizerKind.Characters => Characters([.. files.Select(Decode)]),
            TokenizerKind.Words => Words([.. files.Select(file => Decode(file).Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries))], tokenizer.Size),
            _ => throw new DataConfigurationException($"text: unknown tokenizer {tokenizer.Kind}"),
        };
    }

    private static TextTokens Characters(string[] texts)
    {
        var runes = texts.Select(text => text.EnumerateRunes().ToArray()).ToArray();
        Rune[] known = [.. runes.SelectMany(file => file).Distinct().Order()];
        var ids = known.Index().ToDictionary(rune => rune.Item, rune => rune.Index + 1);
        return new TextTokens([.. runes.Select(file => Array.ConvertAll(file, rune => ids[rune]))], [Bos, .. known.Select(Visible)]);
    }

    private static TextTokens Words(string[][] files, int size)
    {
        if (size < 1)
        {
            throw new DataConfigurationException($"text: a tokenizer of words must keep at least 1 word, found {size}");
        }
        string[] known = [.. files.SelectMany(file => file).CountBy(word => word)
            .OrderByDescending(count => count.Value).ThenBy(count => count.Key, StringComparer.Ordinal).Take(size).Select(count => count.Key)];
        var ids = known.Index().ToDictionary(word => word.Item, word => word.Index + 1, StringComparer.Ordinal);
        return new TextTokens([.. files.Select(file => Array.ConvertAll(file, word => ids.GetValueOrDefault(word, size + 1)))], [Bos, .. known, .. Enumerable.Repeat("", size - known.Length), OtherWord]);
    }

    private static string Visible(Rune rune) => rune.Value switch
    {
        ' ' => "space",
        '\n' => "newline",
        '\t' => "tab",
        _ => Rune.IsWhiteSpace(rune) || Rune.IsControl(rune) ? $"U+{rune.Value:X4}" : rune.ToString(),
    };

    private static string Decode((string Name, ReadOnlyMemory<byte> Content) file)
    {
        try
        {
            return new UTF8Encoding(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true).GetString(file.Content.Span);
        }
        catch (DecoderFallbackException broken)
        {
            throw new DataConfigurationException($"text: {file.Name} is not UTF-8 (byte {broken.Index}): convert it, or use the tokenizer 'bytes'", broken);
        }
    }
}
